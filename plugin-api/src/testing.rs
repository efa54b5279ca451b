//! Runs hooks in a test, without a server and without wasm.
//!
//! A [`Fake`] stands in for the server on the thread that runs it: its keys, counters, clock, directory and config are plain values.
//! The crate `natter-plugin-testkit` runs the built component instead, and records and replays traces.

use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
};

use crate::{
    MemberRole, Message, MessageChange,
    directory::{Member, Newcomer, Room, User},
    http::{Request, Response},
    log::Level,
};

/// What stands in for the server. Make it, [`run`](Fake::run) hooks on it, look at it.
#[derive(Clone, Debug)]
pub struct Fake {
    /// The time, in milliseconds since the epoch.
    pub now: u64,
    /// What `random` begins with.
    pub seed: u64,
    /// The table `[config]` as JSON.
    pub config: String,
    /// Keys: their value, and when they expire.
    pub keys: BTreeMap<String, (Vec<u8>, Option<u64>)>,
    /// Counters: their value, and when they begin anew.
    pub counters: BTreeMap<String, (i64, u64)>,
    /// What was logged.
    pub log: Vec<(Level, String)>,
    /// Who there is.
    pub users: Vec<User>,
    /// Who waits, the longest first.
    pub newcomers: Vec<Newcomer>,
    /// What rooms there are.
    pub rooms: Vec<Room>,
    /// Who belongs to which, by the room's id.
    pub members: BTreeMap<String, Vec<Member>>,
    /// Answers of other servers, in the order in which they are asked for; without one: `not_granted`.
    pub responses: VecDeque<Result<Response, String>>,
    /// What was sent to other servers.
    pub requests: Vec<Request>,
}

impl Default for Fake {
    fn default() -> Self {
        Self {
            now: 1_700_000_000_000,
            seed: 1,
            config: "{}".to_owned(),
            keys: BTreeMap::new(),
            counters: BTreeMap::new(),
            log: Vec::new(),
            users: Vec::new(),
            newcomers: Vec::new(),
            rooms: Vec::new(),
            members: BTreeMap::new(),
            responses: VecDeque::new(),
            requests: Vec::new(),
        }
    }
}

thread_local! {
    static CURRENT: RefCell<Option<Fake>> = const { RefCell::new(None) };
}

impl Fake {
    /// A server with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With this table `[config]`, as JSON.
    #[must_use]
    pub fn with_config(mut self, json: &str) -> Self {
        json.clone_into(&mut self.config);
        self
    }

    /// Runs something that calls the server, on this one. Kept are its writes, also if the hook would have failed.
    ///
    /// # Panics
    /// Within another `run` of the same thread.
    pub fn run<T>(&mut self, hook: impl FnOnce() -> T) -> T {
        let before = CURRENT.replace(Some(std::mem::take(self)));
        assert!(before.is_none(), "one Fake at a time");
        let outcome = hook();
        *self = CURRENT.take().expect("it was put there above");
        outcome
    }
}

/// A message to a group, from a member.
#[must_use]
pub fn message(body: &str) -> Message {
    let id = |last: u8| format!("00000000-0000-7000-8000-0000000000{last:02}");
    Message {
        change: MessageChange::Send,
        id: id(1),
        room_id: Some(id(2)),
        room_kind: "group".to_owned(),
        sender_id: id(3),
        sender_role: MemberRole::Member,
        recipient_id: None,
        body: body.to_owned(),
        previous_body: None,
        reply_to: None,
        attrs: Vec::new(),
    }
}

/// The functions of the contract, on the present fake.
pub(crate) mod backend {
    use super::{CURRENT, Fake};

    fn with<T>(work: impl FnOnce(&mut Fake) -> T) -> T {
        CURRENT.with_borrow_mut(|fake| {
            work(
                fake.as_mut()
                    .expect("outside of a server, run hooks within `testing::Fake::run`"),
            )
        })
    }

    pub(crate) mod log {
        use super::super::Level;

        pub(crate) fn write(level: Level, message: &str) {
            super::with(|fake| fake.log.push((level, message.to_owned())));
        }
    }

    pub(crate) mod kv {
        pub(crate) fn get(key: &str) -> Option<Vec<u8>> {
            super::with(|fake| {
                let (value, expires_at) = fake.keys.get(key)?;
                expires_at
                    .is_none_or(|at| at > fake.now)
                    .then(|| value.clone())
            })
        }

