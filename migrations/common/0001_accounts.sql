-- People, their devices, their refresh tokens, and what admins did.
-- One text for SQLite and PostgreSQL: ids are uuid (16 bytes), times are bigint milliseconds since the epoch (UTC).
-- Every unique constraint is named {table}_{columns}_key, for the mapping of errors.

create table users (
    id uuid not null,
    username text not null,             -- folded to lower case in Rust
    display_name text not null,
    password_hash text not null,        -- PHC string, argon2id
    status smallint not null,           -- 0 pending, 1 active, 2 rejected, 3 suspended
    status_reason text,
    role smallint not null,             -- 0 member, 1 admin
    rev bigint not null,                -- rises with rooms gained and lost, and with the account
    account_rev bigint not null,        -- the rev at which the account itself last changed
    created_at bigint not null,
    constraint users_id_key primary key (id),
    constraint users_username_key unique (username)
);
create index users_status_idx on users (status, created_at);

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

-- A device's tokens are one family: the newest is the one that works.
create table refresh_tokens (
    token_hash text not null,           -- SHA-256 of the token, base64url; the token itself is never stored
    device_id uuid not null references devices (id),
    issued_at bigint not null,
    expires_at bigint not null,
    used_at bigint,                     -- set when it was exchanged; using it again revokes the device
    constraint refresh_tokens_token_hash_key primary key (token_hash)
);
create index refresh_tokens_device_id_idx on refresh_tokens (device_id);

create table audit_log (
    id uuid not null,
    at bigint not null,
    actor_id uuid references users (id), -- null: the server itself
    action text not null,
    target_id uuid,
    reason text,
    constraint audit_log_id_key primary key (id)
);
create index audit_log_at_idx on audit_log (at);
