//! The server's database, beside a running server.

use std::path::Path;

use anyhow::{Context as _, ensure};
use natter::{
    config::{Config, SqliteDurability},
    store::{DbOptions, Durability, Store},
};

/// A database of one's own.
pub(super) fn sqlite(file: &Path) -> DbOptions {
    DbOptions {
        url: format!("sqlite://{}", file.display()),
        read_connections: 1,
        writers: 1,
        durability: Durability::Normal,
    }
}

/// Opens the server's database. These commands only read it.
///
/// # Errors
/// No server has made it yet, or it cannot be reached.
pub(super) async fn open(config: &Config) -> anyhow::Result<Store> {
    let url = config.database_url();
    if let Some(file) = url.strip_prefix("sqlite://") {
        ensure!(
            Path::new(file).exists(),
            "{file} is not there: no server has run with these settings (--config, --data-dir) yet"
        );
    }
    let options = DbOptions {
        url,
        read_connections: 1,
        writers: 1,
        durability: match config.database.sqlite_durability {
            SqliteDurability::Full => Durability::Full,
            SqliteDurability::Normal => Durability::Normal,
        },
    };
    let opened = Store::open(&options).await;
    opened.context("the server's database cannot be read")
}
