//! Calls that were, and those that last.

use tokio::sync::oneshot;

use super::{CallError, Calls, desk::Input, event::Event, rights::check_is_in};
use crate::{
    model::{
        Call, CallId, CallReason, CallState, Cursor, ParticipantState, RoomId, Timestamp, UserId,
    },
    store::{CallRow, NewAuditEntry, Store, StoreError},
};

impl Calls {
    /// Calls that were for a person, older than the cursor, of one room or all, newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn history(
        &self,
        reader: UserId,
        room_id: Option<RoomId>,
        before: Option<Cursor>,
        limit: i64,
    ) -> Result<Vec<Call>, CallError> {
        let before = before.unwrap_or(Cursor::LAST);
        Ok(self.store.calls_of(reader, room_id, before, limit).await?)
    }

    /// One of them, as it stands now.
    ///
    /// # Errors
    /// `NotFound` if it was not for this person.
    pub async fn call(&self, reader: UserId, call_id: CallId) -> Result<Call, CallError> {
        let call = match self.live_call(call_id).await {
            Ok(call) => call,
            Err(CallError::NotFound(_)) => {
                let row = self.store.call(call_id).await?;
                row.ok_or(CallError::NotFound("call"))?.call
            }
            Err(error) => return Err(error),
        };
        check_is_in(&call, reader)?;
        Ok(call)
    }

    /// The calls that last, oldest first, for admins.
    ///
    /// # Errors
    /// `Overloaded`, `Draining`.
    pub async fn live(&self) -> Result<Vec<Call>, CallError> {
        let (reply, live) = oneshot::channel();
        self.send(Input::Live(reply))?;
        live.await.map_err(|_| CallError::Overloaded)
    }

    /// Ends a call by an admin's word, and writes the audit log.
    ///
    /// # Errors
    /// `NotFound` if there is none; `Conflict` if it is over.
    pub async fn end_by_admin(&self, admin: UserId, call_id: CallId) -> Result<(), CallError> {
        let event = Event::End(admin);
        self.ask(|reply| Input::Apply(call_id, event, reply))
            .await?;
        let entry = NewAuditEntry {
            at: Timestamp::now(),
            actor_id: Some(admin),
            action: "end_call",
            target_id: None,
            reason: None,
            detail: Some(format!("call {call_id}")),
        };
        Ok(self.store.add_audit_entry(&entry).await?)
    }
}

/// Ends what a process left that did not stop in order. Answers the calls that owe a message.
pub(super) async fn end_leftovers(
    store: &Store,
    now: Timestamp,
) -> Result<Vec<CallRow>, StoreError> {
    let mut rows = store.unsettled_calls().await?;
    let mut ended = Vec::new();
    for row in rows
        .iter_mut()
        .filter(|it| it.call.state != CallState::Ended)
    {
        row.owes_message = row.call.state == CallState::Ringing;
        end_leftover(&mut row.call, now);
        ended.push(row.clone());
    }
    store.save_calls(&ended).await?;
    rows.retain(|it| it.owes_message);
    Ok(rows)
}

fn end_leftover(call: &mut Call, now: Timestamp) {
    call.state = CallState::Ended;
    call.ended_at = Some(now);
    call.reason = Some(CallReason::Failed);
    for it in &mut call.participants {
        match it.state {
            ParticipantState::Ringing => it.state = ParticipantState::Missed,
            ParticipantState::Joined => {
                it.state = ParticipantState::Left;
                it.left_at = Some(now);
                it.reason = Some(CallReason::Failed);
            }
            _ => {}
        }
    }
}
