//! What a policy may call. The WIT files say what each function promises.

use crate::backend;

/// Lines for the operator. Never log what people wrote.
pub mod log {
    use super::backend::log;
    pub use crate::bindings::imports::natter::policy::log::Level;

    /// A line.
    pub fn write(level: Level, message: impl AsRef<str>) {
        log::write(level, message.as_ref());
    }

    /// For the author.
    pub fn debug(message: impl AsRef<str>) {
        write(Level::Debug, message);
    }

    /// Worth knowing.
    pub fn info(message: impl AsRef<str>) {
        write(Level::Info, message);
    }

    /// Odd.
    pub fn warn(message: impl AsRef<str>) {
        write(Level::Warn, message);
    }

    /// Wrong.
    pub fn error(message: impl AsRef<str>) {
        write(Level::Error, message);
    }
}

/// What the policy remembers. A call's writes are kept if it ends well.
pub mod kv {
    use super::backend::kv;

    /// The value, unless it is missing or has expired.
    #[must_use]
    pub fn get(key: &str) -> Option<Vec<u8>> {
        kv::get(key)
    }

    /// The same as text.
    #[must_use]
    pub fn get_text(key: &str) -> Option<String> {
        get(key).and_then(|value| String::from_utf8(value).ok())
    }

    /// Sets for good.
    ///
    /// # Errors
    /// `key_too_long`, `value_too_large`, `quota`, open to more.
    pub fn set(key: &str, value: impl AsRef<[u8]>) -> Result<(), String> {
        kv::set(key, value.as_ref(), None)
    }

    /// Sets for so many seconds.
    ///
    /// # Errors
    /// As [`set`].
    pub fn set_for(key: &str, value: impl AsRef<[u8]>, seconds: u32) -> Result<(), String> {
        kv::set(key, value.as_ref(), Some(seconds))
    }

    /// Forgets the key.
    pub fn delete(key: &str) {
        kv::delete(key);
    }

    /// Keys that begin with `prefix`, in order, at most `limit`, after the key `after` if given.
    #[must_use]
    pub fn keys(prefix: &str, after: Option<&str>, limit: u32) -> Vec<String> {
        kv::keys(prefix, after, limit)
    }

    /// Adds to a counter that begins anew `ttl_seconds` after its first `add`, and answers its value. Counted for good, also if the call fails.
    ///
    /// # Errors
    /// `quota`, open to more.
    pub fn add(counter: &str, n: i64, ttl_seconds: u32) -> Result<i64, String> {
        kv::add(counter, n, ttl_seconds)
    }
}

/// What the operator configured: the table `[config]` of the policy's `.toml` file.
pub mod config {
    use super::backend::config;

    /// The whole table as JSON.
    #[must_use]
    pub fn json() -> String {
        config::json()
    }

    /// The whole table as a type of one's own. Keep it in a `thread_local!`: it stays the same for the life of an instance.
    ///
    /// # Errors
    /// It does not fit. A schema (`lifecycle::Description::config_schema`) tells the operator so before the policy is active.
    #[cfg(feature = "json")]
    pub fn parse<T: serde::de::DeserializeOwned>() -> Result<T, String> {
        serde_json::from_str(&json()).map_err(|error| error.to_string())
    }

    /// One value of the table; `None` if it is missing or of another type.
    #[cfg(feature = "json")]
    #[must_use]
    pub fn get<T: serde::de::DeserializeOwned>(name: &str) -> Option<T> {
        let mut table: serde_json::Map<String, serde_json::Value> = parse().ok()?;
        serde_json::from_value(table.remove(name)?).ok()
    }
}

/// The time of the event.
pub mod clock {
    use super::backend::clock;

    /// Milliseconds since 1970-01-01T00:00:00Z; the same during a call.
    #[must_use]
    pub fn now() -> crate::Timestamp {
        clock::now()
    }
}

/// Random numbers from the decision's own seed.
pub mod random {
    use super::backend::random;

    /// One number.
    #[must_use]
    pub fn next() -> u64 {
        random::next()
    }

    /// Some bytes, at most 64 KiB.
    #[must_use]
    pub fn bytes(length: u32) -> Vec<u8> {
        random::bytes(length)
    }
}

/// Who and what there is.
pub mod directory {
    use super::backend::directory;
    pub use crate::bindings::imports::natter::policy::directory::{
        GivenAnswer, Member, Newcomer, Room, User,
    };

    /// A user by id.
    #[must_use]
    pub fn user(id: &str) -> Option<User> {
        directory::find_user(id)
    }

    /// Those of these ids that there are, in the order of their ids; of the first 1,000 ids.
    #[must_use]
    pub fn users(ids: &[String]) -> Vec<User> {
        directory::find_users(ids)
    }

    /// A user by login name.
    #[must_use]
    pub fn user_by_name(username: &str) -> Option<User> {
        directory::find_user_by_name(username)
    }

    /// A room by id.
    #[must_use]
    pub fn room(id: &str) -> Option<Room> {
        directory::find_room(id)
    }

    /// A present member of a room.
    #[must_use]
    pub fn member(room_id: &str, user_id: &str) -> Option<Member> {
        directory::find_member(room_id, user_id)
    }

    /// Present members in the order of their ids, at most `limit`, after the id `after` if given.
    #[must_use]
    pub fn members(room_id: &str, after: Option<&str>, limit: u32) -> Vec<Member> {
        directory::list_members(room_id, after, limit)
    }

    /// Who is pending, the longest first, at most `limit`, after the user's id `after` if given.
    #[must_use]
    pub fn newcomers(after: Option<&str>, limit: u32) -> Vec<Newcomer> {
        directory::list_newcomers(after, limit)
    }
}

/// Requests to other servers: by grant, and only from hooks that hold nobody up.
pub mod http {
    use super::backend::http;
    pub use crate::bindings::imports::natter::policy::http::{Request, Response};

    /// Sends and waits for the answer.
    ///
    /// # Errors
    /// A word, perhaps with a colon and more: `not_granted`, `not_in_this_hook`, `host_not_allowed`, `private_address`, `bad_request`,
    /// `too_large`, `timeout`, `failed`.
    pub fn send(request: &Request) -> Result<Response, String> {
        http::send(request)
    }
}
