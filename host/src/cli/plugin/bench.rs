//! `plugin bench`: how long messages take through components.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, bail};
use natter::{
    config::Config,
    model::{
        MemberRole, MessageId, RoomId, RoomKind, Timestamp, UserId, UserRole,
        policy::{MessageChange, PolicyMessage},
    },
    policy::Policies,
};

use super::{
    folder,
    rehearsal::{Rehearsal, SETTLE, Stage},
};

/// Bytes of the message.
const BODY: usize = 200;
/// Messages that are not counted.
const WARM_UP: usize = 1_000;

/// Measures the components one by one, and all of them as a chain.
pub(super) async fn bench(
    files: &[PathBuf],
    settings: Option<&str>,
    messages: u32,
) -> anyhow::Result<()> {
    let mut plugins = Vec::new();
    for (place, file) in files.iter().enumerate() {
        let component = std::fs::read(file).with_context(|| file.display().to_string())?;
        plugins.push((named(place, file)?, component));
    }
    let stage = Stage::new(&plugins, settings, &Config::default())?;
    // The first start compiles, the second finds it compiled.
    begin(&stage).await?.0.stop().await;
    let (rehearsal, took) = begin(&stage).await?;
    let policies = &rehearsal.policies;
    let messages = messages as usize;
    if !plugins.is_empty() {
        println!(
            "load a cached set of {}: {} ms, {} ms of it until the files stood still",
            plugins.len(),
            took.as_millis(),
            SETTLE.as_millis()
        );
    }
    let mut seen: Vec<&PathBuf> = Vec::new();
    for (place, file) in files.iter().enumerate() {
        if seen.contains(&file) {
            continue;
        }
        seen.push(file);
        let name = named(place, file)?;
        let warm = policies.time_calls(&name, &message(), WARM_UP).await;
        warm.map_err(|why| anyhow!("{}: {why}", file.display()))?;
        let took = policies.time_calls(&name, &message(), messages).await;
        let took = took.map_err(|why| anyhow!("{}: {why}", file.display()))?;
        print_line(
            &format!("one call of {}, on its thread", file.display()),
            took,
        );
    }
    let hops = policies.time_hops(messages).await;
    let hops = hops.map_err(anyhow::Error::msg)?;
    print_line("the hop to their thread and back, by itself", hops);
    chain(policies, WARM_UP).await?;
    let took = chain(policies, messages).await?;
    let what = format!(
        "a message through {} plugins, the hop included",
        files.len()
    );
    print_line(&what, took);
    rehearsal.stop().await;
    Ok(())
}

/// Names in the order of the files, so that they are asked in it.
fn named(place: usize, file: &Path) -> anyhow::Result<String> {
    Ok(format!("{place:03}-{}", folder::name_of(file)?))
}

async fn begin(stage: &Stage) -> anyhow::Result<(Rehearsal, Duration)> {
    let began = Instant::now();
    let rehearsal = stage.start().await?;
    let took = began.elapsed();
    if let Some((name, why)) = rehearsal.refused() {
        bail!("{name} would be refused: {why}");
    }
    Ok((rehearsal, took))
}

/// One message after the other, as who sends them waits.
async fn chain(policies: &Policies, messages: usize) -> anyhow::Result<Vec<Duration>> {
    let mut took = Vec::with_capacity(messages);
    let message = message();
    for _ in 0..messages {
        let began = Instant::now();
        policies.before_message(&message).await?;
        took.push(began.elapsed());
    }
    Ok(took)
}

fn message() -> PolicyMessage {
    PolicyMessage {
        change: MessageChange::Send,
        message_id: MessageId::generate(),
        room_id: Some(RoomId::generate()),
        room_kind: RoomKind::Group,
        sender_id: UserId::generate(),
        sender_role: MemberRole::Member,
        account_role: UserRole::Member,
        recipient_id: None,
        body: "hello ".chars().cycle().take(BODY).collect(),
        previous_body: None,
        reply_to: None,
        at: Timestamp::now(),
        attrs: Vec::new(),
    }
}

fn print_line(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let micros = |percent: usize| took[took.len() * percent / 100].as_nanos() as f64 / 1_000.0;
    println!("{what}: p50 {:.1} µs, p99 {:.1} µs", micros(50), micros(99));
}
