//! A hundred clients that do not read while their room is flooded: bounded memory, each cut, each complete after its resync.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures_util::future::{join_all, try_join_all};
use futures_util::{StreamExt as _, TryStreamExt as _};
use natter_tests::client::{Drivers, Transport};
use natter_tests::deadline::eventually;
use natter_tests::people::Person;
use natter_tests::replica::Replica;
use natter_tests::rest::Outcome as _;
use natter_tests::server::{Server, Settings};
use serde_json::json;

use super::polling::Polling;
use super::raw::RawSocket;
use super::witness::Witness;

const READERS: usize = 100;
const MESSAGES: usize = 150;
const BODY_BYTES: usize = 32 * 1024;

/// What the server may grow by; measured: 7 MiB. All readers share the bytes of the flood (5 MiB); a copy for each would take 100 MiB in the
/// mailboxes (1 MiB each) alone, and without a mailbox's limit 470 MiB.
const GROWTH_LIMIT_BYTES: u64 = 24 * 1024 * 1024;

const SLOW_CONSUMERS: &str = "natter_slow_consumers_total";

/// What `docs/protocol.md` promises.
const CUT_WITHIN: Duration = Duration::from_secs(5);
/// For a busy machine, and for the requests around it.
const SLACK: Duration = Duration::from_secs(3);

/// A client that stopped reading.
enum Reader {
    Plain(RawSocket),
    SocketIo(RawSocket),
    Polling(Polling),
}

impl Reader {
    async fn connect(server: &Server, person: &Person, at: usize) -> Result<Self> {
        Ok(match at % 3 {
            0 => Self::Plain(RawSocket::registered(server, &person.token).await?),
            1 => Self::SocketIo(RawSocket::socket_io(server, &person.token).await?),
            _ => Self::Polling(Polling::connect(server, &person.token).await?),
        })
    }

    fn transport(&self) -> Transport {
        match self {
            Self::Plain(_) => Transport::PlainWebSocket,
            Self::SocketIo(_) => Transport::JsWebSocket,
            Self::Polling(_) => Transport::JsPolling,
        }
    }

