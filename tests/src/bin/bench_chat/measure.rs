//! One run: connect, warm up, measure, disconnect.

use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::cpu::{Process, resident_bytes};
use crate::load::{CONNECTING, GROUP_MEMBERS, Load, Pace, People, Traffic};
use crate::report::{Idle, Run, Subject};
use crate::socket::Socket;
use crate::wire::Wire;

/// Under way at any time, in all.
const OUTSTANDING: usize = 64;
/// Load before the measuring begins: caches, plans, the just-in-time compiler.
const WARM_UP: Duration = Duration::from_millis(1_500);

/// A running server, as a run needs it.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) subject: Subject,
    pub(crate) people: People,
    pub(crate) wire: Wire,
    pub(crate) server: Process,
    pub(crate) database: Option<Process>,
    /// What this run is called in message ids.
    pub(crate) run: u32,
}

/// As fast as it goes with 64 messages under way.
pub(crate) async fn saturate(
    target: &Target,
    workload: &'static str,
    traffic: Traffic,
    time: Duration,
) -> Result<Run> {
    measure(
        target,
        workload,
        traffic,
        Pace::Outstanding(OUTSTANDING),
        time,
    )
    .await
}

/// At a fixed pace; the latency is from send to the last receiver.
pub(crate) async fn paced(
    target: &Target,
    workload: &'static str,
    traffic: Traffic,
    rate: f64,
    time: Duration,
) -> Result<Run> {
    measure(target, workload, traffic, Pace::PerSecond(rate), time).await
}

async fn measure(
    target: &Target,
    workload: &'static str,
    traffic: Traffic,
    pace: Pace,
    time: Duration,
) -> Result<Run> {
    let load = Load::connect(target.people.clone(), target.wire, traffic, target.run).await?;
    load.open_rooms().await?;
    load.run(pace, WARM_UP).await?;
    load.restart_measures();
    let before = Clocks::read(target)?;
    load.run(pace, time).await?;
    let done = load.done();
    let after = Clocks::read(target)?;
    load.until_under_way_is_below(1).await?;
    load.close();
    ensure!(done > 0, "nothing was done");
    let copies = match traffic {
        Traffic::Group { .. } => GROUP_MEMBERS - 1,
        Traffic::Private | Traffic::PrivateWithReceipts => 1,
    };
    let units = (done * copies as u64) as f64;
    let latencies = match pace {
        Pace::Outstanding(_) => load.finishes_us(),
        Pace::PerSecond(_) => load.arrivals_us(),
    };
    let elapsed_us = after.at.duration_since(before.at).as_micros() as f64;
    let database = before.database_us.zip(after.database_us);
    Ok(Run {
        subject: target.subject,
        workload,
        units_per_second: units * 1e6 / elapsed_us,
        p50_ms: percentile(&latencies, 50),
        p99_ms: percentile(&latencies, 99),
        server_us: (after.server_us - before.server_us) as f64 / units,
        database_us: database.map(|(before, after)| (after - before) as f64 / units),
        generator_percent: (after.own_us - before.own_us) as f64 * 100.0 / elapsed_us,
    })
}

/// Memory of so many idle connections, all registered, above the empty server's.
pub(crate) async fn idle(target: &Target, pid: u32, counts: &[usize]) -> Result<Idle> {
    let empty = resident_bytes(pid)?;
    let mut sockets: Vec<Rc<Socket>> = Vec::new();
    let mut each_kb = Vec::new();
    for &count in counts {
        let people = &target.people;
        let names = (sockets.len()..count)
            .map(|index| &people.credentials[index % people.credentials.len()]);
        let connecting = names.map(|who| Socket::connect(people.address, target.wire, who));
        let more: Vec<_> = stream::iter(connecting)
            .buffered(CONNECTING)
            .try_collect()
            .await?;
        sockets.extend(more);
        // What connecting took for a moment is given back, as far as it ever is.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let taken = resident_bytes(pid)?.saturating_sub(empty);
        each_kb.push((count, taken as f64 / 1e3 / count as f64));
    }
    Ok(Idle {
        subject: target.subject,
        empty_mb: empty as f64 / 1e6,
        each_kb,
    })
}

struct Clocks {
    at: Instant,
    server_us: u64,
    database_us: Option<u64>,
    own_us: u64,
}

impl Clocks {
    fn read(target: &Target) -> Result<Self> {
        Ok(Self {
            at: Instant::now(),
            server_us: target.server.cpu_us()?,
            database_us: target.database.map(Process::cpu_us).transpose()?,
            own_us: Process::One(std::process::id()).cpu_us()?,
        })
    }
}

fn percentile(sorted_us: &[u32], percent: usize) -> f64 {
    let index = sorted_us.len().saturating_sub(1) * percent / 100;
    sorted_us.get(index).map_or(0.0, |us| f64::from(*us) / 1e3)
}
