//! What must be true of rooms after a crash, whatever was under way.
//!
//! Rule: everything is read through REST, as each member sees it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};

use crate::client::Push;
use crate::fields::{number, text};
use crate::load::{Crowd, Finished, Sent, retry_unacked};
use crate::people::Person;
use crate::server::Server;

/// A message as a member sees it: seq, message id, body.
type Entry = (i64, String, String);

/// A room's messages, oldest first.
type Log = Vec<Entry>;

/// Nothing acked is lost, nothing pushed was untrue, what was not acked can be retried. The log
/// of all rounds grows by this one. Answers what to tell of it.
pub async fn check_aftermath(
    crowd: &Crowd,
    server: &Server,
    finished: Finished,
    log: &mut Vec<Sent>,
) -> Result<String> {
    let acked = finished.acked();
    let Finished {
        mut sent, heard, ..
    } = finished;
    let lost = find_lost(crowd, &sent).await?;
    ensure!(
        lost.is_empty(),
        "{} of {acked} acked messages are lost, the first: {:?}",
        lost.len(),
        lost[0]
    );
    let already_stored = retry_unacked(crowd, server, &mut sent).await?;
    check_heard_is_stored(&sent, &heard)?;
    let retried = sent.len() - acked;
    log.append(&mut sent);
    check_every_message_once(crowd, log).await?;
    Ok(format!(
        "{acked} acked, {retried} retried, {already_stored} of these were stored already"
    ))
}

/// Checks that every logged message is in its room exactly once, at the acked place, and nothing else; that places have no
/// gaps; and that all members see one order. All messages must have been acked (retry first).
pub async fn check_every_message_once(crowd: &Crowd, log: &[Sent]) -> Result<()> {
    for (room_id, people) in rooms(crowd, log) {
        let expected = expected_log(log, room_id)?;
        let last_seq = i64::try_from(expected.len())?;
        ensure!(
            expected.iter().map(|entry| entry.0).eq(1..=last_seq),
            "acked places of {room_id} have gaps"
        );
        for person in people {
            let seen = read_log(person, room_id).await?;
            let difference = first_difference(&expected, &seen);
            ensure!(
                difference.is_none(),
                "{} sees another {room_id}: {difference:?}",
                person.username
            );
            let room = person.room(room_id).await?;
            ensure!(
                number(&room, "last_seq")? == last_seq,
                "last_seq is not {last_seq}: {room}"
            );
        }
    }
    Ok(())
}

/// The acked messages that are not where their acknowledgement put them.
pub async fn find_lost(crowd: &Crowd, log: &[Sent]) -> Result<Vec<Sent>> {
    let mut stored = BTreeSet::new();
    for (room_id, people) in rooms(crowd, log) {
        let reader = people.first().context("a room has members")?;
        // A room that was lost as a whole answers `not_found`: then all of its messages are lost.
        let room = reader.rest.get(&format!("/api/v1/rooms/{room_id}")).await?;
        let messages = if room.is_ok() {
            read_log(reader, room_id).await?
        } else {
            Log::new()
        };
        stored.extend(
            messages
                .into_iter()
                .map(|(seq, message_id, body)| (room_id, seq, message_id, body)),
        );
    }
    let is_lost = |sent: &&Sent| {
        sent.ack.as_ref().is_some_and(|ack| {
            let place = (
                ack.room_id.as_str(),
                ack.seq,
                ack.message_id.clone(),
                sent.client_msg_id().to_owned(),
            );
            !stored.contains(&place)
        })
    };
    Ok(log.iter().filter(is_lost).cloned().collect())
}

/// Checks that only what was stored was told: each pushed message is in the log, at its place, and places rise. All messages
/// of the log must have been acked (retry first).
pub fn check_heard_is_stored(log: &[Sent], heard: &[Vec<Push>]) -> Result<()> {
    let place = |sent: &Sent| {
        let ack = sent.ack.clone()?;
        Some((
            ack.room_id,
            ack.seq,
            ack.message_id,
            sent.client_msg_id().to_owned(),
        ))
    };
    let stored: BTreeSet<_> = log.iter().filter_map(place).collect();
    for pushes in heard {
        let mut newest = BTreeMap::new();
        for push in pushes
            .iter()
            .filter(|push| push.event.starts_with("receive_"))
        {
            let (room_id, seq) = (text(&push.data, "room_id")?, number(&push.data, "seq")?);
            let message = (
                room_id.clone(),
                seq,
                text(&push.data, "message_id")?,
                text(&push.data, "body")?,
            );
            ensure!(
                stored.contains(&message),
                "pushed, but not stored: {}",
                push.data
            );
            let earlier = newest.insert(room_id, seq).unwrap_or(0);
            ensure!(earlier < seq, "pushed after seq {earlier}: {}", push.data);
        }
    }
    Ok(())
}

/// The rooms that the log names, with their members.
fn rooms<'a>(crowd: &'a Crowd, log: &'a [Sent]) -> BTreeMap<&'a str, Vec<&'a Person>> {
    let mut rooms = BTreeMap::new();
    for sent in log {
        let Some(ack) = &sent.ack else { continue };
        rooms
            .entry(ack.room_id.as_str())
            .or_insert_with(|| crowd.audience(sent));
    }
    rooms
}

fn expected_log(log: &[Sent], room_id: &str) -> Result<Log> {
    let mut expected = Log::new();
    for sent in log {
        let ack = sent
            .ack
            .as_ref()
            .with_context(|| format!("never acked: {sent:?}"))?;
        if ack.room_id == room_id {
            expected.push((
                ack.seq,
                ack.message_id.clone(),
                sent.client_msg_id().to_owned(),
            ));
        }
    }
    expected.sort();
    Ok(expected)
}

async fn read_log(person: &Person, room_id: &str) -> Result<Log> {
    let messages = person.history_after(room_id, 0).await?;
    messages
        .iter()
        .map(|it| {
            Ok((
                number(it, "seq")?,
                text(it, "message_id")?,
                text(it, "body")?,
            ))
        })
        .collect()
}

/// The first place at which the logs differ: what was expected there, and what was seen.
fn first_difference<'a>(
    expected: &'a [Entry],
    seen: &'a [Entry],
) -> Option<(Option<&'a Entry>, Option<&'a Entry>)> {
    let longest = expected.len().max(seen.len());
    (0..longest)
        .map(|at| (expected.get(at), seen.get(at)))
        .find(|(expected, seen)| expected != seen)
}
