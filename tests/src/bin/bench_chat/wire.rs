//! What each server is told and says, as bytes.
//!
//! Rule: a frame is searched for the two or three fields that matter, never parsed as a whole. The body of a message begins
//! with its number, so that whoever receives it knows which one it is.

use std::io::Write as _;

use anyhow::{Context as _, Result, bail};

/// Size of every body.
const BODY_BYTES: usize = 100;

/// A server's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// Natter's `/ws`.
    Plain,
    /// Natter's `/socket.io/`, over WebSocket.
    SocketIo,
    /// The Node baseline: Socket.IO over WebSocket, other names.
    Node,
}

/// What a frame said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard<'a> {
    /// The message with this number is acknowledged.
    Ack(u32),
    /// It arrived; `receipt` names it in receipts.
    Received { number: u32, receipt: Receipt<'a> },
    /// A receipt came back to the author.
    Status(u64),
    /// Engine.IO: answer it.
    Ping,
    /// Nothing that counts.
    Other,
}

/// How receipts name a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Receipt<'a> {
    /// Natter: a place in a room.
    Place { room_id: &'a str, seq: &'a str },
    /// Node: an id.
    Id(&'a str),
}

impl Receipt<'_> {
    /// The same number for the message and for its receipts.
    pub(crate) fn key(self) -> u64 {
        let (name, place) = match self {
            Receipt::Place { room_id, seq } => (room_id, seq),
            Receipt::Id(id) => (id, ""),
        };
        // FNV-1a: collisions among some hundred thousand messages are out of sight.
        let bytes = name.bytes().chain(place.bytes());
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }
}

/// A message to be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sending<'a> {
    /// Different for each run on one server, so that no message looks like a retry.
    pub(crate) run: u32,
    pub(crate) number: u32,
    pub(crate) to: To<'a>,
}

