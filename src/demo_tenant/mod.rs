//! The provider inside.
