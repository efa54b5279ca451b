//! Passwords to hash, from everywhere: what becomes of everybody else.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use futures_util::future::join_all;
use natter_tests::people::Person;
use natter_tests::rest::Outcome as _;
use natter_tests::server::{Server, Settings, Site};

use crate::guessing::{address, log_in};
use crate::times::{Times, ms};

const LASTS: Duration = Duration::from_secs(10);
/// Logins under way.
const AT_ONCE: u32 = 64;
/// Between two requests of those who live on.
const PAUSE: Duration = Duration::from_millis(10);

/// Logins for names and from addresses that are new each time, so that no limit but that of the hashes holds them up.
pub(crate) async fn passwords() -> Result<()> {
    let site = Site::create(&Settings::open().unhurried())?;
    let server = site.start().await?;
    let [ann, bob] = Person::register_all(&server, ["ann", "bob"]).await?;
    println!(
        "== a flood of logins, {AT_ONCE} at once, each from another address; what others wait for"
    );
    let calm = live(&server, &ann, &bob).await?;
    let done = AtomicBool::new(false);
    let next = AtomicU32::new(0);
    let flooding = join_all((0..AT_ONCE).map(async |_| {
        let http = natter_tests::rest::http_client();
        let (mut hashed, mut turned_away) = (0_u32, 0_u32);
        while !done.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let name = format!("person{at}");
            match log_in(&http, &server, &address(at), (&name, "a wrong guess")).await? {
                401 => hashed += 1,
                _ => {
                    turned_away += 1;
                    // As an attacker would who wants the most of it.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        anyhow::Ok((hashed, turned_away))
    }));
    let living = async {
        // Until the flood has filled the queue.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let flooded = live(&server, &ann, &bob).await;
        done.store(true, Ordering::Relaxed);
        flooded
    };
    let (floods, flooded) = tokio::join!(flooding, living);
    let (mut hashed, mut turned_away) = (0, 0);
    for counted in floods {
        let counted = counted?;
        hashed += counted.0;
        turned_away += counted.1;
    }
    println!("{hashed} passwords were hashed, {turned_away} logins were told to come back");
    for ((what, mut before), (_, mut during)) in calm.into_iter().zip(flooded?) {
        println!(
            "{what}: p50 {:.1} -> {:.1} ms, p99 {:.1} -> {:.1} ms ({:.1} times)",
            ms(before.quantile(0.5)),
            ms(during.quantile(0.5)),
            ms(before.quantile(0.99)),
            ms(during.quantile(0.99)),
            ms(during.quantile(0.99)) / ms(before.quantile(0.99)),
        );
    }
    Ok(())
}

/// Reads and writes at an honest pace: how long each took.
async fn live(server: &Server, ann: &Person, bob: &Person) -> Result<[(&'static str, Times); 3]> {
    let socket = ann.connect_ws(server).await?;
    let (mut me, mut rooms, mut sent) = (Times::default(), Times::default(), Times::default());
    let started = Instant::now();
    while started.elapsed() < LASTS {
        let begun = Instant::now();
        ann.rest.get("/api/v1/me").await?.granted()?;
        me.add(begun.elapsed());
        let begun = Instant::now();
        ann.rest.get("/api/v1/rooms").await?.granted()?;
        rooms.add(begun.elapsed());
        let begun = Instant::now();
        socket
            .send_private(&bob.user_id, "hello")
            .await?
            .granted()?;
        sent.add(begun.elapsed());
        tokio::time::sleep(PAUSE).await;
    }
    Ok([
        ("GET /me", me),
        ("GET /rooms", rooms),
        ("a message's ack", sent),
    ])
}
