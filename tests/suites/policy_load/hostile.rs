//! A plugin of one room misbehaves: it is cut, left alone, and told of, and the other rooms hardly notice.

use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use natter_tests::deadline::eventually;
use natter_tests::fields::{list, number};
use natter_tests::people::Person;
use natter_tests::plugins::{command, decisions, fixture, install, status};
use natter_tests::rest::Outcome as _;
use natter_tests::seed::{Rounds, is_soak};
use natter_tests::server::{Server, Settings, Site};
use serde_json::Value;
use tempfile::TempDir;

use super::traffic::{HARMLESS, Sent, Target, Traffic};

const PLUGIN: &str = "hostile";
/// What it does, and what the server says of that: one of these, whichever limit is met first.
const DEEDS: [(&str, &[&str]); 8] = [
    ("loop", &["cut after 50 ms"]),
    ("sleep", &["cut after 50 ms"]),
    ("flood-errors", &["cut after 50 ms"]),
    ("memory", &["cut after 50 ms", "beyond the limit"]),
    ("recursion", &["cut after 50 ms", "wasm trap"]),
    ("trap", &["unreachable"]),
    ("panic", &["panic at "]),
    ("huge", &["cut after 50 ms", "too much data"]),
];
/// For each deed.
const ROUNDS: Rounds = Rounds { test: 1, soak: 5 };
/// Between two messages of the neighbours, and of who writes to the plugin.
const NEIGHBOURS_PAUSE: Duration = Duration::from_millis(5);
const CULPRITS_PAUSE: Duration = Duration::from_millis(20);

/// The bars.
const CUT_WITHIN_MS: i64 = 50 + 100;
const OPEN_WITHIN: Duration = Duration::from_secs(2);
const RISE_UNTIL_OPEN: Duration = Duration::from_millis(15);
const RISE_AFTER_PERCENT: u32 = 20;

/// How long the neighbours are watched before and after.
fn watched() -> Duration {
    Duration::from_millis(if is_soak() { 2_000 } else { 200 })
}

/// One round's spans of time.
struct Round {
    before: Range<Instant>,
    until_open: Range<Instant>,
    after: Range<Instant>,
}

/// A server, with a room that a plugin looks after, and two who write elsewhere.
struct Stage {
    _data: TempDir,
    site: Site,
    server: Server,
    admin: Person,
    group: String,
    neighbours: Traffic,
    culprit: Traffic,
}

impl Stage {
    async fn new() -> Result<Self> {
        // In memory: another program's disk traffic is not the plugin's doing.
        let data = tempfile::tempdir_in("/dev/shm")?;
        let site = Site::with_data(data.path(), &Settings::open().unhurried())?;
        let server = site.start().await?;
        let admin = Person::first_admin(&site, &server).await?;
        let [ann, bob, eve] = Person::register_all(&server, ["ann", "bob", "eve"]).await?;
        let group = eve.create_group("Playground", &[]).await?;
        let (anns, eves) = (
            ann.connect_ws(&server).await?,
            eve.connect_ws(&server).await?,
        );
        let neighbours = Traffic::start(anns, Target::Person(bob.user_id), NEIGHBOURS_PAUSE);
        let culprit = Traffic::start(eves, Target::Group(group.clone()), CULPRITS_PAUSE);
        Ok(Self {
            _data: data,
            site,
            server,
            admin,
            group,
            neighbours,
            culprit,
        })
    }

    /// Loads the plugin anew, lets it misbehave, and watches what becomes of it.
    async fn round(&self, number: u32, deed: &str, words: &[&str]) -> Result<Round> {
        let settings = format!("# {deed} {number}\nscope.rooms = [{:?}]\n", self.group);
        self.culprit.says(HARMLESS);
        install(
            &self.site,
            &self.server,
            PLUGIN,
            (&fixture("hostile")?, &settings),
        )
        .await?;
        let began = Instant::now();
        tokio::time::sleep(watched()).await;
        let turns_bad = Instant::now();
        self.culprit.says(deed);
        let what = format!("the breaker to open for {deed}");
        let status = eventually(&what, async || {
            let status = status(&self.admin, PLUGIN).await?;
            let is_open = status["hooks"][0]["breaker"] == "open";
            Ok(is_open.then_some(status))
        });
        let status = status.await?;
        let opened = Instant::now();
        tokio::time::sleep(watched()).await;
        let ended = Instant::now();
        self.is_told(&status, words).await?;
        Ok(Round {
            before: began..turns_bad,
            until_open: turns_bad..opened,
            after: opened..ended,
        })
    }

