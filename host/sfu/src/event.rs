//! What the router tells, and what is exchanged with it. Plain data.

use std::time::Duration;

use crate::{
    identity::{Layers, ParticipantId, RoomId, Source, TrackId},
    net::demux::Side,
};

/// One section of a client's offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// `a=mid` of the section.
    pub mid: String,
    /// What it will carry, now or later.
    pub source: Source,
}

/// One section of our offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Who is in it now.
    pub track: TrackId,
    /// `a=mid` of the section.
    pub mid: String,
}

/// Who mutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Muter {
    /// The participant whose source it is: mutes and unmutes.
    Oneself,
    /// Somebody who may mute others; nobody may unmute another.
    Other(ParticipantId),
}

/// How media fares between the server and one participant, over the last seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quality {
    /// There and back, as the client's reports tell.
    pub round_trip: Option<Duration>,
    /// Sent to the participant.
    pub sent_bits_per_second: u64,
    /// Got from the participant.
    pub received_bits_per_second: u64,
    /// Of what was sent to the participant, before repair: 0 to 1.
    pub sent_loss: f32,
    /// Of what the participant sent, after repair: 0 to 1.
    pub received_loss: f32,
}

/// Something happened in a room.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Where.
    pub room: RoomId,
    /// What.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// A participant's connection is up: media can flow.
    Connected {
        /// Whose.
        participant: ParticipantId,
        /// Which of the two.
        side: Side,
    },
    /// A participant's connection is over: closed, broken, unheard of for 15 s, or not up within 10. To publish again the client makes another
    /// connection and offer; for receiving, the router has made a new one, and its offer follows.
    Lost {
        /// Whose.
        participant: ParticipantId,
        /// Which of the two.
        side: Side,
    },
    /// A participant sends a source from now on.
    TrackPublished(TrackId),
    /// A participant does not send it any more.
    TrackUnpublished(TrackId),
    /// An offer for a participant's receiving connection, to be answered.
    Offer {
        /// Whose.
        to: ParticipantId,
        /// The session description.
        sdp: String,
        /// Which track is in which section. Replaces what was told before.
        tracks: Vec<Placed>,
    },
    /// The sections of a participant's receiving connection stay; what is in them changed. Nothing to answer.
    Tracks {
        /// Whose.
        to: ParticipantId,
        /// Which track is in which section. Replaces what was told before.
        tracks: Vec<Placed>,
    },
    /// The layers of a camera that somebody watches. Others need not be encoded.
    PublishLayers {
        /// Whose camera.
        to: ParticipantId,
        /// To be sent.
        layers: Layers,
    },
    /// A source was muted or unmuted.
    Muted {
        /// Which.
        track: TrackId,
        /// Whether it is now.
        muted: bool,
        /// By whom.
        by: Muter,
    },
    /// Who speaks; `None`: nobody.
    ActiveSpeaker(Option<ParticipantId>),
    /// The router failed over this room, which is closed, and over no other.
    Failed,
    /// Told every few seconds, and when somebody leaves.
    Quality {
        /// Whose.
        participant: ParticipantId,
        /// Of both connections.
        quality: Quality,
    },
}
