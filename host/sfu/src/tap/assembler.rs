//! Whole frames of the packets of one continued stream.
//!
//! Rule: frames come out in order and decodable: behind a hole that does not close, nothing comes before the next keyframe.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};

use crate::{publish::stream::MediaPacket, subscribe::rewriter::Numbers};

/// How long a missing packet is waited for: a few round trips of asking for it. Chosen.
const PATIENCE: Duration = Duration::from_millis(400);
/// Packets that wait behind a hole: more than a keyframe of the largest layer.
const WAITING: usize = 512;
/// 15 bits.
const PICTURE_IDS: u16 = 0x7fff;
/// Packets that may overtake the one that they follow.
const OVERTAKING: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Assembler {
    /// By sequence number.
    waiting: BTreeMap<u64, Piece>,
    /// Where the next frame begins; `None`: with the next keyframe.
    next: Option<u64>,
    /// Of the last frame.
    picture_id: Option<u16>,
}

#[derive(Debug)]
struct Piece {
    timestamp: u32,
    /// Without its descriptor; empty in a packet that only fills a hole.
    payload: Bytes,
    is_last: bool,
    /// The frame that begins here.
    starts_picture: Option<u16>,
    starts_keyframe: bool,
    arrived: Instant,
}

/// A frame, and when its last packet came.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) timestamp: u32,
    pub(super) data: Bytes,
    pub(super) is_keyframe: bool,
    pub(super) arrived: Instant,
}

impl Assembler {
    pub(super) fn push(&mut self, packet: &MediaPacket, numbers: Numbers) {
        let header_bytes = packet.vp8.map_or(0, |vp8| usize::from(vp8.header_bytes));
        let piece = Piece {
            timestamp: numbers.timestamp,
            payload: packet.payload.slice(header_bytes..),
            is_last: packet.marker,
            starts_picture: packet
                .vp8
                .filter(|vp8| vp8.starts_frame)
                .map(|_| numbers.picture_id),
            starts_keyframe: packet.vp8.is_some_and(|vp8| vp8.starts_keyframe),
            arrived: packet.arrived,
        };
        if self.next.is_none() && piece.starts_keyframe {
            self.next = Some(numbers.sequence);
            self.waiting = self.waiting.split_off(&numbers.sequence);
        }
        if self.next.is_none_or(|next| numbers.sequence >= next) {
            self.waiting.insert(numbers.sequence, piece);
        }
        // Without a place to begin, what came lately may belong to a keyframe whose first packet comes late.
        while self.next.is_none() && self.waiting.len() > OVERTAKING {
            self.waiting.pop_first();
        }
    }

    /// The next whole frame.
    pub(super) fn next_frame(&mut self) -> Option<Frame> {
        loop {
            let first = self.next?;
            match self.frame_from(first) {
                Found::Frame { end } => return Some(self.take(first, end)),
                Found::Missing => return None,
                Found::Padding { next } => {
                    self.waiting = self.waiting.split_off(&next);
                    self.next = Some(next);
                }
                // Another layer begins: what came before stays incomplete.
                Found::Abandoned { at } => {
                    self.waiting = self.waiting.split_off(&at);
                    self.next = Some(at);
                    let begins = self.waiting.get(&at);
                    if !begins.is_some_and(|piece| piece.starts_keyframe) {
                        self.restart();
                    }
                }
            }
        }
    }

    /// Leaves all out up to the next keyframe, if a hole did not close in time.
    pub(super) fn give_up(&mut self, now: Instant) {
        let oldest = self.waiting.values().next();
        let late = oldest.is_some_and(|piece| now >= piece.arrived + PATIENCE);
        if self.next.is_some() && (late || self.waiting.len() > WAITING) {
            self.restart();
        }
    }

    /// Whether nothing comes before the next keyframe.
    pub(super) fn needs_keyframe(&self) -> bool {
        self.next.is_none()
    }

    /// Waits for a keyframe; one that waits itself will do.
    fn restart(&mut self) {
        let after = self.next.map_or(0, |next| next + 1);
        let mut later = self.waiting.split_off(&after);
        let keyframe = later.iter().find(|(_, piece)| piece.starts_keyframe);
        self.next = keyframe.map(|(sequence, _)| *sequence);
        self.waiting = match self.next {
            Some(next) => later.split_off(&next),
            None => BTreeMap::new(),
        };
    }

    fn frame_from(&self, first: u64) -> Found {
        let mut timestamp = None;
        for (expected, (sequence, piece)) in (first..).zip(self.waiting.range(first..)) {
            // Behind the end of a frame there is only padding, which nobody sends again, up to the beginning of the next.
            let next_picture = self.picture_id.map(|id| (id + 1) & PICTURE_IDS);
            if *sequence != expected {
                let is_next = next_picture.is_some() && piece.starts_picture == next_picture;
                return match is_next && expected == first {
                    true => Found::Padding { next: *sequence },
                    false => Found::Missing,
                };
            }
            if piece.payload.is_empty() {
                match timestamp {
                    None => return Found::Padding { next: expected + 1 },
                    Some(_) => continue,
                }
            }
            if timestamp.is_some_and(|timestamp| timestamp != piece.timestamp) {
                return Found::Abandoned { at: *sequence };
            }
            timestamp = Some(piece.timestamp);
            if piece.is_last {
                return Found::Frame { end: *sequence };
            }
        }
        Found::Missing
    }

    fn take(&mut self, first: u64, end: u64) -> Frame {
        let later = self.waiting.split_off(&(end + 1));
        let pieces = std::mem::replace(&mut self.waiting, later);
        self.next = Some(end + 1);
        let mut data =
            BytesMut::with_capacity(pieces.values().map(|piece| piece.payload.len()).sum());
        let mut frame = Frame {
            timestamp: 0,
            data: Bytes::new(),
            is_keyframe: pieces
                .get(&first)
                .is_some_and(|piece| piece.starts_keyframe),
            arrived: pieces[&end].arrived,
        };
        self.picture_id = pieces.get(&first).and_then(|piece| piece.starts_picture);
        for piece in pieces.values() {
            frame.timestamp = piece.timestamp;
            frame.arrived = frame.arrived.max(piece.arrived);
            data.extend_from_slice(&piece.payload);
        }
        frame.data = data.freeze();
        frame
    }
}

enum Found {
    Frame {
        end: u64,
    },
    Missing,
    /// No frame begins before.
    Padding {
        next: u64,
    },
    Abandoned {
        at: u64,
    },
}
