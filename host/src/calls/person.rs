//! One person's part in a call.
//!
//! Rule: a person is in a call with one device at a time. A device whose socket is gone keeps its place for a while.

use super::quality::Means;
use crate::model::{
    CallParticipant, CallReason, DeviceId, ParticipantState, SessionId, Timestamp, UserId,
};

/// A live socket of somebody's device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// Who.
    pub user_id: UserId,
    /// By which of their devices.
    pub device_id: DeviceId,
    /// By which socket of it.
    pub session_id: SessionId,
}

/// Somebody whom the call is for, or who came to it.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) state: ParticipantState,
    /// One of their devices has said that it rings.
    pub(super) has_rung: bool,
    /// They do not belong to the group any more: its call is not theirs to hear of.
    pub(super) has_departed: bool,
    /// Their socket is gone, and until then they may come back.
    pub(super) away_until: Option<Timestamp>,
    pub(super) quality: Means,
    device: Option<Device>,
    joined_at: Option<Timestamp>,
    left_at: Option<Timestamp>,
    reason: Option<CallReason>,
}

impl Person {
    pub(super) fn caller(device: Device, now: Timestamp) -> Self {
        let mut person = Self::callee(false);
        person.enter(device, now);
        person
    }

    pub(super) fn callee(is_busy: bool) -> Self {
        let state = match is_busy {
            true => ParticipantState::Busy,
            false => ParticipantState::Ringing,
        };
        Self {
            state,
            has_rung: false,
            has_departed: false,
            away_until: None,
            quality: Means::default(),
            device: None,
            joined_at: None,
            left_at: None,
            reason: None,
        }
    }

    /// Comes, perhaps once more.
    pub(super) fn enter(&mut self, device: Device, now: Timestamp) {
        self.state = ParticipantState::Joined;
        self.has_departed = false;
        self.joined_at = self.joined_at.or(Some(now));
        self.left_at = None;
        self.reason = None;
        self.place(device);
    }

    pub(super) fn leave(&mut self, reason: CallReason, now: Timestamp) {
        self.state = ParticipantState::Left;
        self.left_at = Some(now);
        self.reason = Some(reason);
        self.away_until = None;
        self.device = None;
    }

    /// Is there by this socket from now on.
    pub(super) fn place(&mut self, device: Device) {
        self.device = Some(device);
        self.away_until = None;
    }

    pub(super) fn lose(&mut self, session_id: SessionId, until: Timestamp) {
        if self.device.is_some_and(|it| it.session_id == session_id) {
            self.away_until = Some(until);
        }
    }

    /// The socket by which they are in it.
    pub(super) fn device(&self) -> Option<Device> {
        self.device
    }

    /// Whether they are in it by this device, whichever its socket.
    pub(super) fn is_at(&self, device: Device) -> bool {
        self.device
            .is_some_and(|it| it.device_id == device.device_id)
    }

    /// Whether another socket may go on: of the same device, or of any once the old one is gone.
    pub(super) fn may_take_over(&self, device: Device) -> bool {
        self.is_at(device) || self.away_until.is_some()
    }

    pub(super) fn record(&self, user_id: UserId) -> CallParticipant {
        CallParticipant {
            user_id,
            state: self.state,
            joined_at: self.joined_at,
            left_at: self.left_at,
            reason: self.reason,
            quality: self.quality.get(),
        }
    }
}
