-- What policies made wait.

-- Messages that wait for an admin, and what became of them. A released one stands in messages too, under the same id.
create table held_messages (
    id uuid not null,
    sender_id uuid not null references users (id),
    room_id uuid,                       -- null: the first message to a person; its room is made by the release
    recipient_id uuid,                  -- direct rooms only
    client_msg_id text not null,
    request_hash uuid not null,         -- as in messages
    body text not null,                 -- empty once it is decided
    reply_to uuid,
    created_at bigint not null,
    decision_id uuid,
    plugin text not null,               -- who held it
    note text not null,                 -- for the admin
    status smallint not null,           -- 0 held, 1 released, 2 rejected
    decided_by uuid,
    decided_at bigint,
    reason text,                        -- the admin's, for the sender
    constraint held_messages_id_key primary key (id),
    constraint held_messages_sender_id_client_msg_id_key unique (sender_id, client_msg_id)
);
create index held_messages_status_idx on held_messages (status, created_at, id);

create table invites (
    id uuid not null,
    code text not null,
    label text not null,                -- the admin's own note; policies see it
    created_by uuid not null references users (id),
    created_at bigint not null,
    expires_at bigint,
    max_uses bigint,                    -- null: any number
    uses bigint not null,               -- people who became active with it
    revoked_at bigint,
    constraint invites_id_key primary key (id),
    constraint invites_code_key unique (code)
);
create index invites_created_at_idx on invites (created_at, id);

-- What newcomers said, and what they are asked.
create table registrations (
    user_id uuid not null references users (id),
    email text,                         -- as typed, not verified
    invite_id uuid,
    plugin text,                        -- who holds them
    note text not null,                 -- for the admin
    questions text not null,            -- JSON
    answers text not null,              -- JSON
    constraint registrations_user_id_key primary key (user_id)
);
