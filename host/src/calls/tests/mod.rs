//! Calls without sockets, database and clock.
#![expect(clippy::unwrap_used, reason = "tests")]

mod machine;
mod random;
mod table;

use super::{
    event::{Event, NewCall, Patience, Place},
    machine::Machine,
    output::{Audience, MediaCommand, Output},
    person::Device,
    registry::{Registry, Rules},
};
use crate::model::{
    CallId, CallState, DeviceId, MediaKind, RoomId, ServerEvent, SessionId, Timestamp, UserId,
};

const RING_SECONDS: i64 = 45;
const GRACE_SECONDS: i64 = 15;
const PATIENCE: Patience = Patience {
    ring_seconds: RING_SECONDS,
    grace_seconds: GRACE_SECONDS,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp(seconds * 1000)
}

fn device(user_id: UserId) -> Device {
    Device {
        user_id,
        device_id: DeviceId::generate(),
        session_id: SessionId::generate(),
    }
}

fn new_call(place: Place, caller: Device, callees: Vec<UserId>) -> NewCall {
    let call_id = CallId::generate();
    NewCall {
        call_id,
        place,
        room_id: match place {
            Place::Group(room_id) => Some(room_id),
            Place::Between(..) => None,
        },
        media: MediaKind::Audio,
        caller,
        client_call_id: call_id.to_string(),
        callees,
        hidden_from: None,
    }
}

/// Some people with a device each, and a call that the first of them starts at 0.
struct Cast {
    devices: Vec<Device>,
    call: Machine,
}

impl Cast {
    fn direct() -> Self {
        let devices: Vec<Device> = (0..2).map(|_| device(UserId::generate())).collect();
        Self::on(
            Place::between(devices[0].user_id, devices[1].user_id),
            devices,
        )
    }

    fn group(people: usize) -> Self {
        let devices = (0..people).map(|_| device(UserId::generate())).collect();
        Self::on(Place::Group(RoomId::generate()), devices)
    }

    fn on(place: Place, devices: Vec<Device>) -> Self {
        let callees = devices[1..].iter().map(|it| it.user_id).collect();
        let new = new_call(place, devices[0], callees);
        let (call, _) = Machine::start(new, PATIENCE, |_| false, at(0));
        Self { devices, call }
    }

    fn apply(&mut self, event: Event, seconds: i64) -> Vec<Output> {
        self.call.apply(event, at(seconds)).unwrap()
    }

    fn user(&self, index: usize) -> UserId {
        self.devices[index].user_id
    }
}

/// Whom an event of this name is told, in order.
fn told(outputs: &[Output], name: &str) -> Vec<Audience> {
    let told = outputs.iter().filter_map(|output| match output {
        Output::Tell(audience, event) if name_of(event) == name => Some(audience.clone()),
        _ => None,
    });
    told.flatten().collect()
}

fn name_of(event: &ServerEvent) -> &'static str {
    match event {
        ServerEvent::IncomingCall(_) => "incoming_call",
        ServerEvent::CallRinging(_) => "call_ringing",
        ServerEvent::CallAccepted(_) => "call_accepted",
        ServerEvent::CallRejected(_) => "call_rejected",
        ServerEvent::CallHandledElsewhere(_) => "call_handled_elsewhere",
        ServerEvent::CallEnded(_) => "call_ended",
        ServerEvent::ParticipantJoined(_) => "participant_joined",
        ServerEvent::ParticipantLeft(_) => "participant_left",
        _ => "another event",
    }
}
