//! `panicking serve --config FILE`: a server in whose process two tasks panic, to show that the harness notices.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use natter::{
    config::{Config, Sources},
    logging, server,
};

#[tokio::main]
async fn main() -> Result<()> {
    let file = std::env::args_os()
        .nth(3)
        .context("which file of settings?")?;
    let loaded = Config::load(&Sources {
        file: Some(PathBuf::from(file)),
        environment: Vec::new(),
        flags: Vec::new(),
    })?;
    logging::start(&loaded.config.log)?;
    let running = server::start(loaded.config).await?;
    // One after the other, so that the log has them in this order.
    let literal = tokio::spawn(async { panic!("a literal") }).await;
    let formatted = tokio::spawn(async { panic!("somebody's text, {}", std::process::id()) }).await;
    ensure!(literal.is_err() && formatted.is_err(), "nobody panicked");
    println!("{}", running.url);
    std::future::pending().await
}
