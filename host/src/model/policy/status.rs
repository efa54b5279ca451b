//! How the plugins are, for admins, logs and records.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Hook, PluginName};
use crate::model::{DecisionId, MessageId, RoomId, Timestamp, UserId};

/// Whether a plugin works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PluginState {
    /// Its file is what is active.
    Active,
    /// The last file or settings were refused; what was active before still is.
    KeptOld,
    /// The file is gone; what was active before still is.
    FileGone,
    /// What was active before could not be loaded, or is not yet: each of its hooks fails, and counts as `on_failure` says.
    Unavailable,
    /// Nothing of it was ever active.
    Failed,
    /// Switched off in its settings.
    Disabled,
    /// An older version was chosen; the file's is not loaded.
    RolledBack,
}

impl PluginState {
    /// The word for it, as on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::KeptOld => "kept_old",
            Self::FileGone => "file_gone",
            Self::Unavailable => "unavailable",
            Self::Failed => "failed",
            Self::Disabled => "disabled",
            Self::RolledBack => "rolled_back",
        }
    }
}

/// What stands in the admin's list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PluginStatus {
    /// Its name.
    #[schema(value_type = String)]
    pub name: PluginName,
    /// Whether it works.
    pub state: PluginState,
    /// Rises with each activation; 0 if there was none.
    pub generation: u64,
    /// SHA-256 of the active component, in hex.
    pub hash: String,
    /// As the plugin describes itself.
    pub version: String,
    /// The same.
    pub summary: String,
    /// When it became active.
    pub active_since: Option<Timestamp>,
    /// Its place in the chain: low comes first.
    pub priority: i64,
    /// What it may ask for.
    pub grants: Vec<String>,
    /// Why the last file or settings were refused, or what else is wrong.
    pub last_error: Option<String>,
    /// When that was.
    pub last_error_at: Option<Timestamp>,
    /// How each of its hooks does.
    pub hooks: Vec<HookStatus>,
    /// Hashes to which it can be rolled back, newest first.
    pub earlier: Vec<String>,
}

/// One hook of one plugin, since the server started.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HookStatus {
    /// Which.
    pub hook: Hook,
    /// Verdicts, by kind.
    pub verdicts: VerdictCounts,
    /// Calls that trapped.
    pub traps: u64,
    /// Calls that were cut for their time.
    pub timeouts: u64,
    /// Calls that did not take place because no instance was free.
    pub overloads: u64,
    /// Whether it is asked.
    pub breaker: BreakerStatus,
    /// Half of the last calls took no longer.
    pub p50_us: u64,
    /// All but one in a hundred took no longer.
    pub p99_us: u64,
}

/// Calls that went well, by what they said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct VerdictCounts {
    /// Also what has no verdict: after-hooks, panels, ticks.
    pub allow: u64,
    /// Modified.
    pub modify: u64,
    /// Held.
    pub hold: u64,
    /// Rejected.
    pub reject: u64,
}

/// Whether a hook is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BreakerStatus {
    /// It is.
    Closed,
    /// It failed too often: `on_failure` decides.
    Open,
    /// The next call, or one under way, shows whether it works again.
    Trial,
}

/// How grave a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// For the plugin's author.
    Debug,
    /// Worth knowing.
    Info,
    /// Odd.
    Warn,
    /// Wrong.
    Error,
}

/// A line of a plugin's live log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LogLine {
    /// When.
    pub at: Timestamp,
    /// How grave.
    pub level: LogLevel,
    /// The plugin's words, or the server's about it.
    pub message: String,
}

/// A decision as it is kept: without what people wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DecisionRecord {
    /// Names it. All plugins of a chain share it.
    pub decision_id: DecisionId,
    /// When.
    pub at: Timestamp,
    /// At which point.
    pub hook: Hook,
    /// By whom.
    #[schema(value_type = String)]
    pub plugin: PluginName,
    /// The plugin's own version.
    pub version: String,
    /// SHA-256 of the component, in hex.
    pub plugin_hash: String,
    /// `allow`, `modify`, `hold`, `reject`; `trap`, `timeout`, `breaker_open`, `failed`, where `on_failure` spoke.
    pub verdict: String,
    /// The plugin's, or what failed.
    pub reason: Option<String>,
    /// How long the call took, in microseconds.
    pub micros: i64,
    /// Who did what was judged.
    pub user_id: Option<UserId>,
    /// Where.
    pub room_id: Option<RoomId>,
    /// The message that was judged.
    pub message_id: Option<MessageId>,
    /// SHA-256 of its text, in hex.
    pub body_hash: Option<String>,
}