        pub(crate) fn set(key: &str, value: &[u8], ttl_seconds: Option<u32>) -> Result<(), String> {
            if key.len() > 256 {
                return Err("key_too_long".to_owned());
            }
            if value.len() > 64 * 1024 {
                return Err("value_too_large".to_owned());
            }
            super::with(|fake| {
                let expires_at = ttl_seconds.map(|seconds| fake.now + u64::from(seconds) * 1_000);
                fake.keys
                    .insert(key.to_owned(), (value.to_owned(), expires_at));
                Ok(())
            })
        }

        pub(crate) fn delete(key: &str) {
            super::with(|fake| drop(fake.keys.remove(key)));
        }

        pub(crate) fn keys(prefix: &str, after: Option<&str>, limit: u32) -> Vec<String> {
            super::with(|fake| {
                let alive = fake.keys.iter().filter(|(key, (_, expires_at))| {
                    key.starts_with(prefix)
                        && after.is_none_or(|after| key.as_str() > after)
                        && expires_at.is_none_or(|at| at > fake.now)
                });
                let keys = alive.map(|(key, _)| key.clone());
                keys.take(limit.min(1_000) as usize).collect()
            })
        }

        pub(crate) fn add(counter: &str, n: i64, ttl_seconds: u32) -> Result<i64, String> {
            super::with(|fake| {
                let now = fake.now;
                let fresh = (0, now + u64::from(ttl_seconds) * 1_000);
                let counter = fake.counters.entry(counter.to_owned()).or_insert(fresh);
                if counter.1 <= now {
                    *counter = fresh;
                }
                counter.0 = counter.0.saturating_add(n);
                Ok(counter.0)
            })
        }
    }

    pub(crate) mod config {
        pub(crate) fn json() -> String {
            super::with(|fake| fake.config.clone())
        }
    }

    pub(crate) mod clock {
        pub(crate) fn now() -> u64 {
            super::with(|fake| fake.now)
        }
    }

    pub(crate) mod random {
        pub(crate) fn next() -> u64 {
            super::with(|fake| {
                fake.seed = fake
                    .seed
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                fake.seed ^ (fake.seed >> 32)
            })
        }

        pub(crate) fn bytes(length: u32) -> Vec<u8> {
            let numbers = (0..length.min(64 * 1024)).map(|_| next().to_le_bytes()[0]);
            numbers.collect()
        }
    }

    pub(crate) mod directory {
        use super::super::{Member, Newcomer, Room, User};

        pub(crate) fn find_user(id: &str) -> Option<User> {
            super::with(|fake| fake.users.iter().find(|user| user.id == id).cloned())
        }

        pub(crate) fn find_users(ids: &[String]) -> Vec<User> {
            let ids = &ids[..ids.len().min(1_000)];
            let mut users = super::with(|fake| fake.users.clone());
            users.retain(|user| ids.contains(&user.id));
            users.sort_by(|one, other| one.id.cmp(&other.id));
            users
        }

        pub(crate) fn find_user_by_name(username: &str) -> Option<User> {
            let username = username.to_lowercase();
            super::with(|fake| {
                fake.users
                    .iter()
                    .find(|user| user.username == username)
                    .cloned()
            })
        }

        pub(crate) fn find_room(id: &str) -> Option<Room> {
            super::with(|fake| fake.rooms.iter().find(|room| room.id == id).cloned())
        }

        pub(crate) fn find_member(room_id: &str, user_id: &str) -> Option<Member> {
            let members = super::with(|fake| fake.members.get(room_id).cloned())?;
            members.into_iter().find(|member| member.user_id == user_id)
        }

        pub(crate) fn list_members(room_id: &str, after: Option<&str>, limit: u32) -> Vec<Member> {
            let members = super::with(|fake| fake.members.get(room_id).cloned());
            let mut members = members.unwrap_or_default();
            members.sort_by(|one, other| one.user_id.cmp(&other.user_id));
            members.retain(|member| after.is_none_or(|after| member.user_id.as_str() > after));
            members.truncate(limit.min(1_000) as usize);
            members
        }

        pub(crate) fn list_newcomers(after: Option<&str>, limit: u32) -> Vec<Newcomer> {
            let mut newcomers = super::with(|fake| fake.newcomers.clone());
            newcomers.retain(|it| after.is_none_or(|after| it.user.id.as_str() > after));
            newcomers.truncate(limit.min(1_000) as usize);
            newcomers
        }
    }

    pub(crate) mod http {
        use super::super::{Request, Response};

        pub(crate) fn send(request: &Request) -> Result<Response, String> {
            super::with(|fake| {
                fake.requests.push(request.clone());
                let response = fake.responses.pop_front();
                response.unwrap_or_else(|| Err("not_granted".to_owned()))
            })
        }
    }
}
