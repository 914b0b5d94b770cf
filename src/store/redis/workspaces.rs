//! The organizations' data in Redis, by the organization's id:
//! - `orglab:notes:{id}` and `orglab:sign-ins:{id}`, lists with the newest in front;
//! - `orglab:refusals:{id}`, a sorted set by time, so that those of the last hour can be counted;
//! - `orglab:people:{id}`, a hash by subject, and `orglab:first-sign-ins:{id}`, the same subjects by their first time;
//! - `orglab:organization:{name}`, the id of the organization that is signed in to by this name, in lower case.

use std::{collections::HashMap, sync::LazyLock};

use async_trait::async_trait;
use chrono::DateTime;
use redis::{Cmd, Pipeline, Script, pipe};
use serde::de::DeserializeOwned;

use super::{RedisStore, from_json, to_json};
use crate::{
    sign_in::{identity::Organization, organization::OrganizationRef},
    workspace::{
        StoreError, WorkspaceStore,
        activity::{
            Activity, MAXIMUM_REFUSALS, MAXIMUM_REFUSALS_A_WINDOW, MAXIMUM_SIGN_INS, REFUSAL_WINDOW, RefusedAttempt,
            SignIn,
        },
        board::{MAXIMUM_NOTES, Note},
        people::Person,
    },
};

/// Adds the refusal `ARGV[2]` of the time `ARGV[3]` to `KEYS[1]`, up to `ARGV[6]` of them: only where the organization is
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

fn sign_ins(organization_id: &str) -> String {
    format!("orglab:sign-ins:{organization_id}")
}

fn refusals(organization_id: &str) -> String {
    format!("orglab:refusals:{organization_id}")
}

fn people(organization_id: &str) -> String {
    format!("orglab:people:{organization_id}")
}

fn first_sign_ins(organization_id: &str) -> String {
    format!("orglab:first-sign-ins:{organization_id}")
}

fn by_name(login_name: &str) -> String {
    format!("orglab:organization:{}", login_name.to_lowercase())
}

/// Puts the newest in front; the oldest goes beyond `maximum`.
fn keep(commands: &mut Pipeline, list: String, newest: String, maximum: usize) {
    let end = isize::try_from(maximum).unwrap_or(isize::MAX) - 1;
    commands.lpush(&list, newest).ignore().ltrim(list, 0, end).ignore();
}

fn all<T: DeserializeOwned>(texts: &[String]) -> Result<Vec<T>, StoreError> {
    texts.iter().map(|text| from_json(text)).collect()
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
        all(&texts)
    }

    async fn record_sign_in(
        &self,
        organization: &Organization,
        person: Person,
        sign_in: SignIn,
    ) -> Result<(), StoreError> {
        let mut commands = pipe();
        commands.atomic();
        if let Some(name) = &organization.login_name {
            commands.set(by_name(name), &organization.id).ignore();
        }
        commands.hset(people(&organization.id), &person.subject, to_json(&person)?).ignore();
        let first_at = person.first_at.timestamp_micros();
        let first = commands.cmd("ZADD").arg(first_sign_ins(&organization.id)).arg("NX"); // the first time stays
        first.arg(first_at).arg(&person.subject).ignore();
        keep(&mut commands, sign_ins(&organization.id), to_json(&sign_in)?, MAXIMUM_SIGN_INS);
        self.transaction(&commands).await
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
        self.script(add.arg(at).arg(start).arg(MAXIMUM_REFUSALS_A_WINDOW).arg(MAXIMUM_REFUSALS)).await
    }

    async fn activity(&self, organization_id: &str) -> Result<Activity, StoreError> {
        let mut commands = pipe();
        commands.atomic().lrange(sign_ins(organization_id), 0, -1).zrevrange(refusals(organization_id), 0, -1);
        let (sign_ins, refusals): (Vec<String>, Vec<String>) = self.transaction(&commands).await?;
        Ok(Activity { sign_ins: all(&sign_ins)?, refusals: all(&refusals)? })
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

    async fn ping(&self) -> Result<(), StoreError> {
        self.command(&Cmd::ping()).await
    }
}
