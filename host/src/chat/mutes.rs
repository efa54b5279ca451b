//! Who may not write for a while.
//!
//! Rule: a message is refused by its room's writer, in its place among the others, so a retry of one that was stored before is answered
//! as ever. What is in force is remembered here; the database has it for the next start.
//!
//! Not here: who may mute (`gateway`, `policy`).

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock, RwLockWriteGuard},
};

use uuid::Uuid;

use super::{Chat, ChatError};
use crate::{
    delivery::Outbound,
    guard::Guard,
    model::{
        Cursor, DecisionId, Mute, MuteChanged, RoomId, ServerEvent, Timestamp, UserId,
        policy::PluginName,
    },
    store::{NewAuditEntry, Store, StoreError},
};

/// The longest mute: ten years. Chosen, not standard; who should never write again is suspended.
const LONGEST_SECONDS: i64 = 10 * 366 * 86_400;

/// A mute to be made.
#[derive(Clone, Debug)]
pub struct NewMute {
    /// Who.
    pub user_id: UserId,
    /// Where; `None`: everywhere.
    pub room_id: Option<RoomId>,
    /// For how long: 1 to ten years.
    pub seconds: i64,
    /// Why; the person reads it.
    pub reason: Option<String>,
    /// By whose word.
    pub by: MutedBy,
}

/// By whose word a mute is made or lifted: an admin's, a policy's, or a policy's at an admin's click.
#[derive(Clone, Debug, Default)]
pub struct MutedBy {
    /// The admin.
    pub admin: Option<UserId>,
    /// The policy and its decision.
    pub policy: Option<(PluginName, DecisionId)>,
}

/// What is in force.
#[derive(Debug, Default)]
pub(super) struct Mutes {
    of_people: RwLock<HashMap<UserId, Vec<Mute>>>,
    /// Changes are rare, and take place one after the other, so that memory follows the database.
    changing: tokio::sync::Mutex<()>,
}

impl Mutes {
    /// What the database has.
    pub(super) async fn load(store: &Store) -> Result<Self, StoreError> {
        let mutes = Self::default();
        let kept = store.mutes(None, Timestamp::now(), Cursor::FIRST, i64::MAX);
        for mute in kept.await? {
            mutes.put(mute);
        }
        Ok(mutes)
    }

