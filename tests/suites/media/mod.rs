//! Calls between headless browsers, through a whole server: what people see and hear of each other.
//!
//! The pages say what they decode; `tests/clients/js/call.mjs` plays the scenarios.

mod proxy;

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use natter_tests::deadline::eventually;
use natter_tests::fields::{list, number};
use natter_tests::people::Person;
use natter_tests::rest::Outcome as _;
use natter_tests::server::{Server, Settings, Site};
use proxy::Proxy;
use tokio::process::Command;

/// Three people in a group.
struct Scene {
    _site: Site,
    server: Server,
    people: [Person; 3],
    room_id: String,
}

impl Scene {
    async fn build() -> Result<Self> {
        let site = Site::create(&Settings::open())?;
        let server = site.start().await?;
        let people = Person::register_all(&server, ["ada", "bob", "carol"]).await?;
        let [ada, bob, carol] = &people;
        let room_id = ada.create_group("Tea", &[bob, carol]).await?;
        Ok(Self {
            _site: site,
            server,
            people,
            room_id,
        })
    }

    /// Where datagrams go, as the server's log has it.
    fn udp_port(&self) -> Result<u16> {
        let log = self.server.log()?;
        let (_, rest) = log
            .split_once("\"udp_port\":")
            .context("it says where media goes")?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        Ok(digits.parse()?)
    }

    /// Plays a scenario, with datagrams through this proxy; the call's id.
    async fn play(&self, scenario: &str, proxy: Option<&Proxy>) -> Result<String> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/js/call.mjs");
        let people = self
            .people
            .each_ref()
            .map(|it| format!("{}:{}", it.token, it.user_id));
        let mut command = Command::new("node");
        command
            .arg(script)
            .args([
                self.server.url(),
                scenario,
                &self.room_id,
                &people.join(","),
            ])
            .args(proxy.map(|proxy| proxy.port.to_string()));
        let output = command.kill_on_drop(true).output().await?;
        let said = String::from_utf8_lossy(&output.stdout);
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{scenario}: {said}{complaint}");
        Ok(said.trim().to_owned())
    }
}

#[tokio::test]
async fn two_see_and_hear_each_other_and_how_it_fared_is_kept() -> Result<()> {
    let scene = Scene::build().await?;
    let call_id = scene.play("two", None).await?;
    let path = format!("/api/v1/calls/{call_id}");
    // The router's last word on who left may come after the end.
    let call = eventually("the quality of both", async || {
        let call = scene.people[0].rest.get(&path).await?.granted()?;
        let people = list(&call, "participants")?;
        let is_there = people.iter().all(|it| it["quality"].is_object());
        Ok(is_there.then_some(call))
    })
    .await?;
    for participant in list(&call, "participants")? {
        let quality = &participant["quality"];
        ensure!(number(quality, "sent_bps")? > 0, "{call}");
        ensure!(number(quality, "loss_permille")? < 500, "{call}");
    }
    Ok(())
}

#[tokio::test]
async fn a_third_comes_late_leaves_and_comes_again() -> Result<()> {
    Scene::build().await?.play("three", None).await.map(drop)
}

#[tokio::test]
async fn layers_change_without_a_freeze_and_unwatched_ones_pause() -> Result<()> {
    Scene::build().await?.play("layers", None).await.map(drop)
}

#[tokio::test]
async fn a_screen_comes_and_goes_and_a_mute_is_kept() -> Result<()> {
    let scene = Scene::build().await?;
    scene.play("screen_and_mute", None).await.map(drop)
}

#[tokio::test]
async fn a_twentieth_lost_is_repaired() -> Result<()> {
    let scene = Scene::build().await?;
    let proxy = Proxy::start(scene.udp_port()?, 50).await?;
    scene.play("lossy", Some(&proxy)).await?;
    ensure!(proxy.lost() > 50, "{} were lost", proxy.lost());
    Ok(())
}

#[tokio::test]
async fn where_datagrams_are_blocked_it_goes_by_tcp() -> Result<()> {
    let scene = Scene::build().await?;
    let proxy = Proxy::start(scene.udp_port()?, 1000).await?;
    scene.play("blocked", Some(&proxy)).await?;
    ensure!(proxy.lost() > 0, "nobody tried datagrams");
    Ok(())
}
