//! The organizations' data in Redis, by the organization's id:
//! - `orglab:notes:{id}`, a list, newest first;
//! - `orglab:refusals:{id}`, a sorted set by time, so that those of the last hour can be counted;
//! - what a sign-in leaves (see `record.rs`), and the order of the lists (see `indexes.rs`).
//!
//! `orglab:readiness` is what `GET /readyz` writes; it expires.

use std::{ops::Range, sync::LazyLock};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use redis::{Cmd, Script, pipe};
use serde::de::DeserializeOwned;

use super::{
    RedisStore, from_json,
    indexes::{for_organization, script},
    record::{by_name, record, text_of},
    to_json,
};
use crate::{
    sign_in::{identity::Organization, organization::OrganizationRef},
    workspace::{
        Part, StoreError, WorkspaceStore,
        activity::{
            ActivitySummary, Day, MAXIMUM_REFUSALS, MAXIMUM_REFUSALS_PER_WINDOW, REFUSAL_WINDOW, RefusalLimit,
            RefusedAttempt, SignIn,
        },
        board::{MAXIMUM_NOTES, Note},
        people::{Group, People, Person},
    },
};

/// Adds the refusal `ARGV[2]` of the time `ARGV[3]`, up to `ARGV[6]` of them: only if the organization is listed
/// (`ARGV[1]`) or has people, and has fewer than `ARGV[5]` since `ARGV[4]`.
static ADD_REFUSAL: LazyLock<Script> = LazyLock::new(|| {
    script(
        "if ARGV[1] == '0' and redis.call('EXISTS', people) == 0 then return end
        if redis.call('ZCOUNT', refusals, '(' .. ARGV[4], '+inf') >= tonumber(ARGV[5]) then return end
        redis.call('ZADD', refusals, ARGV[3], ARGV[2])
        reaches_limit(0)
        redis.call('ZREMRANGEBYRANK', refusals, 0, -1 - ARGV[6])
        is_indexed()",
    )
});

/// Returns the positions from `ARGV[1]` to `ARGV[2]`, and how many there are.
static SIGN_INS: LazyLock<Script> = LazyLock::new(|| {
    script("return {redis.call('ZREVRANGE', by_time, ARGV[1], ARGV[2]), redis.call('ZCARD', by_time)}")
});

/// Returns how many sign-ins and refusals there are from each odd `ARGV` to before the next one, and the latest period
/// in which the limit of refusals was reached, if its refusals are still there.
static SUMMARY: LazyLock<Script> = LazyLock::new(|| {
    script(
        "local days = {}
        for number = 1, #ARGV, 2 do
            local from, to = ARGV[number], '(' .. ARGV[number + 1]
            table.insert(days, {redis.call('ZCOUNT', by_time, from, to), redis.call('ZCOUNT', refusals, from, to)})
        end
        local from, to = unpack(redis.call('HMGET', indexed, 'limit_from', 'limit_until'))
        local oldest = redis.call('ZRANGE', refusals, 0, 0, 'WITHSCORES')[2]
        local is_there = from and oldest and oldest + refusal_window <= tonumber(to)
        return {days, is_there and {from, to}}",
    )
});

/// Returns the positions from `ARGV[1]` to `ARGV[2]`: each group with how many of it there are before the first of these
/// positions, how many in all, and its people as first time and JSON. And returns how many people there are.
static PEOPLE: LazyLock<Script> = LazyLock::new(|| {
    script(
        "local groups, group, before = {}, nil, nil
        local part = redis.call('ZRANGE', in_order, ARGV[1], ARGV[2], 'WITHSCORES')
        for number = 1, #part, 2 do
            local member, at = part[number], part[number + 1]
            if at ~= before then
                local skipped = ARGV[1] - redis.call('ZCOUNT', in_order, '-inf', '(' .. at)
                group, before = {}, at
                table.insert(groups, {math.max(skipped, 0), redis.call('ZCOUNT', in_order, at, at), group})
            end
            local person = redis.call('HGET', people, string.sub(member, 22))
            table.insert(group, {string.sub(member, 1, 20), person})
        end
        return {groups, redis.call('ZCARD', in_order)}",
    )
});

/// Returns the positions from `ARGV[1]` to `ARGV[2]` as first time and JSON.
static LATEST_PEOPLE: LazyLock<Script> = LazyLock::new(|| {
    script(
        "local found = {}
        for _, subject in ipairs(redis.call('ZREVRANGE', last, ARGV[1], ARGV[2])) do
            table.insert(found, {redis.call('ZSCORE', first, subject), redis.call('HGET', people, subject)})
        end
        return found",
    )
});

fn notes(organization_id: &str) -> String {
    format!("orglab:notes:{organization_id}")
}

fn refusals(organization_id: &str) -> String {
    format!("orglab:refusals:{organization_id}")
}

/// The first and the last position of the part, as Redis counts them.
fn bounds(part: Range<usize>) -> (isize, isize) {
    let position = |number| isize::try_from(number).unwrap_or(isize::MAX);
    match part.end.checked_sub(1) {
        Some(last) => (position(part.start), position(last)),
        None => (1, 0), // nothing: to the position -1 would be all
    }
}

/// The entries that can be read. An entry that another version of the app wrote in another format is skipped.
fn readable<'a, T: DeserializeOwned>(texts: impl Iterator<Item = &'a str>) -> Vec<T> {
    texts.filter_map(|text| from_json(text).ok()).collect()
}

