//! How much one client may ask: wrong passwords, requests of an account, requests and sockets of an address.

use anyhow::{Context as _, Result, ensure};
use natter_tests::people::Person;
use natter_tests::rest::{Outcome as _, Refusal, http_client, read_answer};
use natter_tests::server::{Server, Settings};
use serde_json::json;

use super::raw::RawSocket;
use super::witness::Witness;

const BURST: u64 = 5;

/// Tries a password as if from this address.
async fn log_in(server: &Server, from: &str, username: &str, password: &str) -> Result<u16> {
    let response = http_client()
        .post(format!("{}/api/v1/auth/login", server.url()))
        .header("x-forwarded-for", from)
        .json(&json!({ "username": username, "password": password }))
        .send()
        .await?;
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after").cloned();
    if let Err(refusal) = read_answer(response).await?
        && status == 429
    {
        let seconds: u64 = retry_after.context("retry-after")?.to_str()?.parse()?;
        check_wait(&refusal, seconds)?;
    }
    Ok(status)
}

fn check_wait(refusal: &Refusal, seconds: u64) -> Result<()> {
    let milliseconds = refusal.error["retry_after_ms"]
        .as_u64()
        .context("retry_after_ms")?;
    ensure!(refusal.code == "rate_limited", "{refusal:?}");
    ensure!(refusal.error["retryable"] == true, "{refusal:?}");
    ensure!(
        milliseconds.div_ceil(1000) == seconds,
        "{seconds} s: {refusal:?}"
    );
    Ok(())
}

fn few_logins() -> Settings {
    Settings::open()
        .number("limits.logins_per_minute", 1)
        .number("limits.burst_logins", BURST)
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_are_slowed_down_and_nobody_is_locked_out() -> Result<()> {
    let mut witness = Witness::arrive(few_logins()).await?;
    let server = &witness.server;
    let ann = witness.ann.username.as_str();
    let right = natter_tests::people::PASSWORD;
    ensure!(log_in(server, "192.0.2.1", ann, right).await? == 200);
    // From everywhere, an address each: the account is slowed down for strangers.
    for at in 0..BURST {
        let from = format!("198.51.100.{at}");
        ensure!(log_in(server, &from, ann, "wrong horse").await? == 401);
    }
    for password in ["wrong horse", right] {
        ensure!(log_in(server, "203.0.113.9", ann, password).await? == 429);
        ensure!(log_in(server, "203.0.113.9", &ann.to_uppercase(), password).await? == 429);
    }
    // A name that nobody has is told from nothing: it is slowed down as well.
    for at in 0..BURST {
        let from = format!("198.51.100.{}", 100 + at);
        ensure!(log_in(server, &from, "nobody", "wrong horse").await? == 401);
    }
    ensure!(log_in(server, "203.0.113.9", "nobody", "wrong horse").await? == 429);
    // Who was there before is not concerned, nor are others.
    for _ in 0..2 * BURST {
        ensure!(log_in(server, "192.0.2.1", ann, right).await? == 200);
    }
    // One address that tries many names.
    for at in 0..BURST {
        let name = format!("person{at}");
        ensure!(log_in(server, "192.0.2.77", &name, "wrong horse").await? == 401);
    }
    ensure!(log_in(server, "192.0.2.77", "another", "wrong horse").await? == 429);
    witness.testify().await
}

/// An access token that was stolen is no way to guess the password.
#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_ones_own_password_are_slowed_down() -> Result<()> {
    let mut witness = Witness::arrive(few_logins()).await?;
    let carol = Person::register(&witness.server, "carol").await?;
    let guess = async |route: u64, password: &str| match route {
        0 => {
            let body = json!({ "old_password": password, "new_password": "battery staple" });
            carol.rest.post("/api/v1/me/password", body).await
        }
        1 => {
            let body = json!({ "password": password });
            carol.rest.post("/api/v1/me/delete", body).await
        }
        _ => {
            let body = json!({ "email": "eve@example.org", "password": password });
            carol.rest.put("/api/v1/me/email", body).await
        }
    };
    for at in 0..BURST {
        let outcome = guess(at % 3, "wrong horse").await?;
        outcome.refused_as("bad_credentials")?;
    }
    for route in 0..3 {
        for password in ["wrong horse", natter_tests::people::PASSWORD] {
            let outcome = guess(route, password).await?;
            outcome.refused_as("rate_limited")?;
        }
    }
    carol.rest.get("/api/v1/me").await?.granted()?;
    witness.testify().await
}

/// What a client says of its own address counts only behind a trusted proxy.
#[tokio::test(flavor = "multi_thread")]
async fn made_up_addresses_gain_nothing() -> Result<()> {
    let settings = few_logins().texts("proxy.trusted", &[]);
    let mut witness = Witness::arrive(settings).await?;
    let mut statuses = Vec::new();
    for at in 0..=BURST {
        let (from, name) = (format!("198.51.100.{at}"), format!("person{at}"));
        statuses.push(log_in(&witness.server, &from, &name, "wrong horse").await?);
    }
    ensure!(statuses == [401, 401, 401, 401, 401, 429], "{statuses:?}");
    witness.testify().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_asks_too_much_waits_and_no_other() -> Result<()> {
    let settings = Settings::open()
        .number("limits.requests_per_second", 1)
        .number("limits.burst_requests", 20);
    let mut witness = Witness::arrive(settings).await?;
    let bob = Person::register(&witness.server, "carol").await?;
    // The room list counts 5.
    for _ in 0..4 {
        witness.ann.rest.get("/api/v1/rooms").await?.granted()?;
    }
    let refusal = witness.ann.rest.get("/api/v1/rooms").await?;
    let refusal = refusal.refused_as("rate_limited")?;
    ensure!(refusal.status == Some(429), "{refusal:?}");
    bob.rest.get("/api/v1/rooms").await?.granted()?;
    witness.testify().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_asks_too_much_waits() -> Result<()> {
    let settings = Settings::open()
        .number("limits.address_requests_per_second", 1)
        .number("limits.address_burst_requests", 200);
    let mut witness = Witness::arrive(settings).await?;
    let from = |address: &'static str, path: &'static str| {
        let url = format!("{}{path}", witness.server.url());
        async move {
            let request = http_client().get(url).header("x-forwarded-for", address);
            anyhow::Ok(request.send().await?.status().as_u16())
        }
    };
    // One /64 is one client.
    let addresses = ["2001:db8::1", "2001:db8::ffff:1"];
    for at in 0..200 {
        let status = from(addresses[at % 2], "/healthz").await?;
        ensure!(status == 200, "request {at} answers {status}");
    }
    for path in [
        "/healthz",
        "/",
        "/no/such/route",
        "/ws",
        "/socket.io/?EIO=4&transport=polling",
    ] {
        let status = from(addresses[0], path).await?;
        ensure!(status == 429, "{path} answers {status}");
    }
    ensure!(from("2001:db8:0:1::1", "/healthz").await? == 200);
    // Nor is a session that is named, but there is no end of sessions that are made up.
    let mut polls = 0;
    while from(addresses[0], "/socket.io/?EIO=4&transport=polling&sid=x").await? != 429 {
        polls += 1;
        ensure!(polls < 3_000, "they cost nothing");
    }
    ensure!(polls >= 2_000, "only {polls} polls");
    // Sockets that are open are not concerned.
    let mut socket = RawSocket::registered(&witness.server, &witness.ann.token).await?;
    socket
        .send(r#"{"id":1,"event":"sync","data":{"user_rev":0,"rooms":[]}}"#)
        .await?;
    ensure!(socket.answer_to(1).await?["ok"] == true);
    witness.testify().await
}