    /// Whether somebody may write there; without a room: where none is yet.
    ///
    /// # Errors
    /// `Muted`.
    pub(super) fn check(&self, user_id: UserId, room_id: Option<RoomId>) -> Result<(), ChatError> {
        let all = self
            .of_people
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(own) = all.get(&user_id) else {
            return Ok(());
        };
        let now = Timestamp::now();
        let holds = |it: &&Mute| it.until > now && (it.room_id.is_none() || it.room_id == room_id);
        match own.iter().filter(holds).max_by_key(|it| it.until) {
            Some(mute) if !Guard::UnmutedSender.admits(false) => {
                Err(ChatError::Muted(Box::new(mute.clone())))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The mute that is meant.
    fn find(&self, is_meant: impl Fn(&Mute) -> bool) -> Option<Mute> {
        let all = self
            .of_people
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        all.values().flatten().find(|it| is_meant(it)).cloned()
    }

    /// Remembers a mute in the place of the one before, and forgets what has run out.
    fn put(&self, mute: Mute) {
        let mut all = self.write();
        all.retain(|_, own| {
            own.retain(|it| it.until > mute.created_at);
            !own.is_empty()
        });
        let own = all.entry(mute.user_id).or_default();
        own.retain(|it| it.room_id != mute.room_id);
        own.push(mute);
    }

    fn remove(&self, mute: &Mute) {
        if let Some(own) = self.write().get_mut(&mute.user_id) {
            own.retain(|it| it.mute_id != mute.mute_id);
        }
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<UserId, Vec<Mute>>> {
        // A panic under this lock leaves the map whole, so poisoning carries no news.
        let of_people = &self.of_people;
        of_people.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Chat {
    /// Mutes somebody, in the place of what mutes them there already.
    ///
    /// # Errors
    /// `NotFound` if there is no such person or room; `Invalid` if it is too long.
    pub async fn mute(self: &Arc<Self>, new: NewMute) -> Result<Mute, ChatError> {
        if !(1..=LONGEST_SECONDS).contains(&new.seconds) {
            let rule = format!("seconds must be 1 to {LONGEST_SECONDS}");
            return Err(ChatError::Invalid(rule));
        }
        if let Some(room_id) = new.room_id {
            let room = self.store.room(room_id).await?;
            room.ok_or(ChatError::NotFound("room"))?;
        }
        let now = Timestamp::now();
        let mute = Mute {
            mute_id: Uuid::now_v7(),
            user_id: new.user_id,
            room_id: new.room_id,
            until: now.plus_seconds(new.seconds),
            reason: new.reason,
            muted_by: new.by.admin,
            plugin: new.by.policy.as_ref().map(|it| it.0.to_string()),
            created_at: now,
        };
        let entry = entry("mute", &mute, &new.by);
        let (chat, made) = (Arc::clone(self), mute.clone());
        self.to_its_end(async move {
            let _changing = chat.mutes.changing.lock().await;
            let kept = chat.store.put_mute(&mute, &entry).await;
            kept.map_err(|error| match error {
                StoreError::MissingReference => ChatError::NotFound("user"),
                error => error.into(),
            })?;
            chat.tell_muted(&mute, Some(mute.until));
            chat.mutes.put(mute);
            Ok(made)
        })
        .await
    }

    /// Lets somebody write again before their mute runs out.
    ///
    /// # Errors
    /// `NotFound` if there is no such mute, or none any more.
    pub async fn lift_mute(self: &Arc<Self>, mute_id: Uuid, by: MutedBy) -> Result<(), ChatError> {
        let found = self.mutes.find(|it| it.mute_id == mute_id);
        let mute = found.ok_or(ChatError::NotFound("mute"))?;
        let entry = entry("unmute", &mute, &by);
        let chat = Arc::clone(self);
        self.to_its_end(async move {
            let _changing = chat.mutes.changing.lock().await;
            let removed = chat.store.remove_mute(mute_id, &entry).await?;
            chat.mutes.remove(&mute);
            if !removed {
                return Err(ChatError::NotFound("mute"));
            }
            chat.tell_muted(&mute, None);
            Ok(())
        })
        .await
    }

    /// The same by person and room; nothing happens if they are not muted there.
    ///
    /// # Errors
    /// The database failed.
    pub async fn lift_mute_of(
        self: &Arc<Self>,
        user_id: UserId,
        room_id: Option<RoomId>,
        by: MutedBy,
    ) -> Result<(), ChatError> {
        let is_meant = |it: &Mute| it.user_id == user_id && it.room_id == room_id;
        match self.mutes.find(is_meant) {
            Some(mute) => self.lift_mute(mute.mute_id, by).await,
            None => Ok(()),
        }
    }

    /// Mutes in force after the cursor, oldest first; of one person, or all.
    ///
    /// # Errors
    /// The database failed.
    pub async fn mutes(
        &self,
        user_id: Option<UserId>,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Vec<Mute>, ChatError> {
        let after = after.unwrap_or(Cursor::FIRST);
        let kept = self.store.mutes(user_id, Timestamp::now(), after, limit);
        Ok(kept.await?)
    }

    fn tell_muted(&self, mute: &Mute, until: Option<Timestamp>) {
        let event = ServerEvent::MuteChanged(MuteChanged {
            room_id: mute.room_id,
            until,
            reason: until.and_then(|_| mute.reason.clone()),
        });
        self.delivery.push(mute.user_id, &Outbound::new(event));
    }
}

fn entry(action: &'static str, mute: &Mute, by: &MutedBy) -> NewAuditEntry {
    let place = match mute.room_id {
        Some(room_id) => format!("in room {room_id}"),
        None => "everywhere".to_owned(),
    };
    let detail = match &by.policy {
        Some((plugin, decision_id)) => format!("{place}; policy {plugin}, decision {decision_id}"),
        None => place,
    };
    NewAuditEntry {
        at: Timestamp::now(),
        actor_id: by.admin,
        action,
        target_id: Some(mute.user_id),
        reason: mute.reason.clone().filter(|_| action == "mute"),
        detail: Some(format!("{detail}; until {}", mute.until)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mute(user_id: UserId, room_id: Option<RoomId>, from: i64, until: i64) -> Mute {
        Mute {
            mute_id: Uuid::now_v7(),
            user_id,
            room_id,
            until: Timestamp(until),
            reason: None,
            muted_by: None,
            plugin: None,
            created_at: Timestamp(from),
        }
    }

    #[test]
    fn a_mute_holds_where_it_was_made_for_and_until_it_ends() {
        let (ann, bob) = (UserId::generate(), UserId::generate());
        let (here, there) = (RoomId::generate(), RoomId::generate());
        let mutes = Mutes::default();
        let is_muted = |who, room_id| mutes.check(who, room_id).is_err();
        let in_room = mute(ann, Some(here), 1, i64::MAX);
        mutes.put(in_room.clone());
        assert!(is_muted(ann, Some(here)));
        assert!(!is_muted(ann, Some(there)) && !is_muted(ann, None) && !is_muted(bob, Some(here)));
        let everywhere = mute(ann, None, 2, i64::MAX);
        mutes.put(everywhere.clone());
        assert!(is_muted(ann, Some(there)) && is_muted(ann, None));
        mutes.remove(&everywhere);
        assert!(is_muted(ann, Some(here)) && !is_muted(ann, None));
        // One that ends takes the place of the one before, too.
        mutes.put(mute(ann, Some(here), 3, 4));
        assert!(!is_muted(ann, Some(here)));
        mutes.put(mute(bob, None, 5, i64::MAX));
        assert_eq!(mutes.find(|it| it.user_id == ann), None, "it has run out");
    }
}
