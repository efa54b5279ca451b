//! Waiting with an end: every wait of the harness names what it waits for and fails after [`PATIENCE`].
//!
//! Rule: no fixed sleeps. A test waits for an event, or asks again until the answer is there.

use std::time::Duration;

use anyhow::{Context, Result};

/// The longest a healthy server may take for anything; generous, because the machine may be busy with a build.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Pause between two questions of [`eventually`].
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(20);

/// The future's output, or an error that names what was waited for.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> Result<T> {
    tokio::time::timeout(PATIENCE, future)
        .await
        .with_context(|| format!("waited {} s for {what}", PATIENCE.as_secs()))
}

/// Asks until the answer is `Some`, or fails after [`PATIENCE`].
pub async fn eventually<T>(
    what: &str,
    mut ask: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    within(what, async {
        loop {
            if let Some(answer) = ask().await? {
                return Ok(answer);
            }
            tokio::time::sleep(ASK_AGAIN_AFTER).await;
        }
    })
    .await?
}
