//! The Node baseline of `tests/peers/node`: what Natter replaces.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};
use natter_tests::deadline::eventually;
use natter_tests::postgres::{Postgres, free_port, run_sql_file};
use natter_tests::rest::http_client;

use crate::load::{GROUP_MEMBERS, People};
use crate::natter::create_database;

/// The folder of its sources, with its packages installed.
fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/peers/node"))
}

const DATABASE: &str = "chat";

/// A running Node server; dropping it kills it.
pub(crate) struct Node {
    child: Child,
    port: u16,
}

/// Makes its database, with people, groups and old messages.
pub(crate) fn fill(postgres: &Postgres) -> Result<()> {
    let url = create_database(postgres, DATABASE)?;
    let members = format!("gsize={GROUP_MEMBERS}");
    run_sql_file(&url, &folder().join("schema.sql"), &members)
}

impl Node {
    /// Starts `script` with its way of storing.
    pub(crate) async fn start(script: &str, storage: &str, postgres: &Postgres) -> Result<Self> {
        let port = free_port()?;
        let child = Command::new("node")
            .arg(script)
            .current_dir(folder())
            .env("NODE_ENV", "production")
            .env("DB", storage)
            .env("PORT", port.to_string())
            .env("DATABASE_URL", postgres.url_of(DATABASE))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("node (`cargo xtask bench chat` installs it)")?;
        let node = Self { child, port };
        let health = format!("http://127.0.0.1:{port}/health");
        eventually("the Node server", async || {
            let answer = http_client().get(&health).send().await;
            Ok(answer
                .is_ok_and(|it| it.status().is_success())
                .then_some(()))
        })
        .await?;
        Ok(node)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The first of its people; the schema puts them into groups in their order.
    pub(crate) fn people(&self, count: usize) -> People {
        let ids: Vec<String> = (1..=count).map(|id| id.to_string()).collect();
        People {
            address: ([127, 0, 0, 1], self.port).into(),
            credentials: ids.clone(),
            ids,
            groups: (1..=count / GROUP_MEMBERS)
                .map(|id| id.to_string())
                .collect(),
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
