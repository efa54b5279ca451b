//! The shipped admin-approval in a real server: from registration to the first message.

use anyhow::{Context as _, Result, ensure};
use natter_tests::fields::{expect, list, text};
use natter_tests::people::Person;
use natter_tests::plugins::{drop_in, fixture, install, shipped, until_loads, until_logged};
use natter_tests::rest::{Answer, Outcome as _};
use natter_tests::server::{Server, Settings, Site};
use serde_json::{Value, json};

const POLICY: &str = "admin-approval";
const SETTINGS: &str = r#"grants = ["set_status"]
[config]
questions = [{ id = "why", text = "Why do you come?" }]
"#;

/// A server that asks admin-approval about newcomers, and its admin.
struct Stage {
    site: Site,
    server: Server,
    admin: Person,
}

impl Stage {
    async fn new() -> Result<Self> {
        let site = Site::create(&Settings::of_mode("approval"))?;
        let server = site.start().await?;
        let admin = Person::first_admin(&site, &server).await?;
        install(&site, &server, POLICY, (&shipped(POLICY)?, SETTINGS)).await?;
        Ok(Self {
            site,
            server,
            admin,
        })
    }

    /// Somebody's row in the queue, if they wait.
    async fn row(&self, person: &Person) -> Result<Option<Value>> {
        let shown = self.admin.rest.get("/api/v1/admin/panels").await?;
        let panel = shown.granted()?["plugins"][0]["panels"][0].take();
        let mut rows = list(&panel, "rows")?.iter();
        Ok(rows.find(|row| row["id"] == *person.user_id).cloned())
    }

    /// Clicks in the queue.
    async fn click(&self, person: &Person, action: &str, form: Value) -> Result<Answer> {
        let click = json!({ "panel_id": "queue", "action_id": action, "row_id": person.user_id, "form": form });
        let path = format!("/api/v1/admin/plugins/{POLICY}/actions");
        self.admin.rest.post(&path, click).await
    }
}

/// Registers somebody with an invite's code.
async fn register_with(server: &Server, name: &str, code: &str) -> Result<Value> {
    let body =
        json!({ "username": name, "password": "correct horse battery staple", "invite": code });
    let rest = server.rest();
    rest.post("/api/v1/auth/register", body).await?.granted()
}

#[tokio::test]
async fn from_registration_by_the_queue_to_the_first_message() -> Result<()> {
    let stage = Stage::new().await?;
    let admins = stage.admin.connect_ws(&stage.server).await?;
    let ann = Person::register(&stage.server, "ann").await?;
    let anns = ann.connect_ws(&stage.server).await?;
    anns.send_private(&stage.admin.user_id, "let me in")
        .await?
        .refused_as("account_pending")?;
    let asked = ann.rest.get("/api/v1/me/registration").await?.granted()?;
    expect(&asked["questions"][0], "text", "Why do you come?")?;
    let answers = json!({ "answers": [{ "question_id": "why", "text": "To talk" }] });
    let account = ann.rest.post("/api/v1/me/registration", answers).await?;
    expect(&account.granted()?, "status", "pending")?;

    let row = stage.row(&ann).await?.context("she is not in the queue")?;
    ensure!(row["cells"][2] == "Why do you come? To talk", "{row}");
    stage.click(&ann, "approve", json!({})).await?.granted()?;
    let heard = anns.inbox().take("account_status_changed").await?;
    expect(&heard, "status", "active")?;
    ensure!(stage.row(&ann).await?.is_none(), "she still waits");

    anns.send_private(&stage.admin.user_id, "thank you")
        .await?
        .granted()?;
    let received = admins.inbox().take("receive_private_message").await?;
    expect(&received, "body", "thank you")?;
    let audit = stage.admin.rest.get("/api/v1/admin/audit").await?;
    let newest = &audit.granted()?["entries"][0];
    expect(newest, "action", "approve")?;
    expect(newest, "actor_id", stage.admin.user_id.as_str())?;
    let detail = text(newest, "detail")?;
    ensure!(detail.starts_with("policy admin-approval, "), "{newest}");
    Ok(())
}

#[tokio::test]
async fn who_is_rejected_reads_why() -> Result<()> {
    let stage = Stage::new().await?;
    let ann = Person::register(&stage.server, "ann").await?;
    let anns = ann.connect_ws(&stage.server).await?;
    // The form wants a reason.
    stage
        .click(&ann, "reject", json!({}))
        .await?
        .refused_as("invalid_payload")?;
    let form = json!({ "reason": "We do not know you." });
    stage.click(&ann, "reject", form).await?.granted()?;
    let closed = anns.inbox().closed().await?;
    ensure!(closed.code == Some(4003), "{closed:?}");
    let refusal = ann.rest.get("/api/v1/me").await?;
    let refusal = refusal.refused_as("account_rejected")?;
    expect(&refusal.error["details"], "reason", "We do not know you.")?;
    stage
        .click(&ann, "approve", json!({}))
        .await?
        .refused_as("conflict")?;
    Ok(())
}

#[tokio::test]
async fn an_invite_lets_in_at_once_and_is_counted() -> Result<()> {
    let stage = Stage::new().await?;
    let invites = "/api/v1/admin/invites";
    let made = stage.admin.rest.post(invites, json!({ "max_uses": 1 }));
    let code = text(&made.await?.granted()?, "code")?;
    let ann = register_with(&stage.server, "ann", &code).await?;
    expect(&ann["user"], "status", "active")?;
    let all = stage.admin.rest.get(invites).await?.granted()?;
    ensure!(all["invites"][0]["uses"] == 1, "{all}");
    Ok(())
}

#[tokio::test]
async fn a_policy_that_is_gone_off_or_broken_means_waiting() -> Result<()> {
    let stage = Stage::new().await?;
    let made = stage.admin.rest.post("/api/v1/admin/invites", json!({}));
    let code = text(&made.await?.granted()?, "code")?;

    // Its file vanishes: what was active still asks.
    std::fs::remove_file(stage.site.plugins().join(format!("{POLICY}.wasm")))?;
    until_logged(&stage.server, "admin-approval.wasm is gone").await?;
    let gone = Person::register(&stage.server, "ann").await?;
    let asked = gone.rest.get("/api/v1/me/registration").await?.granted()?;
    expect(&asked["questions"][0], "id", "why")?;

    // Switched off: nobody enters by themselves, and the admin's word suffices.
    let off = format!("{POLICY}.toml");
    drop_in(&stage.site, &off, b"enabled = false")?;
    until_logged(&stage.server, "switched off by its settings").await?;
    let bob = register_with(&stage.server, "bob", &code).await?;
    expect(&bob["user"], "status", "pending")?;
    let bobs = text(&bob["user"], "user_id")?;
    let path = format!("/api/v1/admin/users/{bobs}/approve");
    let approved = stage.admin.rest.post(&path, json!({})).await?.granted()?;
    expect(&approved, "status", "active")?;

    // One that fails.
    drop_in(&stage.site, "p.wasm", &fixture("everything")?)?;
    until_loads(&stage.server, "p", "activated", 1.0).await?;
    let eve = register_with(&stage.server, "troublemaker", &code).await?;
    expect(&eve["user"], "status", "pending")?;
    Ok(())
}
