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

/// Reports on the path that one control packet may have: browsers send one.
const PATH_REPORTS: usize = 4;

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
        let mut path_reports = 0;
        for packet in packets {
            let packet = packet.as_any();
            if let Some(nack) = packet.downcast_ref::<TransportLayerNack>() {
                self.repair(now, nack, &mut reaction)?;
            } else if let Some(report) = packet.downcast_ref::<TransportLayerCc>() {
                path_reports += 1;
                let sample = match path_reports <= PATH_REPORTS {
                    true => self.path.report(now, report),
                    false => None,
                };
                if let Some(sample) = sample {
                    reaction.budget_changed |= self.budget.note(now, &sample);
                }
            } else if let Some(report) = packet.downcast_ref::<ReceiverReport>() {
                self.note_reception(now, &report.reports);
            } else if let Some(loss) = packet.downcast_ref::<PictureLossIndication>() {
                reaction
                    .keyframes
                    .extend(self.lost_picture(now, loss.media_ssrc));
            } else if let Some(request) = packet.downcast_ref::<FullIntraRequest>() {
                for entry in &request.fir {
                    let lost = self.lost_picture(now, entry.ssrc);
                    reaction.keyframes.extend(lost);
                }
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
        for report in reports {
            let Some(index) = self.index(report.ssrc) else {
                continue;
            };
            let downlink = &mut self.downlinks[index];
            downlink
                .losses
                .note(f32::from(report.fraction_lost) / 256.0);
            let measured = downlink.round_trip(now, report.last_sender_report, report.delay);
            self.round_trip = measured.or(self.round_trip);
        }
    }

    /// The stream of which the client needs a keyframe, unless it asks too often: others get each that comes.
    fn lost_picture(&mut self, now: Instant, ssrc: u32) -> Option<(TrackId, StreamId)> {
        let index = self.index(ssrc)?;
        let downlink = &mut self.downlinks[index];
        let wish = (downlink.track?, downlink.current()?);
        downlink.keyframe_wishes.take(now).then_some(wish)
    }

    fn index(&self, ssrc: u32) -> Option<usize> {
        let is_it = |downlink: &Downlink| downlink.ssrc == ssrc;
        self.downlinks.iter().position(is_it)
    }
}
