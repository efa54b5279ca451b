//! Decides about the messages of a batch, from what is remembered and what was looked up. Nothing is awaited here.

use std::collections::{HashMap, HashSet};

use super::{
    Origin, SendJob, Task, direct,
    direct::{NewDirect, Reveal},
    rooms::CachedRoom,
};
use crate::{
    chat::{ChatError, judging::FIRST_MESSAGE_UNWANTED, publisher::Publication},
    guard::Guard,
    model::{
        HeldStatus, Message, MessageKind, RoomId, RoomKind, SendTarget, Timestamp, UserId,
        Watermark,
    },
    store::{EarlierSend, HeldDecision, LogBatch, NewMessageRow, RoomStep, StatusRow},
};

/// What a batch will write, and what it will answer.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) rows: Vec<NewMessageRow>,
    pub(super) steps: HashMap<RoomId, RoomStep>,
    pub(super) marks: HashMap<(RoomId, UserId), Watermark>,
    pub(super) ranges: Vec<StatusRow>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) new_rooms: Vec<NewDirect>,
    /// Who gets to know of their direct room by a message of the batch.
    pub(super) reveals: Vec<Reveal>,
    pub(super) releases: Vec<HeldDecision>,
    /// Nothing of it was written, receipts included.
    pub(super) undone: bool,
    by_key: HashMap<(UserId, String), usize>,
}

/// One job's part of the plan, at the job's index.
pub(super) enum Outcome {
    /// It becomes the row with this index.
    Store(usize),
    /// It repeats the row with this index.
    Repeat(usize),
    /// It was stored or held before.
    Earlier(EarlierSend),
    /// The receipt stands so, and if it rose others are told.
    Receipt(Watermark, Option<Publication>),
    /// It is refused.
    Refuse(ChatError),
    /// It would be refused, but for all that is known it may have been stored before: to be looked up.
    Undecided,
}

/// What was read about the senders of a batch. Before that their accounts are taken to be active and their messages to be
/// new: the database refuses them otherwise.
#[derive(Default)]
pub(super) struct Known {
    earlier: HashMap<(UserId, String), EarlierSend>,
    active: Option<HashSet<UserId>>,
    /// First messages that their addressees do not want: from whom, to whom.
    unwanted: HashSet<(UserId, UserId)>,
}

impl Known {
    /// Takes over what was read.
    pub(super) fn learn(
        &mut self,
        earlier: Vec<EarlierSend>,
        active: Vec<UserId>,
        unwanted: HashSet<(UserId, UserId)>,
    ) {
        self.unwanted = unwanted;
        let key = |row: EarlierSend| ((row.sender_id, row.client_msg_id.clone()), row);
        self.earlier = earlier.into_iter().map(key).collect();
        self.active = Some(active.into_iter().collect());
    }

    /// Whether anything was read.
    pub(super) fn is_looked_up(&self) -> bool {
        self.active.is_some()
    }

    fn is_inactive(&self, user_id: UserId) -> bool {
        let active = self.active.as_ref();
        active.is_some_and(|active| !active.contains(&user_id))
    }
}

impl Plan {
    /// What goes to the database. Moves the rows out: give them back afterwards.
    pub(super) fn log_batch(&mut self) -> LogBatch {
        LogBatch {
            steps: self.steps.values().copied().collect(),
            messages: std::mem::take(&mut self.rows),
            marks: self
                .marks
                .iter()
                .map(|(key, mark)| (key.0, *mark))
                .collect(),
            ranges: std::mem::take(&mut self.ranges),
        }
    }

    /// Notes what a receipt covers. Clients that show a message at once say `delivered` and `read` in one breath: the read
    /// range says both.
    pub(super) fn note_range(&mut self, new: StatusRow) {
        let is_implied = |old: &mut StatusRow| {
            (old.room_id, old.user_id) == (new.room_id, new.user_id)
                && old.status < new.status
                && new.from_seq <= old.from_seq
                && old.to_seq <= new.to_seq
        };
        self.ranges.pop_if(is_implied);
        self.ranges.push(new);
    }

    /// The next place in a room.
    fn next_place(&mut self, room_id: RoomId, room: &CachedRoom) -> (i64, i64) {
        let step = self.steps.entry(room_id).or_insert(RoomStep {
            room_id,
            seq: room.last_seq,
            rev: room.last_rev,
            count: 0,
        });
        step.count += 1;
        (step.seq + step.count, step.rev + step.count)
    }
}

impl Task {
    /// Decides about one message. A refusal stands once it was looked up: a retry hears what the first attempt heard,
    /// whatever has become of its sender since.
    pub(super) fn plan_send(&mut self, plan: &mut Plan, known: &Known, job: &SendJob) -> Outcome {
        match self.try_plan_send(plan, known, job) {
            Ok(outcome) => outcome,
            Err(_) if !known.is_looked_up() => Outcome::Undecided,
            Err(refusal) => Outcome::Refuse(refusal),
        }
    }

