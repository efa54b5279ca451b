//! The shipped message-filter in a real server: what senders, receivers and admins see of it.

use anyhow::{Result, ensure};
use natter_tests::client::{Client, Push};
use natter_tests::fields::{expect, list, text};
use natter_tests::people::Person;
use natter_tests::plugins::{drop_in, install, shipped, until_loads};
use natter_tests::rest::Outcome as _;
use natter_tests::server::{Server, Settings, Site};
use serde_json::json;

const POLICY: &str = "message-filter";
const SETTINGS: &str = r#"[config]
words = { list = ["darn"], action = "mask" }
patterns = { list = ['\d{4}-\d{4}'], action = "hold" }
links = { allowed_hosts = ["example.org"], action = "refuse", reason = "Links only to example.org, please." }
"#;

struct Stage {
    site: Site,
    server: Server,
    admin: Person,
    bob: Person,
    anns: Client,
    bobs: Client,
}

impl Stage {
    async fn new() -> Result<Self> {
        let site = Site::create(&Settings::open())?;
        let server = site.start().await?;
        let admin = Person::first_admin(&site, &server).await?;
        let [ann, bob] = Person::register_all(&server, ["ann", "bob"]).await?;
        let anns = ann.connect_ws(&server).await?;
        let bobs = bob.connect_ws(&server).await?;
        install(&site, &server, POLICY, (&shipped(POLICY)?, SETTINGS)).await?;
        Ok(Self {
            site,
            server,
            admin,
            bob,
            anns,
            bobs,
        })
    }

    /// Bob receives the next message of Ann's.
    async fn received(&self, body: &str) -> Result<()> {
        let received = self.bobs.inbox().take("receive_private_message").await?;
        expect(&received, "body", body)
    }
}

#[tokio::test]
async fn it_masks_and_refuses_with_a_reason_that_the_sender_sees() -> Result<()> {
    let stage = Stage::new().await?;
    let (anns, bob) = (&stage.anns, &stage.bob.user_id);
    let ack = anns.send_private(bob, "Darn rain").await?.granted()?;
    expect(&ack, "seq", 1)?;
    stage.received("**** rain").await?;
    let refusal = anns.send_private(bob, "see https://evil.example/x").await?;
    let refusal = refusal.refused_as("policy_rejected")?;
    let details = &refusal.error["details"];
    expect(details, "reason", "Links only to example.org, please.")?;
    expect(details, "plugin", POLICY)?;
    let ack = anns
        .send_private(bob, "see https://example.org")
        .await?
        .granted()?;
    expect(&ack, "seq", 2)?;
    stage.received("see https://example.org").await
}

#[tokio::test]
async fn what_it_holds_is_released_or_rejected_by_an_admin() -> Result<()> {
    let stage = Stage::new().await?;
    let (anns, rest) = (&stage.anns, &stage.admin.rest);
    let mut held = Vec::new();
    for body in ["call 1234-5678", "or 8765-4321"] {
        let ack = anns.send_private(&stage.bob.user_id, body).await?;
        let ack = ack.granted()?;
        expect(&ack, "status", "held")?;
        held.push(text(&ack, "message_id")?);
    }
    let waiting = rest.get("/api/v1/admin/held").await?.granted()?;
    let waiting = list(&waiting, "messages")?;
    ensure!(waiting.len() == 2, "{waiting:?}");
    expect(&waiting[0], "plugin", POLICY)?;
    expect(&waiting[0], "note", "forbidden_text")?;

    let path = format!("/api/v1/admin/held/{}/release", held[0]);
    rest.post(&path, json!({})).await?.granted()?;
    stage.received("call 1234-5678").await?;
    let decision = anns.inbox().take("message_decision").await?;
    expect(&decision, "status", "released")?;
    let path = format!("/api/v1/admin/held/{}/reject", held[1]);
    let why = json!({ "reason": "No numbers here." });
    rest.post(&path, why).await?.granted()?;
    let decision = anns.inbox().take("message_decision").await?;
    expect(&decision, "message_id", held[1].as_str())?;
    expect(&decision, "reason", "No numbers here.")?;
    let others = stage.bobs.inbox().pushes();
    let is_message = |push: &Push| push.event == "receive_private_message";
    ensure!(!others.iter().any(is_message), "{others:?}");
    Ok(())
}

#[tokio::test]
async fn its_new_settings_hold_from_the_next_message_on() -> Result<()> {
    let stage = Stage::new().await?;
    let (anns, bob) = (&stage.anns, &stage.bob.user_id);
    let ack = anns.send_private(bob, "darn").await?.granted()?;
    stage.received("****").await?;
    let room_id = text(&ack, "room_id")?;
    let settings = format!(
        "[config]\nwords = {{ list = [\"heck\"], action = \"refuse\" }}\nflooding = {{ messages = 2, seconds = 60, action = \"refuse\" }}\n\
         [config.rooms.{room_id:?}]\nwords = {{ action = \"allow\" }}\n"
    );
    drop_in(&stage.site, &format!("{POLICY}.toml"), settings.as_bytes())?;
    until_loads(&stage.server, POLICY, "activated", 2.0).await?;
    // In this room the words are free, and in others they are not.
    anns.send_private(bob, "darn, heck").await?.granted()?;
    stage.received("darn, heck").await?;
    let admin = &stage.admin.user_id;
    let refusal = anns.send_private(admin, "heck").await?;
    let refusal = refusal.refused_as("policy_rejected")?;
    expect(&refusal.error["details"], "policy_code", "forbidden_word")?;
    let refusal = anns.send_private(bob, "one too many").await?;
    let refusal = refusal.refused_as("policy_rejected")?;
    expect(&refusal.error["details"], "policy_code", "flooding")
}
