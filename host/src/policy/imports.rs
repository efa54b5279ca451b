//! What plugins may call: `plugin-api/wit/imports.wit`.
//!
//! Rule: an import changes nothing but the plugin's own state. An error that is returned here as `Err` ends the call as failed.

use std::time::Instant;

use super::{
    bindings::imports::{clock, config, directory, http, kv, log, random, types},
    convert::kind_of_room,
    directory::Waiting,
    http::Fetched,
    state::HostState,
};
use crate::{
    model::{Account, AccountStatus, MemberRole, Room, UserRole, policy::LogLevel},
    store::MemberRow,
};

/// Most users, members or newcomers that one question answers.
const LISTED: usize = 1_000;
/// Most random bytes that one question answers.
const RANDOM_BYTES: usize = 64 * 1024;

impl log::Host for HostState {
    fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            log::Level::Debug => LogLevel::Debug,
            log::Level::Info => LogLevel::Info,
            log::Level::Warn => LogLevel::Warn,
            log::Level::Error => LogLevel::Error,
        };
        self.around.log.write(self.now(), level, &message);
        Ok(())
    }
}

impl kv::Host for HostState {
    fn get(&mut self, key: String) -> wasmtime::Result<Option<Vec<u8>>> {
        let now_ms = self.now().0;
        Ok(self.around.namespace.get(&self.writes, &key, now_ms))
    }

    fn set(
        &mut self,
        key: String,
        value: Vec<u8>,
        ttl_seconds: Option<u32>,
    ) -> wasmtime::Result<Result<(), String>> {
        let now = self.now();
        let expires_at = ttl_seconds.map(|seconds| now.plus_seconds(seconds.into()).0);
        let set = self
            .around
            .namespace
            .set(&mut self.writes, key, value, expires_at);
        Ok(set.map_err(str::to_owned))
    }

    fn delete(&mut self, key: String) -> wasmtime::Result<()> {
        self.around.namespace.delete(&mut self.writes, key);
        Ok(())
    }

    fn keys(
        &mut self,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> wasmtime::Result<Vec<String>> {
        let now_ms = self.now().0;
        let namespace = &self.around.namespace;
        Ok(namespace.keys(
            &self.writes,
            &prefix,
            after.as_deref(),
            limit as usize,
            now_ms,
        ))
    }

    fn add(
        &mut self,
        counter: String,
        n: i64,
        ttl_seconds: u32,
    ) -> wasmtime::Result<Result<i64, String>> {
        let now_ms = self.now().0;
        let added = self.around.counters.add(&counter, n, ttl_seconds, now_ms);
        Ok(added.map_err(str::to_owned))
    }
}

impl config::Host for HostState {
    fn json(&mut self) -> wasmtime::Result<String> {
        Ok(self.around.config_json.to_string())
    }
}

impl clock::Host for HostState {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(self.clock.now_ms())
    }
}

impl random::Host for HostState {
    fn next(&mut self) -> wasmtime::Result<u64> {
        Ok(self.random.next())
    }

    fn bytes(&mut self, length: u32) -> wasmtime::Result<Vec<u8>> {
        let mut bytes = vec![0; RANDOM_BYTES.min(length as usize)];
        self.random.fill(&mut bytes);
        Ok(bytes)
    }
}

impl types::Host for HostState {}

impl directory::Host for HostState {
    async fn find_user(&mut self, id: String) -> wasmtime::Result<Option<directory::User>> {
        Ok(self.around.directory.user(&id).await?.map(user))
    }

    async fn find_users(&mut self, ids: Vec<String>) -> wasmtime::Result<Vec<directory::User>> {
        let ids = &ids[..LISTED.min(ids.len())];
        let found = self.around.directory.users(ids).await?;
        Ok(found.into_iter().map(user).collect())
    }

    async fn find_user_by_name(
        &mut self,
        username: String,
    ) -> wasmtime::Result<Option<directory::User>> {
        Ok(self
            .around
            .directory
            .user_by_name(&username)
            .await?
            .map(user))
    }

    async fn find_room(&mut self, id: String) -> wasmtime::Result<Option<directory::Room>> {
        Ok(self.around.directory.room(&id).await?.map(room))
    }

