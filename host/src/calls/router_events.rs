//! What the media router tells, as those in the call hear it.

use natter_sfu::{EventKind, Layer, Layers, Muter, Placed, Quality, Side, TrackId};

use super::{
    media::user_of,
    output::{Audience, Output},
    registry::Registry,
};
use crate::model::{
    ActiveSpeaker, CallId, CallQuality, CallTrack, MediaLayer, PlacedTrack, RtcMuted, RtcOffer,
    RtcPublishLayers, RtcRestart, RtcSide, RtcTracks, ServerEvent, UserId,
};

impl Registry {
    /// What is to be told, if anything; how a connection fares is only noted.
    pub(super) fn hear(&mut self, call_id: CallId, kind: EventKind) -> Option<Output> {
        match kind {
            // The call's end tells more.
            EventKind::Connected { .. } | EventKind::Failed => None,
            EventKind::Lost { participant, side } => {
                let side = match side {
                    Side::Publish => RtcSide::Publish,
                    Side::Subscribe => RtcSide::Subscribe,
                };
                let event = ServerEvent::RtcRestart(RtcRestart { call_id, side });
                self.tell_device(call_id, user_of(participant), event)
            }
            EventKind::TrackPublished(track) => {
                let event = ServerEvent::TrackPublished(told(call_id, track));
                self.tell_all(call_id, event)
            }
            EventKind::TrackUnpublished(track) => {
                let event = ServerEvent::TrackUnpublished(told(call_id, track));
                self.tell_all(call_id, event)
            }
            EventKind::Offer { to, sdp, tracks } => {
                let offer = RtcOffer {
                    call_id,
                    sdp,
                    tracks: placed(tracks),
                };
                self.tell_device(call_id, user_of(to), ServerEvent::RtcOffer(offer))
            }
            EventKind::Tracks { to, tracks } => {
                let tracks = placed(tracks);
                let event = ServerEvent::RtcTracks(RtcTracks { call_id, tracks });
                self.tell_device(call_id, user_of(to), event)
            }
            EventKind::PublishLayers { to, layers } => {
                let layers = listed(layers);
                let event = ServerEvent::RtcPublishLayers(RtcPublishLayers { call_id, layers });
                self.tell_device(call_id, user_of(to), event)
            }
            EventKind::Muted { track, muted, by } => {
                let CallTrack {
                    user_id, source, ..
                } = told(call_id, track);
                let event = ServerEvent::RtcMutedBy(RtcMuted {
                    call_id,
                    user_id,
                    source,
                    muted,
                    by: match by {
                        Muter::Oneself => user_id,
                        Muter::Other(other) => user_of(other),
                    },
                });
                self.tell_all(call_id, event)
            }
            EventKind::ActiveSpeaker(speaker) => {
                let user_id = speaker.map(user_of);
                let event = ServerEvent::ActiveSpeaker(ActiveSpeaker { call_id, user_id });
                self.tell_all(call_id, event)
            }
            EventKind::Quality {
                participant,
                quality,
            } => {
                self.report(call_id, user_of(participant), reported(quality));
                None
            }
        }
    }

    fn tell_all(&self, call_id: CallId, event: ServerEvent) -> Option<Output> {
        Some(Output::tell_people(self.get(call_id)?.joined(), event))
    }

    /// Only the device that takes part has the connections.
    fn tell_device(&self, call_id: CallId, user_id: UserId, event: ServerEvent) -> Option<Output> {
        let device = self.get(call_id)?.person(user_id)?.device()?;
        Some(Output::tell([Audience::Device(device)], event))
    }
}

fn told(call_id: CallId, track: TrackId) -> CallTrack {
    CallTrack {
        call_id,
        user_id: user_of(track.participant),
        source: track.source.into(),
    }
}

fn placed(tracks: Vec<Placed>) -> Vec<PlacedTrack> {
    let placed = tracks.into_iter().map(|it| PlacedTrack {
        user_id: user_of(it.track.participant),
        source: it.track.source.into(),
        mid: it.mid,
    });
    placed.collect()
}

fn listed(layers: Layers) -> Vec<MediaLayer> {
    let listed = Layer::ALL.into_iter().filter(|it| layers.contains(*it));
    listed.map(MediaLayer::from).collect()
}

fn reported(quality: Quality) -> CallQuality {
    let whole = |it: u64| i64::try_from(it).unwrap_or(i64::MAX);
    let loss = quality.sent_loss.max(quality.received_loss).clamp(0.0, 1.0);
    CallQuality {
        // At most a thousand.
        loss_permille: (loss * 1000.0).round() as i64,
        rtt_ms: quality
            .round_trip
            .map(|it| i64::try_from(it.as_millis()).unwrap_or(i64::MAX)),
        sent_bps: whole(quality.sent_bits_per_second),
        received_bps: whole(quality.received_bits_per_second),
    }
}
