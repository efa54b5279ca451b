//! What was measured: a raw line for each run as it ends, and the ratios at the end.

use std::fmt;

/// A server, and how it keeps and speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) server: &'static str,
    pub(crate) storage: &'static str,
    pub(crate) transport: &'static str,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            server,
            storage,
            transport,
        } = self;
        write!(f, "{server:<10} {storage:<9} {transport:<9}")
    }
}

/// One run of messages. A unit is a message, or in groups a copy of one.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) subject: Subject,
    pub(crate) workload: &'static str,
    pub(crate) units_per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) server_us: f64,
    pub(crate) database_us: Option<f64>,
    /// Of one core.
    pub(crate) generator_percent: f64,
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database = self
            .database_us
            .map_or("     -".into(), |us| format!("{us:>6.1}"));
        write!(
            f,
            "{} {:<18} {:>9.0}/s  p50 {:>6.2} p99 {:>7.2} ms  server {:>6.1} database {database} µs  generator {:>3.0} %",
            self.subject,
            self.workload,
            self.units_per_second,
            self.p50_ms,
            self.p99_ms,
            self.server_us,
            self.generator_percent,
        )
    }
}

/// Memory of idle connections.
#[derive(Clone, Debug)]
pub(crate) struct Idle {
    pub(crate) subject: Subject,
    pub(crate) empty_mb: f64,
    /// Connections, and kB of each.
    pub(crate) each_kb: Vec<(usize, f64)>,
}

impl fmt::Display for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} idle               empty {:>5.1} MB;",
            self.subject, self.empty_mb
        )?;
        self.each_kb
            .iter()
            .try_for_each(|(count, kb)| write!(f, "  {count}: {kb:.1} kB each"))
    }
}

/// A bare writer beside a server.
#[derive(Clone, Debug)]
pub(crate) struct Bare {
    pub(crate) workload: &'static str,
    pub(crate) messages: usize,
    pub(crate) messages_per_second: f64,
}

/// Everything of one run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    runs: Vec<Run>,
    idle: Vec<Idle>,
    bare: Vec<Bare>,
}

impl Report {
    pub(crate) fn add_run(&mut self, run: Run) {
        println!("{run}");
        self.runs.push(run);
    }

    pub(crate) fn add_idle(&mut self, idle: Idle) {
        println!("{idle}");
        self.idle.push(idle);
    }

    pub(crate) fn add_bare(&mut self, bare: Bare) {
        println!(
            "bare writer sqlite              {:<18} {:>9.0}/s  in batches of {}",
            bare.workload, bare.messages_per_second, bare.messages
        );
        self.bare.push(bare);
    }

    fn run(&self, server: &str, storage: &str, transport: &str, workload: &str) -> Option<&Run> {
        self.runs.iter().find(|it| {
            let subject = &it.subject;
            (
                subject.server,
                subject.storage,
                subject.transport,
                it.workload,
            ) == (server, storage, transport, workload)
        })
    }

    /// The table of ratios, and how they stand to issue 3's bars. What was not run is left out.
    pub(crate) fn print_ratios(&self) {
        println!("\n{:<74} {:>8}  bar", "ratio or value", "measured");
        let sio = |workload| self.run("natter", "postgres", "socket.io", workload);
        let txn = |workload| self.run("server.js", "txn", "socket.io", workload);
        let batch = |workload| self.run("server.js", "batch", "socket.io", workload);
        let ws_batch = |workload| self.run("ws", "batch", "socket.io", workload);
        let rate: fn(&Run) -> f64 = |it| it.units_per_second;
        let cpu: fn(&Run) -> f64 = |it| it.server_us;
        let p99: fn(&Run) -> f64 = |it| it.p99_ms;
        let all: fn(&Run) -> f64 = |it| it.server_us + it.database_us.unwrap_or_default();
        let receipts = "private+receipts";
        ratio(
            "PostgreSQL, receipts, messages/s to server.js txn",
            sio(receipts),
            txn(receipts),
            rate,
            ">= 5",
        );
        ratio(
            "PostgreSQL, receipts, messages/s to server.js batch",
            sio(receipts),
            batch(receipts),
            rate,
            ">= 1.5 (3)",
        );
        ratio(
            "PostgreSQL, receipts, p99 to server.js batch",
            sio(receipts),
            batch(receipts),
            p99,
            "<= 1",
        );
        ratio(
            "PostgreSQL, receipts, server CPU to ws batch",
            sio(receipts),
            ws_batch(receipts),
            cpu,
            "<= 0.5 (0.33)",
        );
        ratio(
            "PostgreSQL, group of 50, server CPU per copy to ws batch",
            sio("group of 50"),
            ws_batch("group of 50"),
            cpu,
            "<= 0.5 (0.25)",
        );
        ratio(
            "PostgreSQL, no receipts, messages/s to server.js batch",
            sio("private"),
            batch("private"),
            rate,
            "",
        );
        ratio(
            "PostgreSQL, no receipts, server CPU to ws batch",
            sio("private"),
            ws_batch("private"),
            cpu,
            "",
        );
        ratio(
            "PostgreSQL, group of 50, copies/s to ws batch",
            sio("group of 50"),
            ws_batch("group of 50"),
            rate,
            "",
        );
        ratio(
            "PostgreSQL, receipts, server and database CPU to ws batch",
            sio(receipts),
            ws_batch(receipts),
            all,
            "",
        );
        for transport in ["ws", "socket.io"] {
            for bare in &self.bare {
                if let Some(run) = self.run("natter", "sqlite", transport, bare.workload) {
                    let what = format!(
                        "SQLite, {}, {transport}, messages/s to a bare writer",
                        bare.workload
                    );
                    value(
                        &what,
                        run.units_per_second / bare.messages_per_second,
                        ">= 0.8",
                    );
                }
            }
        }
        self.print_idle();
        for run in self.runs.iter().filter(|it| it.workload == "fan-out of 50") {
            value(
                &format!("fan-out of 50, p99 in ms, {}", run.subject),
                run.p99_ms,
                "<= 10 (Natter)",
            );
        }
    }

    fn print_idle(&self) {
        for idle in &self.idle {
            for (_, kb) in idle.each_kb.iter().filter(|(count, _)| *count == 5_000) {
                value(
                    &format!("idle at 5,000, kB each, {}", idle.subject),
                    *kb,
                    "<= 10 (4) (Natter)",
                );
            }
        }
    }
}

fn ratio(what: &str, natter: Option<&Run>, other: Option<&Run>, of: fn(&Run) -> f64, bar: &str) {
    if let (Some(natter), Some(other)) = (natter, other) {
        value(what, of(natter) / of(other), bar);
    }
}

fn value(what: &str, value: f64, bar: &str) {
    println!("{what:<74} {value:>8.2}  {bar}");
}
