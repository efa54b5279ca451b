//! Guessing passwords, and guessing which names there are.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;
use futures_util::future::join_all;
use natter_tests::people::{PASSWORD, Person};
use natter_tests::server::{Server, Settings, Site};
use serde_json::json;

use crate::times::{Times, ms};

const LASTS: Duration = Duration::from_secs(20);
const AT_ONCE: usize = 16;
const ADDRESSES: u32 = 1000;
const PAIRS: usize = 200;

/// Tries a password as if from an address: the status.
pub(crate) async fn log_in(
    http: &reqwest::Client,
    server: &Server,
    from: &str,
    (username, password): (&str, &str),
) -> Result<u16> {
    let request = http
        .post(format!("{}/api/v1/auth/login", server.url()))
        .header("x-forwarded-for", from)
        .json(&json!({ "username": username, "password": password }));
    Ok(request.send().await?.status().as_u16())
}

pub(crate) fn address(at: u32) -> String {
    format!("198.18.{}.{}", at / 250 % 250, at % 250)
}

/// One account under guesses from one address, then from a thousand, while its owner logs in from where they always do.
pub(crate) async fn brute_force() -> Result<()> {
    println!(
        "== guessing one account's password, {AT_ONCE} at once, {} s",
        LASTS.as_secs()
    );
    for addresses in [1, ADDRESSES] {
        let site = Site::create(&Settings::open())?;
        let server = site.start().await?;
        let ann = Person::register(&server, "ann").await?;
        let http = natter_tests::rest::http_client();
        let right = (ann.username.as_str(), PASSWORD);
        anyhow::ensure!(log_in(&http, &server, "192.0.2.1", right).await? == 200);
        let started = Instant::now();
        let guessing = join_all((0..AT_ONCE).map(async |worker| {
            let mut statuses = BTreeMap::<u16, u32>::new();
            let mut at = u32::try_from(worker)?;
            while started.elapsed() < LASTS {
                let guess = (ann.username.as_str(), "a wrong guess");
                let status = log_in(&http, &server, &address(at % addresses), guess).await?;
                *statuses.entry(status).or_default() += 1;
                at += u32::try_from(AT_ONCE)?;
            }
            anyhow::Ok(statuses)
        }));
        let living = async {
            let (mut times, mut refused) = (Times::default(), 0);
            while started.elapsed() < LASTS {
                let begun = Instant::now();
                match log_in(&http, &server, "192.0.2.1", right).await? {
                    200 => times.add(begun.elapsed()),
                    _ => refused += 1,
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            anyhow::Ok((times, refused))
        };
        let (guesses, lived) = tokio::join!(guessing, living);
        let mut statuses = BTreeMap::<u16, u32>::new();
        for counted in guesses {
            for (status, count) in counted? {
                *statuses.entry(status).or_default() += count;
            }
        }
        let (mut times, refused) = lived?;
        println!(
            "{addresses} addresses: answers by status {statuses:?}; the owner logged in {} times, median {:.0} ms, slowest {:.0} ms, and was refused {refused} times",
            times.len(),
            ms(times.quantile(0.5)),
            ms(times.quantile(1.0)),
        );
    }
    Ok(())
}

/// Whether a wrong password takes as long for a name that nobody has.
pub(crate) async fn enumeration() -> Result<()> {
    let site = Site::create(&Settings::open().unhurried())?;
    let server = site.start().await?;
    let ann = Person::register(&server, "ann").await?;
    let http = natter_tests::rest::http_client();
    let (mut known, mut unknown) = (Times::default(), Times::default());
    for _ in 0..PAIRS {
        for (name, times) in [
            (ann.username.as_str(), &mut known),
            ("nobody-at-all", &mut unknown),
        ] {
            let begun = Instant::now();
            let status = log_in(&http, &server, "192.0.2.1", (name, "a wrong guess")).await?;
            anyhow::ensure!(status == 401, "{name} answers {status}");
            times.add(begun.elapsed());
        }
    }
    println!("== a wrong password, {PAIRS} times each, in turns");
    for (what, times) in [
        ("a name that is there", &mut known),
        ("one that is not", &mut unknown),
    ] {
        println!(
            "{what}: median {:.2} ms, middle half {:.2} to {:.2} ms",
            ms(times.quantile(0.5)),
            ms(times.quantile(0.25)),
            ms(times.quantile(0.75))
        );
    }
    Ok(())
}
