//! Who is online, and how events reach them.
//!
//! Rule: publishing never waits. A mailbox that is full closes its session; the client returns and reads what it
//! missed from the log.
//!
//! Not here: what is told to whom (`chat`, `accounts`), the sockets (`gateway`), the order of events (`chat::writer`).

mod mailbox;
mod outbound;

use std::{
    collections::HashMap,
    sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

use rand::RngExt;

use crate::model::{DeviceId, ServerEvent, SessionId, UserId};

pub use mailbox::{CloseReason, Mailbox, MailboxLimits};
pub use outbound::{Encoding, Outbound};

/// The sessions of everybody who is connected to this process.
#[derive(Debug)]
pub struct Delivery {
    online: RwLock<HashMap<UserId, Vec<Session>>>,
    limits: MailboxLimits,
}

#[derive(Debug)]
struct Session {
    session_id: SessionId,
    device_id: DeviceId,
    mailbox: Arc<Mailbox>,
}

impl Delivery {
    /// Nobody is online yet.
    #[must_use]
    pub fn new(limits: MailboxLimits) -> Arc<Self> {
        Arc::new(Self {
            online: RwLock::default(),
            limits,
        })
    }

    /// Makes a session known: from now on it misses nothing that is published to its user. Dropping the
    /// subscription ends that.
    #[must_use]
    pub fn subscribe(
        self: &Arc<Self>,
        user_id: UserId,
        device_id: DeviceId,
        session_id: SessionId,
    ) -> Subscription {
        let mailbox = Arc::new(Mailbox::new(self.limits));
        let session = Session {
            session_id,
            device_id,
            mailbox: Arc::clone(&mailbox),
        };
        self.write().entry(user_id).or_default().push(session);
        Subscription {
            session_id,
            user_id,
            mailbox,
            delivery: Arc::clone(self),
        }
    }

    /// Puts one event into every mailbox of one user.
    pub fn push(&self, to: UserId, outbound: &Arc<Outbound>) {
        self.each(to, |session| session.mailbox.push(outbound));
    }

    /// The same, but for the session that caused the event: it has the ack.
    pub fn push_to_others(&self, to: UserId, except: Option<SessionId>, outbound: &Arc<Outbound>) {
        self.each(to, |session| {
            if Some(session.session_id) != except {
                session.mailbox.push(outbound);
            }
        });
    }

    /// The same for that session alone.
    pub fn push_to_session(&self, to: UserId, session_id: SessionId, outbound: &Arc<Outbound>) {
        self.each(to, |session| {
            if session.session_id == session_id {
                session.mailbox.push(outbound);
            }
        });
    }

    /// Puts one event into the mailboxes of many users.
    pub fn push_all(&self, to: impl IntoIterator<Item = UserId>, outbound: &Arc<Outbound>) {
        let online = self.read();
        for session in to
            .into_iter()
            .filter_map(|user_id| online.get(&user_id))
            .flatten()
        {
            session.mailbox.push(outbound);
        }
    }

    /// Whether the user has a session besides this one.
    #[must_use]
    pub fn has_others(&self, user_id: UserId, except: Option<SessionId>) -> bool {
        let online = self.read();
        online
            .get(&user_id)
            .is_some_and(|sessions| sessions.iter().any(|it| Some(it.session_id) != except))
    }

    /// Whether the user has a session.
    #[must_use]
    pub fn is_online(&self, user_id: UserId) -> bool {
        self.read().contains_key(&user_id)
    }

    /// Closes every session of a user.
    pub fn close_user(&self, user_id: UserId, reason: CloseReason) {
        self.each(user_id, |session| session.mailbox.close(reason));
    }

    /// Closes the sessions of one device.
    pub fn close_device(&self, user_id: UserId, device_id: DeviceId, reason: CloseReason) {
        self.each(user_id, |session| {
            if session.device_id == device_id {
                session.mailbox.close(reason);
            }
        });
    }

    /// Closes the sessions of a user's devices but one.
    pub fn close_other_devices(&self, user_id: UserId, kept: DeviceId, reason: CloseReason) {
        self.each(user_id, |session| {
            if session.device_id != kept {
                session.mailbox.close(reason);
            }
        });
    }

    /// The devices of a user that have a session.
    #[must_use]
    pub fn connected_devices(&self, user_id: UserId) -> Vec<DeviceId> {
        let mut connected = Vec::new();
        self.each(user_id, |session| connected.push(session.device_id));
        connected
    }

    /// Puts one event into every mailbox there is.
    pub fn push_to_everybody(&self, outbound: &Arc<Outbound>) {
        for session in self.read().values().flatten() {
            session.mailbox.push(outbound);
        }
    }

    /// Tells every session that the server stops, each with a pause of its own up to `spread`: a thousand clients do not
    /// come back in the same millisecond.
    pub fn announce_stop(&self, spread: Duration) {
        let spread_ms = u64::try_from(spread.as_millis()).unwrap_or(u64::MAX);
        for session in self.read().values().flatten() {
            let reconnect_after_ms = rand::rng().random_range(0..=spread_ms);
            session
                .mailbox
                .push(&Outbound::new(ServerEvent::ServerDraining {
                    reconnect_after_ms,
                }));
        }
    }

    /// Closes every session.
    pub fn close_everybody(&self, reason: CloseReason) {
        for session in self.read().values().flatten() {
            session.mailbox.close(reason);
        }
    }

    fn each(&self, user_id: UserId, mut act: impl FnMut(&Session)) {
        if let Some(sessions) = self.read().get(&user_id) {
            sessions.iter().for_each(&mut act);
        }
    }

    fn unsubscribe(&self, user_id: UserId, session_id: SessionId) {
        let mut online = self.write();
        if let Some(sessions) = online.get_mut(&user_id) {
            sessions.retain(|it| it.session_id != session_id);
            if sessions.is_empty() {
                online.remove(&user_id);
            }
        }
    }

    // A panic under these locks leaves the map whole, so poisoning carries no news.
    fn read(&self) -> RwLockReadGuard<'_, HashMap<UserId, Vec<Session>>> {
        self.online
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<UserId, Vec<Session>>> {
        self.online
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// One session's place among those online; dropping it gives the place up.
#[derive(Debug)]
pub struct Subscription {
    /// The session's id.
    pub session_id: SessionId,
    /// Whose session it is.
    pub user_id: UserId,
    /// Where its events arrive.
    pub mailbox: Arc<Mailbox>,
    delivery: Arc<Delivery>,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.delivery.unsubscribe(self.user_id, self.session_id);
    }
}
