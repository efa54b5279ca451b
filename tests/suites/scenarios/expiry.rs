//! The end of a token is the end of its socket, unless a fresh one comes in time.
//!
//! Apart from the table, and on all transports at once, because it waits for the shortest life that a token can have.

use std::time::Duration;

use anyhow::{Context as _, Result};
use futures_util::future::try_join_all;
use natter_tests::client::{Client, Drivers, Transport};
use natter_tests::deadline::within;
use natter_tests::people::Person;
use natter_tests::rest::Outcome as _;
use natter_tests::server::{Server, Settings, Site};
use serde_json::json;
use tokio::time::timeout;

/// The least that the setting takes.
const ACCESS_TOKEN_S: u64 = 10;

/// How old Bob lets his token get.
const RENEW_AFTER: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_ends_with_its_token_unless_it_is_renewed() -> Result<()> {
    let settings = Settings::open().number("auth.access_token_s", ACCESS_TOKEN_S);
    let site = Site::create(&settings)?;
    let mut server = site.start().await?;
    let drivers = Drivers::none();
    for transport in Transport::ALL {
        // Starts the client programs, so that the tokens' short lives do not pass meanwhile.
        Client::connect(&drivers, &server, transport, None).await?;
    }
    let outlived = Transport::ALL.map(|transport| outlive(&server, &drivers, transport));
    try_join_all(outlived).await?;
    server.check_health().await
}

/// Two sockets: Ann lets her token end; Bob, whose first token ends before hers, renews his and goes on.
async fn outlive(server: &Server, drivers: &Drivers, transport: Transport) -> Result<()> {
    let mut bob = Person::register(server, "bob").await?;
    let ann = Person::register(server, "ann").await?;
    let bob_socket = bob.connect(drivers, server, transport).await?;
    let ann_socket = ann.connect(drivers, server, transport).await?;
    let until_closed = async {
        loop {
            let closed = ann_socket.inbox().closed();
            if let Ok(closed) = timeout(RENEW_AFTER, closed).await {
                return closed;
            }
            bob = bob.refresh(server).await?;
            let token = json!({ "token": bob.token });
            bob_socket.emit("register_user", token).await?.granted()?;
        }
    };
    let closed = within("the token's end", until_closed).await??;
    transport.check_closed(&closed, 4001, "token_expired")?;
    let sent = bob_socket.send_private(&ann.user_id, "still here").await?;
    sent.granted()
        .with_context(|| format!("{transport:?}: a renewed session"))?;
    Ok(())
}
