//! What is exchanged about a call's media.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{CallId, UserId};

/// What a participant can send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaSource {
    /// The person's voice.
    Microphone,
    /// The person's picture.
    Camera,
    /// A shared screen.
    Screen,
    /// Its sound.
    ScreenSound,
}

/// A camera's encodings, by their `rid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum MediaLayer {
    /// A quarter of the width.
    #[serde(rename = "q")]
    Low,
    /// Half of it.
    #[serde(rename = "h")]
    Middle,
    /// All of it.
    #[serde(rename = "f")]
    High,
}

/// One of a participant's two connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RtcSide {
    /// What the participant sends.
    Publish,
    /// What they receive.
    Subscribe,
}

/// A section of a client's offer.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct OfferedSection {
    /// `a=mid` of the section.
    pub mid: String,
    /// What it will carry, now or later.
    pub source: MediaSource,
}

/// A section of the server's offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlacedTrack {
    /// Who is in it now.
    pub user_id: UserId,
    /// Which source of theirs.
    pub source: MediaSource,
    /// `a=mid` of the section.
    pub mid: String,
}

/// Data of `rtc_offer`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RtcOffer {
    /// Which call.
    pub call_id: CallId,
    /// To be answered with `rtc_answer`.
    pub sdp: String,
    /// What is in its sections; replaces what was told before.
    pub tracks: Vec<PlacedTrack>,
}

/// Data of `rtc_tracks`: the sections stay, what is in them changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RtcTracks {
    /// Which call.
    pub call_id: CallId,
    /// Replaces what was told before.
    pub tracks: Vec<PlacedTrack>,
}

/// Data of `rtc_publish_layers`: encode no others, nobody watches them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RtcPublishLayers {
    /// Which call.
    pub call_id: CallId,
    /// Of one's camera.
    pub layers: Vec<MediaLayer>,
}

/// Data of `rtc_restart`: a connection is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RtcRestart {
    /// Which call.
    pub call_id: CallId,
    /// `publish`: make another and `rtc_publish`; `subscribe`: forget it, an offer for another follows.
    pub side: RtcSide,
}

/// Data of `rtc_muted_by`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RtcMuted {
    /// Which call.
    pub call_id: CallId,
    /// Whose source.
    pub user_id: UserId,
    /// Which.
    pub source: MediaSource,
    /// Whether it is muted now.
    pub muted: bool,
    /// By whom.
    pub by: UserId,
}

/// Data of `track_published` and `track_unpublished`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CallTrack {
    /// Which call.
    pub call_id: CallId,
    /// Whose source.
    pub user_id: UserId,
    /// Which.
    pub source: MediaSource,
}

/// Data of `active_speaker`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ActiveSpeaker {
    /// Which call.
    pub call_id: CallId,
    /// Who speaks; absent: nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}
