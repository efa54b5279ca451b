//! What is known of rooms outside of their writers, so that a judged message costs no query.
//!
//! Rule: this is for policies, and to refuse early; the room's writer looks once more. Whatever changes who belongs to a group is told
//! here after its commit.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::model::{Member, MemberRole, RoomId, UserId};

/// Beyond this number everything is forgotten at once: it is read again when needed. Chosen, not standard.
const REMEMBERED: usize = 20_000;

/// Roles of present members of groups, and the rooms of two people.
#[derive(Debug, Default)]
pub(in crate::chat) struct Places {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    roles: HashMap<(RoomId, UserId), MemberRole>,
    /// A direct room stays for good, so nothing here can become wrong.
    direct: HashMap<(UserId, UserId), RoomId>,
    /// Rises when something may have become wrong: what was read before is not remembered.
    changes: u64,
}

/// When a reading began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begin(u64);

impl Places {
    /// A present member's role in a group, if it is remembered; otherwise read it, and [tell](Self::learn_role).
    pub(super) fn role(&self, room_id: RoomId, user_id: UserId) -> Result<MemberRole, Begin> {
        let state = self.lock();
        let known = state.roles.get(&(room_id, user_id)).copied();
        known.ok_or(Begin(state.changes))
    }

    /// Takes what was read, unless something changed meanwhile.
    pub(super) fn learn_role(
        &self,
        begin: Begin,
        (room_id, user_id): (RoomId, UserId),
        role: MemberRole,
    ) {
        let mut state = self.lock();
        if state.changes == begin.0 {
            if state.roles.len() >= REMEMBERED {
                state.roles.clear();
            }
            state.roles.insert((room_id, user_id), role);
        }
    }

    /// The room of two people, if it is remembered.
    pub(super) fn direct(&self, one: UserId, other: UserId) -> Option<RoomId> {
        let pair = (one.min(other), one.max(other));
        self.lock().direct.get(&pair).copied()
    }

    /// Takes the room of two people.
    pub(super) fn learn_direct(&self, one: UserId, other: UserId, room_id: RoomId) {
        let mut state = self.lock();
        if state.direct.len() >= REMEMBERED {
            state.direct.clear();
        }
        state
            .direct
            .insert((one.min(other), one.max(other)), room_id);
    }

    /// These people have joined, left or changed role.
    pub(in crate::chat) fn changed(&self, members: &[Member]) {
        let mut state = self.lock();
        state.changes += 1;
        for member in members {
            state.roles.remove(&(member.room_id, member.user_id));
        }
    }

    /// Nobody knows what has changed.
    pub(in crate::chat) fn forget_roles(&self) {
        let mut state = self.lock();
        state.changes += 1;
        state.roles.clear();
    }

    // A panic under this lock leaves the maps whole, so poisoning carries no news.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{MemberState, Timestamp};

    fn left(room_id: RoomId, user_id: UserId) -> Member {
        Member {
            room_id,
            user_id,
            role: MemberRole::Member,
            state: MemberState::Left,
            rev: 1,
            joined_at: Timestamp(0),
        }
    }

    #[test]
    fn what_changes_while_it_is_read_is_not_remembered() {
        let (places, room_id) = (Places::default(), RoomId::generate());
        let (ann, bob) = (UserId::generate(), UserId::generate());
        let begin = places.role(room_id, ann).expect_err("nothing is known yet");
        places.changed(&[left(room_id, ann)]);
        places.learn_role(begin, (room_id, ann), MemberRole::Member);
        let begin = places
            .role(room_id, ann)
            .expect_err("it was read before the change");
        places.learn_role(begin, (room_id, ann), MemberRole::Owner);
        places.learn_role(begin, (room_id, bob), MemberRole::Member);
        assert_eq!(places.role(room_id, ann).ok(), Some(MemberRole::Owner));
        places.changed(&[left(room_id, ann)]);
        assert!(places.role(room_id, ann).is_err());
        assert_eq!(places.role(room_id, bob).ok(), Some(MemberRole::Member));
        places.forget_roles();
        assert!(places.role(room_id, bob).is_err());
        places.learn_direct(ann, bob, room_id);
        assert_eq!(places.direct(bob, ann), Some(room_id));
    }
}
