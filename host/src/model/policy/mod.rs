//! What a policy is told and what it answers, as plain data: the host's side of `plugin-api/wit`.
//!
//! Rule: these are values. What carries them to a plugin and back is `policy`; what carries out an effect is its reader.

mod admin;
mod event;
mod status;
mod verdict;

pub use admin::{
    ActionAnswer, ActionRequest, CommandAnswer, CommandCall, CommandInfo, Offer, Panel,
    PanelAction, PanelRow, PluginPanels,
};
pub use event::{
    CallAttempt, CallChange, CallNotice, MessageChange, Newcomer, NewcomerAnswer, PolicyMessage,
    RoomAttempt, RoomChange,
};
pub use status::{
    BreakerStatus, DecisionRecord, HookStatus, LogLevel, LogLine, PluginState, PluginStatus,
    VerdictCounts,
};
pub use verdict::{
    Attr, Decision, Effect, GrantedEffect, Hold, Hook, PluginName, Question, Rejection, Verdict,
};