/// The same, of whole texts.
fn part<T: DeserializeOwned>((texts, total): (Vec<String>, usize)) -> Part<T> {
    Part { entries: readable(texts.iter().map(String::as_str)), total }
}

/// A person's first time and JSON, as the scripts return them. Stored with the JSON is another time.
type StoredPerson = (Option<i64>, Option<String>);

/// A group as [`PEOPLE`] returns it.
type StoredGroup = (usize, usize, Vec<StoredPerson>);

fn persons(stored: Vec<StoredPerson>) -> Vec<Person> {
    let person = |(first_at, json): StoredPerson| {
        let person: Person = from_json(&json?).ok()?;
        Some(Person { first_at: DateTime::from_timestamp_micros(first_at?)?, ..person })
    };
    stored.into_iter().filter_map(person).collect()
}

#[async_trait]
impl WorkspaceStore for RedisStore {
    async fn add_note(&self, organization_id: &str, note: Note) -> Result<(), StoreError> {
        let (list, (_, end)) = (notes(organization_id), bounds(0..MAXIMUM_NOTES));
        let mut commands = pipe();
        commands.atomic().lpush(&list, to_json(&note)?).ignore().ltrim(&list, 0, end).ignore();
        self.transaction(&commands).await
    }

    async fn notes(&self, organization_id: &str, range: Range<usize>) -> Result<Part<Note>, StoreError> {
        let (list, (start, end)) = (notes(organization_id), bounds(range));
        Ok(part(self.transaction(pipe().atomic().lrange(&list, start, end).llen(&list)).await?))
    }

    async fn record_sign_in(
        &self,
        organization: &Organization,
        person: Person,
        sign_in: SignIn,
    ) -> Result<(), StoreError> {
        self.script(&record(organization, &person, &sign_in)?).await
    }

    async fn record_refusal(
        &self,
        asked: &OrganizationRef,
        is_listed: bool,
        refusal: RefusedAttempt,
    ) -> Result<(), StoreError> {
        let id = match asked.id() {
            Some(id) => Some(id.to_owned()),
            None => self.command(&Cmd::get(by_name(&asked.to_string()))).await?,
        };
        let Some(id) = id else { return Ok(()) };
        let (at, start) = (refusal.at.timestamp_micros(), (refusal.at - REFUSAL_WINDOW).timestamp_micros());
        let mut add = for_organization(&ADD_REFUSAL, &id);
        add.arg(u8::from(is_listed)).arg(to_json(&refusal)?).arg(at).arg(start);
        self.script(add.arg(MAXIMUM_REFUSALS_PER_WINDOW).arg(MAXIMUM_REFUSALS)).await
    }

    async fn sign_ins(&self, organization_id: &str, range: Range<usize>) -> Result<Part<SignIn>, StoreError> {
        let (start, end) = bounds(range);
        let mut read = for_organization(&SIGN_INS, organization_id);
        let (members, total): (Vec<String>, usize) = self.script(read.arg(start).arg(end)).await?;
        Ok(Part { entries: readable(members.iter().filter_map(|member| text_of(member))), total })
    }

    async fn refusals(&self, organization_id: &str, range: Range<usize>) -> Result<Part<RefusedAttempt>, StoreError> {
        let (set, (start, end)) = (refusals(organization_id), bounds(range));
        Ok(part(self.transaction(pipe().atomic().zrevrange(&set, start, end).zcard(&set)).await?))
    }

    async fn activity_summary(
        &self,
        organization_id: &str,
        dates: &[NaiveDate],
    ) -> Result<ActivitySummary, StoreError> {
        let mut read = for_organization(&SUMMARY, organization_id);
        for date in dates {
            let midnight = date.and_time(NaiveTime::MIN).and_utc();
            read.arg(midnight.timestamp_micros()).arg((midnight + TimeDelta::days(1)).timestamp_micros());
        }
        let (counts, limit): (Vec<(usize, usize)>, Option<(i64, i64)>) = self.script(&read).await?;
        let day = |(&date, (sign_ins, refusals))| Day { date, sign_ins, refusals };
        let period = |(from, until)| {
            let [from, until] = [from, until].map(DateTime::<Utc>::from_timestamp_micros);
            Some(RefusalLimit { from: from?, until: until? })
        };
        let refusal_limit = limit.and_then(period);
        Ok(ActivitySummary { days: dates.iter().zip(counts).map(day).collect(), refusal_limit })
    }

    async fn people(&self, organization_id: &str, range: Range<usize>) -> Result<People, StoreError> {
        let (start, end) = bounds(range);
        let mut read = for_organization(&PEOPLE, organization_id);
        let (groups, total): (Vec<StoredGroup>, usize) = self.script(read.arg(start).arg(end)).await?;
        let group = |(before, total, stored)| {
            let people = persons(stored);
            let connection = people.first()?.connection.clone();
            Some(Group { connection, people, before, total })
        };
        Ok(People { groups: groups.into_iter().filter_map(group).collect(), total })
    }

    async fn latest_people(&self, organization_id: &str, count: usize) -> Result<Vec<Person>, StoreError> {
        let (start, end) = bounds(0..count);
        let mut read = for_organization(&LATEST_PEOPLE, organization_id);
        Ok(persons(self.script(read.arg(start).arg(end)).await?))
    }

    async fn check_writable(&self) -> Result<(), StoreError> {
        self.command(Cmd::set("orglab:readiness", "").arg("EX").arg(60)).await
    }
}
