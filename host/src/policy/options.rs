//! What the operator sets for all plugins.

use std::{path::PathBuf, time::Duration};

/// How policies are run.
#[derive(Clone, Debug)]
pub struct PolicyOptions {
    /// Where operators put `.wasm` files.
    pub folder: PathBuf,
    /// A folder of the server's own, for compiled code and for copies of what was active. Whoever can write it can run code in the server.
    pub private_folder: PathBuf,
    /// Threads that run plugins.
    pub threads: usize,
    /// How long a file must stand still before it is read.
    pub settle: Duration,
    /// How long one call may take.
    pub deadline: Duration,
    /// How long all plugins of one event may take together.
    pub chain_budget: Duration,
    /// How long a call may wait for a free instance.
    pub instance_wait: Duration,
    /// Instances of one plugin.
    pub instances: usize,
    /// Memory of one instance.
    pub memory_bytes: usize,
    /// The longest text that a message may get by `modify`.
    pub body_bytes: usize,
    /// Events that wait for hooks that come after.
    pub after_queue_events: usize,
    /// When failing hooks are left alone.
    pub breaker: BreakerOptions,
    /// What a plugin may keep.
    pub kv: KvLimits,
    /// Which decisions are kept.
    pub record: RecordDecisions,
    /// For how long.
    pub record_days: i64,
}

/// When failing hooks are left alone.
#[derive(Clone, Copy, Debug)]
pub struct BreakerOptions {
    /// So many failures …
    pub failures: usize,
    /// … within this time …
    pub window: Duration,
    /// … open it for this long.
    pub pause: Duration,
}

/// What a plugin may keep.
#[derive(Clone, Copy, Debug)]
pub struct KvLimits {
    /// Keys; as many counters besides.
    pub keys: usize,
    /// Keys and values together.
    pub bytes: usize,
}

/// Which decisions are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordDecisions {
    /// Each.
    All,
    /// Those that did not simply allow.
    Notable,
}
