//! What stands around a policy: its config, keys and counters, the time, and who there is.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::bindings::natter::policy::{
    directory::{Member, Newcomer, Room, User},
    http::Response,
    log::Level,
};

/// A server in plain values. A call that ends well changes its keys, one that fails does not; counters count either way.
#[derive(Clone, Debug)]
pub struct World {
    /// Milliseconds since the epoch.
    pub now: u64,
    /// What the random numbers of the next call begin with.
    pub seed: u64,
    /// The table `[config]` as JSON.
    pub config: String,
    /// Keys: value, and when they expire.
    pub keys: BTreeMap<String, (Vec<u8>, Option<u64>)>,
    /// Counters: value, and when they begin anew.
    pub counters: BTreeMap<String, (i64, u64)>,
    /// Who there is.
    pub users: Vec<User>,
    /// Who waits, the longest first.
    pub newcomers: Vec<Newcomer>,
    /// What rooms there are.
    pub rooms: Vec<Room>,
    /// Who belongs to which, by the room's id.
    pub members: BTreeMap<String, Vec<Member>>,
    /// Answers of other servers, in order; without one: `not_granted`.
    pub responses: VecDeque<Result<Response, String>>,
    /// What was logged.
    pub log: Vec<(Level, String)>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            now: 1_700_000_000_000,
            seed: 1,
            config: "{}".to_owned(),
            keys: BTreeMap::new(),
            counters: BTreeMap::new(),
            users: Vec::new(),
            newcomers: Vec::new(),
            rooms: Vec::new(),
            members: BTreeMap::new(),
            responses: VecDeque::new(),
            log: Vec::new(),
        }
    }
}

/// What one call of an import answered, in the order of the calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Import {
    /// `kv.get`
    Get(Option<Vec<u8>>),
    /// `kv.set`
    Set(Result<(), String>),
    /// `kv.keys`
    Keys(Vec<String>),
    /// `kv.add`
    Add(Result<i64, String>),
    /// `directory.find-user` and `find-user-by-name`
    User(Option<User>),
    /// `directory.find-users`
    Users(Vec<User>),
    /// `directory.find-room`
    Room(Option<Room>),
    /// `directory.find-member`
    Member(Option<Member>),
    /// `directory.list-members`
    Members(Vec<Member>),
    /// `directory.list-newcomers`
    Newcomers(Vec<Newcomer>),
    /// `http.send`
    Sent(Result<Response, String>),
}
