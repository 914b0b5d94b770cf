//! What makes a tenant a lab: checkpoints, faults, the log, and the guide through the chapters.

pub(crate) mod checkpoints;
pub(crate) mod faults;

pub(crate) mod armed_faults;

pub(crate) mod log;

pub(crate) mod sentence;

mod names;

pub(crate) mod steps;

mod preparations;

pub(crate) mod guide;
