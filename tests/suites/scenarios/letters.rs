//! Letters: an address that is proven, and a forgotten password.
//!
//! Apart from the table: a server with a mail server of its own, and the policy that lets proven addresses in.

use anyhow::{Result, ensure};
use natter_tests::fields::expect;
use natter_tests::letters::Letterbox;
use natter_tests::people::Person;
use natter_tests::plugins::{install, shipped};
use natter_tests::rest::Outcome as _;
use natter_tests::server::{Settings, Site, Storage};
use serde_json::json;

const POLICY: &str = "admin-approval";
const SETTINGS: &str = r#"grants = ["set_status"]
[config]
approve_email_domains = ["example.org"]
"#;
const PASSWORD: &str = "correct horse battery staple";
const NEW: &str = "battery staple correct horse";

async fn letters_open_doors(storage: Storage) -> Result<()> {
    let letterbox = Letterbox::open().await?;
    let settings = Settings::of_mode("approval")
        .text("smtp.url", letterbox.url())
        .text("smtp.from", "Natter <natter@chat.example>")
        .text("server.public_url", "https://chat.example");
    let site = Site::create_on(storage, &settings)?;
    let mut server = site.start().await?;
    let admin = Person::first_admin(&site, &server).await?;
    install(&site, &server, POLICY, (&shipped(POLICY)?, SETTINGS)).await?;

    let entrance = server.rest().get("/api/v1/auth").await?.granted()?;
    expect(&entrance, "sends_letters", true)?;

    // Who waits is let in by the proof of the address, not by its word.
    let body = json!({ "username": "ann", "password": PASSWORD, "email": "Ann@example.org" });
    let registered = server
        .rest()
        .post("/api/v1/auth/register", body)
        .await?
        .granted()?;
    expect(&registered["user"], "status", "pending")?;
    let ann = server
        .rest()
        .with_token(registered["access_token"].as_str().unwrap_or_default());
    let proof = letterbox.token("Ann@example.org", "verify").await?;
    let verify = async |token: &str| {
        let body = json!({ "token": token });
        server.rest().post("/api/v1/auth/verify_email", body).await
    };
    verify("nonsense").await?.refused_as("invalid_link")?;
    verify(&proof).await?.granted()?;
    verify(&proof).await?.refused_as("invalid_link")?;
    let account = ann.get("/api/v1/me").await?.granted()?;
    expect(&account, "status", "active")?;
    let email = ann.get("/api/v1/me/email").await?.granted()?;
    expect(&email, "address", "Ann@example.org")?;
    ensure!(email["verified_at"].is_string(), "{email}");
    let again = async || {
        let body = json!({ "email": "ann@example.org", "password": PASSWORD });
        ann.put("/api/v1/me/email", body).await
    };
    again().await?.granted()?;
    again().await?.refused_as("rate_limited")?;
    let thief = json!({ "email": "eve@example.org", "password": "not hers at all" });
    ann.put("/api/v1/me/email", thief)
        .await?
        .refused_as("bad_credentials")?;

    // A forgotten password: the answer is the same for an address that nobody has.
    for address in [
        "ann@EXAMPLE.org",
        "nobody@example.org",
        "",
        "not an address",
    ] {
        let body = json!({ "email": address });
        let answer = server
            .rest()
            .post("/api/v1/auth/forgot", body)
            .await?
            .granted()?;
        ensure!(answer.is_null(), "{address}: {answer}");
    }
    let token = letterbox.token("Ann@example.org", "reset").await?;
    let reset = json!({ "token": token, "new_password": NEW });
    server
        .rest()
        .post("/api/v1/auth/reset", reset.clone())
        .await?
        .granted()?;
    server
        .rest()
        .post("/api/v1/auth/reset", reset)
        .await?
        .refused_as("invalid_link")?;
    ann.get("/api/v1/me").await?.refused_as("unauthenticated")?;
    let log_in = json!({ "username": "ann", "password": NEW });
    server
        .rest()
        .post("/api/v1/auth/login", log_in)
        .await?
        .granted()?;
    let letters = letterbox.letters();
    ensure!(letters.len() == 3, "two proofs and one reset: {letters:?}");
    let audit = admin.rest.get("/api/v1/admin/audit").await?.granted()?;
    expect(&audit["entries"][0], "action", "reset_password")?;
    server.check_health().await
}

/// Until another address is proven the one before counts, and who reads it is told.
async fn an_address_changes_by_its_proof(storage: Storage) -> Result<()> {
    let letterbox = Letterbox::open().await?;
    let settings = Settings::of_mode("open")
        .text("smtp.url", letterbox.url())
        .text("smtp.from", "Natter <natter@chat.example>")
        .text("server.public_url", "https://chat.example");
    let site = Site::create_on(storage, &settings)?;
    let mut server = site.start().await?;
    let ann = Person::register(&server, "ann").await?;
    let bob = Person::register(&server, "bob").await?;
    let set = async |who: &Person, address: &str| {
        let body = json!({ "email": address, "password": natter_tests::people::PASSWORD });
        who.rest.put("/api/v1/me/email", body).await
    };
    let check = async |address: Option<&str>, unproven: Option<&str>| {
        let email = ann.rest.get("/api/v1/me/email").await?.granted()?;
        expect(&email, "address", address)?;
        expect(&email, "unproven_address", unproven)
    };
    let prove = async |address: &str| {
        let token = letterbox.token(address, "verify").await?;
        let body = json!({ "token": token });
        let rest = server.rest();
        rest.post("/api/v1/auth/verify_email", body)
            .await?
            .granted()
    };
    set(&ann, "ann@old.example").await?.granted()?;
    check(None, Some("ann@old.example")).await?;
    // Two people want one letter each to one address: it gets one.
    set(&bob, "Ann@old.example")
        .await?
        .refused_as("rate_limited")?;
    prove("ann@old.example").await?;
    check(Some("ann@old.example"), None).await?;

    set(&ann, "ann@new.example").await?.granted()?;
    check(Some("ann@old.example"), Some("ann@new.example")).await?;
    letterbox.until(3).await?;
    let told = |it: &String| it.contains("ann@old.example") && it.contains("Another address");
    ensure!(letterbox.letters().iter().any(told), "nobody was told");
    prove("ann@new.example").await?;
    check(Some("ann@new.example"), None).await?;
    let body = json!({ "email": "ann@old.example" });
    server
        .rest()
        .post("/api/v1/auth/forgot", body)
        .await?
        .granted()?;
    let body = json!({ "email": "ann@new.example" });
    server
        .rest()
        .post("/api/v1/auth/forgot", body)
        .await?
        .granted()?;
    letterbox.token("ann@new.example", "reset").await?;
    ensure!(
        letterbox.letters().len() == 4,
        "the old address gets no letters any more"
    );
    server.check_health().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_changes_by_its_proof_on_sqlite() -> Result<()> {
    an_address_changes_by_its_proof(Storage::Sqlite).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_changes_by_its_proof_on_postgres() -> Result<()> {
    an_address_changes_by_its_proof(Storage::Postgres).await
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_open_doors_on_sqlite() -> Result<()> {
    letters_open_doors(Storage::Sqlite).await
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_open_doors_on_postgres() -> Result<()> {
    letters_open_doors(Storage::Postgres).await
}
