//! The server's database, beside a running server.

use std::path::Path;

use anyhow::{Context as _, ensure};
use natter::{
    config::Config,
    server::db_options,
    store::{DbOptions, Store},
};

/// Opens the server's database. These commands only read it.
///
/// # Errors
/// No server has made it yet, or it cannot be reached.
pub(crate) async fn open(config: &Config) -> anyhow::Result<Store> {
    let options = DbOptions {
        read_connections: 1,
        writers: 1,
        ..db_options(config)
    };
    if let Some(file) = options.url.strip_prefix("sqlite://") {
        ensure!(
            Path::new(file).exists(),
            "{file} is not there: no server has run with these settings (--config, --data-dir) yet"
        );
    }
    let opened = Store::open(&options).await;
    opened.context("the server's database cannot be read")
}
