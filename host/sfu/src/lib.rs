//! A media router (SFU) without I/O: packets and the time go in; packets, events, frames and one deadline come out.
//!
//! Rule: nothing in here waits, reads a clock or starts a thread, so a whole call runs in a test under a clock of the test's own.
//! WebRTC itself (ICE, DTLS, SRTP inwards, RTCP, session descriptions) is the `rtc` crate; what is ours is who gets which packets.
//!
//! Not here: sockets (the thread around it), who may do what (signalling), files (the recorder).

mod counters;
mod error;
mod event;
#[cfg(fuzzing)]
pub mod fuzzing;
mod identity;
pub mod net;
mod outputs;
mod peer;
mod publish;
mod room;
mod sfu;
mod subscribe;
mod tap;
#[cfg(test)]
mod tests;
pub mod vp8;
mod work;

pub use counters::Counters;
pub use error::SfuError;
pub use event::{Event, EventKind, Muter, Placed, Quality, Section};
pub use identity::{Kind, Layer, Layers, ParticipantId, RoomId, Source, TrackId};
pub use net::{
    demux::Side,
    route::{Protocol, Received, Route, Transmit},
};
pub use publish::stream::SenderClock;
pub use sfu::{Options, Sfu};
pub use tap::{Tapped, TappedKind};
