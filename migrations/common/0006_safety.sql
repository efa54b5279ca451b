-- What keeps people safe from each other and from whoever takes their account; and what was done about it.

-- What admins did, and what happened to accounts. A chain: each row's hash covers its content and the hash of the row before
-- (docs/operations.md has the encoding). Triggers refuse every change of a row.
create table audit_log (
    seq bigint not null,                -- 1, 2, 3, … without gaps
    id uuid not null,
    at bigint not null,
    actor_id uuid references users (id), -- null: the server itself
    action text not null,
    target_id uuid,                     -- the account it was done to
    reason text,
    detail text,                        -- what it was done to, or by whose word, where the other columns do not say
    hash text not null,                 -- SHA-256, hex
    constraint audit_log_seq_key primary key (seq),
    constraint audit_log_id_key unique (id)
);
create index audit_log_at_idx on audit_log (at, id);

-- One row: where the chain ends. Whoever appends holds it until their transaction ends, so rows have one order.
create table audit_head (
    id smallint not null,
    seq bigint not null,                -- 0: the log is empty
    hash text not null,                 -- of the newest row; 64 zeros while there is none
    constraint audit_head_id_key primary key (id)
);

-- Messages that somebody wants the server's admins to look at.
create table reports (
    id uuid not null,
    message_id uuid not null,
    room_id uuid not null,
    sender_id uuid not null,            -- who wrote the message
    reporter_id uuid not null references users (id),
    reason text,                        -- the reporter's
    created_at bigint not null,
    decision smallint not null,         -- 0 waits, 1 dismissed, 2 the message was deleted
    decided_by uuid,
    decided_at bigint,
    constraint reports_id_key primary key (id),
    constraint reports_message_id_reporter_id_key unique (message_id, reporter_id)
);
create index reports_decision_idx on reports (decision, created_at, id);
create index reports_reporter_id_idx on reports (reporter_id, created_at, id);

-- The reported message and what was said around it, as its reporter saw it: kept until an admin has decided, also if a message
-- is deleted meanwhile, and not longer.
create table report_messages (
    report_id uuid not null references reports (id),
    seq bigint not null,
    message_id uuid not null,
    sender_id uuid not null,
    body text not null,
    created_at bigint not null,
    constraint report_messages_report_id_seq_key primary key (report_id, seq)
);

-- Who may not come back into a group.
create table room_bans (
    room_id uuid not null references rooms (id),
    user_id uuid not null references users (id),
    banned_by uuid not null,
    reason text,
    created_at bigint not null,
    constraint room_bans_room_id_user_id_key primary key (room_id, user_id)
);

-- Who wants to hear nothing from whom in private.
create table blocks (
    user_id uuid not null references users (id),    -- who blocks
    blocked_id uuid not null references users (id),
    created_at bigint not null,
    delivered_seq bigint not null,      -- what the blocked person goes on seeing of this person's receipts in their direct room
    read_seq bigint not null,
    constraint blocks_user_id_blocked_id_key primary key (user_id, blocked_id)
);

-- What people chose about who reaches them; without a row: everybody does, and reads are shown.
create table privacy (
    user_id uuid not null references users (id),
    who_may_write smallint not null,    -- the first message: 0 everybody, 1 who shares a group, 2 nobody
    who_may_call smallint not null,
    hides_reads boolean not null,
    constraint privacy_user_id_key primary key (user_id)
);

-- Addresses for letters that their owners have proven to read. What is not proven yet stands in the link that would.
create table emails (
    user_id uuid not null references users (id),
    address text not null,              -- as typed
    address_key text not null,          -- folded to lower case in Rust
    verified_at bigint not null,
    constraint emails_user_id_key primary key (user_id)
);
create index emails_address_key_idx on emails (address_key);

-- Links that work once: for a new password, or for proving an address. No link is ever stored, only its hash.
create table links (
    user_id uuid not null references users (id),
    purpose smallint not null,          -- 0 password, 1 address
    token_hash text not null,           -- SHA-256, base64url
    made_by uuid,                       -- the admin; null: by letter
    address text,                       -- where the letter goes; null: an admin hands the link over
    address_key text,
    created_at bigint not null,
    expires_at bigint not null,
    constraint links_user_id_purpose_key primary key (user_id, purpose),
    constraint links_token_hash_key unique (token_hash)
);
create index links_address_key_idx on links (address_key);

insert into audit_head (id, seq, hash) values (0, 0, '0000000000000000000000000000000000000000000000000000000000000000');
