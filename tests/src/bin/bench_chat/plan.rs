//! What is run, in which order.

use std::path::Path;

use anyhow::{Context as _, Result};
use natter_tests::postgres::Postgres;
use natter_tests::server::Server;

use crate::bare::{self, Batch};
use crate::cpu::Process;
use crate::load::{GROUP_MEMBERS, Traffic};
use crate::measure::{self, Target};
use crate::natter::{Database, Natter};
use crate::node::{self, Node};
use crate::options::Options;
use crate::policies;
use crate::report::{Bare, Report, Run, Subject};
use crate::wire::Wire;

/// People with a socket each: four groups of 50.
pub(crate) const PEOPLE: usize = 200;
const GROUPS: usize = PEOPLE / GROUP_MEMBERS;
/// The open loop's pace, in messages a second.
const OPEN_LOOP: f64 = 200.0;
const IDLE_COUNTS: [usize; 3] = [1_000, 5_000, 9_000];
/// Room enough that no checkpoint falls into a run. What makes a commit durable stays as it is: on.
const POSTGRES: &[&str] = &["shared_buffers=256MB", "max_wal_size=4GB"];

pub(crate) const SATURATED: [(&str, Traffic); 3] = [
    ("private", Traffic::Private),
    ("private+receipts", Traffic::PrivateWithReceipts),
    ("group of 50", Traffic::Group { groups: GROUPS }),
];

/// Runs all that the options select.
pub(crate) async fn run(options: &Options) -> Result<Report> {
    let folder = tempfile::Builder::new()
        .prefix("natter-bench-")
        .tempdir_in(&options.folder)?;
    // PostgreSQL runs as another user and has to reach its own folder.
    std::fs::set_permissions(
        folder.path(),
        std::os::unix::fs::PermissionsExt::from_mode(0o711),
    )?;
    println!(
        "data in {}, {} s each, {PEOPLE} people, CPU in µs per message or copy\n",
        folder.path().display(),
        options.time.as_secs()
    );
    if let Some(components) = &options.policies {
        policies::compare(folder.path(), components, options.time).await?;
        return Ok(Report::default());
    }
    let mut bench = Bench {
        options,
        folder: folder.path(),
        report: Report::default(),
        run: 0,
    };
    bench.on_postgres().await?;
    bench.on_sqlite().await?;
    Ok(bench.report)
}

struct Bench<'a> {
    options: &'a Options,
    folder: &'a Path,
    report: Report,
    run: u32,
}

