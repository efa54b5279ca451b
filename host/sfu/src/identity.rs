//! Who and what: rooms, participants, sources, tracks, layers.

use std::fmt;

/// A room of the router: one call. The caller's own number, such as a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoomId(pub u128);

/// One participant of a room. The caller's own number; unique within its room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParticipantId(pub u128);

/// What a participant can send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// The person's voice.
    Microphone,
    /// The person's picture, in up to three layers.
    Camera,
    /// A shared screen.
    Screen,
    /// The sound of a shared screen.
    ScreenSound,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Microphone,
        Self::Camera,
        Self::Screen,
        Self::ScreenSound,
    ];

    /// Opus or VP8.
    pub fn kind(self) -> Kind {
        match self {
            Self::Microphone | Self::ScreenSound => Kind::Audio,
            Self::Camera | Self::Screen => Kind::Video,
        }
    }
}

/// The two kinds of media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Opus, 48 kHz.
    Audio,
    /// VP8, 90 kHz.
    Video,
}

impl Kind {
    /// Ticks of its RTP timestamps per second.
    pub fn clock_hz(self) -> u32 {
        match self {
            Self::Audio => 48_000,
            Self::Video => 90_000,
        }
    }
}

/// One source of one participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrackId {
    /// Whose.
    pub participant: ParticipantId,
    /// Which.
    pub source: Source,
}

/// The encodings of one camera, smallest first. A source without simulcast has only `High`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    /// A quarter of the width: rid `q`.
    Low,
    /// Half of the width: rid `h`.
    Middle,
    /// All of it: rid `f`.
    High,
}

impl Layer {
    /// Smallest first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Middle, Self::High];

    /// The layer that a client names so in its offer (`a=rid`); `None` for other names.
    pub fn from_rid(rid: &str) -> Option<Self> {
        match rid {
            "q" => Some(Self::Low),
            "h" => Some(Self::Middle),
            "f" => Some(Self::High),
            _ => None,
        }
    }

    /// Its name in an offer.
    pub fn rid(self) -> &'static str {
        match self {
            Self::Low => "q",
            Self::Middle => "h",
            Self::High => "f",
        }
    }

    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

/// A set of layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layers([bool; 3]);

impl Layers {
    /// Whether a layer is in it.
    pub fn contains(self, layer: Layer) -> bool {
        self.0[layer.index()]
    }

    /// Whether it has none.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    pub(crate) fn all() -> Self {
        Self([true; 3])
    }

    pub(crate) fn insert(&mut self, layer: Layer) {
        self.0[layer.index()] = true;
    }
}

impl fmt::Display for RoomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Display for ParticipantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}
