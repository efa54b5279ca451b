//! Messages that people want the server's admins to look at.
//!
//! Rule: an admin sees what the reporter saw: the message, and what was said just around it. The texts are kept while the report
//! waits, so that what is deleted meanwhile can still be judged, and no longer.

use std::sync::Arc;

use uuid::Uuid;

use super::{Chat, ChatError, held::CONTEXT, visible_range};
use crate::{
    delivery::Outbound,
    model::{
        Cursor, Message, MessageId, Report, ReportAdded, ReportContext, ReportDecision,
        ReportedMessage, RoomId, ServerEvent, Timestamp, UserId,
    },
    store::{Direction, ReportVerdict, Viewer},
};

/// Reports of one person that may wait. Chosen, not standard: each keeps a copy of what was said.
const MAX_WAITING: usize = 50;

impl Chat {
    /// Shows a message to the server's admins; the id of the report. The second time it is the first one's.
    ///
    /// # Errors
    /// `NotFound` if the reporter may not see the message; `Conflict` if it is deleted or their own; `TooLarge` if too many of their
    /// reports wait.
    pub async fn report(
        &self,
        reporter: UserId,
        (room_id, message_id): (RoomId, MessageId),
        reason: Option<String>,
    ) -> Result<Uuid, ChatError> {
        let message = self.message(reporter, room_id, message_id).await?;
        if message.deleted_at.is_some() {
            return Err(ChatError::Conflict("the message is deleted"));
        }
        if message.sender_id == reporter {
            return Err(ChatError::Conflict("it is your own message"));
        }
        let waiting = self.store.report_count(Some(reporter)).await?;
        let waiting = usize::try_from(waiting).unwrap_or(usize::MAX);
        if waiting >= MAX_WAITING {
            return Err(ChatError::TooLarge {
                what: "reports of yours that wait",
                actual: waiting + 1,
                limit: MAX_WAITING,
            });
        }
        let report = Report {
            report_id: Uuid::now_v7(),
            message_id,
            room_id,
            sender_id: message.sender_id,
            reporter_id: reporter,
            reason,
            created_at: Timestamp::now(),
            decision: ReportDecision::Waiting,
        };
        let messages = self.around(reporter, message).await?;
        if let Some(earlier) = self.store.add_report(&report, &messages).await? {
            return Ok(earlier);
        }
        let report_id = report.report_id;
        let event = ServerEvent::ReportAdded(ReportAdded { report_id });
        let admins = self.store.active_admins().await?;
        self.delivery.push_all(admins, &Outbound::new(event));
        Ok(report_id)
    }

    /// Reports that wait, after the cursor, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn reports(
        &self,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Vec<Report>, ChatError> {
        let after = after.unwrap_or(Cursor::FIRST);
        Ok(self.store.reports(after, limit).await?)
    }

    /// How many wait.
    ///
    /// # Errors
    /// The database failed.
    pub async fn report_count(&self) -> Result<i64, ChatError> {
        Ok(self.store.report_count(None).await?)
    }

    /// A report, and while it waits what its reporter saw.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn report_context(&self, report_id: Uuid) -> Result<ReportContext, ChatError> {
        let report = self.store.report(report_id).await?;
        Ok(ReportContext {
            report: report.ok_or(ChatError::NotFound("report"))?,
            messages: self.store.reported_messages(report_id).await?,
        })
    }

    /// An admin's word on a reported message: it stands, or it is deleted. All reports of that message that wait are decided by it.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if it was decided already.
    pub async fn decide_report(
        self: &Arc<Self>,
        by: UserId,
        report_id: Uuid,
        (decision, reason): (ReportDecision, Option<String>),
    ) -> Result<(), ChatError> {
        let report = self.store.report(report_id).await?;
        let report = report.ok_or(ChatError::NotFound("report"))?;
        if report.decision != ReportDecision::Waiting {
            return Err(ChatError::Conflict("the report was decided already"));
        }
        let verdict = ReportVerdict {
            message_id: report.message_id,
            sender_id: report.sender_id,
            by,
            at: Timestamp::now(),
            decision,
            reason,
        };
        match decision {
            ReportDecision::Deleted => self
                .delete_reported(verdict, report.room_id)
                .await
                .map(drop),
            ReportDecision::Dismissed | ReportDecision::Waiting => {
                match self.store.decide_reports(&verdict).await? {
                    true => Ok(()),
                    false => Err(ChatError::Conflict("the report was decided already")),
                }
            }
        }
    }

    /// A message and what its reporter sees around it, oldest first.
    async fn around(
        &self,
        reporter: UserId,
        message: Message,
    ) -> Result<Vec<ReportedMessage>, ChatError> {
        let (room_id, seq) = (message.room_id, message.seq);
        let visible = visible_range(&self.store, reporter, room_id).await?;
        let viewer = Viewer::Person(reporter);
        let before = *visible.start()..=seq - 1;
        let before =
            self.store
                .messages_between(room_id, viewer, before, Direction::Backwards, CONTEXT);
        let mut messages = before.await?;
        messages.reverse();
        messages.push(message);
        let after = seq + 1..=*visible.end();
        let after =
            self.store
                .messages_between(room_id, viewer, after, Direction::Forwards, CONTEXT);
        messages.extend(after.await?);
        let reported = |it: Message| ReportedMessage {
            message_id: it.message_id,
            seq: it.seq,
            sender_id: it.sender_id,
            body: it.body,
            created_at: it.created_at,
        };
        Ok(messages.into_iter().map(reported).collect())
    }
}
