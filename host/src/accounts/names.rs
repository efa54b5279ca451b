//! What people type about themselves, checked once: user name, display name, password, device name, reason.
//!
//! Rule: a value of these types keeps its rule; nothing behind them checks again.

use super::AccountError;

/// A login name: 3 to 32 of `a-z 0-9 . _ -`, beginning with a letter or digit, folded to lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username(String);

/// A name to show: 1 to 80 characters, no control characters, no white space around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(String);

/// What the owner calls a device: up to 80 characters, no control characters; may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceName(String);

/// Why an admin decided so: up to 500 characters, no control characters but line breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(String);

/// A password: 8 to 256 bytes. Never printed.
#[derive(Clone)]
pub struct Password(String);

const USERNAME_RULE: &str =
    "must be 3 to 32 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit";

impl Username {
    /// Folds and checks.
    ///
    /// # Errors
    /// `Invalid`.
    pub fn parse(text: &str) -> Result<Self, AccountError> {
        let text = text.to_ascii_lowercase();
        let fits = (3..=32).contains(&text.len())
            && text.starts_with(|it: char| it.is_ascii_alphanumeric())
            && text
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-'));
        if fits {
            Ok(Self(text))
        } else {
            Err(invalid("username", USERNAME_RULE))
        }
    }

    /// The name, lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl DisplayName {
    /// Trims and checks.
    ///
    /// # Errors
    /// `Invalid`.
    pub fn parse(text: &str) -> Result<Self, AccountError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(invalid("display_name", "must not be empty"));
        }
        check_line("display_name", text, 80)?;
        Ok(Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&Username> for DisplayName {
    fn from(username: &Username) -> Self {
        Self(username.0.clone())
    }
}

impl DeviceName {
    /// Trims and checks.
    ///
    /// # Errors
    /// `Invalid`.
    pub fn parse(text: &str) -> Result<Self, AccountError> {
        let text = text.trim();
        check_line("device_name", text, 80)?;
        Ok(Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Reason {
    /// Trims and checks; nothing but white space is no reason.
    ///
    /// # Errors
    /// `Invalid`.
    pub fn parse(text: &str) -> Result<Option<Self>, AccountError> {
        let text = text.trim();
        check_length("reason", text, 500)?;
        if text.chars().any(|it| it.is_control() && it != '\n') {
            return Err(invalid("reason", "must not have control characters"));
        }
        Ok((!text.is_empty()).then(|| Self(text.to_owned())))
    }

    /// The text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl Password {
    /// Checks.
    ///
    /// # Errors
    /// `Invalid`.
    pub fn parse(text: String) -> Result<Self, AccountError> {
        match text.len() {
            8..=256 => Ok(Self(text)),
            length => Err(invalid(
                "password",
                format!("is {length} bytes, must be 8 to 256"),
            )),
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

fn check_line(field: &'static str, text: &str, limit: usize) -> Result<(), AccountError> {
    check_length(field, text, limit)?;
    if text.chars().any(char::is_control) {
        return Err(invalid(field, "must not have control characters"));
    }
    Ok(())
}

fn check_length(field: &'static str, text: &str, limit: usize) -> Result<(), AccountError> {
    let length = text.chars().count();
    if length > limit {
        let rule = format!("is {length} characters, limit {limit}");
        return Err(invalid(field, rule));
    }
    Ok(())
}

fn invalid(field: &'static str, rule: impl Into<String>) -> AccountError {
    AccountError::Invalid {
        field,
        rule: rule.into(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn user_names_are_folded_and_checked() {
        let long = "a".repeat(33);
        for (input, expected) in [
            ("Alice", Some("alice")),
            ("0.b_c-d", Some("0.b_c-d")),
            ("ab", None),
            (long.as_str(), None),
            (".abc", None),
            ("a b c", None),
            ("äbc", None),
            ("abc\n", None),
            ("", None),
        ] {
            let parsed = Username::parse(input).ok();
            assert_eq!(parsed.as_ref().map(Username::as_str), expected, "{input:?}");
        }
    }

    #[test]
    fn display_names_are_trimmed_and_counted_in_characters() {
        assert_eq!(DisplayName::parse("  Zoë  ").unwrap().as_str(), "Zoë");
        assert!(DisplayName::parse(&"ü".repeat(80)).is_ok());
        for bad in ["", "   ", "a\0b", "a\u{7f}b", "a\nb", &"ü".repeat(81)] {
            assert!(DisplayName::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn passwords_are_counted_in_bytes_and_never_printed() {
        for (length, fits) in [(7, false), (8, true), (256, true), (257, false)] {
            assert_eq!(
                Password::parse("x".repeat(length)).is_ok(),
                fits,
                "{length}"
            );
        }
        let shown = format!(
            "{:?}",
            Password::parse("hunter2hunter2".to_owned()).unwrap()
        );
        assert!(!shown.contains("hunter"), "{shown}");
    }

    #[test]
    fn a_blank_reason_is_none() {
        assert!(Reason::parse(" \n ").unwrap().is_none());
        assert_eq!(
            Reason::parse(" a\nb ").unwrap().unwrap().into_string(),
            "a\nb"
        );
        assert!(Reason::parse("a\0b").is_err());
    }
}
