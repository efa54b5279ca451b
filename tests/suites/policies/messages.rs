//! Messages that a policy changes, refuses and holds, and what admins do about those.

use anyhow::{Result, ensure};
use natter_tests::client::Client;
use natter_tests::fields::{expect, list, number, text};
use natter_tests::people::Person;
use natter_tests::plugins::{drop_in, fixture, until_loads};
use natter_tests::rest::Outcome as _;
use natter_tests::server::{Server, Settings, Site};
use serde_json::{Value, json};

/// A server with an admin, for the plugin `everything`.
struct Stage {
    site: Site,
    server: Server,
    admin: Person,
}

impl Stage {
    async fn new() -> Result<Self> {
        let site = Site::create(&Settings::open())?;
        let server = site.start().await?;
        let admin = Person::first_admin(&site, &server).await?;
        Ok(Self {
            site,
            server,
            admin,
        })
    }

    /// Two people with a socket each, and then the plugin: it would ask newcomers.
    async fn pair(&self) -> Result<[(Person, Client); 2]> {
        let [ann, bob] = Person::register_all(&self.server, ["ann", "bob"]).await?;
        drop_in(&self.site, "p.wasm", &fixture("everything")?)?;
        until_loads(&self.server, "p", "activated", 1.0).await?;
        let (anns, bobs) = (
            ann.connect_ws(&self.server).await?,
            bob.connect_ws(&self.server).await?,
        );
        Ok([(ann, anns), (bob, bobs)])
    }

    async fn waiting(&self) -> Result<Vec<Value>> {
        let page = self.admin.rest.get("/api/v1/admin/held").await?.granted()?;
        Ok(list(&page, "messages")?.clone())
    }

    async fn decide(
        &self,
        ack: &Value,
        decision: &str,
        body: Value,
    ) -> Result<natter_tests::rest::Answer> {
        let id = text(ack, "message_id")?;
        let path = format!("/api/v1/admin/held/{id}/{decision}");
        self.admin.rest.post(&path, body).await
    }
}

fn private(to: &Person, client_msg_id: &str, body: &str) -> Value {
    json!({ "to": to.user_id, "client_msg_id": client_msg_id, "body": body })
}

#[tokio::test]
async fn a_message_is_changed_or_refused_with_a_reason() -> Result<()> {
    let stage = Stage::new().await?;
    let [(_ann, anns), (bob, bobs)] = stage.pair().await?;
    let ack = anns
        .send_private(&bob.user_id, "shout hello")
        .await?
        .granted()?;
    expect(&ack, "status", "sent")?;
    expect(&ack, "body", "HELLO")?;
    let received = bobs.inbox().take("receive_private_message").await?;
    expect(&received, "body", "HELLO")?;

    let refusal = anns
        .send_private(&bob.user_id, "reject not so")
        .await?
        .refused_as("policy_rejected")?;
    let details = &refusal.error["details"];
    expect(details, "reason", "not so")?;
    expect(details, "policy_code", "told_to")?;
    expect(details, "plugin", "p")?;
    let decision_id = text(details, "decision_id")?;
    natter_tests::deadline::eventually("the decision to be kept", async || {
        let page = stage
            .admin
            .rest
            .get("/api/v1/admin/decisions?plugin=p")
            .await?
            .granted()?;
        let kept = list(&page, "decisions")?;
        Ok(kept
            .iter()
            .any(|it| it["decision_id"] == decision_id.as_str())
            .then_some(()))
    })
    .await?;

    // What does not concern a policy keeps its order and its places.
    for seq in 2..12 {
        let ack = anns.send_private(&bob.user_id, "plain").await?.granted()?;
        ensure!(number(&ack, "seq")? == seq && ack.get("body").is_none());
    }
    Ok(())
}

