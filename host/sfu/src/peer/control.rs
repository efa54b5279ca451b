//! Takes control packets out on their way through the library.
//!
//! By itself the library keeps them. Those that it can be told to deliver it delivers by the first stream that the first of them names: it would
//! drop whatever came behind a report about a repair stream, which browsers send whenever a repaired packet was the last one that they got.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use rtc::{
    interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket},
    rtcp,
    sansio::Protocol,
    shared::error::Error,
};

/// What one client sent together.
pub(crate) type Compound = Vec<Box<dyn rtcp::Packet>>;

/// Where they are put. The lock is the library's wish for what may be sent between threads: nobody ever waits for it.
#[derive(Clone, Default)]
pub(crate) struct ControlInbox(Arc<Mutex<Vec<Compound>>>);

impl ControlInbox {
    pub(super) fn take(&self) -> Vec<Compound> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn put(&self, packets: &[Box<dyn rtcp::Packet>]) {
        let compound = packets.iter().map(|packet| packet.cloned()).collect();
        let mut inbox = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inbox.push(compound);
    }
}

/// The part of it that stands in the library's chain.
pub(super) struct ControlTap {
    inbox: ControlInbox,
    inbound: VecDeque<TaggedPacket>,
    outbound: VecDeque<TaggedPacket>,
}

impl ControlTap {
    pub(super) fn new(inbox: ControlInbox) -> Self {
        Self {
            inbox,
            inbound: VecDeque::new(),
            outbound: VecDeque::new(),
        }
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for ControlTap {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        if let Packet::Rtcp(packets) = &packet.message.packet {
            self.inbox.put(packets);
        }
        self.inbound.push_back(packet);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.inbound.pop_front()
    }

    fn handle_write(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        self.outbound.push_back(packet);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.outbound.pop_front()
    }
}

impl Interceptor for ControlTap {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}
