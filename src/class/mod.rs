//! A class.
