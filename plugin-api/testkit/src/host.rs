//! The imports, answered from a world and noted, or from a trace.
//!
//! Rule: what follows from the trace's own fields (clock, config, random numbers) is not noted; everything else is, in order.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use wasmtime_wasi::{
    HostMonotonicClock, HostWallClock, ResourceTable, WasiCtx, WasiCtxView, WasiView,
};

use crate::{
    bindings::natter::policy::{clock, config, directory, http, kv, log, random, types},
    world::{Import, World},
};

/// The data of a call.
pub(crate) struct Host {
    pub(crate) world: World,
    pub(crate) notes: Vec<Import>,
    /// A trace's answers, instead of the world's.
    pub(crate) replay: Option<VecDeque<Import>>,
    random: SplitMix,
    wasi: WasiCtx,
    table: ResourceTable,
}

/// The clock that stands still.
struct Still(u64);

impl HostWallClock for Still {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        Duration::from_millis(self.0)
    }
}

impl HostMonotonicClock for Still {
    fn resolution(&self) -> u64 {
        1_000_000
    }

    fn now(&self) -> u64 {
        self.0.saturating_mul(1_000_000)
    }
}

/// Random numbers from the seed; clones draw from the same row.
#[derive(Clone)]
struct SplitMix(Arc<AtomicU64>);

impl SplitMix {
    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut mixed = self.0.fetch_add(STEP, Relaxed).wrapping_add(STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn bytes(&self, length: usize) -> Vec<u8> {
        let numbers = std::iter::repeat_with(|| self.next().to_le_bytes());
        numbers.flatten().take(length).collect()
    }
}

impl rand::TryRng for SplitMix {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok((self.next() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.next())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.copy_from_slice(&self.bytes(bytes.len()));
        Ok(())
    }
}

impl Host {
    pub(crate) fn new(world: World, replay: Option<VecDeque<Import>>) -> Self {
        let random = SplitMix(Arc::new(AtomicU64::new(world.seed)));
        let wasi = WasiCtx::builder()
            .wall_clock(Still(world.now))
            .monotonic_clock(Still(world.now))
            .secure_random(random.clone())
            .insecure_random(random.clone())
            .insecure_random_seed(0)
            .build();
        Self {
            world,
            notes: Vec::new(),
            replay,
            random,
            wasi,
            table: ResourceTable::new(),
        }
    }

    /// The import's answer: the trace's next one, or what the world says, noted.
    fn answer<T: Clone>(
        &mut self,
        wrap: fn(T) -> Import,
        unwrap: fn(Import) -> Option<T>,
        ask: impl FnOnce(&mut World) -> T,
    ) -> wasmtime::Result<T> {
        let answer = match &mut self.replay {
            None => ask(&mut self.world),
            Some(answers) => {
                let next = answers.pop_front();
                let differs = "the policy asked for something else than in the trace";
                next.and_then(unwrap)
                    .ok_or_else(|| wasmtime::Error::msg(differs))?
            }
        };
        self.notes.push(wrap(answer.clone()));
        Ok(answer)
    }
}

/// How an answer goes into a note and comes out of it.
macro_rules! noted {
    ($host:ident, $variant:ident, $ask:expr) => {
        $host.answer(
            Import::$variant,
            |import| match import {
                Import::$variant(answer) => Some(answer),
                _ => None,
            },
            $ask,
        )
    };
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl types::Host for Host {}

impl log::Host for Host {
    fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        self.world.log.push((level, message));
        Ok(())
    }
}

impl config::Host for Host {
    fn json(&mut self) -> wasmtime::Result<String> {
        Ok(self.world.config.clone())
    }
}

impl clock::Host for Host {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(self.world.now)
    }
}

impl random::Host for Host {
    fn next(&mut self) -> wasmtime::Result<u64> {
        Ok(self.random.next())
    }

    fn bytes(&mut self, length: u32) -> wasmtime::Result<Vec<u8>> {
        Ok(self.random.bytes(length.min(64 * 1024) as usize))
    }
}

impl kv::Host for Host {
    fn get(&mut self, key: String) -> wasmtime::Result<Option<Vec<u8>>> {
        noted!(self, Get, |world: &mut World| {
            let (value, expires_at) = world.keys.get(&key)?;
            expires_at
                .is_none_or(|at| at > world.now)
                .then(|| value.clone())
        })
    }

