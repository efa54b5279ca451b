//! Plugins: what is active, what was, what they remember.

use sqlx::{FromRow, query, query_as};

use super::{
    Store, StoreError,
    db::{commit, on},
};
use crate::model::Timestamp;

/// A plugin that was ever seen, as it stood last.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PluginRow {
    /// The file's stem.
    pub name: String,
    /// [`PluginState::as_str`](crate::model::policy::PluginState::as_str), or [`PluginRow::REMOVED`].
    pub state: String,
    /// The highest number given to an activation; 0 if there was none.
    pub generation: i64,
    /// SHA-256, in hex, of the component that is active or was last; none if none is to come back.
    pub hash: Option<String>,
    /// Which hooks that component has, by name, with blanks between.
    pub hooks: String,
    /// The text of the settings that hold.
    pub settings: String,
    /// After a rollback: the component that is not to be loaded.
    pub ignored_hash: Option<String>,
    /// Why the last file or settings were refused, or what else is wrong.
    pub last_error: Option<String>,
    /// When that was.
    pub last_error_at: Option<Timestamp>,
}

impl PluginRow {
    /// The state of a plugin that is not there any more.
    pub const REMOVED: &str = "removed";
}

/// One activation of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PluginVersionRow {
    /// Whose.
    pub plugin: String,
    /// Its number.
    pub generation: i64,
    /// SHA-256 of the component, in hex.
    pub hash: String,
    /// As the plugin describes itself.
    pub version: String,
    /// Which of its namespaces it used.
    pub state_version: i64,
    /// The text of the settings with which it was activated.
    pub settings: String,
    /// When.
    pub activated_at: Timestamp,
}

/// A key that a plugin keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KvRow {
    /// The key.
    pub key: String,
    /// Its value.
    pub value: Vec<u8>,
    /// When it is gone.
    pub expires_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct RawKv {
    key: Vec<u8>,
    value: Vec<u8>,
    expires_at: Option<Timestamp>,
}

impl Store {
    /// All plugins, by name; also those that were removed.
    ///
    /// # Errors
    /// The database failed.
    pub async fn plugins(&self) -> Result<Vec<PluginRow>, StoreError> {
        const SQL: &str = "select name, state, generation, hash, hooks, settings, ignored_hash, last_error, last_error_at \
            from plugins order by name";
        Ok(on!(&self.db.read, db => query_as(SQL).fetch_all(db).await)?)
    }

    /// The last activations of a plugin, newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn plugin_versions(
        &self,
        plugin: &str,
        limit: i64,
    ) -> Result<Vec<PluginVersionRow>, StoreError> {
        const SQL: &str = "select plugin, generation, hash, version, state_version, settings, activated_at \
            from plugin_versions where plugin = $1 order by generation desc limit $2";
        Ok(on!(&self.db.read, db => query_as(SQL).bind(plugin).bind(limit).fetch_all(db).await)?)
    }

    /// Notes how a plugin stands and its activation, if it was not noted before; forgets those that are `keep` generations older.
    ///
    /// # Errors
    /// The database failed; nothing was changed.
    pub async fn save_plugin(
        &self,
        plugin: &PluginRow,
        version: Option<&PluginVersionRow>,
        keep: i64,
    ) -> Result<(), StoreError> {
        const PLUGIN: &str = "insert into plugins \
            (name, state, generation, hash, hooks, settings, ignored_hash, last_error, last_error_at) \
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (name) do update set state = excluded.state, \
            generation = excluded.generation, hash = excluded.hash, hooks = excluded.hooks, settings = excluded.settings, \
            ignored_hash = excluded.ignored_hash, last_error = excluded.last_error, last_error_at = excluded.last_error_at";
        const VERSION: &str = "insert into plugin_versions \
            (plugin, generation, hash, version, state_version, settings, activated_at) \
            values ($1, $2, $3, $4, $5, $6, $7) on conflict (plugin, generation) do nothing";
        const OLD: &str = "delete from plugin_versions where plugin = $1 and generation <= $2";
        let mut tx = self.db.begin().await?;
        on!(&mut tx, tx => query(PLUGIN)
            .bind(&plugin.name)
            .bind(&plugin.state)
            .bind(plugin.generation)
            .bind(plugin.hash.as_deref())
            .bind(&plugin.hooks)
            .bind(&plugin.settings)
            .bind(plugin.ignored_hash.as_deref())
            .bind(plugin.last_error.as_deref())
            .bind(plugin.last_error_at)
            .execute(&mut **tx)
            .await
            .map(drop))?;
        if let Some(version) = version {
            on!(&mut tx, tx => query(VERSION)
                .bind(&version.plugin)
                .bind(version.generation)
                .bind(&version.hash)
                .bind(&version.version)
                .bind(version.state_version)
                .bind(&version.settings)
                .bind(version.activated_at)
                .execute(&mut **tx)
                .await
                .map(drop))?;
        }
        let old = plugin.generation - keep;
        on!(&mut tx, tx => query(OLD).bind(&plugin.name).bind(old).execute(&mut **tx).await.map(drop))?;
        commit(tx).await
    }

    /// All keys of a plugin in one form of its state.
    ///
    /// # Errors
    /// The database failed.
    pub async fn plugin_kv(
        &self,
        plugin: &str,
        state_version: i64,
    ) -> Result<Vec<KvRow>, StoreError> {
        const SQL: &str =
            "select key, value, expires_at from plugin_kv where plugin = $1 and state_version = $2";
        let rows: Vec<RawKv> = on!(&self.db.read, db => {
            query_as(SQL).bind(plugin).bind(state_version).fetch_all(db).await
        })?;
        let row = |raw: RawKv| KvRow {
            key: String::from_utf8_lossy(&raw.key).into_owned(),
            value: raw.value,
            expires_at: raw.expires_at,
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Sets and deletes (`None`) keys, all or none.
    ///
    /// # Errors
    /// The database failed; nothing was changed.
    pub async fn write_plugin_kv(
        &self,
        plugin: &str,
        state_version: i64,
        changes: &[(String, Option<KvRow>)],
    ) -> Result<(), StoreError> {
        const SET: &str = "insert into plugin_kv (plugin, state_version, key, value, expires_at) \
            values ($1, $2, $3, $4, $5) on conflict (plugin, state_version, key) \
            do update set value = excluded.value, expires_at = excluded.expires_at";
        const DELETE: &str =
            "delete from plugin_kv where plugin = $1 and state_version = $2 and key = $3";
        let mut tx = self.db.begin().await?;
        for (key, row) in changes {
            let key = key.as_bytes();
            match row {
                Some(row) => on!(&mut tx, tx => query(SET)
                    .bind(plugin)
                    .bind(state_version)
                    .bind(key)
                    .bind(&row.value)
                    .bind(row.expires_at)
                    .execute(&mut **tx)
                    .await
                    .map(drop))?,
                None => on!(&mut tx, tx => query(DELETE)
                    .bind(plugin)
                    .bind(state_version)
                    .bind(key)
                    .execute(&mut **tx)
                    .await
                    .map(drop))?,
            }
        }
        commit(tx).await
    }

    /// Forgets what a plugin remembers in one form of its state.
    ///
    /// # Errors
    /// The database failed.
    pub async fn clear_plugin_kv(
        &self,
        plugin: &str,
        state_version: i64,
    ) -> Result<(), StoreError> {
        const SQL: &str = "delete from plugin_kv where plugin = $1 and state_version = $2";
        on!(&self.db.write, db => query(SQL).bind(plugin).bind(state_version).execute(db).await.map(drop))?;
        Ok(())
    }
}
