//! WebSocket framing of a client, no more than a load generator needs.
//!
//! Rule: reading copies nothing. Frames are masked, as RFC 6455 §5.3 asks of clients, but with a key of zeros: the server
//! works as for any key, and we save the work.

use anyhow::{Result, bail, ensure};

/// Appends a text frame.
pub(crate) fn put_text(out: &mut Vec<u8>, payload: &[u8]) {
    const FINAL_TEXT: u8 = 0x81;
    put(out, FINAL_TEXT, payload);
}

/// Appends the answer to a ping.
pub(crate) fn put_pong(out: &mut Vec<u8>, payload: &[u8]) {
    const FINAL_PONG: u8 = 0x8A;
    put(out, FINAL_PONG, payload);
}

fn put(out: &mut Vec<u8>, first: u8, payload: &[u8]) {
    const MASKED: u8 = 0x80;
    out.push(first);
    match u8::try_from(payload.len()) {
        Ok(short) if short < 126 => out.push(MASKED | short),
        _ => {
            let length = u16::try_from(payload.len()).expect("the generator's frames are small");
            out.push(MASKED | 126);
            out.extend_from_slice(&length.to_be_bytes());
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
}

/// What a server sent.
pub(crate) enum Frame<'a> {
    Text(&'a [u8]),
    Ping(&'a [u8]),
    Other,
}

/// Takes the first whole frame off the front of `bytes`; none if more has to be read.
pub(crate) fn take<'a>(bytes: &mut &'a [u8]) -> Result<Option<Frame<'a>>> {
    let [first, second, rest @ ..] = *bytes else {
        return Ok(None);
    };
    let (length, rest) = match (second & 0x7F, rest) {
        (126, [a, b, rest @ ..]) => (usize::from(u16::from_be_bytes([*a, *b])), rest),
        (127, [a, b, c, d, e, f, g, h, rest @ ..]) => {
            let length = u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]);
            (usize::try_from(length)?, rest)
        }
        (126 | 127, _) => return Ok(None),
        (length, rest) => (usize::from(length), rest),
    };
    ensure!(second & 0x80 == 0, "the server masks its frames");
    let Some((payload, rest)) = rest.split_at_checked(length) else {
        return Ok(None);
    };
    *bytes = rest;
    Ok(Some(match first {
        0x81 => Frame::Text(payload),
        0x89 => Frame::Ping(payload),
        0x88 => bail!("the server closed: {}", String::from_utf8_lossy(payload)),
        _ => Frame::Other,
    }))
}

#[cfg(test)]
mod tests {
    use super::{Frame, put_text, take};

    #[test]
    fn frames_come_off_whole_or_not_at_all() {
        let mut long = vec![0x81, 126, 1, 0];
        long.extend([b'x'; 256]);
        for frame in [&[0x81, 2, b'h', b'i'][..], &long] {
            for cut in 0..frame.len() {
                assert!(matches!(take(&mut &frame[..cut]), Ok(None)), "{cut}");
            }
            let bytes = [frame, &[0x81]].concat();
            let mut rest = &bytes[..];
            assert!(matches!(take(&mut rest), Ok(Some(Frame::Text(_)))));
            assert_eq!(rest, [0x81]);
        }
    }

    #[test]
    fn a_masked_frame_is_written() {
        let mut out = Vec::new();
        put_text(&mut out, b"hi");
        assert_eq!(out, [0x81, 0x82, 0, 0, 0, 0, b'h', b'i']);
    }
}
