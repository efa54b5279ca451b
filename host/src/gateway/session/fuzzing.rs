//! What `gateway::fuzzing` reaches of sessions.

use super::{
    codec::{Codec, Incoming},
    event::ClientEvent,
};
use crate::gateway::transport::Payload;

/// Reads a frame of `/ws`, and the event in it.
pub(in crate::gateway) fn plain_frame(text: &str) {
    if let Incoming::Event {
        name, data_json, ..
    } = Codec::Plain.decode(Payload::text(text.to_owned()))
    {
        event(&name, &data_json);
    }
}

/// Reads the data of an event.
pub(in crate::gateway) fn event(name: &str, data_json: &str) {
    let _ = ClientEvent::parse(name, data_json);
}
