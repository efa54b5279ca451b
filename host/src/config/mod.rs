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

pub use choice::{LogFormat, RecordDecisions, RegistrationMode, SqliteDurability};
pub use document::{example_file, reference_table};
pub use keys::{
    Auth, Config, Database, Limits, Log, Media, Policies, Registration, Server, Socket,
};
pub use load::Loaded;
pub use problem::{ConfigError, Problem};
pub use source::Sources;

impl Config {
    /// Reads file, environment and flags, in rising precedence, over the defaults.
    ///
    /// # Errors
    /// All that is wrong in any of them, at once.
    pub fn load(sources: &Sources) -> Result<Loaded, ConfigError> {
        load::load(sources)
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
