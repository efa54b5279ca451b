-- People, their devices, their refresh tokens.
-- One text for SQLite and PostgreSQL: ids are uuid (16 bytes), times are bigint milliseconds since the epoch (UTC).
-- Every unique constraint is named {table}_{columns}_key, for the mapping of errors.

create table users (
    id uuid not null,
    username text not null,             -- folded to lower case in Rust
    display_name text not null,
    username_key bytea not null,        -- UTF-8 bytes, so that a prefix is a range whatever the database's collation
    display_name_key bytea not null,    -- the same of the display name, folded to lower case in Rust
    password_hash text not null,        -- PHC string, argon2id
    status smallint not null,           -- 0 pending, 1 active, 2 rejected, 3 suspended, 4 deleted by its owner
    status_reason text,
    role smallint not null,             -- 0 member, 1 admin
    rev bigint not null,                -- rises with rooms gained and lost, and with the account
    account_rev bigint not null,        -- the rev at which the account itself last changed
    created_at bigint not null,
    constraint users_id_key primary key (id),
    constraint users_username_key unique (username)
);
create index users_status_idx on users (status, created_at, id);
create index users_created_at_idx on users (created_at, id);
create index users_username_key_idx on users (username_key);
create index users_display_name_key_idx on users (display_name_key);

create table devices (
    id uuid not null,
    user_id uuid not null references users (id),
    name text not null,
    created_at bigint not null,
    last_used_at bigint not null,
    revoked_at bigint,                  -- set by logout and by the reuse of a refresh token; never cleared
    constraint devices_id_key primary key (id)
);
create index devices_user_id_idx on devices (user_id);

-- A device's refresh tokens are one family, of which the newest works. A token is 32 random bytes: the first half is the
-- family's for good, the second is new at each turn. So one row suffices to know an old token again.
create table refresh_tokens (
    device_id uuid not null references devices (id),
    family_hash text not null,          -- SHA-256 of the first half, base64url; no token is ever stored
    token_hash text not null,           -- SHA-256 of the newest token; another one of the family revokes the device
    issued_at bigint not null,
    expires_at bigint not null,
    constraint refresh_tokens_device_id_key primary key (device_id),
    constraint refresh_tokens_family_hash_key unique (family_hash)
);
create index refresh_tokens_expires_at_idx on refresh_tokens (expires_at);
