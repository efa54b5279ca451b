//! What a session has submitted and the writer has not yet done.
//!
//! Rule: answers go out in the order of submission. What nobody waits for wakes nobody: a client that sends receipts without
//! asking for acks costs no turn of the session when they are committed.

use std::collections::VecDeque;

use super::{codec::AckTo, event::ReceiptAck};
use crate::{
    chat::{ChatError, Pending},
    gateway::{error::ApiError, transport::Payload},
    model::{Submitted, Watermark},
};

/// Jobs on their way.
#[derive(Debug)]
pub(super) struct InFlight {
    answered: VecDeque<Job>,
    /// Receipts without an ack, remembered so that what comes after them can wait for them.
    unanswered: VecDeque<Pending<Watermark>>,
    limit: usize,
}

#[derive(Debug)]
enum Job {
    Send(AckTo, Pending<Submitted>),
    Receipt(AckTo, Pending<Watermark>),
}

impl InFlight {
    /// Nothing is on its way; at most `limit` jobs may be.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            answered: VecDeque::new(),
            unanswered: VecDeque::new(),
            limit,
        }
    }

    /// Whether the next frame may be read.
    pub(super) fn has_room(&self) -> bool {
        self.answered.len() + self.unanswered.len() < self.limit
    }

    /// Whether there is anything that `next` should be awaited for.
    pub(super) fn wants_waiting(&self) -> bool {
        !self.answered.is_empty() || !self.has_room()
    }

    /// A message was submitted.
    pub(super) fn sent(&mut self, ack_to: AckTo, pending: Pending<Submitted>) {
        self.answered.push_back(Job::Send(ack_to, pending));
    }

    /// A receipt was submitted.
    pub(super) fn receipt(&mut self, ack_to: AckTo, pending: Pending<Watermark>) {
        if ack_to != AckTo::Nobody {
            return self.answered.push_back(Job::Receipt(ack_to, pending));
        }
        while self
            .unanswered
            .front_mut()
            .is_some_and(|it| it.outcome_now().is_some())
        {
            self.unanswered.pop_front();
        }
        self.unanswered.push_back(pending);
    }

    /// Waits for the oldest answer. Safe to cancel.
    pub(super) async fn next(&mut self) -> Option<Payload> {
        if let Some(job) = self.answered.front_mut() {
            let answer = job.answer().await;
            self.answered.pop_front();
            return answer;
        }
        match self.unanswered.front_mut() {
            Some(pending) => drop(pending.outcome().await),
            None => std::future::pending().await,
        }
        self.unanswered.pop_front();
        None
    }

    /// Takes the answers that are there already.
    pub(super) fn take_ready(&mut self, out: &mut Vec<Payload>) {
        while let Some(answer) = self.answered.front_mut().and_then(Job::answer_now) {
            out.extend(answer);
            self.answered.pop_front();
        }
    }

    /// Waits until everything is done.
    pub(super) async fn finish(&mut self, out: &mut Vec<Payload>) {
        while !(self.answered.is_empty() && self.unanswered.is_empty()) {
            out.extend(self.next().await);
        }
    }
}

impl Job {
    async fn answer(&mut self) -> Option<Payload> {
        match self {
            Self::Send(ack_to, pending) => send_ack(*ack_to, pending.outcome().await),
            Self::Receipt(ack_to, pending) => receipt_ack(*ack_to, pending.outcome().await),
        }
    }

    /// The same, if it need not be waited for; within, none if nobody waits for the answer.
    fn answer_now(&mut self) -> Option<Option<Payload>> {
        match self {
            Self::Send(ack_to, pending) => Some(send_ack(*ack_to, pending.outcome_now()?)),
            Self::Receipt(ack_to, pending) => Some(receipt_ack(*ack_to, pending.outcome_now()?)),
        }
    }
}

fn send_ack(ack_to: AckTo, outcome: Result<Submitted, ChatError>) -> Option<Payload> {
    ack_to.answer(outcome.map_err(ApiError::from))
}

fn receipt_ack(ack_to: AckTo, outcome: Result<Watermark, ChatError>) -> Option<Payload> {
    let outcome = outcome.map(|it| ReceiptAck {
        delivered_seq: it.delivered_seq,
        read_seq: it.read_seq,
    });
    ack_to.answer(outcome.map_err(ApiError::from))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::{
        chat::testing::{PendingReply, pending},
        model::UserId,
    };

    fn mark(read_seq: i64) -> Watermark {
        Watermark {
            user_id: UserId::generate(),
            delivered_seq: read_seq,
            read_seq,
        }
    }

    fn receipt(in_flight: &mut InFlight, ack_to: AckTo) -> PendingReply<Watermark> {
        let (reply, pending) = pending();
        in_flight.receipt(ack_to, pending);
        reply
    }

    fn text(payload: &Payload) -> &str {
        match payload {
            Payload::Text(text) => text,
            Payload::Binary(_) => panic!("answers are text"),
        }
    }

    #[tokio::test]
    async fn answers_keep_their_order_and_none_passes_a_waiting_one() {
        let mut in_flight = InFlight::new(8);
        let first = receipt(&mut in_flight, AckTo::Plain(1));
        let second = receipt(&mut in_flight, AckTo::Plain(2));
        let mut out = Vec::new();
        second.send(Ok(mark(2))).unwrap();
        in_flight.take_ready(&mut out);
        assert!(out.is_empty());
        first.send(Ok(mark(1))).unwrap();
        in_flight.take_ready(&mut out);
        assert!(text(&out[0]).starts_with(r#"{"reply_to":1"#));
        assert!(text(&out[1]).starts_with(r#"{"reply_to":2"#));
        assert!(!in_flight.wants_waiting());
    }

    #[tokio::test]
    async fn receipts_without_an_ack_wake_nobody_until_they_fill_the_limit() {
        let mut in_flight = InFlight::new(2);
        let first = receipt(&mut in_flight, AckTo::Nobody);
        assert!(in_flight.has_room() && !in_flight.wants_waiting());
        let _second = receipt(&mut in_flight, AckTo::Nobody);
        assert!(!in_flight.has_room() && in_flight.wants_waiting());
        first.send(Ok(mark(1))).unwrap();
        assert!(in_flight.next().await.is_none());
        assert!(in_flight.has_room());
    }

    #[tokio::test]
    async fn the_end_waits_for_what_nobody_asked_an_ack_for() {
        let mut in_flight = InFlight::new(8);
        let reply = receipt(&mut in_flight, AckTo::Nobody);
        let mut out = Vec::new();
        {
            let finishing = in_flight.finish(&mut out);
            tokio::pin!(finishing);
            assert!(futures_util::poll!(finishing.as_mut()).is_pending());
            reply.send(Ok(mark(1))).unwrap();
            finishing.await;
        }
        assert!(out.is_empty());
    }
}