    async fn find_member(
        &mut self,
        room_id: String,
        user_id: String,
    ) -> wasmtime::Result<Option<directory::Member>> {
        let found = self.around.directory.member(&room_id, &user_id).await?;
        Ok(found.map(|row| member(&row)))
    }

    async fn list_members(
        &mut self,
        room_id: String,
        after: Option<String>,
        limit: u32,
    ) -> wasmtime::Result<Vec<directory::Member>> {
        let limit = LISTED.min(limit as usize);
        let directory = &self.around.directory;
        let found = directory.members(&room_id, after.as_deref(), limit).await?;
        Ok(found.iter().map(member).collect())
    }

    async fn list_newcomers(
        &mut self,
        after: Option<String>,
        limit: u32,
    ) -> wasmtime::Result<Vec<directory::Newcomer>> {
        let limit = LISTED.min(limit as usize);
        let directory = &self.around.directory;
        let found = directory.newcomers(after.as_deref(), limit).await?;
        Ok(found.into_iter().map(newcomer).collect())
    }
}

impl http::Host for HostState {
    async fn send(
        &mut self,
        request: http::Request,
    ) -> wasmtime::Result<Result<http::Response, String>> {
        let waited_for = self
            .hook
            .is_none_or(crate::model::policy::Hook::is_waited_for);
        if waited_for {
            return Ok(Err("not_in_this_hook".to_owned()));
        }
        let began = Instant::now();
        let settings = &self.around.settings;
        let headers = request
            .headers
            .into_iter()
            .map(|attr| (attr.name, attr.value));
        let fetched = self
            .around
            .http
            .fetch(
                settings,
                &request.method,
                &request.url,
                headers.collect(),
                request.body,
            )
            .await;
        // The deadline is for the plugin's own work.
        self.deadline += began.elapsed();
        Ok(fetched.map(response))
    }
}

fn response(fetched: Fetched) -> http::Response {
    let headers = fetched.headers.into_iter();
    http::Response {
        status: fetched.status,
        headers: headers
            .map(|(name, value)| types::Attr { name, value })
            .collect(),
        body: fetched.body,
        attrs: Vec::new(),
    }
}

fn user(account: Account) -> directory::User {
    directory::User {
        id: account.user_id.to_string(),
        username: account.username,
        display_name: account.display_name,
        status: match account.status {
            AccountStatus::Pending => "pending",
            AccountStatus::Active => "active",
            AccountStatus::Rejected => "rejected",
            AccountStatus::Suspended => "suspended",
            AccountStatus::Deleted => "deleted",
        }
        .to_owned(),
        role: match account.role {
            UserRole::Member => "member",
            UserRole::Admin => "admin",
        }
        .to_owned(),
        created_at: u64::try_from(account.created_at.0).unwrap_or(0),
        attrs: Vec::new(),
    }
}

fn newcomer(waiting: Waiting) -> directory::Newcomer {
    let answers = waiting.answers.into_iter();
    directory::Newcomer {
        user: user(waiting.account),
        answers: answers
            .map(|answer| directory::GivenAnswer {
                question_id: answer.question_id,
                text: answer.text,
                attrs: Vec::new(),
            })
            .collect(),
        note: waiting.note,
        attrs: Vec::new(),
    }
}

fn room(room: Room) -> directory::Room {
    directory::Room {
        id: room.room_id.to_string(),
        kind: kind_of_room(room.kind),
        name: room.name,
        created_at: u64::try_from(room.created_at.0).unwrap_or(0),
        attrs: Vec::new(),
    }
}

fn member(row: &MemberRow) -> directory::Member {
    directory::Member {
        user_id: row.user_id.to_string(),
        role: row.role.into(),
        joined_at: u64::try_from(row.joined_at.0).unwrap_or(0),
        attrs: Vec::new(),
    }
}

impl From<MemberRole> for types::MemberRole {
    fn from(role: MemberRole) -> Self {
        match role {
            MemberRole::Member => Self::Member,
            MemberRole::Admin => Self::Admin,
            MemberRole::Owner => Self::Owner,
        }
    }
}