    fn try_plan_send(
        &mut self,
        plan: &mut Plan,
        known: &Known,
        job: &SendJob,
    ) -> Result<Outcome, ChatError> {
        let sender = job.from.user_id;
        let key = (sender, job.new.client_msg_id.clone());
        if let Some(earlier) = known.earlier.get(&key)
            && !is_released_by(&job.origin, earlier)
        {
            same(earlier.is_repeated_by(job.request_hash))?;
            return Ok(Outcome::Earlier(earlier.clone()));
        }
        if let Some(&index) = plan.by_key.get(&key) {
            same(plan.rows[index].request_hash == job.request_hash)?;
            return Ok(Outcome::Repeat(index));
        }
        if known.is_inactive(sender) {
            return Err(ChatError::Forbidden("the account is not active"));
        }
        if matches!(job.origin, Origin::Person { .. }) {
            let room_id = match job.new.target {
                SendTarget::Group(room_id) => Some(room_id),
                SendTarget::User(to) => self.rooms.direct(sender, to),
            };
            self.mutes.check(sender, room_id)?;
        }
        let only_sender = match job.new.target {
            SendTarget::Group(_) => false,
            SendTarget::User(to) => self.view.blocks.muffles(sender, to)?,
        };
        let (room_id, expected) = match job.new.target {
            SendTarget::Group(room_id) => (room_id, RoomKind::Group),
            SendTarget::User(to) => (self.direct_room(plan, known, sender, to)?, RoomKind::Direct),
        };
        let room = self.rooms.get_mut(room_id);
        let room = room
            .filter(|room| {
                let is_bot = matches!(job.origin, Origin::Bot);
                let is_member = Guard::SendingMember.admits(room.role(sender).is_some());
                is_bot || (room.kind == expected && is_member)
            })
            .ok_or(ChatError::NotFound("room"))?;
        let (seq, rev) = plan.next_place(room_id, room);
        if !only_sender && let Some(user_id) = room.unaware.take() {
            plan.reveals.push(Reveal { room_id, user_id });
        }
        let message = Message {
            message_id: job.message_id,
            room_id,
            seq,
            rev,
            sender_id: sender,
            kind: match &job.origin {
                Origin::Call => MessageKind::Call,
                _ => MessageKind::Text,
            },
            body: job.new.body.clone(),
            reply_to: job.new.reply_to,
            created_at: match &job.origin {
                Origin::Release(_, created_at) => *created_at,
                Origin::Person { .. } | Origin::Bot | Origin::Call => Timestamp::now(),
            },
            deleted_at: None,
            deleted_by: None,
        };
        if let Origin::Release(decision, _) = &job.origin {
            plan.releases.push((**decision).clone());
        }
        let index = plan.rows.len();
        plan.by_key.insert(key.clone(), index);
        plan.rows.push(NewMessageRow {
            message,
            client_msg_id: key.1,
            request_hash: job.request_hash,
            only_sender,
        });
        Ok(Outcome::Store(index))
    }

    /// The direct room of two people; a new one is planned where there is none.
    fn direct_room(
        &mut self,
        plan: &mut Plan,
        known: &Known,
        from: UserId,
        to: UserId,
    ) -> Result<RoomId, ChatError> {
        let present = self.rooms.direct(from, to);
        let is_unaware = |it: &CachedRoom| it.unaware == Some(to);
        let is_first = match present {
            Some(room_id) => self.rooms.get_mut(room_id).is_some_and(|it| is_unaware(it)),
            None => true,
        };
        let is_wanted = !is_first || !known.unwanted.contains(&(from, to));
        if !Guard::WantedFirstMessage.admits(is_wanted) {
            return Err(ChatError::Forbidden(FIRST_MESSAGE_UNWANTED));
        }
        if let Some(room_id) = present {
            return Ok(room_id);
        }
        if !Guard::ActiveRecipient.admits(!known.is_inactive(to)) {
            return Err(ChatError::NotFound("user"));
        }
        let mut new = NewDirect::between(from, to);
        if self.view.blocks.muffles(from, to)? {
            new.hidden_from = Some(to);
        }
        // Remembered as it will be, so that further messages of the batch find it.
        let rows = direct::members(&new);
        self.rooms.remember(
            new.room_id,
            CachedRoom::new(RoomKind::Direct, (0, 0), rows.iter()),
        );
        self.rooms.remember_direct(from, to, new.room_id);
        plan.new_rooms.push(new);
        Ok(new.room_id)
    }
}

fn same(hash_is_same: bool) -> Result<(), ChatError> {
    if hash_is_same {
        Ok(())
    } else {
        Err(ChatError::IdempotencyConflict)
    }
}

/// What waited for this release is no earlier message.
fn is_released_by(origin: &Origin, earlier: &EarlierSend) -> bool {
    matches!(origin, Origin::Release(..)) && earlier.status != HeldStatus::Released
}