impl Bench<'_> {
    async fn on_postgres(&mut self) -> Result<()> {
        let wants_natter = self.wants("natter", "postgres");
        let wants_node = ["txn", "batch"]
            .into_iter()
            .any(|it| self.wants("node", it));
        if !wants_natter && !wants_node {
            return Ok(());
        }
        let postgres = Postgres::start_in(self.folder, POSTGRES).await?;
        if wants_node {
            node::fill(&postgres)?;
            for (server, script, storage) in [
                ("server.js", "server.js", "txn"),
                ("server.js", "server.js", "batch"),
                ("ws", "server-ws.js", "batch"),
            ] {
                self.node(server, script, storage, &postgres).await?;
            }
        }
        if wants_natter {
            let natter =
                Natter::prepare(self.folder, Database::Postgres(&postgres), PEOPLE).await?;
            self.natter(&natter, "postgres", Some(Process::Family(postgres.pid()?)))
                .await?;
        }
        postgres.stop().await
    }

    async fn on_sqlite(&mut self) -> Result<()> {
        if self.wants("natter", "sqlite") {
            let natter = Natter::prepare(self.folder, Database::Sqlite, PEOPLE).await?;
            self.natter(&natter, "sqlite", None).await?;
        }
        Ok(())
    }

    async fn node(
        &mut self,
        server: &'static str,
        script: &str,
        storage: &'static str,
        postgres: &Postgres,
    ) -> Result<()> {
        let subject = Subject {
            server,
            storage,
            transport: "socket.io",
        };
        let node = Node::start(script, storage, postgres).await?;
        let target = Target {
            subject,
            people: node.people(PEOPLE),
            wire: Wire::Node,
            server: Process::One(node.pid()),
            database: Some(Process::Family(postgres.pid()?)),
            run: 0,
        };
        self.loads(&target).await?;
        drop(node);
        // Idle memory does not depend on how it stores.
        if storage == "batch" && self.selects(subject, "idle") {
            let node = Node::start(script, storage, postgres).await?;
            let target = Target {
                people: node.people(PEOPLE),
                ..target
            };
            let idle = measure::idle(&target, node.pid(), &IDLE_COUNTS).await?;
            self.report.add_idle(idle);
        }
        Ok(())
    }

    async fn natter(
        &mut self,
        natter: &Natter,
        storage: &'static str,
        database: Option<Process>,
    ) -> Result<()> {
        for (transport, wire) in [("ws", Wire::Plain), ("socket.io", Wire::SocketIo)] {
            let subject = Subject {
                server: "natter",
                storage,
                transport,
            };
            let server = natter.start().await?;
            let target = Target {
                subject,
                people: natter.people(&server)?,
                wire,
                server: Process::One(server.pid()),
                database,
                run: 0,
            };
            let batches = self.loads_in_batches(&target, &server).await?;
            server.stop().await?;
            if storage == "sqlite" && transport == "socket.io" {
                self.bare(natter, &batches)?;
            }
            // Idle memory hardly depends on the database: measured on one.
            if storage == "sqlite" && self.selects(subject, "idle") {
                let server = natter.start().await?;
                let target = Target {
                    people: natter.people(&server)?,
                    ..target
                };
                let idle = measure::idle(&target, server.pid(), &IDLE_COUNTS).await?;
                self.report.add_idle(idle);
                server.stop().await?;
            }
        }
        Ok(())
    }

    /// All loads, and for each of private messages the mean size of the writer's batches.
    async fn loads_in_batches(
        &mut self,
        target: &Target,
        server: &Server,
    ) -> Result<Vec<(&'static str, usize)>> {
        let mut batches = Vec::new();
        for (workload, traffic) in SATURATED {
            let before = Written::read(server).await?;
            if self.saturate(target, workload, traffic).await?.is_some() {
                let after = Written::read(server).await?;
                batches.push((workload, after.mean_since(&before)));
            }
        }
        self.paced(target).await?;
        Ok(batches)
    }

    async fn loads(&mut self, target: &Target) -> Result<()> {
        for (workload, traffic) in SATURATED {
            self.saturate(target, workload, traffic).await?;
        }
        self.paced(target).await
    }

    async fn saturate(
        &mut self,
        target: &Target,
        workload: &'static str,
        traffic: Traffic,
    ) -> Result<Option<f64>> {
        if !self.selects(target.subject, workload) {
            return Ok(None);
        }
        let target = self.next(target);
        let run = measure::saturate(&target, workload, traffic, self.options.time).await;
        Ok(Some(self.add(&target, workload, run)?))
    }

    async fn paced(&mut self, target: &Target) -> Result<()> {
        let time = self.options.time;
        if self.selects(target.subject, "open loop") {
            let target = self.next(target);
            let run = measure::paced(
                &target,
                "open loop 200/s",
                Traffic::Private,
                OPEN_LOOP,
                time,
            )
            .await;
            self.add(&target, "open loop", run)?;
        }
        if self.selects(target.subject, "fan-out of 50") {
            let one = Traffic::Group { groups: 1 };
            let full = self.next(target);
            let full = measure::saturate(&full, "fan-out of 50", one, time / 2).await?;
            let half = full.units_per_second / (GROUP_MEMBERS - 1) as f64 / 2.0;
            let target = self.next(target);
            let run = measure::paced(&target, "fan-out of 50", one, half, time).await;
            self.add(&target, "fan-out", run)?;
        }
        Ok(())
    }

    fn bare(&mut self, natter: &Natter, batches: &[(&'static str, usize)]) -> Result<()> {
        for &(workload, messages) in batches.iter().filter(|(it, _)| it.starts_with("private")) {
            let batch = Batch {
                messages,
                receipts: workload.ends_with("receipts"),
            };
            let messages_per_second =
                bare::messages_per_second(&natter.sqlite, batch, self.options.time)?;
            self.report.add_bare(Bare {
                workload,
                messages,
                messages_per_second,
            });
        }
        Ok(())
    }

    /// Whether something of this server is to be run.
    fn wants(&self, server: &str, storage: &str) -> bool {
        let others = [
            "server.js",
            "ws",
            "socket.io",
            "open loop",
            "fan-out of 50",
            "idle",
        ];
        let workloads = SATURATED.map(|(workload, _)| workload);
        self.options
            .selects(&[&[server, storage], &others[..], &workloads].concat())
    }

    fn selects(&self, subject: Subject, workload: &str) -> bool {
        let node = if subject.server == "natter" {
            "natter"
        } else {
            "node"
        };
        self.options.selects(&[
            node,
            subject.server,
            subject.storage,
            subject.transport,
            workload,
        ])
    }

    fn next(&mut self, target: &Target) -> Target {
        self.run += 1;
        Target {
            run: self.run,
            ..target.clone()
        }
    }

    fn add(&mut self, target: &Target, workload: &str, run: Result<Run>) -> Result<f64> {
        let run = run.with_context(|| format!("{} {workload}", target.subject))?;
        let rate = run.units_per_second;
        self.report.add_run(run);
        Ok(rate)
    }
}

/// What Natter's writer counted.
struct Written {
    messages: f64,
    batches: f64,
}

impl Written {
    async fn read(server: &Server) -> Result<Self> {
        Ok(Self {
            messages: server.metric("natter_messages_accepted_total").await?,
            batches: server.metric("natter_write_batch_operations_count").await?,
        })
    }

    fn mean_since(&self, before: &Self) -> usize {
        let mean = (self.messages - before.messages) / (self.batches - before.batches).max(1.0);
        mean.round().max(1.0) as usize
    }
}
