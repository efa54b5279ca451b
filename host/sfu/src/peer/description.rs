//! Session descriptions of clients, before the library reads them.
//!
//! Rule: the library's work grows with the square of the sections, so their number is looked at first. And what a lite server has no use for
//! is left out: it never writes to an address that a client names (RFC 8445 §2.5), and is never the controlling side.

use crate::error::SfuError;

/// What browsers offer is below 10 KB a section.
const OFFER_BYTES: usize = 64 * 1024;
/// A microphone, a camera, a screen and its sound; and as many that are not used.
const OFFER_SECTIONS: usize = 8;
/// A hundred people with two sources each need half of it.
const ANSWER_BYTES: usize = 256 * 1024;
const LEFT_OUT: [&str; 3] = ["a=candidate:", "a=end-of-candidates", "a=ice-lite"];

/// An offer for a sending connection.
pub(super) fn offer(text: &str) -> Result<String, SfuError> {
    reduced(text, OFFER_BYTES, OFFER_SECTIONS)
}

/// The answer to an offer of so many sections.
pub(super) fn answer(text: &str, sections: usize) -> Result<String, SfuError> {
    reduced(text, ANSWER_BYTES, sections)
}

fn reduced(text: &str, bytes_limit: usize, sections_limit: usize) -> Result<String, SfuError> {
    if text.len() > bytes_limit {
        return Err(SfuError::DescriptionTooLong {
            bytes: text.len(),
            limit: bytes_limit,
        });
    }
    let mut reduced = String::with_capacity(text.len());
    let mut sections = 0;
    // As the library takes lines apart: either character ends one.
    for line in text.split(['\r', '\n']).filter(|line| !line.is_empty()) {
        if let Some(media) = line.strip_prefix("m=") {
            sections += 1;
            if !media.starts_with("audio ") && !media.starts_with("video ") {
                return Err(SfuError::OtherMedia);
            }
        }
        if !LEFT_OUT.iter().any(|left_out| line.starts_with(left_out)) {
            reduced.push_str(line);
            reduced.push_str("\r\n");
        }
    }
    if sections > sections_limit {
        return Err(SfuError::TooManySections {
            sections,
            limit: sections_limit,
        });
    }
    Ok(reduced)
}

#[cfg(test)]
mod tests {
    use super::{OFFER_BYTES, OFFER_SECTIONS, answer, offer};
    use crate::error::SfuError;

    #[test]
    fn addresses_and_the_lite_role_are_left_out_however_lines_end() {
        let text = "v=0\r\na=ice-lite\rm=audio 9 UDP 111\na=candidate:1 1 udp 1 10.0.0.1 22 typ host\r\na=end-of-candidates\na=mid:0\r\n";
        let reduced = offer(text).expect("it is fine");
        assert_eq!(reduced, "v=0\r\nm=audio 9 UDP 111\r\na=mid:0\r\n");
    }

    #[test]
    fn what_is_too_much_is_refused() {
        let sections = |count: usize| "m=video 9 UDP 96\r\n".repeat(count);
        assert!(offer(&sections(OFFER_SECTIONS)).is_ok());
        let refused = offer(&sections(OFFER_SECTIONS + 1));
        assert!(matches!(refused, Err(SfuError::TooManySections { .. })));
        let refused = answer(&sections(3), 2);
        assert!(matches!(refused, Err(SfuError::TooManySections { .. })));
        let refused = offer("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n");
        assert!(matches!(refused, Err(SfuError::OtherMedia)));
        let refused = offer(&"a".repeat(OFFER_BYTES + 1));
        assert!(matches!(refused, Err(SfuError::DescriptionTooLong { .. })));
    }
}
