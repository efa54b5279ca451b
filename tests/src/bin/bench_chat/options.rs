//! The command line of the load generator.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// What is run, how long, and where the data lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    only: Vec<String>,
    /// The measured part of each run.
    pub(crate) time: Duration,
    /// Both servers' data lie in a new folder in it.
    pub(crate) folder: PathBuf,
    /// Nothing is run but Natter with and without the policies in this folder.
    pub(crate) policies: Option<PathBuf>,
}

impl Options {
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self> {
        let memory = PathBuf::from("/dev/shm");
        let mut options = Self {
            only: Vec::new(),
            time: Duration::from_secs(4),
            // In memory, so that runs can be compared: a shared disk's fsync would decide everything.
            folder: if memory.is_dir() {
                memory
            } else {
                std::env::temp_dir()
            },
            policies: None,
        };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .with_context(|| format!("{argument} needs a value"))
            };
            match argument.as_str() {
                "--only" => options.only.push(value()?),
                "--seconds" => {
                    options.time = Duration::from_secs(value()?.parse().context("--seconds")?)
                }
                "--folder" => options.folder = value()?.into(),
                "--policies" => options.policies = Some(value()?.into()),
                other => {
                    bail!(
                        "{other} is unknown; there are --only NAME, --seconds N, --folder PATH, --policies PATH"
                    )
                }
            }
        }
        Ok(options)
    }

    /// Whether something with these names is to be run: each `--only` must be a part of one of them.
    pub(crate) fn selects(&self, names: &[&str]) -> bool {
        let named = |only: &String| names.iter().any(|name| name.contains(only.as_str()));
        self.only.iter().all(named)
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn every_only_must_fit() {
        let parse = |line: &str| Options::parse(line.split_whitespace().map(str::to_owned));
        let options = parse("--only natter --only group --seconds 2").expect("it is right");
        assert!(options.selects(&["natter", "postgres", "ws", "group of 50"]));
        assert!(!options.selects(&["natter", "postgres", "ws", "private"]));
        assert!(parse("--seconds").is_err());
        assert!(parse("--what").is_err());
    }
}
