//! One run: steps drawn at random, each checked against the model, and the convergence at the end.
//!
//! Not here: the steps that write messages (`writing`).

use anyhow::{Context as _, Result, bail, ensure};
use natter_tests::deadline::eventually;
use natter_tests::fields::{expect, list};
use natter_tests::people::Person;
use natter_tests::rest::Outcome as _;
use natter_tests::server::Server;
use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use serde_json::json;

use super::actor::Actor;
use super::rooms::{Room, Watermarks, difference};

pub(super) const PEOPLE: [&str; 4] = ["ann", "bob", "cem", "dea"];

/// Page sizes of `sync`: small ones, so that answers take several pages.
const LIMITS: std::ops::RangeInclusive<i64> = 1..=20;

pub(super) struct Run<'a> {
    pub(super) server: &'a Server,
    pub(super) generator: StdRng,
    pub(super) people: Vec<Person>,
    pub(super) actors: Vec<Actor>,
    pub(super) rooms: Vec<Room>,
    pub(super) history: Vec<String>,
}

impl<'a> Run<'a> {
    pub(super) async fn start(server: &'a Server, generator: StdRng) -> Result<Self> {
        let people = Person::register_all(server, PEOPLE).await?.to_vec();
        let actors = people.iter().cloned().map(Actor::new).collect();
        let mut run = Self {
            server,
            generator,
            people,
            actors,
            rooms: Vec::new(),
            history: Vec::new(),
        };
        run.create_group().await?;
        Ok(run)
    }

    pub(super) async fn play(&mut self, steps: u32) -> Result<()> {
        for _ in 0..steps {
            self.step().await?;
        }
        self.converge().await
    }

    /// What was done, for the report of a failure.
    pub(super) fn history(&self) -> String {
        self.history.join("\n")
    }

    pub(super) fn message_count(&self) -> usize {
        self.rooms.iter().map(|room| room.log.len()).sum()
    }

    async fn step(&mut self) -> Result<()> {
        match self.generator.random_range(0..100) {
            0..40 => self.burst().await,
            40..50 => self.retry().await,
            50..65 => self.receipt().await,
            65..80 => self.come_or_go().await,
            80..85 => self.sync().await,
            85..93 => self.join_or_leave().await,
            93..97 => self.rename_while_writing().await,
            _ => self.create_group().await,
        }
    }

    async fn receipt(&mut self) -> Result<()> {
        let Some(by) = self.any_online() else {
            return Ok(());
        };
        let known: Vec<usize> = (0..self.rooms.len())
            .filter(|at| {
                self.rooms[*at].last_seq() > 0 && self.rooms[*at].members.contains_key(&by)
            })
            .collect();
        let Some(at) = known.choose(&mut self.generator).copied() else {
            return Ok(());
        };
        let up_to_seq = self.generator.random_range(1..=self.rooms[at].last_seq());
        let status = if self.generator.random_bool(0.5) {
            "read"
        } else {
            "delivered"
        };
        self.history
            .push(format!("{status} {up_to_seq} of {at} by {by}"));
        let room_id = self.rooms[at].room_id.clone();
        let own = self.actors[by]
            .client()?
            .update_status(&room_id, up_to_seq, status)
            .await?
            .granted()?;
        let (delivered, read) = self.rooms[at]
            .receive(by, up_to_seq, status)
            .context("a member")?;
        ensure!(
            own == json!({ "delivered_seq": delivered, "read_seq": read }),
            "answered {own}"
        );
        Ok(())
    }

    async fn come_or_go(&mut self) -> Result<()> {
        let person = self.generator.random_range(0..PEOPLE.len());
        let limit = self.generator.random_range(LIMITS);
        if !self.actors[person].is_online() {
            self.history
                .push(format!("{person} comes, syncs by {limit}"));
            return self.actors[person].connect(self.server, limit).await;
        }
        let crashes = self.generator.random_bool(0.5);
        self.history
            .push(format!("{person} goes, crashing: {crashes}"));
        self.actors[person].disconnect(crashes).await
    }

    async fn sync(&mut self) -> Result<()> {
        let Some(person) = self.any_online() else {
            return Ok(());
        };
        let limit = self.generator.random_range(LIMITS);
        self.history.push(format!("{person} syncs by {limit}"));
        self.actors[person].sync(limit).await
    }

