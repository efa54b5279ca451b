//! A polling session's state: what waits in either direction, and which requests are under way.
//!
//! Rule: no clock, no lock, no waiting: each method decides at once, and says who has to be woken.
//!
//! Invariant: at most one body waits inbound; outbound holds less than its limit before each push.

use std::collections::VecDeque;

use axum::body::Bytes;
use axum::extract::ws::Utf8Bytes;
use tokio::time::Instant;

use super::handshake::Refusal;
use super::packet::{self, CLOSE, NOOP, PING, Packet, bad};
use crate::gateway::transport::{Closed, Payload};

/// What one answer to a poll carries; more than that waits for the next. It bounds what a client that does not read
/// its answer keeps in hyper's buffer. Chosen, not standard.
const RESPONSE_BYTES: usize = 128 * 1024;

/// Packets of one answer. The protocol has no limit, but python-engineio (as of 4.15) breaks off when there are more.
const RESPONSE_PACKETS: usize = 16;

/// How a `close` packet translates: RFC 6455's normal closure.
const NORMAL: u16 = 1000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Polling,
    /// A WebSocket of this session has been accepted and is being probed.
    Probing,
    /// The WebSocket is the session now.
    Upgraded,
    /// Ended; polls may still fetch what waits.
    Closing,
    Closed,
}

/// What a poll gets.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Body(String),
    /// Nothing yet.
    Wait,
    /// Nothing, but the client may be about to upgrade: soon release it with [`State::release_poll`].
    WaitBriefly,
    /// There is no session to poll any more.
    Gone,
}

/// What the session's task gets.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Payload(Payload),
    /// A packet that only shows life.
    Sign,
    Upgraded,
    Ended(Closed),
    Wait,
}

/// What became of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    All,
    /// The rest is still in the batch.
    Some,
    Upgraded,
    Ended(Closed),
}

/// Whether a body was taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Deposit {
    Taken,
    /// The one before is not read yet.
    Full,
}