#[tokio::test]
async fn a_retry_is_answered_without_the_policy() -> Result<()> {
    let stage = Stage::new().await?;
    let [(_ann, anns), (bob, _bobs)] = stage.pair().await?;
    let send = private(&bob, "once", "shout hello");
    let mut tries = Vec::new();
    for _ in 0..5 {
        tries.push(anns.start("send_private_message", send.clone()).await?);
    }
    let mut acks = Vec::new();
    for answer in tries {
        acks.push(answer.await?.granted()?);
    }
    expect(&acks[0], "deduplicated", false)?;
    for again in &acks[1..] {
        expect(again, "message_id", acks[0]["message_id"].clone())?;
        expect(again, "deduplicated", true)?;
    }
    let other = private(&bob, "once", "shout bye");
    anns.emit("send_private_message", other)
        .await?
        .refused_as("idempotency_conflict")?;
    let plugins = stage
        .admin
        .rest
        .get("/api/v1/admin/plugins")
        .await?
        .granted()?;
    let hooks = list(&plugins["plugins"][0], "hooks")?;
    let messages = hooks.iter().find(|it| it["hook"] == "messages");
    ensure!(
        messages.is_some_and(|it| it["verdicts"]["modify"] == 1),
        "{hooks:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_held_first_message_makes_no_room_until_it_is_released() -> Result<()> {
    let stage = Stage::new().await?;
    let [(ann, anns), (bob, bobs)] = stage.pair().await?;
    let send = private(&bob, "first", "hold me");
    let ack = anns
        .emit("send_private_message", send.clone())
        .await?
        .granted()?;
    expect(&ack, "status", "held")?;
    ensure!(
        ack.get("room_id").is_none() && ack.get("seq").is_none(),
        "{ack}"
    );
    for person in [&ann, &bob] {
        let rooms = person.rest.get("/api/v1/rooms").await?.granted()?;
        ensure!(list(&rooms, "rooms")?.is_empty(), "{rooms}");
    }
    let again = anns
        .emit("send_private_message", send.clone())
        .await?
        .granted()?;
    expect(&again, "status", "held")?;
    expect(&again, "deduplicated", true)?;
    let waiting = stage.waiting().await?;
    ensure!(waiting.len() == 1, "{waiting:?}");
    expect(&waiting[0], "note", "me")?;
    expect(&waiting[0], "body", "hold me")?;

    let released = stage.decide(&ack, "release", json!({})).await?.granted()?;
    ensure!(number(&released, "seq")? == 1);
    let received = bobs.inbox().take("receive_private_message").await?;
    expect(&received, "message_id", ack["message_id"].clone())?;
    expect(&received, "created_at", ack["created_at"].clone())?;
    let decision = anns.inbox().take("message_decision").await?;
    expect(&decision, "status", "released")?;
    expect(&decision, "room_id", received["room_id"].clone())?;
    anns.inbox().take("receive_private_message").await?;
    let again = anns.emit("send_private_message", send).await?.granted()?;
    expect(&again, "status", "sent")?;
    expect(&again, "seq", 1)?;
    stage
        .decide(&ack, "release", json!({}))
        .await?
        .refused_as("conflict")?;
    ensure!(stage.waiting().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn what_one_plugin_changed_and_another_held_is_released_as_changed() -> Result<()> {
    let stage = Stage::new().await?;
    let [(_ann, anns), (bob, bobs)] = stage.pair().await?;
    drop_in(&stage.site, "q.wasm", &fixture("everything")?)?;
    until_loads(&stage.server, "q", "activated", 1.0).await?;
    let ack = anns.send_private(&bob.user_id, "whisper HOLD It").await?;
    let ack = ack.granted()?;
    expect(&ack, "status", "held")?;
    expect(&stage.waiting().await?[0], "body", "hold it")?;
    stage.decide(&ack, "release", json!({})).await?.granted()?;
    let received = bobs.inbox().take("receive_private_message").await?;
    expect(&received, "body", "hold it")?;
    Ok(())
}

#[tokio::test]
async fn a_held_message_that_is_rejected_is_never_seen() -> Result<()> {
    let stage = Stage::new().await?;
    let [(_ann, anns), (bob, bobs)] = stage.pair().await?;
    let first = anns.send_private(&bob.user_id, "hello").await?.granted()?;
    let send = private(&bob, "second", "hold it");
    let ack = anns
        .emit("send_private_message", send.clone())
        .await?
        .granted()?;
    expect(&ack, "room_id", first["room_id"].clone())?;
    let why = json!({ "reason": "Not here" });
    stage.decide(&ack, "reject", why).await?.granted()?;
    let decision = anns.inbox().take("message_decision").await?;
    expect(&decision, "status", "rejected")?;
    expect(&decision, "reason", "Not here")?;
    let again = anns.emit("send_private_message", send).await?;
    let refusal = again.refused_as("policy_rejected")?;
    expect(&refusal.error["details"], "reason", "Not here")?;
    expect(
        &refusal.error["details"],
        "policy_code",
        "rejected_by_admin",
    )?;
    let next = anns.send_private(&bob.user_id, "next").await?.granted()?;
    ensure!(number(&next, "seq")? == 2);
    let second = bobs
        .inbox()
        .take_where("receive_private_message", |it| it["seq"] == 2)
        .await?;
    expect(&second, "body", "next")?;
    let audit = stage
        .admin
        .rest
        .get("/api/v1/admin/audit")
        .await?
        .granted()?;
    expect(&audit["entries"][0], "action", "reject_message")?;
    Ok(())
}

#[tokio::test]
async fn a_command_is_answered_and_not_stored() -> Result<()> {
    let stage = Stage::new().await?;
    let [(ann, anns), (bob, _bobs)] = stage.pair().await?;
    let ack = anns
        .send_private(&bob.user_id, "/greet Bob")
        .await?
        .granted()?;
    expect(&ack, "status", "command")?;
    expect(&ack, "reply", "Hello, Bob")?;
    // A retry is answered, and nothing is done twice.
    let greet = private(&bob, "greeting", "/greet Bob");
    for again in [false, true] {
        let ack = anns.emit("send_private_message", greet.clone()).await?;
        let ack = ack.granted()?;
        expect(&ack, "deduplicated", again)?;
    }
    let refusal = anns
        .send_private(&bob.user_id, "/greet")
        .await?
        .refused_as("policy_rejected")?;
    expect(&refusal.error["details"], "policy_code", "usage")?;
    // What no plugin declares is what somebody says.
    let ack = anns.send_private(&bob.user_id, "/shrug").await?.granted()?;
    expect(&ack, "seq", 1)?;
    let commands = ann.rest.get("/api/v1/commands").await?.granted()?;
    expect(&commands["commands"][0], "name", "greet")?;
    Ok(())
}

#[tokio::test]
async fn a_refused_message_is_judged_once() -> Result<()> {
    let stage = Stage::new().await?;
    let [(_ann, anns), (bob, _bobs)] = stage.pair().await?;
    let send = private(&bob, "once", "reject not so");
    let mut decisions = Vec::new();
    for _ in 0..3 {
        let refusal = anns.emit("send_private_message", send.clone()).await?;
        let refusal = refusal.refused_as("policy_rejected")?;
        decisions.push(text(&refusal.error["details"], "decision_id")?);
    }
    ensure!(decisions[1..] == [decisions[0].clone(), decisions[0].clone()]);
    let other = private(&bob, "once", "plain");
    anns.emit("send_private_message", other)
        .await?
        .refused_as("idempotency_conflict")?;
    Ok(())
}

/// `hostile` does what a message says: `loop` takes all of its deadline, and is then allowed.
#[tokio::test]
async fn busy_policies_are_an_error_that_may_be_tried_again() -> Result<()> {
    let settings = Settings::open()
        .number("policies.instances", 1)
        .number("policies.instance_wait_ms", 1)
        .number("policies.deadline_ms", 500)
        .number("policies.chain_budget_ms", 500);
    let site = Site::create(&settings)?;
    let server = site.start().await?;
    let [ann, bob] = Person::register_all(&server, ["ann", "bob"]).await?;
    drop_in(&site, "p.toml", b"on_failure.messages = \"allow\"")?;
    drop_in(&site, "p.wasm", &fixture("hostile")?)?;
    until_loads(&server, "p", "activated", 1.0).await?;
    let (anns, bobs) = (
        ann.connect_ws(&server).await?,
        bob.connect_ws(&server).await?,
    );
    let slow = private(&ann, "slow", "loop");
    let slow = anns.start("send_private_message", slow).await?;
    // Until the only instance is taken, others are judged.
    let refused = natter_tests::deadline::eventually("the policies to be busy", async || {
        Ok(bobs.send_private(&bob.user_id, "quick").await?.err())
    });
    let refusal = Err::<Value, _>(refused.await?).refused_as("overloaded")?;
    expect(&refusal.error, "retryable", true)?;
    ensure!(number(&refusal.error, "retry_after_ms")? > 0);
    slow.await?.granted()?;
    bobs.send_private(&bob.user_id, "quick").await?.granted()?;
    Ok(())
}
