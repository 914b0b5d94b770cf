//! The order in which an organization's lists are read, by the organization's id:
//! - `orglab:sign-ins-by-time:{id}`, the sign-ins of `record.rs` once more, sorted by their times;
//! - `orglab:people-in-order:{id}`, a sorted set of `{first time} {subject}`, by the places of their connections;
//! - `orglab:connections:{id}`, the connections, sorted by these places: distinct times, at or just after their first
//!   sign-ins; people without a connection have the place `inf`;
//! - `orglab:indexed:{id}`, a hash: the latest period in which the limit of refusals was reached, and what the data was
//!   like when all this was last written.
//!
//! Older versions write the data alone. So every script first compares the data with how it was last left, in a few
//! steps. Only where an older version has written since, it goes through all of it, once.

use std::sync::LazyLock;

use redis::{Script, ScriptInvocation};

use crate::workspace::activity::{MAXIMUM_REFUSALS_PER_WINDOW, REFUSAL_WINDOW};

/// The keys that [`SHARED`] names, in the same order.
const KEYS: [&str; 11] = [
    "people",
    "first-sign-ins",
    "last-sign-ins",
    "people-in-order",
    "connections",
    "sign-ins-by-subject",
    "sign-in-counts",
    "sign-ins",
    "sign-ins-by-time",
    "refusals",
    "indexed",
];

/// What all scripts begin with.
const SHARED: &str = r#"
local people, first, last, in_order, connections, log, counts, older, by_time, refusals, indexed = unpack(KEYS)

-- What changes with everything that any version writes.
local function state()
    local newest = redis.call('ZREVRANGE', last, 0, 0, 'WITHSCORES')
    return redis.sha1hex(table.concat({
        redis.call('HLEN', people), newest[1] or '', newest[2] or '',
        redis.call('ZCARD', log), redis.call('LLEN', older), redis.call('LINDEX', older, 0) or '',
        redis.call('ZCARD', refusals), redis.call('ZREVRANGE', refusals, 0, 0)[1] or '',
    }, ' '))
end

local function is_indexed() redis.call('HSET', indexed, 'state', state()) end

-- Puts somebody who is new into the order. `person` is their JSON.
local function place(subject, person)
    local is_json, known = pcall(cjson.decode, person)
    local connection = is_json and type(known) == 'table' and known.connection
    local first_at, at = redis.call('ZSCORE', first, subject), 'inf'
    if type(connection) == 'string' then
        at = redis.call('ZSCORE', connections, connection)
        if not at then
            at = tonumber(first_at)
            while redis.call('ZCOUNT', in_order, at, at) > 0 do at = at + 1 end
            redis.call('ZADD', connections, at, connection)
        end
    end
    redis.call('ZADD', in_order, at, string.format('%020.0f ', first_at) .. subject)
end

-- Takes somebody out of the order, and their connection's place if they were its last.
local function displace(subject)
    local first_at = redis.call('ZSCORE', first, subject)
    if not first_at then return end
    local member = string.format('%020.0f ', first_at) .. subject
    local at = redis.call('ZSCORE', in_order, member)
    redis.call('ZREM', in_order, member)
    if at and redis.call('ZCOUNT', in_order, at, at) == 0 then
        redis.call('ZREMRANGEBYSCORE', connections, at, at)
    end
end

-- Whether the refusal at `position`, 0 for the newest, was the last that fit into its window. Then keeps the period.
local function reaches_limit(position)
    local function time_at(position)
        return redis.call('ZREVRANGE', refusals, position, position, 'WITHSCORES')[2]
    end
    local from, opened = time_at(position), time_at(position + refusals_a_window - 1)
    if not opened or from - opened >= refusal_window then return false end
    redis.call('HSET', indexed, 'limit_from', from, 'limit_until', opened + refusal_window)
    return true
end

-- The time in the JSON of a sign-in, in microseconds.
local function time_in(sign_in)
    local year, month, day, hour, minute, second =
        string.match(sign_in, '"at":"(%d+)-(%d+)-(%d+)T(%d+):(%d+):([%d.]+)Z"')
    if not year then return 0 end
    month = month - 3 -- from March on, so that a leap day is a year's last
    if month < 0 then year, month = year - 1, month + 12 end
    local leap_days = math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
    local days = 365 * year + leap_days + math.floor((153 * month + 2) / 5) + day - 719469 -- since 1970
    return math.floor((((days * 24 + hour) * 60 + minute) * 60 + second) * 1000000 + 0.5)
end

-- Goes through all data, if an older version has written.
local function index()
    if redis.call('HGET', indexed, 'state') == state() or redis.call('EXISTS', people, older, refusals) == 0 then
        return
    end
    redis.call('DEL', in_order, connections, by_time, indexed)
    if redis.call('ZCARD', last) < redis.call('ZCARD', first) then
        redis.call('ZUNIONSTORE', last, 2, last, first, 'AGGREGATE', 'MAX')
    end
    for _, subject in ipairs(redis.call('ZRANGE', first, 0, -1)) do
        local person = redis.call('HGET', people, subject)
        if person then place(subject, person) end
    end
    for _, member in ipairs(redis.call('ZRANGE', log, 0, -1)) do
        redis.call('ZADD', by_time, string.match(member, ' (%d+) ') or 0, member)
    end
    for _, sign_in in ipairs(redis.call('LRANGE', older, 0, -1)) do
        redis.call('ZADD', by_time, time_in(sign_in), sign_in)
    end
    for position = 0, redis.call('ZCARD', refusals) - refusals_a_window do
        if reaches_limit(position) then break end
    end
    is_indexed()
end

index()
"#;

/// A script for an organization's data, which has the names and functions of [`SHARED`].
pub(super) fn script(text: &str) -> Script {
    let window = REFUSAL_WINDOW.num_microseconds().unwrap_or(i64::MAX);
    Script::new(&format!(
        "local refusals_a_window, refusal_window = {MAXIMUM_REFUSALS_PER_WINDOW}, {window}\n{SHARED}{text}"
    ))
}

/// Runs it for this organization.
pub(super) fn for_organization(script: &'static LazyLock<Script>, id: &str) -> ScriptInvocation<'static> {
    let mut invocation = script.prepare_invoke();
    for kind in KEYS {
        invocation.key(format!("orglab:{kind}:{id}"));
    }
    invocation
}
