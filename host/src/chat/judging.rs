//! Asks policies about a message, and does what they say.
//!
//! Rule: no lock and no transaction is held while policies are asked, and a retry is answered before them. Where none has a hook
//! for it, a message never comes here.

use std::{panic::AssertUnwindSafe, sync::Arc, sync::atomic::Ordering};

use futures_util::FutureExt as _;
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use super::{
    Author, Chat, ChatError,
    lanes::{Entered, LaneKey, Submission},
    writer::{Job, LogJob, Origin, Reply, SendJob},
};
use crate::{
    model::{
        AccountStatus, CommandReply, HeldEntry, HeldMessage, HeldStatus, MemberRole, MessageId,
        NewMessage, Refusal, RoomId, RoomKind, SendTarget, SentMessage, Submitted, Timestamp,
        policy::{
            CommandCall, Decision, GrantedEffect, Hold, Hook, MessageChange, PolicyMessage, Verdict,
        },
    },
    policy::{AskError, CommandError},
    store::{EarlierSend, HeldRow},
};

/// Where a message goes, as far as its sender may know.
struct Destination {
    room_id: Option<RoomId>,
    kind: RoomKind,
    role: MemberRole,
}

/// What is to be done with a message.
enum Step {
    /// Store it: its text, and what is to be done then.
    Store(String, Vec<GrantedEffect>),
    /// This is its answer.
    Answer(Submitted),
}

impl Chat {
    /// Whether a message takes the way through here.
    pub(super) fn is_judged(&self, new: &NewMessage) -> bool {
        self.policies.has(Hook::Messages)
            || (new.body.starts_with('/') && self.policies.has(Hook::Commands))
            || self.holds.load(Ordering::Acquire)
            || !self.lanes.are_empty()
    }

    /// Lets a message be judged after its sender's earlier ones to the room.
    pub(super) fn judge(
        self: &Arc<Self>,
        from: Author,
        new: NewMessage,
        (request_hash, share): (Uuid, OwnedSemaphorePermit),
        reply: Reply<Submitted>,
    ) -> Result<(), ChatError> {
        let client_msg_id = new.client_msg_id.clone();
        let entered = self.lanes.enter(
            |reply| Submission {
                from,
                new,
                message_id: MessageId::generate(),
                request_hash,
                share,
                reply,
            },
            (from.user_id, &client_msg_id, request_hash),
            reply,
            self.limits.writer.queue_jobs,
        )?;
        if let Entered::NewLane(key) = entered {
            tokio::spawn(Arc::clone(self).empty_lane(key));
        }
        Ok(())
    }

    /// Judges what waits in a lane. A panic costs its message, not the lane.
    async fn empty_lane(self: Arc<Self>, key: LaneKey) {
        while let Some(submission) = self.lanes.next(key) {
            let work = AssertUnwindSafe(self.carry_out(submission)).catch_unwind();
            if work.await.is_err() {
                tracing::error!("judging a message panicked");
            }
        }
    }

    async fn carry_out(&self, mut submission: Submission) {
        let step = self.judged(&submission).await;
        let Submission {
            from,
            message_id,
            request_hash,
            share,
            reply,
            ..
        } = submission;
        let (body, effects) = match step {
            Ok(Step::Store(body, effects)) => (body, effects),
            Ok(Step::Answer(answer)) => return reply.answer(Ok(answer)),
            Err(error) => return reply.answer(Err(error)),
        };
        submission.new.body = body;
        let job = Job::Log(LogJob::Send(SendJob {
            from,
            new: submission.new,
            request_hash,
            message_id,
            origin: Origin::Person,
            effects,
            share,
            reply,
        }));
        if let Err(error) = self.write(job) {
            tracing::debug!(%error, "a judged message was not queued; its sender is told to try again");
        }
    }

    async fn judged(&self, submission: &Submission) -> Result<Step, ChatError> {
        let new = &submission.new;
        let (earlier, destination) = tokio::join!(
            self.store
                .earlier_send(submission.from.user_id, &new.client_msg_id),
            self.destination(submission.from, new.target),
        );
        if let Some(earlier) = earlier? {
            return answer_of(earlier, submission.request_hash).map(Step::Answer);
        }
        let destination = destination?;
        self.mutes
            .check(submission.from.user_id, destination.room_id)?;
        if let Some(answer) = self.command(submission, &destination).await? {
            return Ok(Step::Answer(answer));
        }
        let message = policy_message(submission, &destination);
        let decision = self.policies.before_message(&message).await?;
        let Decision {
            verdict,
            decision_id,
            plugin,
            effects,
            ..
        } = decision;
        let plugin = plugin.map(|it| it.to_string());
        match verdict {
            Verdict::Allow => Ok(Step::Store(message.body, effects)),
            Verdict::Modify { body } => Ok(Step::Store(body, effects)),
            Verdict::Hold(Hold { note, .. }) => {
                let entry = HeldEntry {
                    message_id: message.message_id,
                    sender_id: message.sender_id,
                    room_id: message.room_id,
                    recipient_id: message.recipient_id,
                    body: message.body,
                    reply_to: message.reply_to,
                    created_at: message.at,
                    plugin: plugin.unwrap_or_default(),
                    decision_id,
                    note,
                    status: HeldStatus::Held,
                };
                self.hold(submission, entry, effects).await
            }
            Verdict::Reject(rejection) => {
                self.policies.carry_out(effects);
                Err(ChatError::Refused(Box::new(Refusal {
                    code: rejection.code,
                    reason: rejection.reason,
                    plugin,
                    decision_id,
                })))
            }
        }
    }