/// Who gets it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum To<'a> {
    User(&'a str),
    Group(&'a str),
}

impl Wire {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Plain => "/ws",
            Self::SocketIo | Self::Node => "/socket.io/?EIO=4&transport=websocket",
        }
    }

    /// The first event, with ack id 0; `who` is a token, or a user's number.
    pub(crate) fn register(self, who: &str) -> String {
        let data = match self {
            Self::Plain | Self::SocketIo => format!(r#"{{"token":"{who}"}}"#),
            Self::Node => format!(r#"{{"userId":"{who}"}}"#),
        };
        match self {
            Self::Plain => format!(r#"{{"id":0,"event":"register_user","data":{data}}}"#),
            Self::SocketIo | Self::Node => format!(r#"420["register_user",{data}]"#),
        }
    }

    /// Whether this frame answers `register`.
    pub(crate) fn is_registered(self, payload: &[u8]) -> bool {
        let start: &[u8] = match self {
            Self::Plain => br#"{"reply_to":0,"ok":true"#,
            Self::SocketIo | Self::Node => br#"430[{"ok":true"#,
        };
        payload.starts_with(start)
    }

    /// Writes the event that sends a message.
    pub(crate) fn put_send(self, out: &mut Vec<u8>, message: Sending<'_>) {
        let Sending { run, number, to } = message;
        let (event, to_field, to) = match (self, to) {
            (Self::Node, To::Group(id)) => ("send_group_message", "groupId", id),
            (_, To::Group(id)) => ("send_group_message", "room_id", id),
            (_, To::User(id)) => ("send_private_message", "to", id),
        };
        let (id_field, body_field) = match self {
            Self::Node => ("tempId", "content"),
            Self::Plain | Self::SocketIo => ("client_msg_id", "body"),
        };
        let (open, close) = match self {
            Self::Plain => (format!(r#"{{"id":{number},"event":"{event}","data":"#), "}"),
            Self::SocketIo | Self::Node => (format!(r#"42{number}["{event}","#), "]"),
        };
        let width = BODY_BYTES;
        write!(
            out,
            r#"{open}{{"{to_field}":"{to}","{id_field}":"{run:04x}-{number:08x}","{body_field}":"{number:-<width$}"}}{close}"#
        )
        .expect("a vector takes everything");
    }

    /// Writes one receipt; `read` after `delivered`.
    pub(crate) fn put_receipt(self, out: &mut Vec<u8>, receipt: Receipt<'_>, status: &str) {
        let written = match (self, receipt) {
            (_, Receipt::Id(id)) => {
                write!(out, r#"42["message_{status}",{{"messageId":"{id}"}}]"#)
            }
            (Self::Plain, Receipt::Place { room_id, seq }) => write!(
                out,
                r#"{{"event":"message_status_update","data":{{"room_id":"{room_id}","up_to_seq":{seq},"status":"{status}"}}}}"#
            ),
            (_, Receipt::Place { room_id, seq }) => write!(
                out,
                r#"42["message_status_update",{{"room_id":"{room_id}","up_to_seq":{seq},"status":"{status}"}}]"#
            ),
        };
        written.expect("a vector takes everything");
    }

    /// Reads a frame.
    ///
    /// # Errors
    /// The server refused something.
    pub(crate) fn hear(self, payload: &[u8]) -> Result<Heard<'_>> {
        let text = std::str::from_utf8(payload)?;
        let (ack, event) = match self {
            Self::Plain => (r#"{"reply_to":"#, r#"{"event":""#),
            Self::SocketIo | Self::Node => ("43", r#"42[""#),
        };
        if let Some(rest) = text.strip_prefix(ack) {
            return hear_ack(rest);
        }
        let Some(rest) = text.strip_prefix(event) else {
            return Ok(if text == "2" {
                Heard::Ping
            } else {
                Heard::Other
            });
        };
        if rest.starts_with("receive_") {
            self.hear_message(rest)
        } else if rest.starts_with("message_status_update") {
            Ok(Heard::Status(
                self.receipt(rest, "up_to_seq", "messageId")?.key(),
            ))
        } else {
            Ok(Heard::Other)
        }
    }

    fn hear_message(self, text: &str) -> Result<Heard<'_>> {
        let body = match self {
            Self::Node => field(text, "content"),
            Self::Plain | Self::SocketIo => field(text, "body"),
        };
        let (number, _) = body
            .and_then(|it| it.split_once('-'))
            .context("no number")?;
        Ok(Heard::Received {
            number: number.parse()?,
            receipt: self.receipt(text, "seq", "id")?,
        })
    }

    fn receipt<'a>(self, text: &'a str, seq: &str, id: &str) -> Result<Receipt<'a>> {
        let receipt = match self {
            Self::Node => field(text, id).map(Receipt::Id),
            Self::Plain | Self::SocketIo => field(text, "room_id")
                .zip(field(text, seq))
                .map(|(room_id, seq)| Receipt::Place { room_id, seq }),
        };
        receipt.with_context(|| format!("no message is named in {text}"))
    }
}

/// `7,"ok":true,…` or `7[{"ok":true,…`.
fn hear_ack(rest: &str) -> Result<Heard<'_>> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = rest.split_at(digits);
    if !rest
        .get(..12)
        .is_some_and(|start| start.contains(r#""ok":true"#))
    {
        bail!("the server refused message {number}: {rest}");
    }
    Ok(Heard::Ack(number.parse()?))
}

/// The value of the first field with this name: a text without escapes, or a number.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut from = 0;
    loop {
        let at = from + text[from..].find(name)?;
        let end = at + name.len();
        if text[..at].ends_with('"') && text[end..].starts_with("\":") {
            let value = &text[end + 2..];
            return match value.strip_prefix('"') {
                Some(value) => value.split_once('"').map(|(value, _)| value),
                None => value.split([',', '}']).next(),
            };
        }
        from = end;
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn what_was_sent_is_known_again_when_it_arrives() {
        for (wire, frame) in [
            (
                Wire::Plain,
                r#"{"event":"receive_private_message","data":{"message_id":"m","room_id":"r","seq":7,"rev":8,"body":"42---"}}"#,
            ),
            (
                Wire::SocketIo,
                r#"42["receive_group_message",{"message_id":"m","room_id":"r","seq":7,"rev":8,"body":"42---"}]"#,
            ),
        ] {
            let receipt = Receipt::Place {
                room_id: "r",
                seq: "7",
            };
            let heard = wire.hear(frame.as_bytes()).unwrap();
            assert_eq!(
                heard,
                Heard::Received {
                    number: 42,
                    receipt
                }
            );
        }
        let frame = br#"42["receive_private_message",{"id":"9","from":"1","content":"42---"}]"#;
        let heard = Wire::Node.hear(frame).unwrap();
        let receipt = Receipt::Id("9");
        assert_eq!(
            heard,
            Heard::Received {
                number: 42,
                receipt
            }
        );
    }

    #[test]
    fn acks_are_read_and_refusals_are_errors() {
        let check = |wire: Wire, frame: &'static str| wire.hear(frame.as_bytes()).unwrap();
        assert_eq!(
            check(Wire::Plain, r#"{"reply_to":7,"ok":true,"data":{}}"#),
            Heard::Ack(7)
        );
        assert_eq!(check(Wire::Node, r#"437[{"ok":true}]"#), Heard::Ack(7));
        assert!(
            Wire::SocketIo
                .hear(br#"437[{"ok":false,"error":{}}]"#)
                .is_err()
        );
    }

    #[test]
    fn a_receipt_has_the_key_of_its_message() {
        let frame = br#"{"event":"message_status_update","data":{"room_id":"r","user_id":"u","up_to_seq":7,"status":"read"}}"#;
        let receipt = Receipt::Place {
            room_id: "r",
            seq: "7",
        };
        assert_eq!(
            Wire::Plain.hear(frame).unwrap(),
            Heard::Status(receipt.key())
        );
    }
}
