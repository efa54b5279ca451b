//! The steps of a run that write: bursts, renames amid bursts, retries.

use anyhow::{Context as _, Result, ensure};
use futures_util::future::join_all;
use natter_tests::fields::{expect, number, text};
use natter_tests::people::new_client_msg_id;
use natter_tests::replica::Entry;
use natter_tests::rest::{Answer, Outcome as _};
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, RngExt as _};
use serde_json::{Value, json};

use super::rooms::Room;
use super::run::{PEOPLE, Run};

/// A message about to be sent: by whom, to which room of the model (none: a person's first).
struct Draft {
    by: usize,
    to: usize,
    event: &'static str,
    data: Value,
}

impl Run<'_> {
    /// Some people send at the same moment; the places that the acks tell are the order.
    pub(super) async fn burst(&mut self) -> Result<()> {
        let drafts = self.drafts();
        self.history.push(format!("burst of {}", drafts.len()));
        let answers = self.send_all(&drafts).await;
        self.take_answers(drafts, answers).await
    }

    pub(super) async fn rename_while_writing(&mut self) -> Result<()> {
        let Some(at) = self.any_group() else {
            return Ok(());
        };
        let drafts = self.drafts();
        let name = format!("name {}", self.generator.next_u32());
        self.history.push(format!(
            "rename of {at} to {name} with a burst of {}",
            drafts.len()
        ));
        let owner = self.rooms[at].owner().context("a group has an owner")?;
        let path = format!("/api/v1/rooms/{}", self.rooms[at].room_id);
        let renaming = self.people[owner]
            .rest
            .patch(&path, json!({ "name": name }));
        let (renamed, answers) = tokio::join!(renaming, self.send_all(&drafts));
        renamed?.granted()?;
        self.rooms[at].name = Some(name);
        self.take_answers(drafts, answers).await
    }

    fn drafts(&mut self) -> Vec<Draft> {
        let online: Vec<usize> = (0..PEOPLE.len())
            .filter(|person| self.actors[*person].is_online())
            .collect();
        let count = self.generator.random_range(1..=6);
        let draft_one = |_| {
            let by = *online.choose(&mut self.generator)?;
            self.draft(by)
        };
        (0..count).filter_map(draft_one).collect()
    }

    /// A message of a person to a group of theirs, or to somebody.
    fn draft(&mut self, by: usize) -> Option<Draft> {
        let body = format!("{} from {by}", self.generator.next_u32());
        let mut data = json!({ "client_msg_id": new_client_msg_id(), "body": body });
        let mine: Vec<usize> = (0..self.rooms.len())
            .filter(|at| self.rooms[*at].is_group() && self.rooms[*at].members.contains_key(&by))
            .collect();
        if self.generator.random_bool(0.3) || mine.is_empty() {
            let peer = (by + self.generator.random_range(1..PEOPLE.len())) % PEOPLE.len();
            data["to"] = self.people[peer].user_id.clone().into();
            let to = self.direct_room(by, peer);
            return Some(Draft {
                by,
                to,
                event: "send_private_message",
                data,
            });
        }
        let to = *mine.choose(&mut self.generator)?;
        data["room_id"] = self.rooms[to].room_id.clone().into();
        Some(Draft {
            by,
            to,
            event: "send_group_message",
            data,
        })
    }

    /// The direct room of two people; one that nobody wrote to has no id yet.
    fn direct_room(&mut self, one: usize, other: usize) -> usize {
        let is_it = |room: &Room| {
            !room.is_group() && room.members.contains_key(&one) && room.members.contains_key(&other)
        };
        if let Some(at) = self.rooms.iter().position(is_it) {
            return at;
        }
        let mut room = Room::new(String::new(), None);
        room.join(one, "member", true);
        room.join(other, "member", true);
        self.rooms.push(room);
        self.rooms.len() - 1
    }

    async fn send_all(&self, drafts: &[Draft]) -> Vec<Result<Answer>> {
        join_all(drafts.iter().map(async |draft| {
            let client = self.actors[draft.by].client()?;
            client.emit(draft.event, draft.data.clone()).await
        }))
        .await
    }

    async fn take_answers(
        &mut self,
        drafts: Vec<Draft>,
        answers: Vec<Result<Answer>>,
    ) -> Result<()> {
        let mut acked = Vec::new();
        for (draft, answer) in drafts.into_iter().zip(answers) {
            let ack = answer?.granted()?;
            expect(&ack, "deduplicated", false)?;
            acked.push((number(&ack, "seq")?, draft, ack));
        }
        acked.sort_by_key(|(seq, _, _)| *seq);
        for (seq, draft, ack) in acked {
            let room = &mut self.rooms[draft.to];
            if room.room_id.is_empty() {
                room.room_id = text(&ack, "room_id")?;
            }
            expect(&ack, "room_id", room.room_id.as_str())?;
            let sender_id = self.people[draft.by].user_id.clone();
            let body = text(&draft.data, "body")?;
            room.append(
                seq,
                Entry {
                    message_id: text(&ack, "message_id")?,
                    sender_id,
                    body,
                },
            )?;
            self.actors[draft.by]
                .remember(draft.event, draft.data, ack)
                .await?;
        }
        Ok(())
    }

    /// An earlier message again: the first outcome; with another body: a conflict. Nothing is stored.
    pub(super) async fn retry(&mut self) -> Result<()> {
        let Some(by) = self.any_online() else {
            return Ok(());
        };
        let Some(earlier) = self.actors[by].sent.choose(&mut self.generator).cloned() else {
            return Ok(());
        };
        let room = self
            .rooms
            .iter()
            .find(|room| earlier.ack["room_id"] == room.room_id)
            .context("its room")?;
        if !room.members.contains_key(&by) {
            return Ok(());
        }
        self.history.push(format!("retry by {by}"));
        let client = self.actors[by].client()?;
        let mut expected = earlier.ack.clone();
        expected["deduplicated"] = true.into();
        let again = client
            .emit(earlier.event, earlier.data.clone())
            .await?
            .granted()?;
        ensure!(
            again == expected,
            "a retry answered {again}, expected {expected}"
        );
        let mut other = earlier.data.clone();
        other["body"] = "something else".into();
        client
            .emit(earlier.event, other)
            .await?
            .refused_as("idempotency_conflict")?;
        Ok(())
    }
}
