//! PostgreSQL goes away, hangs, or has no room: clients hear that they must try again, and nothing acknowledged is lost.
//!
//! Rule: Natter is never restarted here. It serves again by itself within [`BACK_WITHIN`].

mod crowded;
mod gone;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use natter_tests::client::Client;
use natter_tests::deadline::eventually;
use natter_tests::people::Person;
use natter_tests::rest::Outcome as _;
use natter_tests::server::Server;

/// From the moment at which PostgreSQL answers again, on a busy machine.
const BACK_WITHIN: Duration = Duration::from_secs(5);

/// A client that cannot be served hears so within this: the server gives a query 5 s.
const REFUSED_WITHIN: Duration = Duration::from_millis(6_500);

/// Two people who write to each other.
struct Pair {
    ann: Person,
    bob: Person,
    anns: Client,
}

impl Pair {
    /// Registers and connects them; they have said something, so their room is there.
    async fn meet(server: &Server) -> Result<Self> {
        let [ann, bob] = Person::register_all(server, ["ann", "bob"]).await?;
        let anns = ann.connect_ws(server).await?;
        let pair = Self { ann, bob, anns };
        pair.says("hello").await?;
        Ok(pair)
    }

    async fn says(&self, body: &str) -> Result<()> {
        let sent = self.anns.send_private(&self.bob.user_id, body).await?;
        sent.granted().map(drop)
    }

    /// A message is refused, retryably and in time.
    async fn is_refused(&self) -> Result<()> {
        let asked_at = Instant::now();
        let answer = self.anns.send_private(&self.bob.user_id, "lost?").await?;
        let refusal = answer.refused_as("overloaded")?;
        let after = asked_at.elapsed();
        ensure!(refusal.error["retryable"] == true, "{}", refusal.error);
        ensure!(
            after < REFUSED_WITHIN,
            "it took {after:?} to refuse a message"
        );
        Ok(())
    }

    /// Serves again, and soon: answers how soon.
    async fn is_served_again(&self, server: &Server) -> Result<Duration> {
        let back_at = Instant::now();
        eventually("messages to be taken again", async || {
            let sent = self.anns.send_private(&self.bob.user_id, "back").await?;
            let is_ready = is_ready(server).await?;
            Ok((sent.is_ok() && is_ready).then_some(()))
        })
        .await?;
        let after = back_at.elapsed();
        ensure!(
            after < BACK_WITHIN,
            "it took {after:?} to serve again, limit {BACK_WITHIN:?}"
        );
        Ok(after)
    }
}

async fn is_ready(server: &Server) -> Result<bool> {
    let rest = server.rest();
    let answer = rest.raw(reqwest::Method::GET, "/readyz", vec![]).await;
    let status = answer.context("/readyz")?.status();
    ensure!(
        status == 200 || status == 503,
        "/readyz answers {status}, neither ready nor retryable"
    );
    Ok(status == 200)
}
