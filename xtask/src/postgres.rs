//! The PostgreSQL that tests run on: `test_postgres` of the test harness, held by its standard input.
//!
//! Rule: it ends with this value, or with this process, whatever ends that; it takes its data with it.

use std::{
    io::{BufRead as _, BufReader},
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
};

use anyhow::Context as _;

use crate::build;

/// A running server.
pub(crate) struct Postgres {
    process: Child,
    url: String,
}

impl Postgres {
    /// Starts it; the workspace is built already.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let program = build::server_binary().with_file_name("test_postgres");
        println!("+ test_postgres");
        let mut process = Command::new(&program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C is for us. When we are gone its input ends, and it stops in good order.
            .process_group(0)
            .spawn()
            .with_context(|| format!("{} cannot start", program.display()))?;
        let stdout = process.stdout.take().expect("standard output is piped");
        let mut url = String::new();
        BufReader::new(stdout).read_line(&mut url)?;
        let url = url.trim_end().to_owned();
        anyhow::ensure!(
            !url.is_empty(),
            "PostgreSQL did not start; its words stand above"
        );
        Ok(Self { process, url })
    }

    /// Tells the tests that we start from now on of it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        match self.process.wait() {
            Ok(status) if status.success() => {}
            other => println!("the PostgreSQL of the tests ended badly: {other:?}"),
        }
    }
}
