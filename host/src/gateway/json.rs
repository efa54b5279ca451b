//! Reads JSON that clients sent.
//!
//! Rule: what is wrong with it is said with the field's name, and never logged.

use serde::de::DeserializeOwned;

use super::ApiError;

/// Reads one value.
///
/// # Errors
/// `invalid_payload`, naming the field.
pub(super) fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(text).map_err(|error| explain::<T>(text, &error))
}

/// Reads once more, keeping track of the fields: too slow for what is right.
fn explain<T: DeserializeOwned>(text: &[u8], error: &serde_json::Error) -> ApiError {
    let mut reader = serde_json::Deserializer::from_slice(text);
    match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Err(error) if error.path().to_string() != "." => {
            ApiError::invalid_payload(format!("{}: {}", error.path(), error.inner()))
        }
        // It is not about a field.
        Err(_) | Ok(_) => ApiError::invalid_payload(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Outer {
        #[expect(dead_code, reason = "only its reading is tested")]
        inner: Inner,
    }

    #[derive(Debug, serde::Deserialize)]
    struct Inner {
        #[expect(dead_code, reason = "only its reading is tested")]
        count: u8,
    }

    #[test]
    fn the_field_is_named() {
        assert!(parse::<Outer>(br#"{"inner": {"count": 1, "other": 2}}"#).is_ok());
        for (text, named) in [
            (
                &br#"{"inner": {"count": "x"}}"#[..],
                "inner.count: invalid type",
            ),
            (br#"{"inner": {"count": 256}}"#, "inner.count: "),
            (br#"{"inner": {}}"#, "`count`"),
            (b"{}", "`inner`"),
            (br#"{"inner": {"count": 1}} x"#, "trailing"),
            (b"\xff", "expected value"),
            (b"", "EOF"),
        ] {
            let message = parse::<Outer>(text).unwrap_err().message;
            assert!(message.contains(named), "{message}");
        }
    }
}
