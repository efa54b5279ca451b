//! Asks policies about a message, and does what they say.
//!
//! Rule: no lock and no transaction is held while policies are asked. A retry hears what its first try heard: whatever would not be
//! stored now is looked up before it is answered, and the writer finds what was stored or held before. Where no policy has a hook for
//! it, a message never comes here.

mod answers;
mod commands;
mod destination;
mod lanes;
mod places;
#[cfg(test)]
mod tests;

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt as _;

use super::{
    Author, Chat, ChatError, earlier,
    writer::{Job, LogJob, Origin, SendJob},
};
use crate::{
    model::{
        HeldEntry, HeldMessage, HeldStatus, NewMessage, Refusal, SendTarget, Submitted, Timestamp,
        policy::{GrantedEffect, Hold, Hook, MessageChange, PolicyMessage, Verdict},
    },
    store::HeldRow,
};
use destination::Destination;
pub(super) use destination::FIRST_MESSAGE_UNWANTED;
use lanes::{Entered, LaneKey};
pub(super) use lanes::{Lanes, SendReply, Submission};
pub(super) use places::Places;

/// What is to be done with a message.
enum Step {
    /// Store it: its text, and what is to be done then.
    Store(String, Vec<GrantedEffect>),
    /// This is its answer.
    Answer(Submitted),
}

impl Chat {
    /// Whether a message takes the way through here: because it is to be judged, or must not overtake one that is, or was answered.
    pub(super) fn is_judged(&self, from: Author, new: &NewMessage) -> bool {
        self.policies.has(Hook::Messages)
            || (new.body.starts_with('/') && self.policies.has(Hook::Commands))
            || self.lanes.concern(from.user_id, &new.client_msg_id)
    }

    /// Lets a message be judged after its sender's earlier ones to the room.
    pub(super) fn judge(self: &Arc<Self>, submission: Submission) -> Result<(), ChatError> {
        let limit = self.limits.writer.queue_jobs;
        if let Entered::NewLane(key) = self.lanes.enter(submission, limit)? {
            self.policies.spawn(Arc::clone(self).empty_lane(key));
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
        let origin = Origin::Person {
            is_rewritten: body != submission.new.body,
        };
        submission.new.body = body;
        let job = Job::Log(LogJob::Send(SendJob {
            from,
            new: submission.new,
            request_hash,
            message_id,
            origin,
            effects,
            share,
            reply,
        }));
        if let Err(error) = self.write(job) {
            tracing::debug!(%error, "a judged message was not queued; its sender is told to try again");
        }
    }

    async fn judged(&self, submission: &Submission) -> Result<Step, ChatError> {
        if submission.is_retry
            && let Some(answer) = self.earlier(submission).await?
        {
            return Ok(Step::Answer(answer));
        }
        let destination = match self.admitted(submission).await {
            Ok(destination) => destination,
            Err(refusal) => {
                let earlier = self.earlier(submission).await?;
                return earlier.map(Step::Answer).ok_or(refusal);
            }
        };
        if let Some(call) = self.command_call(submission, &destination) {
            if let Some(answer) = self.earlier(submission).await? {
                return Ok(Step::Answer(answer));
            }
            if let Some(answer) = self.run_command(call).await? {
                return Ok(Step::Answer(Submitted::Command(answer)));
            }
        }
        let mut message = policy_message(submission, &destination);
        let decision = self.policies.before_message(&message).await?;
        let is_stored = decision.verdict == Verdict::Allow;
        if !is_stored && let Some(answer) = self.earlier(submission).await? {
            return Ok(Step::Answer(answer));
        }
        if let Some(body) = decision.modified {
            message.body = body;
        }
        match decision.verdict {
            Verdict::Allow | Verdict::Modify { .. } => {
                Ok(Step::Store(message.body, decision.effects))
            }
            Verdict::Reject(rejection) => {
                self.policies.carry_out(decision.effects);
                Err(ChatError::Refused(Box::new(Refusal {
                    code: rejection.code,
                    reason: rejection.reason,
                    plugin: decision.plugin.map(|it| it.to_string()),
                    decision_id: decision.decision_id,
                })))
            }
            Verdict::Hold(Hold { note, .. }) => {
                let entry = HeldEntry {
                    message_id: message.message_id,
                    sender_id: message.sender_id,
                    room_id: message.room_id,
                    recipient_id: message.recipient_id,
                    body: message.body,
                    reply_to: message.reply_to,
                    created_at: message.at,
                    plugin: decision.plugin.map(|it| it.to_string()).unwrap_or_default(),
                    decision_id: decision.decision_id,
                    note,
                    status: HeldStatus::Held,
                };
                let held = self.hold(submission, entry).await?;
                self.policies.carry_out(decision.effects);
                Ok(Step::Answer(Submitted::Held(held)))
            }
        }
    }

    /// What the sender's message of this id came to, if it has a row.
    async fn earlier(&self, submission: &Submission) -> Result<Option<Submitted>, ChatError> {
        let (sender, id) = (submission.from.user_id, &submission.new.client_msg_id);
        let found = self.store.earlier_send(sender, id).await?;
        found
            .map(|it| earlier::answer(it, submission.request_hash))
            .transpose()
    }

    async fn hold(
        &self,
        submission: &Submission,
        entry: HeldEntry,
    ) -> Result<HeldMessage, ChatError> {
        let held = HeldMessage {
            message_id: entry.message_id,
            room_id: entry.room_id,
            created_at: entry.created_at,
            deduplicated: false,
        };
        let row = HeldRow {
            entry,
            client_msg_id: submission.new.client_msg_id.clone(),
            request_hash: submission.request_hash,
        };
        self.store.hold_message(&row).await?;
        Ok(held)
    }
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
