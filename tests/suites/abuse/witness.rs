//! A server under abuse, and two people who must not notice.

use anyhow::{Context as _, Result};
use natter_tests::client::Client;
use natter_tests::fields::expect;
use natter_tests::people::Person;
use natter_tests::rest::Outcome as _;
use natter_tests::server::{Server, Settings, Site};

pub(super) struct Witness {
    pub(super) server: Server,
    pub(super) ann: Person,
    pub(super) ann_socket: Client,
    bob: Person,
    bob_socket: Client,
    pub(super) site: Site,
}

impl Witness {
    pub(super) async fn arrive(settings: Settings) -> Result<Self> {
        let site = Site::create(&settings)?;
        let server = site.start().await?;
        let [ann, bob] = Person::register_all(&server, ["ann", "bob"]).await?;
        let ann_socket = ann.connect_ws(&server).await?;
        let bob_socket = bob.connect_ws(&server).await?;
        Ok(Self {
            server,
            ann,
            ann_socket,
            bob,
            bob_socket,
            site,
        })
    }

    /// A message there and an answer back.
    pub(super) async fn chat(&self, about: &str) -> Result<()> {
        self.ann_socket
            .send_private(&self.bob.user_id, about)
            .await?
            .granted()?;
        let received = self
            .bob_socket
            .inbox()
            .take("receive_private_message")
            .await?;
        expect(&received, "body", about)?;
        self.bob_socket
            .send_private(&self.ann.user_id, "Yes?")
            .await?
            .granted()?;
        self.ann_socket
            .inbox()
            .take("receive_private_message")
            .await
            .map(drop)
    }

    /// The people still chat, and the server is well.
    pub(super) async fn testify(&mut self) -> Result<()> {
        self.chat("Did you notice anything?")
            .await
            .context("the well-behaved people noticed")?;
        self.server.check_health().await
    }
}
