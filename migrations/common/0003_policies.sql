-- Plugins: what is active, what was, what they remember, what they decided.

-- Every plugin that was ever seen, also one that was removed: its numbers go on where they ended.
create table plugins (
    name text not null,                 -- the file's stem
    state text not null,                -- how it stood last; 'removed' for one that is not there any more
    generation bigint not null,         -- the highest number given out; rises with each activation
    hash text,                          -- SHA-256 of the component that is active, or was last, hex; none if none is to come back
    hooks text not null,                -- which hooks that component has, by name, with blanks between
    settings text not null,             -- the text of its .toml file that holds
    ignored_hash text,                  -- after a rollback: the file's component that is not to be loaded
    last_error text,                    -- why the last file or settings were refused, or what else is wrong
    last_error_at bigint,
    constraint plugins_name_key primary key (name)
);

create table plugin_versions (
    plugin text not null,
    generation bigint not null,
    hash text not null,
    version text not null,              -- as the plugin describes itself
    state_version bigint not null,      -- which of its namespaces it used
    settings text not null,             -- with which it was activated
    activated_at bigint not null,
    constraint plugin_versions_plugin_generation_key primary key (plugin, generation)
);

create table plugin_kv (
    plugin text not null,
    state_version bigint not null,      -- each form of a plugin's state is a namespace of its own
    key bytea not null,                 -- UTF-8; text could not hold every key on PostgreSQL
    value bytea not null,
    expires_at bigint,
    constraint plugin_kv_plugin_state_version_key_key primary key (plugin, state_version, key)
);

-- No bodies, and no foreign keys: a decision outlives what it was about.
create table policy_decisions (
    decision_id uuid not null,          -- shared by all plugins that were asked about one event
    at bigint not null,
    hook text not null,
    plugin text not null,
    version text not null,
    plugin_hash text not null,
    verdict text not null,              -- allow, modify, hold, reject; trap, timeout, breaker_open
    reason text,
    micros bigint not null,
    user_id uuid,
    room_id uuid,
    message_id uuid,
    body_hash text,                     -- SHA-256, hex; taken away when the message is deleted
    constraint policy_decisions_decision_id_plugin_key primary key (decision_id, plugin)
);
create index policy_decisions_at_idx on policy_decisions (at, decision_id, plugin);
create index policy_decisions_message_id_idx on policy_decisions (message_id);
