//! What a sign-in leaves in Redis, by the organization's id:
//! - `orglab:sign-ins-by-subject:{id}`, a sorted set with its members in lexicographical order: by subject, then by
//!   time;
//! - `orglab:sign-in-counts:{id}`, its subjects, by how many members each has;
//! - `orglab:sign-ins:{id}`, a list that older versions wrote, without subjects, newest first; it counts as the list of
//!   one more subject, and does not grow;
//! - `orglab:people:{id}`, a hash by subject; the same subjects sorted by their first and last times are in
//!   `orglab:first-sign-ins:{id}` and `orglab:last-sign-ins:{id}`;
//! - the order of the lists (see `indexes.rs`);
//! - `orglab:organization:{name}`, the id of the organization that is signed in to by this name, in lower case.

use std::sync::LazyLock;

use redis::{Script, ScriptInvocation};
use url::form_urlencoded;

use super::{
    indexes::{for_organization, script},
    to_json,
};
use crate::{
    sign_in::identity::Organization,
    workspace::{
        StoreError,
        activity::{MAXIMUM_SIGN_INS, MAXIMUM_SIGN_INS_PER_WINDOW, SIGN_IN_WINDOW, SignIn},
        people::{MAXIMUM_PEOPLE, Person},
    },
};

/// The last of `KEYS` is the organization's name, if it has one. The script names its `ARGV`.
///
/// A subject's score is its count minus a fraction that grows with the time of its oldest member: with equal counts,
/// the oldest is removed first.
static RECORD: LazyLock<Script> = LazyLock::new(|| {
    script(
        "local organization, subject, person, first_at, last_at, maximum_people = unpack(ARGV, 1, 6)
        local whose, at, sign_in, start, maximum_a_window, maximum = unpack(ARGV, 7, 12)
        local name = KEYS[12]

        local function members(whose) return '[' .. whose .. ' ', '(' .. whose .. '!' end
        local function oldest(whose)
            local from, to = members(whose)
            return redis.call('ZRANGEBYLEX', log, from, to, 'LIMIT', 0, 1)[1]
        end
        local function count(whose)
            local number = redis.call('ZLEXCOUNT', log, members(whose))
            if number == 0 then return redis.call('ZREM', counts, whose) end
            local at = tonumber(string.sub(oldest(whose), #whose + 2, #whose + 21))
            redis.call('ZADD', counts, string.format('%.17g', number - at / 2 ^ 53), whose)
        end

        if name then redis.call('SET', name, organization) end
        local is_new = redis.call('HSET', people, subject, person) == 1
        redis.call('ZADD', first, 'NX', first_at, subject)
        redis.call('ZADD', last, last_at, subject)
        if is_new then place(subject, person) end
        while redis.call('HLEN', people) > tonumber(maximum_people) do
            local gone = redis.call('ZPOPMIN', last)[1]
            displace(gone)
            redis.call('HDEL', people, gone)
            redis.call('ZREM', first, gone)
        end

        local after, up_to = '(' .. whose .. ' ' .. start .. '!', '(' .. whose .. ' ' .. at .. '!'
        if redis.call('ZLEXCOUNT', log, after, up_to) < tonumber(maximum_a_window) then
            local member = whose .. ' ' .. at .. ' ' .. sign_in
            redis.call('ZADD', log, 0, member)
            redis.call('ZADD', by_time, at, member)
            count(whose)
        end
        while redis.call('ZCARD', log) + redis.call('LLEN', older) > tonumber(maximum) do
            local most = redis.call('ZREVRANGE', counts, 0, 0, 'WITHSCORES')
            if redis.call('LLEN', older) >= tonumber(most[2]) then
                redis.call('ZREM', by_time, redis.call('RPOP', older))
            else
                local gone = oldest(most[1])
                redis.call('ZREM', log, gone)
                redis.call('ZREM', by_time, gone)
                count(most[1])
            end
        end
        is_indexed()",
    )
});

pub(super) fn by_name(login_name: &str) -> String {
    format!("orglab:organization:{}", login_name.to_lowercase())
}

/// Records a sign-in, within all limits.
pub(super) fn record(
    organization: &Organization,
    person: &Person,
    sign_in: &SignIn,
) -> Result<ScriptInvocation<'static>, StoreError> {
    let id = &organization.id;
    // Without blanks: no subject may be a prefix of another subject's member.
    let whose: String = form_urlencoded::byte_serialize(sign_in.subject.as_bytes()).collect();
    let [at, start] = [sign_in.at, sign_in.at - SIGN_IN_WINDOW].map(|time| format!("{:020}", time.timestamp_micros()));

    let mut record = for_organization(&RECORD, id);
    if let Some(name) = &organization.login_name {
        record.key(by_name(name));
    }
    record.arg(id).arg(&person.subject).arg(to_json(person)?);
    record.arg(person.first_at.timestamp_micros()).arg(person.last_at.timestamp_micros()).arg(MAXIMUM_PEOPLE);
    record.arg(whose).arg(at).arg(to_json(sign_in)?).arg(start);
    record.arg(MAXIMUM_SIGN_INS_PER_WINDOW).arg(MAXIMUM_SIGN_INS);
    Ok(record)
}

/// The sign-in's text in a member of the sorted sets: after subject and time, or all of it where an older version wrote
/// it.
pub(super) fn text_of(member: &str) -> Option<&str> {
    if member.starts_with('{') { Some(member) } else { member.splitn(3, ' ').nth(2) }
}
