//! Where sessions and the organizations' data are stored.

use super::{
    characters,
    reader::Reader,
    session::SECRET,
    setting::{Fallback, Setting, SettingSummary},
};
use crate::store::redis::RedisAddress;

pub(super) const SUMMARIES: &[SettingSummary] = &[REDIS_URL.summary()];

const REDIS_URL: Setting<RedisAddress> = Setting {
    name: "REDIS_URL",
    default: Fallback::Words("in memory"),
    description: "Redis or Valkey, for sessions and the organizations' data",
    must_be: "redis://[user:password@]host[:port][/database], or rediss://… for TLS",
    find_misplaced: characters::invisible,
    parse: RedisAddress::parse,
    // A password may be anywhere in it.
    is_secret: true,
};

/// `None` for this process's memory.
pub(super) fn read(reader: &mut Reader) -> Option<RedisAddress> {
    let address = reader.value(&REDIS_URL);
    if reader.is_set(&REDIS_URL) && !reader.is_set(&SECRET) {
        let must_be = "set if REDIS_URL is set, to the same value for all instances, which share cookies";
        reader.reject(&SECRET, must_be);
    }
    address
}