    /// The owner adds somebody, or somebody leaves; owners stay.
    async fn join_or_leave(&mut self) -> Result<()> {
        let Some(at) = self.any_group() else {
            return Ok(());
        };
        let person = self.generator.random_range(0..PEOPLE.len());
        let path = format!("/api/v1/rooms/{}/members", self.rooms[at].room_id);
        let owner = self.rooms[at].owner().context("a group has an owner")?;
        let user_id = self.people[person].user_id.clone();
        if !self.rooms[at].members.contains_key(&person) {
            let sees_all = self.generator.random_bool(0.5);
            self.history
                .push(format!("{person} joins {at}, sees all: {sees_all}"));
            let body =
                json!({ "user_ids": [user_id], "history": if sees_all { "all" } else { "none" } });
            self.people[owner].rest.post(&path, body).await?.granted()?;
            self.rooms[at].join(person, "member", sees_all);
        } else if person != owner {
            self.history.push(format!("{person} leaves {at}"));
            self.people[person]
                .rest
                .delete(&format!("{path}/{user_id}"))
                .await?
                .granted()?;
            self.rooms[at].members.remove(&person);
        }
        Ok(())
    }

    async fn create_group(&mut self) -> Result<()> {
        let owner = self.generator.random_range(0..PEOPLE.len());
        let others: Vec<usize> = (0..PEOPLE.len())
            .filter(|it| *it != owner && self.generator.random_bool(0.6))
            .collect();
        let name = format!("group {}", self.rooms.len());
        self.history
            .push(format!("{owner} makes {name} with {others:?}"));
        let members: Vec<&Person> = others.iter().map(|it| &self.people[*it]).collect();
        let room_id = self.people[owner].create_group(&name, &members).await?;
        let mut room = Room::new(room_id, Some(name));
        room.join(owner, "owner", true);
        others.iter().for_each(|it| room.join(*it, "member", true));
        self.rooms.push(room);
        Ok(())
    }

    /// Who stayed connected converges by pushes alone; then everybody does by `sync`, receipts included.
    async fn converge(&mut self) -> Result<()> {
        for person in 0..PEOPLE.len() {
            if self.actors[person].is_online() {
                self.converge_by_pushes(person).await?;
            } else {
                let limit = self.generator.random_range(LIMITS);
                self.actors[person].connect(self.server, limit).await?;
            }
            self.actors[person].sync(100).await?;
            let replica = &self.actors[person].replica;
            if let Some(difference) = difference(
                &self.rooms,
                &self.people,
                person,
                replica,
                Watermarks::Compared,
            ) {
                bail!("after sync {difference}");
            }
            self.check_unread(person).await?;
        }
        Ok(())
    }

    async fn converge_by_pushes(&mut self, person: usize) -> Result<()> {
        let (rooms, people, actor) = (&self.rooms, &self.people, &mut self.actors[person]);
        let mut last = None;
        let converged = eventually("a connected client to converge by pushes", async || {
            actor.absorb().await?;
            last = difference(rooms, people, person, &actor.replica, Watermarks::Ignored);
            Ok(last.is_none().then_some(()))
        });
        let converged = converged.await;
        converged.with_context(|| last.unwrap_or_default())
    }

    async fn check_unread(&self, person: usize) -> Result<()> {
        let answer = self.people[person]
            .rest
            .get("/api/v1/rooms")
            .await?
            .granted()?;
        for summary in list(&answer, "rooms")? {
            let room = self
                .rooms
                .iter()
                .find(|room| summary["room_id"] == room.room_id)
                .context("an unknown room")?;
            expect(
                summary,
                "unread_count",
                room.unread(person, &self.people[person].user_id),
            )?;
            expect(summary, "last_seq", room.last_seq())?;
            expect(summary, "member_count", i64::try_from(room.members.len())?)?;
        }
        Ok(())
    }

    pub(super) fn any_online(&mut self) -> Option<usize> {
        let online: Vec<usize> = (0..PEOPLE.len())
            .filter(|person| self.actors[*person].is_online())
            .collect();
        online.choose(&mut self.generator).copied()
    }

    pub(super) fn any_group(&mut self) -> Option<usize> {
        let groups: Vec<usize> = (0..self.rooms.len())
            .filter(|at| self.rooms[*at].is_group())
            .collect();
        groups.choose(&mut self.generator).copied()
    }
}
