//! What is wrong with the settings, said so that a person can put it right without looking anything up.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `limits.message_body_bytes`; empty where no single key is at fault.
    pub key: String,
    /// `natter.toml line 7`, `environment variable NATTER_…`, `flag --listen`.
    pub source: String,
    /// What is wrong and what is allowed.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.key.is_empty() {
            write!(f, "{} ", self.key)?;
        }
        write!(f, "({}): {}", self.source, self.what)
    }
}

/// All that is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// At least one, in the order file, environment, flags, relations between settings.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.len() {
            1 => write!(f, "there is a problem in the settings:")?,
            count => write!(f, "there are {count} problems in the settings:")?,
        }
        for problem in &self.problems {
            write!(f, "\n  - {problem}")?;
        }
        Ok(())
    }
}