/// The state of one session.
#[derive(Debug)]
pub(super) struct State {
    phase: Phase,
    /// The unread rest of the last POST; valid UTF-8.
    inbound: Bytes,
    outbound: VecDeque<Payload>,
    outbound_bytes: usize,
    has_poll: bool,
    has_post: bool,
    /// The waiting poll shall end with a `noop`.
    released: bool,
    /// Something was heard since the task last asked.
    heard: bool,
    dead_at: Option<Instant>,
    ended: Option<Closed>,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            phase: Phase::Polling,
            inbound: Bytes::new(),
            outbound: VecDeque::new(),
            outbound_bytes: 0,
            has_poll: false,
            has_post: false,
            released: false,
            heard: false,
            dead_at: None,
            ended: None,
        }
    }

    /// A GET begins.
    pub(super) fn start_poll(&mut self, now: Instant) -> Result<(), Refusal> {
        self.check_alive(now)?;
        if self.has_poll {
            // Which of the two would get a packet is anybody's guess.
            self.fail(bad("two polls at once"));
            return Err(Refusal::BadRequest);
        }
        self.has_poll = true;
        Ok(())
    }

    /// What the waiting GET shall answer.
    pub(super) fn take(&mut self) -> Taken {
        match self.phase {
            Phase::Closed => return Taken::Gone,
            Phase::Polling | Phase::Probing | Phase::Closing if !self.outbound.is_empty() => {
                return Taken::Body(self.take_body());
            }
            _ if self.released => {
                self.released = false;
                return Taken::Body(NOOP.to_owned());
            }
            Phase::Upgraded => return Taken::Gone,
            Phase::Probing => return Taken::WaitBriefly,
            Phase::Polling | Phase::Closing => {}
        }
        Taken::Wait
    }

    fn take_body(&mut self) -> String {
        let mut body = String::new();
        for _ in 0..RESPONSE_PACKETS {
            let Some(payload) = self.outbound.front() else {
                break;
            };
            if !body.is_empty() && body.len() + packet::poll_len_bytes(payload) > RESPONSE_BYTES {
                break;
            }
            packet::append_to_poll(&mut body, payload);
            self.outbound_bytes -= payload.len_bytes();
            self.outbound.pop_front();
        }
        if self.phase == Phase::Closing && self.outbound.is_empty() {
            self.phase = Phase::Closed;
        }
        body
    }

    /// The GET has its answer.
    pub(super) fn finish_poll(&mut self) {
        self.has_poll = false;
        self.released = false;
    }

    /// The client went away in the middle of a GET: what it would have got may be lost, so the session ends.
    pub(super) fn abort_poll(&mut self) {
        self.finish_poll();
        self.break_off();
    }

    /// A POST begins.
    pub(super) fn start_post(&mut self, now: Instant) -> Result<(), Refusal> {
        self.check_alive(now)?;
        if self.phase == Phase::Closing {
            return Err(Refusal::UnknownSid);
        }
        if self.has_post {
            self.fail(bad("two posts at once"));
            return Err(Refusal::BadRequest);
        }
        self.has_post = true;
        self.heard = true;
        self.dead_at = None;
        Ok(())
    }

    /// Takes the body of the POST, if the one before is read.
    pub(super) fn deposit(&mut self, body: &Utf8Bytes) -> Result<Deposit, Refusal> {
        if !matches!(self.phase, Phase::Polling | Phase::Probing) {
            return Err(Refusal::UnknownSid);
        }
        if !self.inbound.is_empty() {
            return Ok(Deposit::Full);
        }
        if let Err(error) = packet::check_poll(body) {
            self.fail(error);
            return Err(Refusal::BadRequest);
        }
        self.inbound = Bytes::from(body.clone());
        Ok(Deposit::Taken)
    }

    /// The POST has its answer.
    pub(super) fn finish_post(&mut self) {
        self.has_post = false;
    }

    /// The client went away in the middle of a POST: it cannot know what arrived.
    pub(super) fn abort_post(&mut self) {
        self.has_post = false;
        self.break_off();
    }

    fn break_off(&mut self) {
        if matches!(self.phase, Phase::Polling | Phase::Probing | Phase::Closing) {
            self.phase = Phase::Closed;
            self.ended.get_or_insert(Closed::Gone);
        }
    }

    /// Whether the client has said nothing for too long, even if the task has not noticed yet.
    fn check_alive(&mut self, now: Instant) -> Result<(), Refusal> {
        if self.dead_at.is_some_and(|dead_at| dead_at <= now) {
            self.phase = Phase::Closed;
            self.ended.get_or_insert(Closed::HeartbeatTimeout);
        }
        match self.phase {
            Phase::Polling | Phase::Probing | Phase::Closing => Ok(()),
            Phase::Upgraded | Phase::Closed => Err(Refusal::UnknownSid),
        }
    }

    /// What comes next for the session's task. What a client sent before it went away still counts.
    pub(super) fn next(&mut self) -> Next {
        while !self.inbound.is_empty() {
            match packet::split_poll(&mut self.inbound) {
                Ok(Packet::Message(payload)) => return Next::Payload(payload),
                Ok(Packet::Pong | Packet::Noop) => return Next::Sign,
                Ok(Packet::Close) => self.end(Closed::ByPeer { code: NORMAL }, NOOP),
                Err(error) => self.fail(error),
            }
        }
        match (&self.ended, self.phase) {
            (Some(closed), _) => Next::Ended(closed.clone()),
            (None, Phase::Upgraded) => Next::Upgraded,
            (None, _) => Next::Wait,
        }
    }

    /// Moves payloads out of `batch` while less than the limit waits; the rest stays in it.
    pub(super) fn push(&mut self, batch: &mut Vec<Payload>, limit_bytes: usize) -> Pushed {
        if let Some(closed) = &self.ended {
            return Pushed::Ended(closed.clone());
        }
        if self.phase == Phase::Upgraded {
            return Pushed::Upgraded;
        }
        let mut taken = 0;
        while taken < batch.len() && self.outbound_bytes < limit_bytes {
            self.outbound_bytes += batch[taken].len_bytes();
            taken += 1;
        }
        self.outbound.extend(batch.drain(..taken));
        if batch.is_empty() {
            Pushed::All
        } else {
            Pushed::Some
        }
    }

    /// Asks for a sign of life. The limit does not hold it back: there is one at a time.
    pub(super) fn push_ping(&mut self, dead_at: Option<Instant>) {
        self.push_packet(PING);
        self.dead_at = dead_at;
    }

    fn push_packet(&mut self, packet: &'static str) {
        self.outbound_bytes += packet.len();
        self.outbound
            .push_back(Payload::Text(Utf8Bytes::from_static(packet)));
    }

    /// Whether something was heard since the last call.
    pub(super) fn take_heard(&mut self) -> bool {
        std::mem::take(&mut self.heard)
    }

    /// Ends the session; what waits, and `last` behind it, is there for whoever polls next.
    pub(super) fn end(&mut self, why: Closed, last: &'static str) {
        if !matches!(self.phase, Phase::Polling | Phase::Probing) {
            return;
        }
        self.phase = Phase::Closing;
        self.inbound = Bytes::new();
        self.ended = Some(why);
        self.push_packet(last);
    }

    /// Ends the session for what the client did wrong; it hears of it where it waits.
    pub(super) fn fail(&mut self, why: Closed) {
        self.clear();
        self.end(why, CLOSE);
        if self.phase == Phase::Closing && !self.has_poll {
            self.phase = Phase::Closed;
        }
    }

    /// Ends the session for good. A poll that waits for the last packets still gets them.
    pub(super) fn kill(&mut self) {
        match self.phase {
            // They are about to fetch them, or hold the session for who does.
            Phase::Closing if self.has_poll || self.has_post => {}
            Phase::Upgraded => {}
            _ => {
                self.phase = Phase::Closed;
                self.clear();
                self.ended.get_or_insert(Closed::Gone);
            }
        }
        self.inbound = Bytes::new();
    }

    fn clear(&mut self) {
        self.outbound = VecDeque::new();
        self.outbound_bytes = 0;
    }

    /// Whether polls have fetched everything, or nobody will.
    pub(super) fn is_closed(&self) -> bool {
        self.phase == Phase::Closed
    }

    /// Whether the session goes on over a WebSocket.
    pub(super) fn is_upgraded(&self) -> bool {
        self.phase == Phase::Upgraded
    }

    /// A WebSocket asks to be probed; false if the session cannot have one.
    pub(super) fn start_probe(&mut self) -> bool {
        let may = self.phase == Phase::Polling;
        if may {
            self.phase = Phase::Probing;
        }
        may
    }

    /// The probe came to nothing.
    pub(super) fn abandon_probe(&mut self) {
        if self.phase == Phase::Probing {
            self.phase = Phase::Polling;
        }
    }

    /// The WebSocket takes over; false if the session has ended meanwhile.
    pub(super) fn finish_probe(&mut self) -> bool {
        let may = self.phase == Phase::Probing;
        if may {
            self.phase = Phase::Upgraded;
        }
        may
    }

    /// Lets the waiting poll go.
    pub(super) fn release_poll(&mut self) {
        self.released = self.has_poll;
    }

    /// What waited for a poll that will not come.
    pub(super) fn take_backlog(&mut self) -> VecDeque<Payload> {
        self.outbound_bytes = 0;
        std::mem::take(&mut self.outbound)
    }
}