    fn set(
        &mut self,
        key: String,
        value: Vec<u8>,
        ttl_seconds: Option<u32>,
    ) -> wasmtime::Result<Result<(), String>> {
        noted!(self, Set, |world: &mut World| {
            if key.len() > 256 {
                return Err("key_too_long".to_owned());
            }
            if value.len() > 64 * 1024 {
                return Err("value_too_large".to_owned());
            }
            let expires_at = ttl_seconds.map(|seconds| world.now + u64::from(seconds) * 1_000);
            world.keys.insert(key, (value, expires_at));
            Ok(())
        })
    }

    fn delete(&mut self, key: String) -> wasmtime::Result<()> {
        self.world.keys.remove(&key);
        Ok(())
    }

    fn keys(
        &mut self,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> wasmtime::Result<Vec<String>> {
        noted!(self, Keys, |world: &mut World| {
            let alive = world.keys.iter().filter(|(key, (_, expires_at))| {
                key.starts_with(&prefix)
                    && after.as_ref().is_none_or(|after| *key > after)
                    && expires_at.is_none_or(|at| at > world.now)
            });
            alive
                .map(|(key, _)| key.clone())
                .take(limit.min(1_000) as usize)
                .collect()
        })
    }

    fn add(
        &mut self,
        counter: String,
        n: i64,
        ttl_seconds: u32,
    ) -> wasmtime::Result<Result<i64, String>> {
        noted!(self, Add, |world: &mut World| {
            let now = world.now;
            let fresh = (0, now + u64::from(ttl_seconds) * 1_000);
            let counter = world.counters.entry(counter).or_insert(fresh);
            if counter.1 <= now {
                *counter = fresh;
            }
            counter.0 = counter.0.saturating_add(n);
            Ok(counter.0)
        })
    }
}

impl directory::Host for Host {
    fn find_user(&mut self, id: String) -> wasmtime::Result<Option<directory::User>> {
        noted!(self, User, |world: &mut World| {
            world.users.iter().find(|user| user.id == id).cloned()
        })
    }

    fn find_users(&mut self, ids: Vec<String>) -> wasmtime::Result<Vec<directory::User>> {
        noted!(self, Users, |world: &mut World| {
            let ids = &ids[..ids.len().min(1_000)];
            let mut users = world.users.clone();
            users.retain(|user| ids.contains(&user.id));
            users.sort_by(|one, other| one.id.cmp(&other.id));
            users
        })
    }

    fn find_user_by_name(&mut self, username: String) -> wasmtime::Result<Option<directory::User>> {
        let username = username.to_lowercase();
        noted!(self, User, |world: &mut World| {
            world
                .users
                .iter()
                .find(|user| user.username == username)
                .cloned()
        })
    }

    fn find_room(&mut self, id: String) -> wasmtime::Result<Option<directory::Room>> {
        noted!(self, Room, |world: &mut World| {
            world.rooms.iter().find(|room| room.id == id).cloned()
        })
    }

    fn find_member(
        &mut self,
        room_id: String,
        user_id: String,
    ) -> wasmtime::Result<Option<directory::Member>> {
        noted!(self, Member, |world: &mut World| {
            let members = world.members.get(&room_id)?;
            members
                .iter()
                .find(|member| member.user_id == user_id)
                .cloned()
        })
    }

    fn list_members(
        &mut self,
        room_id: String,
        after: Option<String>,
        limit: u32,
    ) -> wasmtime::Result<Vec<directory::Member>> {
        noted!(self, Members, |world: &mut World| {
            let mut members = world.members.get(&room_id).cloned().unwrap_or_default();
            members.sort_by(|one, other| one.user_id.cmp(&other.user_id));
            members.retain(|it| after.as_ref().is_none_or(|after| it.user_id > *after));
            members.truncate(limit.min(1_000) as usize);
            members
        })
    }

    fn list_newcomers(
        &mut self,
        after: Option<String>,
        limit: u32,
    ) -> wasmtime::Result<Vec<directory::Newcomer>> {
        noted!(self, Newcomers, |world: &mut World| {
            let mut newcomers = world.newcomers.clone();
            newcomers.retain(|it| after.as_ref().is_none_or(|after| it.user.id > *after));
            newcomers.truncate(limit.min(1_000) as usize);
            newcomers
        })
    }
}

impl http::Host for Host {
    fn send(&mut self, _: http::Request) -> wasmtime::Result<Result<http::Response, String>> {
        noted!(self, Sent, |world: &mut World| {
            let response = world.responses.pop_front();
            response.unwrap_or_else(|| Err("not_granted".to_owned()))
        })
    }
}
