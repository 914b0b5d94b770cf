//! Orglab: a relying party that signs people in for their organizations, and a demo tenant to sign in at.

pub mod assets;
pub mod clock;
pub mod demo_tenant;
pub mod license;
pub mod middleware;
pub mod sign_in;
