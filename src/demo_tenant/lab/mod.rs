//! What makes a tenant a lab: its states, the guide through the chapters, the faults, the log.

pub(crate) mod checkpoints;
pub(crate) mod faults;
pub(crate) mod guide;
pub(crate) mod log;
