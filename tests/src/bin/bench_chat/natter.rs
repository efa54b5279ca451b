//! Natter under load: settings that do not brake, people, groups, old messages.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use natter_tests::people::Person;
use natter_tests::postgres::{Postgres, run_sql};
use natter_tests::server::{Server, Settings, Site};

use crate::bare;
use crate::load::{GROUP_MEMBERS, People};

/// Where Natter keeps its data.
pub(crate) enum Database<'a> {
    Sqlite,
    Postgres(&'a Postgres),
}

/// As many old messages as the baseline's schema makes.
const HISTORY: i64 = 200_000;

/// Natter's data, and who is in it.
pub(crate) struct Natter {
    site: Site,
    pub(crate) sqlite: PathBuf,
    people: Vec<Person>,
    groups: Vec<String>,
}

impl Natter {
    /// Makes the data below `folder`: people, groups, old messages.
    pub(crate) async fn prepare(
        folder: &Path,
        database: Database<'_>,
        people: usize,
    ) -> Result<Self> {
        let name = match database {
            Database::Sqlite => "natter-sqlite",
            Database::Postgres(_) => "natter-postgres",
        };
        let data = folder.join(name);
        let mut settings = Settings::open()
            .unhurried()
            .number("limits.max_sessions", 12_000)
            .number("auth.access_token_s", 86_400);
        if let Database::Postgres(postgres) = database {
            let url = create_database(postgres, "natter")?;
            settings = settings.text("database.url", &url);
        }
        let site = Site::with_data(&data, &settings)?;
        let server = site.start().await?;
        let names: Vec<String> = (0..people).map(|number| format!("p{number}")).collect();
        let registering = names.iter().map(|name| Person::register(&server, name));
        // Two hash passwords at a time; more at once would only wait.
        let people: Vec<Person> = stream::iter(registering).buffered(4).try_collect().await?;
        let mut groups = Vec::new();
        for members in people.chunks_exact(GROUP_MEMBERS) {
            let others: Vec<&Person> = members.iter().skip(1).collect();
            groups.push(members[0].create_group("bench", &others).await?);
        }
        let natter = Self {
            site,
            sqlite: data.join("natter.db"),
            people,
            groups,
        };
        natter.add_history(database).await?;
        server.stop().await?;
        Ok(natter)
    }

    pub(crate) async fn start(&self) -> Result<Server> {
        self.site.start().await
    }

    /// The folder that it watches.
    pub(crate) fn plugins(&self) -> PathBuf {
        self.site.plugins()
    }

    pub(crate) fn people(&self, server: &Server) -> Result<People> {
        Ok(People {
            address: server.address().parse().context("the server's address")?,
            credentials: self.people.iter().map(|it| it.token.clone()).collect(),
            ids: self.people.iter().map(|it| it.user_id.clone()).collect(),
            groups: self.groups.clone(),
        })
    }

    /// Old messages lie in a group that nobody uses any more.
    async fn add_history(&self, database: Database<'_>) -> Result<()> {
        let members: Vec<&Person> = self.people.iter().skip(1).collect();
        let room = self.people[0].create_group("old", &members).await?;
        match database {
            Database::Sqlite => bare::add_history(&self.sqlite, &room, HISTORY),
            Database::Postgres(postgres) => {
                let url = postgres.url_of("natter");
                run_sql(&url, &postgres_history(&room))?;
                run_sql(&url, "vacuum analyze")
            }
        }
    }
}

/// Makes an empty database that compares by bytes, for either server, and returns its URL.
pub(crate) fn create_database(postgres: &Postgres, name: &str) -> Result<String> {
    let like = "template template0 locale_provider libc locale 'C'";
    run_sql(&postgres.url(), &format!("create database {name} {like}"))?;
    Ok(postgres.url_of(name))
}

fn postgres_history(room: &str) -> String {
    format!(
        "insert into messages (id, room_id, seq, rev, sender_id, kind, body, reply_to, created_at, client_msg_id, request_hash, only_sender)
         select gen_random_uuid(), '{room}', i, i + 1000, m.user_id, 0, repeat('h', 100), null, 0, 'old-' || i, gen_random_uuid(), false
         from generate_series(1, {HISTORY}) i
         join (select user_id, row_number() over () n, count(*) over () c from room_members where room_id = '{room}') m
           on m.n = 1 + i % m.c;
         update rooms set last_seq = {HISTORY}, last_rev = {HISTORY} + 1000 where id = '{room}'"
    )
}
