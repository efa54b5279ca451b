//! The process with the worker, and what the kernel counts of it.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::Context as _;

/// `media_worker`, beside this program.
pub(crate) struct MediaServer {
    child: Child,
    pub(crate) url: String,
}

impl MediaServer {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let program = std::env::current_exe()?.with_file_name("media_worker");
        let mut child = Command::new(program).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let stdout = child.stdout.take().context("it was piped")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let url = line
            .split_whitespace()
            .next()
            .context("it says where it is")?;
        let url = url.replace("http://", "ws://");
        Ok(Self { child, url })
    }

    /// The time of the media thread, its system calls included.
    pub(crate) fn media_cpu(&self) -> anyhow::Result<Duration> {
        for task in fs::read_dir(self.proc("task"))? {
            let task = task?.path();
            if fs::read_to_string(task.join("comm"))?.trim() == "media" {
                let spent = fs::read_to_string(task.join("schedstat"))?;
                let nanoseconds = spent.split_whitespace().next().context("schedstat")?;
                return Ok(Duration::from_nanos(nanoseconds.parse()?));
            }
        }
        anyhow::bail!("there is no media thread")
    }

    /// What of the process is in memory.
    pub(crate) fn memory_bytes(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(self.proc("status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        Ok(kilobytes.context("VmRSS")?.parse::<u64>()? * 1024)
    }

    fn proc(&self, file: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}", self.child.id())).join(file)
    }
}

impl Drop for MediaServer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