    /// The API, the log and `natter plugin list` say what happened.
    async fn is_told(&self, status: &Value, words: &[&str]) -> Result<()> {
        let failures =
            number(&status["hooks"][0], "traps")? + number(&status["hooks"][0], "timeouts")?;
        ensure!(failures >= 5, "{status}");
        let path = format!("/api/v1/admin/plugins/{PLUGIN}/log");
        let log = self.admin.rest.get(&path).await?.granted()?;
        let says = |text: &str| words.iter().any(|it| text.contains(it));
        let lines = list(&log, "lines")?.iter().rev().take(6);
        let lines: Vec<&str> = lines.filter_map(|it| it["message"].as_str()).collect();
        ensure!(says(&lines.concat()), "no {words:?} in {lines:?}");
        let log = self.server.log()?;
        let lines: Vec<&str> = log.lines().rev().take(12).collect();
        let log = lines.concat();
        ensure!(says(&log), "no {words:?} in {log}");
        ensure!(log.contains("it is not asked for a while"), "{log}");
        let config = self.site.config();
        let here = config.parent().context("it lies in a folder")?;
        // Decisions are kept a moment later.
        eventually("the list to say it", async || {
            let listed = command(here, &["list"]).await?;
            Ok(says(&String::from_utf8(listed.stdout)?).then_some(()))
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_misbehaves_is_left_alone_and_other_rooms_go_on() -> Result<()> {
    let mut stage = Stage::new().await?;
    let mut rounds = Vec::new();
    for (deed, words) in DEEDS {
        for number in 0..ROUNDS.wanted() {
            let round = stage.round(number, deed, words).await;
            rounds.push((deed, round.with_context(|| deed.to_owned())?));
        }
    }
    stage.server.check_health().await?;
    let cut_after_ms = slowest_cut_ms(&stage.admin).await?;
    println!("the slowest call was cut after {cut_after_ms} ms");
    let neighbours = stage.neighbours.stop().await?;
    for sent in &neighbours {
        ensure!(sent.status()? == "sent", "{:?}", sent.answer);
    }
    for sent in stage.culprit.stop().await? {
        let status = sent.status()?;
        let is_right = status == "held" || (sent.body == HARMLESS && status == "sent");
        ensure!(is_right, "{}: {:?}", sent.body, sent.answer);
    }
    hold_to_the_bars(&rounds, &neighbours)?;
    ensure!(
        !is_soak() || cut_after_ms <= CUT_WITHIN_MS,
        "{cut_after_ms} ms"
    );
    Ok(())
}

/// Of all calls that failed.
async fn slowest_cut_ms(admin: &Person) -> Result<i64> {
    let decisions = decisions(admin, PLUGIN).await?;
    let failed = decisions
        .iter()
        .filter(|it| it["verdict"] == "timeout" || it["verdict"] == "trap");
    let micros = failed
        .map(|it| number(it, "micros"))
        .collect::<Result<Vec<_>>>()?;
    Ok(micros.into_iter().max().context("none failed")? / 1_000)
}

/// Prints how long the neighbours' messages took, deed by deed; in the long run the bars hold.
fn hold_to_the_bars(rounds: &[(&str, Round)], sent: &[Sent]) -> Result<()> {
    let p99 = |deed: Option<&str>, span: fn(&Round) -> &Range<Instant>| {
        let rounds = rounds
            .iter()
            .filter(|(of, _)| deed.is_none_or(|deed| deed == *of));
        let spans: Vec<_> = rounds.map(|(_, round)| span(round)).collect();
        let within = sent
            .iter()
            .filter(|sent| spans.iter().any(|span| span.contains(&sent.at)));
        let mut took: Vec<_> = within.map(|sent| sent.took).collect();
        took.sort_unstable();
        took.get(took.len() * 99 / 100)
            .copied()
            .context("nobody wrote")
    };
    for (deed, _) in DEEDS {
        let of_deed = rounds.iter().filter(|(of, _)| *of == deed);
        let opening = of_deed
            .map(|(_, it)| it.until_open.end - it.until_open.start)
            .max();
        let opening = opening.context("it has rounds")?;
        let before = p99(Some(deed), |it| &it.before)?;
        let until_open = p99(Some(deed), |it| &it.until_open)?;
        let after = p99(Some(deed), |it| &it.after)?;
        println!(
            "{deed}: open after {opening:.0?}; neighbours' p99 {before:.1?}, until then {until_open:.1?}, afterwards {after:.1?}"
        );
        if is_soak() {
            ensure!(opening <= OPEN_WITHIN, "{deed}: open after {opening:?}");
            ensure!(
                until_open <= before + RISE_UNTIL_OPEN,
                "{deed}: p99 rose from {before:?} to {until_open:?}"
            );
        }
    }
    let (before, after) = (p99(None, |it| &it.before)?, p99(None, |it| &it.after)?);
    println!("all deeds: neighbours' p99 {before:.2?}, afterwards {after:.2?}");
    if is_soak() {
        ensure!(
            after <= before * (100 + RISE_AFTER_PERCENT) / 100,
            "p99 rose from {before:?} to {after:?}"
        );
    }
    Ok(())
}
