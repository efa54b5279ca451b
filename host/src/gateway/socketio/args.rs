//! The arguments of an event or an ack: a JSON array whose elements stay text.
//!
//! Rule: the text is checked to be JSON once, and parsed by whoever knows its type.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{DeserializeOwned, Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::ProtocolError;

/// Arguments of one event. Chosen, not standard: otherwise two bytes of a frame become sixteen of memory.
pub(super) const MAX_ARGS: usize = 32;

/// Arrays and objects within each other. Chosen, not standard: serde_json stops at 128, with an error that looks like
/// any other.
pub(super) const MAX_DEPTH: usize = 32;

/// Arguments, in order.
#[derive(Clone, Debug, Default)]
pub struct Args(Vec<Box<RawValue>>);

impl Args {
    /// Splits a JSON array.
    pub(super) fn parse(data: &str) -> Result<Self, ProtocolError> {
        if !data.starts_with('[') {
            return Err(ProtocolError::BadPayload);
        }
        check_depth(data)?;
        let mut args = Vec::new();
        let mut json = serde_json::Deserializer::from_str(data);
        let read = json
            .deserialize_seq(Collect(&mut args))
            .and_then(|()| json.end());
        match read {
            Ok(()) => Ok(Self(args)),
            Err(_) if args.len() > MAX_ARGS => Err(ProtocolError::TooManyArgs),
            Err(_) => Err(ProtocolError::BadPayload),
        }
    }

    /// Takes the event's name off the front.
    pub(super) fn take_name(&mut self) -> Result<String, ProtocolError> {
        if self.0.is_empty() {
            return Err(ProtocolError::BadPayload);
        }
        let name = self.0.remove(0);
        serde_json::from_str(name.get()).map_err(|_| ProtocolError::BadPayload)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The JSON text of one.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&str> {
        self.0.get(index).map(|raw| raw.get())
    }

    /// Parses one; an absent one reads as `null`.
    ///
    /// # Errors
    /// It is of another form.
    pub fn read<T: DeserializeOwned>(&self, index: usize) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.get(index).unwrap_or("null"))
    }

    /// All of them as JSON text, with commas between, without brackets.
    #[must_use]
    pub fn joined(&self) -> String {
        self.0
            .iter()
            .map(|raw| raw.get())
            .collect::<Vec<_>>()
            .join(",")
    }
}

/// Checks that a payload is one JSON object.
pub(super) fn parse_object(data: &str) -> Result<Box<RawValue>, ProtocolError> {
    if !data.starts_with('{') {
        return Err(ProtocolError::BadPayload);
    }
    check_depth(data)?;
    serde_json::from_str(data).map_err(|_| ProtocolError::BadPayload)
}

/// Counts brackets outside strings; whether they match is the parser's affair.
fn check_depth(json: &str) -> Result<(), ProtocolError> {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(ProtocolError::TooDeep);
        }
    }
    Ok(())
}

/// Gathers the elements of an array, up to the limit and the one above it that shows it is passed.
struct Collect<'a>(&'a mut Vec<Box<RawValue>>);

impl<'de> Visitor<'de> for Collect<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(element) = seq.next_element()? {
            self.0.push(element);
            if self.0.len() > MAX_ARGS {
                return Err(A::Error::custom("too many"));
            }
        }
        Ok(())
    }
}
