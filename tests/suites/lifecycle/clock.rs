//! The machine's clock jumps by an hour while people are connected.
//!
//! libfaketime shifts what the server reads of the wall clock, by a file that the test rewrites; the clock that timers count by goes on, as the kernel's does.

use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::{Context as _, Result, ensure};
use natter_tests::client::Client;
use natter_tests::people::Person;
use natter_tests::rest::Outcome as _;
use natter_tests::server::{Server, Settings, Site};
use serde_json::json;

const HOUR_S: i64 = 3600;

/// A server whose clock is wrong by what the file says.
struct Shifted {
    server: Server,
    file: PathBuf,
    _folder: tempfile::TempDir,
}

impl Shifted {
    async fn start(site: &Site) -> Result<Self> {
        let library = library()?.context("libfaketime is missing: apt-get install faketime")?;
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("shift");
        std::fs::write(&file, "+0")?;
        let (library, shift) = (library.to_string_lossy(), file.to_string_lossy());
        let variables: [(&str, &str); 4] = [
            ("LD_PRELOAD", &library),
            ("FAKETIME_TIMESTAMP_FILE", &shift),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ];
        let server = site.start_in(&variables).await?;
        Ok(Self {
            server,
            file: file.clone(),
            _folder: folder,
        })
    }

    fn jump(&self, seconds: i64) -> Result<()> {
        // Renamed, so that no half of it is ever read.
        let draft = self.file.with_extension("draft");
        std::fs::write(&draft, format!("{seconds:+}"))?;
        Ok(std::fs::rename(draft, &self.file)?)
    }
}

/// Where Debian puts it: in the folder of the machine's kind.
fn library() -> Result<Option<PathBuf>> {
    for folder in std::fs::read_dir("/usr/lib")? {
        let library = folder?.path().join("faketime/libfaketime.so.1");
        if library.is_file() {
            return Ok(Some(library));
        }
    }
    Ok(None)
}

/// How far a time of the server's is from ours, in seconds.
fn shift_of(created_at: &str) -> Result<i64> {
    let theirs: jiff::Timestamp = created_at.parse()?;
    let ours = jiff::Timestamp::try_from(SystemTime::now())?;
    Ok(theirs.as_second() - ours.as_second())
}

async fn talk(from: &Client, to: &Client, person: &Person) -> Result<(i64, i64)> {
    let sent = from
        .send_private(&person.user_id, "hello")
        .await?
        .granted()?;
    let heard = to.inbox().take("receive_private_message").await?;
    ensure!(heard["message_id"] == sent["message_id"], "{heard}");
    let shift = shift_of(heard["created_at"].as_str().unwrap_or_default())?;
    Ok((heard["seq"].as_i64().unwrap_or_default(), shift))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_by_an_hour_breaks_nothing() -> Result<()> {
    let site = Site::create(&Settings::open())?;
    let mut shifted = Shifted::start(&site).await?;
    let [ann, bob] = Person::register_all(&shifted.server, ["ann", "bob"]).await?;
    let (ann_socket, bob_socket) = (
        ann.connect_ws(&shifted.server).await?,
        bob.connect_ws(&shifted.server).await?,
    );
    let (first, _) = talk(&ann_socket, &bob_socket, &bob).await?;
    let mut refresh_token = ann.refresh_token.clone();
    for (at, hours) in [1, 0, -1, 0].into_iter().enumerate() {
        shifted.jump(hours * HOUR_S)?;
        // Sockets stay; a room's order goes on whatever the time says.
        let (seq, shift) = talk(&ann_socket, &bob_socket, &bob).await?;
        ensure!(
            seq == first + 1 + i64::try_from(at)?,
            "seq {seq} after jump {at}"
        );
        ensure!(
            (shift - hours * HOUR_S).abs() < 60,
            "the clock is {shift} s off"
        );
        // An access token is of its hour: the refresh token gives one that works now.
        let body = json!({ "refresh_token": refresh_token });
        let tokens = shifted
            .server
            .rest()
            .post("/api/v1/auth/refresh", body)
            .await?
            .granted()?;
        refresh_token = natter_tests::fields::text(&tokens, "refresh_token")?;
        let token = natter_tests::fields::text(&tokens, "access_token")?;
        shifted
            .server
            .rest()
            .with_token(&token)
            .get("/api/v1/me")
            .await?
            .granted()?;
    }
    shifted.server.check_health().await
}
