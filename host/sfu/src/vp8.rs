//! The VP8 payload descriptor (RFC 7741 §4.2): read where its numbers stand, so that they can be replaced in place.

/// What a payload says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// Where the frame's bytes begin.
    pub header_bytes: u8,
    /// The first packet of a frame.
    pub starts_frame: bool,
    /// The first packet of a frame that needs no other.
    pub starts_keyframe: bool,
    /// Counts frames.
    pub picture_id: Option<PictureId>,
    /// Counts frames of the lowest temporal layer, and where that stands.
    pub tl0_index: Option<(u8, u8)>,
}

/// A frame's number, and how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureId {
    /// 7 or 15 bits.
    pub value: u16,
    width: Width,
    at: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    Bits7,
    Bits15,
}

impl Descriptor {
    /// Reads it; `None` if the payload is too short for what its bits promise.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let first = *payload.first()?;
        let mut at = 1;
        let extension = if first & 0x80 == 0 {
            0
        } else {
            take(payload, &mut at)?
        };
        let picture_id = if extension & 0x80 == 0 {
            None
        } else {
            Some(picture_id(payload, &mut at)?)
        };
        let tl0_index = if extension & 0x40 == 0 {
            None
        } else {
            let stands_at = at as u8;
            Some((take(payload, &mut at)?, stands_at))
        };
        if extension & 0x30 != 0 {
            take(payload, &mut at)?;
        }
        // A descriptor without a frame's bytes behind it carries nothing.
        let frame_first = *payload.get(at)?;
        let starts_frame = first & 0x10 != 0 && first & 0x07 == 0;
        Some(Self {
            header_bytes: at as u8,
            starts_frame,
            starts_keyframe: starts_frame && frame_first & 1 == 0,
            picture_id,
            tl0_index,
        })
    }

    /// Writes other numbers where this descriptor has some. `payload` is the one that it was parsed from.
    pub fn renumber(&self, payload: &mut [u8], picture_id: u16, tl0_index: u8) {
        if let Some(PictureId { width, at, .. }) = self.picture_id {
            let at = usize::from(at);
            match width {
                Width::Bits7 => payload[at] = (picture_id & 0x7f) as u8,
                Width::Bits15 => {
                    payload[at] = 0x80 | (picture_id >> 8) as u8 & 0x7f;
                    payload[at + 1] = picture_id as u8;
                }
            }
        }
        if let Some((_, at)) = self.tl0_index {
            payload[usize::from(at)] = tl0_index;
        }
    }
}

fn picture_id(payload: &[u8], at: &mut usize) -> Option<PictureId> {
    let stands_at = *at as u8;
    let first = take(payload, at)?;
    let (value, width) = if first & 0x80 == 0 {
        (u16::from(first), Width::Bits7)
    } else {
        let low = take(payload, at)?;
        (u16::from(first & 0x7f) << 8 | u16::from(low), Width::Bits15)
    };
    Some(PictureId {
        value,
        width,
        at: stands_at,
    })
}

fn take(payload: &[u8], at: &mut usize) -> Option<u8> {
    let byte = *payload.get(*at)?;
    *at += 1;
    Some(byte)
}

#[cfg(test)]
mod tests {
    use super::Descriptor;

    #[test]
    fn numbers_are_read_and_replaced_where_they_stand() {
        // X S; I L T; 15-bit picture id 0x1234; TL0PICIDX 7; TID; a keyframe's first byte.
        let mut payload = [0x90, 0xe0, 0x92, 0x34, 7, 0x20, 0x00];
        let descriptor = Descriptor::parse(&payload).expect("it is whole");
        assert!(descriptor.starts_keyframe);
        assert_eq!(descriptor.header_bytes, 6);
        assert_eq!(descriptor.picture_id.map(|id| id.value), Some(0x1234));
        assert_eq!(descriptor.tl0_index, Some((7, 4)));
        descriptor.renumber(&mut payload, 0x7fff, 255);
        assert_eq!(payload, [0x90, 0xe0, 0xff, 0xff, 255, 0x20, 0x00]);
    }

    #[test]
    fn a_short_picture_id_stays_short() {
        let mut payload = [0x90, 0x80, 0x7f, 0x01];
        let descriptor = Descriptor::parse(&payload).expect("it is whole");
        assert!(descriptor.starts_frame && !descriptor.starts_keyframe);
        descriptor.renumber(&mut payload, 128, 0);
        assert_eq!(payload, [0x90, 0x80, 0x00, 0x01]);
    }

    #[test]
    fn every_truncation_is_refused() {
        let payload = [0x90, 0xf0, 0x92, 0x34, 7, 0x20, 0x00];
        for length in 0..payload.len() {
            assert_eq!(Descriptor::parse(&payload[..length]), None, "{length}");
        }
        assert!(Descriptor::parse(&payload).is_some());
    }
}
