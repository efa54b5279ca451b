//! What can be refused, and why.

use crate::{ParticipantId, RoomId, Source, TrackId};

/// Why the router did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SfuError {
    /// The room is not open: nobody joined it, or everybody left.
    #[error("Room {0} is not open")]
    UnknownRoom(RoomId),
    /// Nobody of that id is in the room.
    #[error("Participant {0} is not in the room")]
    UnknownParticipant(ParticipantId),
    /// The participant is not sent that track: nobody publishes it.
    #[error("There is no {:?} of participant {}", .0.source, .0.participant)]
    UnknownTrack(TrackId),
    /// Already in the room.
    #[error("Participant {0} is in the room already")]
    AlreadyJoined(ParticipantId),
    /// The room has all the participants that it may have.
    #[error("The room has {limit} participants, which is the limit")]
    RoomFull {
        /// The most that a room may have.
        limit: usize,
    },
    /// The participant has not negotiated that source.
    #[error("Source {0:?} was not negotiated")]
    NotNegotiated(Source),
    /// Who was muted by somebody else unmutes themselves, and nobody unmutes another.
    #[error("Only the participant can unmute")]
    OnlySelfUnmutes,
    /// There was no offer that this answers.
    #[error("No offer waits for an answer")]
    NoOfferWaits,
    /// A session description longer than is looked at.
    #[error("Session description is {bytes} bytes, limit {limit}")]
    DescriptionTooLong {
        /// What was sent.
        bytes: usize,
        /// What is read.
        limit: usize,
    },
    /// A session description with more sections than an offer may have, or than the offer that it answers.
    #[error("Session description has {sections} media sections, limit {limit}")]
    TooManySections {
        /// What was sent.
        sections: usize,
        /// What is taken.
        limit: usize,
    },
    /// A session description with a section for something else, such as a data channel.
    #[error("Session description has a section that is neither audio nor video")]
    OtherMedia,
    /// An offer without one of the media sections that it was said to have, or of another kind.
    #[error("The offer has no {source_kind} section with mid {mid:?}")]
    NoSuchSection {
        /// What was looked for.
        mid: String,
        /// `audio` or `video`.
        source_kind: &'static str,
    },
    /// A session description, or a setting, that WebRTC does not accept.
    #[error("{0}")]
    Webrtc(#[from] rtc::shared::error::Error),
    /// The library panicked over this connection, which is over.
    #[error("The connection is broken")]
    Broken,
}
