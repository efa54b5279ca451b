//! Tells every job of a written batch its outcome, then the publisher what happened, in the order of the jobs.

use std::{collections::HashSet, sync::Arc};

use super::{
    Author, LogJob, Origin, Task,
    direct::{NewDirect, Reveal},
    plan::{Outcome, Plan},
    rooms::CachedRoom,
};
use crate::{
    chat::{earlier, publisher::Publication},
    model::{
        MemberRole, Message, RoomId, RoomKind, SentMessage, UserId,
        policy::{Hook, MessageChange, PolicyMessage},
    },
    policy::Policies,
    store::NewMessageRow,
};

impl Task {
    /// Answers what is settled; gives back the messages to `refused` rooms and those that are to be looked up.
    pub(super) async fn answer(
        &mut self,
        jobs: Vec<LogJob>,
        plan: Plan,
        refused: &HashSet<RoomId>,
    ) -> Vec<LogJob> {
        if plan.undone {
            return jobs;
        }
        let Plan {
            mut rows,
            outcomes,
            mut new_rooms,
            mut reveals,
            ..
        } = plan;
        let (mut stored, mut deduplicated) = (0, 0);
        let mut left = Vec::new();
        let mut publications = Vec::with_capacity(outcomes.len());
        for (job, outcome) in jobs.into_iter().zip(outcomes) {
            // A caller that went away does not need the answer: it will ask again with the same id.
            match (job, outcome) {
                (LogJob::Send(job), Outcome::Store(index) | Outcome::Repeat(index))
                    if refused.contains(&rows[index].message.room_id) =>
                {
                    left.push(LogJob::Send(job));
                }
                (LogJob::Send(job), Outcome::Undecided) => left.push(LogJob::Send(job)),
                (LogJob::Send(job), Outcome::Store(index)) => {
                    stored += 1;
                    let row = &mut rows[index];
                    job.reply.send(Ok(SentMessage {
                        body: matches!(job.origin, Origin::Person { is_rewritten: true })
                            .then(|| row.message.body.clone()),
                        ..sent(&row.message)
                    }));
                    let Some(room) = self.rooms.get_mut(row.message.room_id) else {
                        continue;
                    };
                    tell_policies(&self.policies, &job.from, &job.origin, &row.message, room);
                    self.policies.carry_out(job.effects);
                    let to = match row.only_sender {
                        true => Arc::from([row.message.sender_id]),
                        false => Arc::clone(&room.audience),
                    };
                    let newcomers = newcomers(&mut new_rooms, &mut reveals, row, &to);
                    if !newcomers.is_empty() {
                        publications.push(Publication::Room {
                            room_id: row.message.room_id,
                            // The message is the first change.
                            rev: row.message.rev - 1,
                            to: newcomers,
                        });
                    }
                    // The texts move on: what repeats this row needs only its ids.
                    let body = std::mem::take(&mut row.message.body);
                    publications.push(Publication::Message {
                        message: Message {
                            body,
                            ..row.message.clone()
                        },
                        client_msg_id: std::mem::take(&mut row.client_msg_id),
                        session_id: job.from.session_id,
                        share: job.share,
                        room_kind: room.kind,
                        to,
                    });
                }
                (LogJob::Send(job), Outcome::Repeat(index)) => {
                    deduplicated += 1;
                    let again = SentMessage {
                        deduplicated: true,
                        ..sent(&rows[index].message)
                    };
                    job.reply.send(Ok(again));
                }
                (LogJob::Send(job), Outcome::Earlier(row)) => {
                    deduplicated += 1;
                    job.reply.answer(earlier::answer(row, job.request_hash));
                }
                (LogJob::Send(job), Outcome::Refuse(error)) => job.reply.send(Err(error)),
                (LogJob::Receipt(job), Outcome::Refuse(error)) => drop(job.reply.send(Err(error))),
                (LogJob::Receipt(job), Outcome::Receipt(mark, publication)) => {
                    let _ = job.reply.send(Ok(mark));
                    publications.extend(publication);
                }
                (LogJob::Send(_), Outcome::Receipt(..)) | (LogJob::Receipt(_), _) => {
                    tracing::error!("a job met the outcome of another kind");
                }
            }
        }
        self.metrics.messages_accepted.inc_by(stored);
        self.metrics.messages_deduplicated.inc_by(deduplicated);
        self.publish(publications).await;
        left
    }
}

/// Tells policies of what was stored, if one wants to know.
fn tell_policies(
    policies: &Policies,
    from: &Author,
    origin: &Origin,
    message: &Message,
    room: &CachedRoom,
) {
    if matches!(origin, Origin::Bot | Origin::Call) || !policies.has(Hook::MessageEvents) {
        return;
    }
    let others = || room.audience.iter().copied();
    policies.after_message(&PolicyMessage {
        change: MessageChange::Send,
        message_id: message.message_id,
        room_id: Some(message.room_id),
        room_kind: room.kind,
        sender_id: message.sender_id,
        sender_role: room.role(message.sender_id).unwrap_or(MemberRole::Member),
        account_role: from.account_role,
        recipient_id: match room.kind {
            RoomKind::Direct => others().find(|it| *it != message.sender_id),
            RoomKind::Group => None,
        },
        body: message.body.clone(),
        previous_body: None,
        reply_to: message.reply_to,
        at: message.created_at,
        attrs: Vec::new(),
    });
}

/// To whom the room of a message is new, the first time that is asked; `to` are those who see the message.
fn newcomers(
    new_rooms: &mut Vec<NewDirect>,
    reveals: &mut Vec<Reveal>,
    row: &NewMessageRow,
    to: &[UserId],
) -> Vec<UserId> {
    let room_id = row.message.room_id;
    let new = new_rooms.iter().position(|it| it.room_id == room_id);
    let mut newcomers = match new.map(|at| new_rooms.swap_remove(at)) {
        Some(_) => to.to_vec(),
        None => Vec::new(),
    };
    if !row.only_sender {
        let revealed = reveals.extract_if(.., |it| it.room_id == room_id);
        newcomers.extend(revealed.map(|it| it.user_id));
    }
    newcomers
}

fn sent(message: &Message) -> SentMessage {
    let Message {
        message_id,
        room_id,
        seq,
        rev,
        created_at,
        ..
    } = *message;
    SentMessage {
        message_id,
        room_id,
        seq,
        rev,
        created_at,
        body: None,
        deduplicated: false,
    }
}