    /// Reads at last: how many texts were left, before the end that must come.
    async fn find_itself_cut(&mut self) -> Result<usize> {
        match self {
            Self::Plain(socket) | Self::SocketIo(socket) => {
                let (texts, end) = socket.read_to_the_end().await?;
                ensure!(
                    end.code.is_none() || end.code == Some(4004),
                    "cut as {end:?}"
                );
                Ok(texts)
            }
            Self::Polling(session) => {
                let mut packets = 0;
                loop {
                    let (status, body) = session.get().await?;
                    packets += body.matches("receive_group_message").count();
                    if status != 200
                        || body
                            .split('\u{1e}')
                            .any(|packet| packet == "1" || packet.starts_with("41"))
                    {
                        return Ok(packets);
                    }
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_that_do_not_read_are_cut_within_bounded_memory_and_complete_after_resync()
-> Result<()> {
    let mut witness = Witness::arrive(Settings::open().unhurried()).await?;
    let people = register_readers(&witness.server).await?;
    let group = witness
        .ann
        .create_group("flooded", &people.iter().collect::<Vec<_>>())
        .await?;
    let connecting = people
        .iter()
        .enumerate()
        .map(|(at, person)| Reader::connect(&witness.server, person, at));
    let mut readers = try_join_all(connecting).await?;

    let cut_before = witness.server.metric(SLOW_CONSUMERS).await?;
    let before = witness.server.resident_bytes()?;
    let peak = flood(&witness, &group).await?;
    println!(
        "slow readers: {} KiB before, {} KiB at the peak",
        before / 1024,
        peak / 1024
    );
    let growth = peak.saturating_sub(before);
    ensure!(
        growth < GROWTH_LIMIT_BYTES,
        "the server grew by {growth} bytes, limit {GROWTH_LIMIT_BYTES}"
    );

    let left = join_all(readers.iter_mut().map(Reader::find_itself_cut)).await;
    for ((at, reader), left) in readers.iter().enumerate().zip(left) {
        let left =
            left.with_context(|| format!("reader {at} by {:?} was not cut", reader.transport()))?;
        ensure!(
            left < MESSAGES,
            "reader {at} by {:?} was sent everything although it did not read",
            reader.transport()
        );
    }
    let cut = witness.server.metric(SLOW_CONSUMERS).await?;
    ensure!(
        cut - cut_before >= READERS as f64,
        "{cut} slow readers were counted, {cut_before} of them before"
    );
    let drivers = Drivers::none();
    for (person, reader) in people.iter().zip(&readers) {
        let what = || format!("{} by {:?}", person.username, reader.transport());
        check_complete(
            &witness.server,
            &drivers,
            person,
            reader.transport(),
            &group,
        )
        .await
        .with_context(what)?;
    }
    witness.testify().await
}

/// A few at a time: the server refuses to hash many passwords at once.
async fn register_readers(server: &Server) -> Result<Vec<Person>> {
    let registering = (0..READERS).map(|_| Person::register(server, "reader"));
    futures_util::stream::iter(registering)
        .buffered(4)
        .try_collect()
        .await
}

/// Who is locked out while a write to them waits is cut too: nobody has to read for that.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_stopped_is_cut_when_it_is_suspended() -> Result<()> {
    const SERIES: &str = "natter_sessions{transport=\"ws\"}";
    let mut witness = Witness::arrive(Settings::open().unhurried()).await?;
    let admin = Person::first_admin(&witness.site, &witness.server).await?;
    let person = Person::register(&witness.server, "reader").await?;
    let sessions_before = witness.server.metric(SERIES).await?;
    let reader = RawSocket::registered(&witness.server, &person.token).await?;
    // More than the kernel takes, less than the mailbox holds.
    for at in 0..20 {
        let body = format!("{at} {}", "x".repeat(BODY_BYTES));
        witness
            .ann_socket
            .send_private(&person.user_id, &body)
            .await?
            .granted()?;
    }
    ensure!(
        witness.server.metric(SERIES).await? > sessions_before,
        "the reader is not connected any more"
    );
    let path = format!("/api/v1/admin/users/{}/suspend", person.user_id);
    let suspended_at = Instant::now();
    admin.rest.post(&path, json!({})).await?.granted()?;
    eventually("the reader to be cut", async || {
        Ok((witness.server.metric(SERIES).await? <= sessions_before).then_some(()))
    })
    .await?;
    println!(
        "slow readers: cut {} ms after the suspension",
        suspended_at.elapsed().as_millis()
    );
    ensure!(
        suspended_at.elapsed() < CUT_WITHIN + SLACK,
        "cut only after {:?}",
        suspended_at.elapsed()
    );
    drop(reader);
    witness.testify().await
}

/// Floods the group while the well-behaved people chat; the server's largest size meanwhile.
async fn flood(witness: &Witness, group: &str) -> Result<u64> {
    let mut peak = 0;
    for at in 0..MESSAGES {
        let body = format!("{at} {}", "x".repeat(BODY_BYTES));
        witness
            .ann_socket
            .send_group(group, &body)
            .await?
            .granted()?;
        peak = peak.max(witness.server.resident_bytes()?);
        if at % 10 == 0 {
            witness.chat("How is it going?").await?;
        }
    }
    Ok(peak)
}

async fn check_complete(
    server: &Server,
    drivers: &Drivers,
    person: &Person,
    transport: Transport,
    group: &str,
) -> Result<()> {
    let client = person.connect(drivers, server, transport).await?;
    let mut replica = Replica::knowing_rooms_since(person, &[(group, 1)]);
    replica.catch_up(&client, 100).await?;
    let room = replica.rooms().get(group).context("the group")?;
    let complete = room.messages.keys().copied().eq(1..=MESSAGES as i64);
    ensure!(
        complete,
        "after its resync it has {} of {MESSAGES} messages",
        room.messages.len()
    );
    client.disconnect().await
}
