//! Every setting: what it is called, its unit, its default, what it may be, and where its value came from.
//!
//! Rule: a setting is declared once, in `keys`; the structs, the checks, the example file and the reference in the
//! docs all come from there. The unit is the last word of a name.
//!
//! Not here: what a setting does (its reader), where the arguments come from (`cli`).

mod choice;
mod declare;
mod document;
mod keys;
mod load;
mod problem;
mod relations;
mod source;
mod value;

pub use choice::{LogFormat, ProxyHeader, RecordDecisions, RegistrationMode, SqliteDurability};
pub use document::{example_file, reference_table};
pub use keys::{
    Auth, Config, Database, Limits, Log, Media, Policies, Proxy, Registration, Server, Socket, Tls,
};
pub use load::Loaded;
pub use problem::{ConfigError, Problem};
pub use source::Sources;

use std::net::SocketAddr;

use ipnet::IpNet;

impl Config {
    /// Reads file, environment and flags, in rising precedence, over the defaults.
    ///
    /// # Errors
    /// All that is wrong in any of them, at once.
    pub fn load(sources: &Sources) -> Result<Loaded, ConfigError> {
        load::load(sources)
    }

    /// Whether the server itself speaks TLS.
    #[must_use]
    pub fn speaks_tls(&self) -> bool {
        self.tls.self_signed || self.tls.cert.is_some()
    }

    /// Where people reach the server that listens on `address`.
    #[must_use]
    pub fn public_url(&self, address: SocketAddr) -> String {
        let scheme = if self.speaks_tls() { "https" } else { "http" };
        let listening = || format!("{scheme}://{address}");
        self.server.public_url.clone().unwrap_or_else(listening)
    }

    /// The networks of `proxy.trusted`; a single address is a network of its own.
    #[must_use]
    pub fn trusted_proxies(&self) -> Vec<IpNet> {
        let trusted = self.proxy.trusted.iter();
        trusted
            .filter_map(|text| relations::network(text))
            .collect()
    }

    /// Where the database is: `database.url`, or an SQLite file in the data folder.
    #[must_use]
    pub fn database_url(&self) -> String {
        self.database.url.clone().unwrap_or_else(|| {
            format!(
                "sqlite://{}",
                self.server.data_dir.join("natter.db").display()
            )
        })
    }
}
