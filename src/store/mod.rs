//! Where sessions and the organizations' data are kept.

pub mod memory;
