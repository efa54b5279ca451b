//! Plays the matrix against a server.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use natter_tests::client::Client;
use natter_tests::rest::{Answer, Outcome as _, Rest};
use natter_tests::server::{Server, Settings, Site, Storage};
use serde_json::{Value, json};

use super::cast::{Cast, Player, Role};
use super::scene::Stage;
use super::table::{Row, rows};

/// A server with everybody on it.
pub(crate) struct Play {
    pub(crate) server: Server,
    stage: Stage,
    rows: Vec<Row>,
    _site: Site,
}

impl Play {
    /// `without`: the name of a guard that is taken away.
    pub(crate) async fn open(storage: Storage, without: Option<&str>) -> Result<Self> {
        let settings = Settings::of_mode("approval").unhurried();
        let site = Site::create_on(storage, &settings)?;
        let server = match without {
            Some(guard) => {
                site.start_in(&[("NATTER_TEST_WITHOUT_GUARD", guard)])
                    .await?
            }
            None => site.start().await?,
        };
        let cast = Cast::gather(&site, &server).await?;
        Ok(Self {
            stage: Stage::build(cast, &server).await?,
            server,
            rows: rows()?,
            _site: site,
        })
    }

    /// What is otherwise than the matrix says; only the first, if that is enough.
    pub(crate) async fn differences(&self, at_most: usize) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for row in &self.rows {
            for (role, expected) in Role::ALL.into_iter().zip(&row.expected) {
                if found.len() == at_most {
                    return Ok(found);
                }
                let what = || format!("{} {} as {role:?}", row.method, row.target);
                let heard = self.hear(row, role).await.with_context(what)?;
                if heard != *expected {
                    found.push(format!("{}: {heard} instead of {expected}", what()));
                }
            }
        }
        Ok(found)
    }

    async fn hear(&self, row: &Row, role: Role) -> Result<String> {
        let player = self.stage.cast.player(role);
        let [target, body] = self.stage.fill([row.target, row.body], player).await?;
        if row.is_event() {
            self.emit(&target, serde_json::from_str(&body)?, player)
                .await
        } else {
            let rest = self.rest(row, role).await?;
            let response = rest.raw(row.method.parse()?, &target, body.into_bytes());
            Ok(response.await?.status().as_u16().to_string())
        }
    }

    /// What calls a row: a device of its own, if that is to end.
    async fn rest(&self, row: &Row, role: Role) -> Result<Rest> {
        let Some(player) = self.stage.cast.player(role) else {
            return Ok(self.server.rest());
        };
        let may_log_in = !matches!(role, Role::Suspended | Role::LoggedOut);
        Ok(if row.ends_device && may_log_in {
            player.person.log_in(&self.server).await?.rest
        } else {
            player.person.rest.clone()
        })
    }

    async fn emit(&self, event: &str, data: Value, player: Option<&Player>) -> Result<String> {
        let socket = Client::connect_ws(&self.server).await?;
        if let Some(player) = player {
            // Refused where the account or the device is; then the session is nobody's.
            let _ = socket
                .emit("register_user", json!({ "token": player.person.token }))
                .await?;
        }
        let heard = match socket.emit(event, data).await? {
            Answer::Ok(ack) => {
                if ack.get("call_id").is_some() {
                    // Or they would be in another call in the next cell.
                    let _ = socket
                        .emit("leave_call", json!({ "call_id": ack["call_id"] }))
                        .await?;
                }
                "ok".to_owned()
            }
            Answer::Err(refusal) => refusal.code,
        };
        socket.disconnect().await?;
        Ok(heard)
    }

    /// Every route of the server has a row, and every row is a route.
    pub(crate) async fn check_routes(&self) -> Result<()> {
        let described = self.server.rest().get("/openapi.json").await?.granted()?;
        let paths = described["paths"].as_object().context("paths")?;
        let mut routes = BTreeSet::new();
        for (path, methods) in paths {
            for method in methods.as_object().context("methods")?.keys() {
                routes.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
        let requests = self.rows.iter().filter(|row| !row.is_event());
        same(&routes, &requests.map(Row::route).collect(), "route")
    }

    /// Every event of the socket has a row, and every row is an event.
    pub(crate) fn check_events(&self) -> Result<()> {
        let events = natter::gateway::session::CLIENT_EVENTS.iter();
        let rows = self.rows.iter().filter(|row| row.is_event());
        same(
            &events.map(|it| (*it).to_owned()).collect(),
            &rows.map(|row| row.target.to_owned()).collect(),
            "event",
        )
    }
}

fn same(known: &BTreeSet<String>, listed: &BTreeSet<String>, what: &str) -> Result<()> {
    let unlisted: Vec<_> = known.difference(listed).collect();
    ensure!(
        unlisted.is_empty(),
        "no row in tests/suites/rights/matrix.txt for the {what} {unlisted:?}"
    );
    let unknown: Vec<_> = listed.difference(known).collect();
    ensure!(
        unknown.is_empty(),
        "tests/suites/rights/matrix.txt has what is no {what}: {unknown:?}"
    );
    Ok(())
}
