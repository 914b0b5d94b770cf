//! The organizations' data in Redis, by the organization's id:
//! - `orglab:notes:{id}`, a list, newest first;
//! - `orglab:sign-ins-by-subject:{id}` and what belongs to it (see `record.rs`);
//! - `orglab:refusals:{id}`, a sorted set by time, so that those of the last hour can be counted;
//! - `orglab:people:{id}`, a hash by subject; the same subjects sorted by their first and last times are in
//!   `orglab:first-sign-ins:{id}` and `orglab:last-sign-ins:{id}`.
//!
//! `orglab:readiness` is what `GET /readyz` writes; it expires.

use std::{cmp::Reverse, collections::HashMap, sync::LazyLock};

use async_trait::async_trait;
use chrono::DateTime;
use redis::{Cmd, Pipeline, Script, pipe};
use serde::de::DeserializeOwned;

use super::{
    RedisStore, from_json,
    record::{by_name, first_sign_ins, people, record, sign_ins, sign_ins_without_subject, text_of},
    to_json,
};
use crate::{
    sign_in::{identity::Organization, organization::OrganizationRef},
    workspace::{
        StoreError, WorkspaceStore,
        activity::{Activity, MAXIMUM_REFUSALS, MAXIMUM_REFUSALS_PER_WINDOW, REFUSAL_WINDOW, RefusedAttempt, SignIn},
        board::{MAXIMUM_NOTES, Note},
        people::Person,
    },
};

/// Adds the refusal `ARGV[2]` of the time `ARGV[3]` to `KEYS[1]`, up to `ARGV[6]` of them: only if the organization is
/// listed (`ARGV[1]`) or has people (`KEYS[2]`), and has fewer than `ARGV[5]` since `ARGV[4]`.
static ADD_REFUSAL: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if ARGV[1] == '0' and redis.call('EXISTS', KEYS[2]) == 0 then return end
        if redis.call('ZCOUNT', KEYS[1], '(' .. ARGV[4], '+inf') >= tonumber(ARGV[5]) then return end
        redis.call('ZADD', KEYS[1], ARGV[3], ARGV[2])
        redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[6])",
    )
});

fn notes(organization_id: &str) -> String {
    format!("orglab:notes:{organization_id}")
}

fn refusals(organization_id: &str) -> String {
    format!("orglab:refusals:{organization_id}")
}

/// Adds the newest at the front. Beyond `maximum`, the oldest is removed.
fn keep(commands: &mut Pipeline, list: String, newest: String, maximum: usize) {
    let end = isize::try_from(maximum).unwrap_or(isize::MAX) - 1;
    commands.lpush(&list, newest).ignore().ltrim(list, 0, end).ignore();
}

/// The entries that can be read. An entry that another version of the app wrote in another format is skipped.
fn all<'a, T: DeserializeOwned>(texts: impl Iterator<Item = &'a str>) -> Vec<T> {
    texts.filter_map(|text| from_json(text).ok()).collect()
}

#[async_trait]
impl WorkspaceStore for RedisStore {
    async fn add_note(&self, organization_id: &str, note: Note) -> Result<(), StoreError> {
        let mut commands = pipe();
        keep(commands.atomic(), notes(organization_id), to_json(&note)?, MAXIMUM_NOTES);
        self.transaction(&commands).await
    }

    async fn notes(&self, organization_id: &str) -> Result<Vec<Note>, StoreError> {
        let texts: Vec<String> = self.command(&Cmd::lrange(notes(organization_id), 0, -1)).await?;
        Ok(all(texts.iter().map(String::as_str)))
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
        let mut add = ADD_REFUSAL.key(refusals(&id));
        add.key(people(&id)).arg(u8::from(is_listed)).arg(to_json(&refusal)?);
        self.script(add.arg(at).arg(start).arg(MAXIMUM_REFUSALS_PER_WINDOW).arg(MAXIMUM_REFUSALS)).await
    }

    async fn activity(&self, organization_id: &str) -> Result<Activity, StoreError> {
        let mut commands = pipe();
        commands.atomic().zrange(sign_ins(organization_id), 0, -1);
        commands.lrange(sign_ins_without_subject(organization_id), 0, -1);
        commands.zrevrange(refusals(organization_id), 0, -1);
        let (known, older, refusals): (Vec<String>, Vec<String>, Vec<String>) = self.transaction(&commands).await?;
        let texts = known.iter().filter_map(|entry| text_of(entry)).chain(older.iter().map(String::as_str));
        let mut sign_ins: Vec<SignIn> = all(texts);
        sign_ins.sort_by_key(|sign_in| Reverse(sign_in.at));
        Ok(Activity { sign_ins, refusals: all(refusals.iter().map(String::as_str)) })
    }

    async fn people(&self, organization_id: &str) -> Result<Vec<Person>, StoreError> {
        let mut commands = pipe();
        commands.atomic().zrange_withscores(first_sign_ins(organization_id), 0, -1).hgetall(people(organization_id));
        let (first, known): (Vec<(String, i64)>, HashMap<String, String>) = self.transaction(&commands).await?;
        let person = |(subject, first_at): (String, i64)| {
            let known: Person = from_json(known.get(&subject)?).ok()?;
            Some(Person { first_at: DateTime::from_timestamp_micros(first_at)?, ..known })
        };
        Ok(first.into_iter().filter_map(person).collect())
    }

    async fn check_writable(&self) -> Result<(), StoreError> {
        self.command(Cmd::set("orglab:readiness", "").arg("EX").arg(60)).await
    }
}
