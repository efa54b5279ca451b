//! Both shipped policies are swapped while people write and register: nothing is lost, and one version judges each event.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use natter_tests::checks::check_aftermath;
use natter_tests::deadline::eventually;
use natter_tests::fields::text;
use natter_tests::load::{Crowd, Sent, write_at_rate};
use natter_tests::people::Person;
use natter_tests::plugins::{decisions, drop_in, install, shipped, status, until_loads};
use natter_tests::seed::{self, Rounds};
use natter_tests::server::{Server, Settings, Site};
use serde_json::Value;
use tokio::time::Instant;

/// Of each policy.
const SWAPS: Rounds = Rounds {
    test: 20,
    soak: 200,
};
/// Between two swaps: 200 take a minute.
const PAUSE: Duration = Duration::from_millis(300);
const MESSAGES_PER_SECOND: u32 = 1_000;

/// A policy in two versions.
struct Swapped {
    name: &'static str,
    versions: [Vec<u8>; 2],
}

impl Swapped {
    /// Builds, compiles and caches both; the first is active.
    async fn prepare(
        site: &Site,
        server: &Server,
        name: &'static str,
        settings: &str,
    ) -> Result<Self> {
        let component = shipped(name)?;
        let versions = [component.clone(), built_once_more(component)];
        for version in [0, 1, 0] {
            install(site, server, name, (&versions[version], settings)).await?;
        }
        Ok(Self { name, versions })
    }

    fn drop_in(&self, site: &Site, version: usize) -> Result<()> {
        drop_in(
            site,
            &format!("{}.wasm", self.name),
            &self.versions[version],
        )
    }
}

/// The same code as another file, as another build would have made it: with a custom section more.
fn built_once_more(mut component: Vec<u8>) -> Vec<u8> {
    let (name, content) = (b"build", b"2");
    let length = 1 + name.len() + content.len();
    component.extend([0, length as u8, name.len() as u8]);
    component.extend(name);
    component.extend(content);
    component
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_is_judged_once_by_one_version_during_swaps() -> Result<()> {
    let seed = seed::chosen("swaps");
    // A busy machine is to cost no verdict: what is shown here has nothing to do with deadlines.
    let settings = Settings::open()
        .unhurried()
        .text("policies.record", "all")
        .number("policies.deadline_ms", 5_000)
        .number("policies.instance_wait_ms", 5_000)
        .number("policies.chain_budget_ms", 10_000);
    let site = Site::create(&settings)?;
    let mut server = site.start().await?;
    let admin = Person::first_admin(&site, &server).await?;
    let crowd = Arc::new(Crowd::gather(&server).await?);
    let filter = "[config]\nwords = { list = [\"darn\"], action = \"mask\" }\n";
    let policies = [
        Swapped::prepare(&site, &server, "message-filter", filter).await?,
        Swapped::prepare(&site, &server, "admin-approval", "").await?,
    ];

    let load = write_at_rate(&crowd, &server, seed, MESSAGES_PER_SECOND).await?;
    let (began, swaps) = (Instant::now(), SWAPS.wanted());
    let mut newcomers = Vec::new();
    for swap in 1..=swaps {
        for policy in &policies {
            policy.drop_in(&site, swap as usize % 2)?;
        }
        newcomers.push(Person::register(&server, "newcomer").await?);
        for policy in &policies {
            // Three times while they were prepared.
            until_loads(&server, policy.name, "activated", f64::from(swap) + 3.0).await?;
        }
        tokio::time::sleep_until(began + PAUSE * swap).await;
    }
    let took = began.elapsed();
    let finished = load.stop().await?;

    let mut log = Vec::new();
    let told = check_aftermath(&crowd, &server, finished, &mut log).await?;
    check_messages(&admin, &log).await?;
    check_newcomers(&admin, &newcomers).await?;
    for policy in &policies {
        let status = status(&admin, policy.name).await?;
        ensure!(status["state"] == "active", "{status}");
        ensure!(status["generation"] == swaps + 3, "{status}");
    }
    server.check_health().await?;
    println!("{swaps} swaps of each policy in {took:.1?}: {told}");
    Ok(())
}

/// Each stored message was judged once, by one of two versions, and both had much to do.
async fn check_messages(admin: &Person, log: &[Sent]) -> Result<()> {
    let acks = log.iter().filter_map(|sent| sent.ack.as_ref());
    let stored: BTreeSet<String> = acks.map(|ack| ack.message_id.clone()).collect();
    let kept = kept(admin, "message-filter", stored.len()).await?;
    let judged = versions_by(&kept, "message_id")?;
    let once = |versions: &Vec<String>| versions.len() == 1;
    let twice = judged.iter().find(|(_, versions)| !once(versions));
    ensure!(twice.is_none(), "not judged once: {twice:?}");
    ensure!(
        judged.keys().eq(stored.iter()),
        "{} messages were stored, {} judged",
        stored.len(),
        judged.len()
    );
    let mut by_version = BTreeMap::<&String, u32>::new();
    for version in judged.values().flatten() {
        *by_version.entry(version).or_default() += 1;
    }
    println!("messages by version: {by_version:?}");
    ensure!(by_version.len() == 2, "{by_version:?}");
    Ok(())
}

/// Each newcomer was judged once, and waits.
async fn check_newcomers(admin: &Person, newcomers: &[Person]) -> Result<()> {
    let kept = kept(admin, "admin-approval", newcomers.len()).await?;
    let other = kept.iter().find(|it| it["verdict"] != "hold");
    ensure!(other.is_none(), "{other:?}");
    let judged = versions_by(&kept, "user_id")?;
    let expected: BTreeSet<&String> = newcomers.iter().map(|it| &it.user_id).collect();
    ensure!(judged.keys().eq(expected), "{judged:?}");
    let twice = judged.iter().find(|(_, versions)| versions.len() != 1);
    ensure!(twice.is_none(), "not judged once: {twice:?}");
    Ok(())
}

/// A policy's decisions, once so many are kept.
async fn kept(admin: &Person, policy: &str, count: usize) -> Result<Vec<Value>> {
    let what = format!("{count} decisions of {policy} to be kept");
    eventually(&what, async || {
        let found = decisions(admin, policy).await?;
        Ok((found.len() >= count).then_some(found))
    })
    .await
}

/// The versions that judged each thing.
fn versions_by(decisions: &[Value], field: &str) -> Result<BTreeMap<String, Vec<String>>> {
    let mut versions = BTreeMap::<String, Vec<String>>::new();
    for decision in decisions {
        let (id, version) = (text(decision, field)?, text(decision, "plugin_hash")?);
        versions.entry(id).or_default().push(version);
    }
    Ok(versions)
}
