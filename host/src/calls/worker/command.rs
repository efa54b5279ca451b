//! Commands, as they travel to the worker, and their answers.

use std::time::Instant;

use natter_sfu::{Layer, Muter, ParticipantId, RoomId, Section, Sfu, SfuError, Source, TrackId};
use tokio::sync::oneshot;

use super::{MediaError, Report};

/// Where an answer goes. Whoever asked may have gone.
pub(super) type Answer<T> = oneshot::Sender<Result<T, MediaError>>;

/// What the worker can be asked.
pub(super) enum Command {
    Join(RoomId, ParticipantId, Answer<()>),
    Leave(RoomId, ParticipantId, Answer<()>),
    Publish {
        room: RoomId,
        participant: ParticipantId,
        offer: String,
        sections: Vec<Section>,
        answer: Answer<String>,
    },
    SetSources(RoomId, ParticipantId, Vec<Source>, Answer<()>),
    Accept(RoomId, ParticipantId, String, Answer<()>),
    Show {
        room: RoomId,
        participant: ParticipantId,
        track: TrackId,
        at_most: Option<Layer>,
        answer: Answer<()>,
    },
    Mute {
        room: RoomId,
        track: TrackId,
        muted: bool,
        by: Muter,
        answer: Answer<()>,
    },
    Tap(RoomId, ParticipantId, Answer<()>),
    Untap(RoomId, ParticipantId, Answer<()>),
    Report(Answer<Report>),
}

impl Command {
    /// Has the router do it, and answers.
    pub(super) fn carry_out(
        self,
        now: Instant,
        sfu: &mut Sfu,
        report: impl FnOnce(&Sfu) -> Report,
    ) {
        match self {
            Self::Join(room, who, answer) => give(answer, sfu.join(now, room, who)),
            Self::Leave(room, who, answer) => give(answer, sfu.leave(now, room, who)),
            Self::Publish {
                room,
                participant,
                offer,
                sections,
                answer,
            } => give(
                answer,
                sfu.publish(now, room, participant, offer, &sections),
            ),
            Self::SetSources(room, who, sources, answer) => {
                give(answer, sfu.set_sources(now, room, who, &sources));
            }
            Self::Accept(room, who, sdp, answer) => give(answer, sfu.accept(now, room, who, sdp)),
            Self::Show {
                room,
                participant,
                track,
                at_most,
                answer,
            } => give(answer, sfu.show(now, room, participant, track, at_most)),
            Self::Mute {
                room,
                track,
                muted,
                by,
                answer,
            } => give(answer, sfu.mute(now, room, track, muted, by)),
            Self::Tap(room, who, answer) => give(answer, sfu.tap(now, room, who)),
            Self::Untap(room, who, answer) => give(answer, sfu.untap(now, room, who)),
            Self::Report(answer) => give(answer, Ok(report(sfu))),
        }
    }
}

fn give<T>(answer: Answer<T>, result: Result<T, SfuError>) {
    // Who asked may have gone; what was done stays done.
    let _: Result<(), _> = answer.send(result.map_err(MediaError::from));
}
