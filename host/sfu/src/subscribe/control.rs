//! What a subscriber's client reports: missing packets, keyframes that it needs, and how packets fare.

use std::time::Instant;

use bytes::BytesMut;
use rtc::rtcp::{
    Packet,
    payload_feedbacks::{
        full_intra_request::FullIntraRequest, picture_loss_indication::PictureLossIndication,
    },
    receiver_report::ReceiverReport,
    reception_report::ReceptionReport,
    transport_feedbacks::{
        transport_layer_cc::TransportLayerCc, transport_layer_nack::TransportLayerNack,
    },
};

use super::{downlink::Downlink, subscriber::Subscriber};
use crate::{error::SfuError, identity::TrackId, net::route::Transmit, publish::stream::StreamId};

/// Packets that one control packet may ask for. A browser asks for far fewer before it wants a keyframe.
const REPAIRS: usize = 256;

/// Reports of which the losses are kept until quality is told: browsers send one or a few a second, and it is told every five.
const REPORTS: usize = 64;

/// What follows from a control packet.
#[derive(Debug, Default)]
pub(crate) struct Reaction {
    /// Repaired packets.
    pub(crate) transmits: Vec<Transmit>,
    /// Streams of which the client needs a keyframe.
    pub(crate) keyframes: Vec<(TrackId, StreamId)>,
    /// What it may be sent changed.
    pub(crate) budget_changed: bool,
}

impl Subscriber {
    pub(crate) fn handle_control(
        &mut self,
        now: Instant,
        packets: &[Box<dyn Packet>],
    ) -> Result<Reaction, SfuError> {
        let mut reaction = Reaction::default();
        for packet in packets {
            let packet = packet.as_any();
            if let Some(nack) = packet.downcast_ref::<TransportLayerNack>() {
                self.repair(now, nack, &mut reaction)?;
            } else if let Some(report) = packet.downcast_ref::<TransportLayerCc>() {
                let sample = self.path.report(now, report);
                if let Some(sample) = sample {
                    reaction.budget_changed |= self.budget.note(now, &sample);
                }
            } else if let Some(report) = packet.downcast_ref::<ReceiverReport>() {
                self.note_reception(now, &report.reports);
            } else if let Some(loss) = packet.downcast_ref::<PictureLossIndication>() {
                reaction.keyframes.extend(self.shown(loss.media_ssrc));
            } else if let Some(request) = packet.downcast_ref::<FullIntraRequest>() {
                let shown = request
                    .fir
                    .iter()
                    .filter_map(|entry| self.shown(entry.ssrc));
                reaction.keyframes.extend(shown);
            }
        }
        Ok(reaction)
    }

    fn repair(
        &mut self,
        now: Instant,
        nack: &TransportLayerNack,
        reaction: &mut Reaction,
    ) -> Result<(), SfuError> {
        let Some(index) = self.index(nack.media_ssrc) else {
            return Ok(());
        };
        let missing = nack.nacks.iter().flat_map(|pair| pair.packet_list());
        for sequence in missing.take(REPAIRS) {
            let Some((head, payload)) = self.downlinks[index].repair(now, sequence) else {
                continue;
            };
            let write = |buffer: &mut BytesMut| buffer.extend_from_slice(&payload);
            reaction.transmits.extend(self.seal(now, head, write)?);
        }
        Ok(())
    }

    fn note_reception(&mut self, now: Instant, reports: &[ReceptionReport]) {
        let ours = reports.iter().filter_map(|report| {
            let index = self.index(report.ssrc)?;
            Some((&self.downlinks[index], report))
        });
        let mut worst: Option<f32> = None;
        let mut round_trip = None;
        for (downlink, report) in ours {
            let loss = f32::from(report.fraction_lost) / 256.0;
            worst = Some(worst.map_or(loss, |worst| worst.max(loss)));
            let measured = downlink.round_trip(now, report.last_sender_report, report.delay);
            round_trip = measured.or(round_trip);
        }
        if self.losses.len() < REPORTS {
            self.losses.extend(worst);
        }
        self.round_trip = round_trip.or(self.round_trip);
    }

    fn shown(&self, ssrc: u32) -> Option<(TrackId, StreamId)> {
        let downlink = &self.downlinks[self.index(ssrc)?];
        Some((downlink.track?, downlink.current()?))
    }

    fn index(&self, ssrc: u32) -> Option<usize> {
        let is_it = |downlink: &Downlink| downlink.ssrc == ssrc;
        self.downlinks.iter().position(is_it)
    }
}