    /// Whether the sender may write there at all; the writer looks once more.
    async fn destination(
        &self,
        from: Author,
        target: SendTarget,
    ) -> Result<Destination, ChatError> {
        match target {
            SendTarget::Group(room_id) => {
                let own = self.store.member(room_id, from.user_id).await?;
                let own = own.filter(|it| it.left_seq.is_none());
                let own = own.ok_or(ChatError::NotFound("room"))?;
                Ok(Destination {
                    room_id: Some(room_id),
                    kind: RoomKind::Group,
                    role: own.role,
                })
            }
            SendTarget::User(to) => {
                let room_id = self.store.direct_room(from.user_id, to).await?;
                if room_id.is_none() {
                    let account = self.store.account(to).await?;
                    account
                        .filter(|it| it.status == AccountStatus::Active)
                        .ok_or(ChatError::NotFound("user"))?;
                }
                Ok(Destination {
                    room_id,
                    kind: RoomKind::Direct,
                    role: MemberRole::Member,
                })
            }
        }
    }

    async fn hold(
        &self,
        submission: &Submission,
        entry: HeldEntry,
        effects: Vec<GrantedEffect>,
    ) -> Result<Step, ChatError> {
        let held = HeldMessage {
            message_id: entry.message_id,
            room_id: entry.room_id,
            created_at: entry.created_at,
            deduplicated: false,
        };
        // Before the row is there: a retry must not pass by it.
        self.holds.store(true, Ordering::Release);
        let row = HeldRow {
            entry,
            client_msg_id: submission.new.client_msg_id.clone(),
            request_hash: submission.request_hash,
        };
        self.store.hold_message(&row).await?;
        self.policies.carry_out(effects);
        Ok(Step::Answer(Submitted::Held(held)))
    }

    /// Lets the plugin answer that declares the slash command; what none declares is a message.
    async fn command(
        &self,
        submission: &Submission,
        destination: &Destination,
    ) -> Result<Option<Submitted>, ChatError> {
        let Some(typed) = submission.new.body.strip_prefix('/') else {
            return Ok(None);
        };
        let (name, arguments) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
        if !self.policies.commands().iter().any(|it| it.name == name) {
            return Ok(None);
        }
        let call = CommandCall {
            name: name.to_owned(),
            arguments: arguments.trim().to_owned(),
            actor_id: submission.from.user_id,
            actor_role: destination.role,
            account_role: submission.from.account_role,
            room_id: destination.room_id,
            room_kind: destination.kind,
        };
        match self.policies.command(call).await {
            Ok(answer) => {
                self.policies.carry_out(answer.effects);
                Ok(Some(Submitted::Command(CommandReply {
                    reply: answer.reply,
                    deduplicated: false,
                })))
            }
            Err(CommandError::Ask(AskError::NotThere)) => Ok(None),
            Err(CommandError::Ask(AskError::Overloaded(busy))) => Err(busy.into()),
            Err(CommandError::Ask(AskError::Failed { plugin, .. })) => Err(refused_command(
                "policy_unavailable",
                "The command failed. Try again later.",
                Some(plugin),
            )),
            Err(CommandError::Rejected(it)) => Err(refused_command(&it.code, &it.reason, None)),
        }
    }
}

fn refused_command(code: &str, reason: &str, plugin: Option<String>) -> ChatError {
    ChatError::Refused(Box::new(Refusal {
        code: code.to_owned(),
        reason: reason.to_owned(),
        plugin,
        decision_id: None,
    }))
}

fn policy_message(submission: &Submission, destination: &Destination) -> PolicyMessage {
    PolicyMessage {
        change: MessageChange::Send,
        message_id: submission.message_id,
        room_id: destination.room_id,
        room_kind: destination.kind,
        sender_id: submission.from.user_id,
        sender_role: destination.role,
        account_role: submission.from.account_role,
        recipient_id: match submission.new.target {
            SendTarget::User(to) => Some(to),
            SendTarget::Group(_) => None,
        },
        body: submission.new.body.clone(),
        previous_body: None,
        reply_to: submission.new.reply_to,
        at: Timestamp::now(),
        attrs: Vec::new(),
    }
}

/// What a retry hears.
fn answer_of(earlier: EarlierSend, request_hash: Uuid) -> Result<Submitted, ChatError> {
    if earlier.request_hash != request_hash {
        return Err(ChatError::IdempotencyConflict);
    }
    let EarlierSend {
        message_id,
        room_id,
        created_at,
        ..
    } = earlier;
    match (earlier.status, room_id) {
        (HeldStatus::Released, Some(room_id)) => Ok(Submitted::Sent(SentMessage {
            message_id,
            room_id,
            seq: earlier.seq,
            rev: earlier.rev,
            created_at,
            deduplicated: true,
        })),
        (HeldStatus::Rejected, _) => Err(ChatError::Refused(Box::new(Refusal {
            code: "rejected_by_admin".to_owned(),
            reason: earlier.reason.unwrap_or_default(),
            plugin: earlier.plugin,
            decision_id: earlier.decision_id,
        }))),
        (HeldStatus::Held | HeldStatus::Released, _) => Ok(Submitted::Held(HeldMessage {
            message_id,
            room_id,
            created_at,
            deduplicated: true,
        })),
    }
}
