-- Rooms, members with their receipts, messages.

create table rooms (
    id uuid not null,
    kind smallint not null,             -- 0 direct, 1 group
    name text,                          -- groups only
    direct_key text,                    -- direct rooms only: both user ids, the smaller first
    created_by uuid not null references users (id),
    created_at bigint not null,
    last_seq bigint not null,           -- the newest message's place
    last_rev bigint not null,           -- the newest visible change
    room_rev bigint not null,           -- the rev at which the room itself (its name) last changed
    constraint rooms_id_key primary key (id),
    constraint rooms_direct_key_key unique (direct_key)
);

create table room_members (
    room_id uuid not null references rooms (id),
    user_id uuid not null references users (id),
    role smallint not null,             -- 0 member, 1 admin, 2 owner
    joined_at bigint not null,
    joined_user_rev bigint not null,    -- the user's own rev when the room was gained
    visible_from_seq bigint not null,   -- first message that this member may see
    left_seq bigint,                    -- last message that a former member may see; null while they belong
    rev bigint not null,                -- the room's rev at which this row last changed visibly
    delivered_seq bigint not null,
    read_seq bigint not null,           -- read_seq <= delivered_seq
    hidden boolean not null,            -- a direct room of which this person does not know yet: all in it came from whom they block
    constraint room_members_room_id_user_id_key primary key (room_id, user_id)
);
create index room_members_user_id_idx on room_members (user_id);
create index room_members_room_id_rev_idx on room_members (room_id, rev);

-- No foreign keys here and on message_status: rows come only from the statement that advances their room and checks their
-- sender. PostgreSQL spent more on looking up each row's room and person than on all else.
create table messages (
    id uuid not null,
    room_id uuid not null,
    seq bigint not null,
    rev bigint not null,                -- the room's rev at this message's last visible change
    sender_id uuid not null,
    kind smallint not null,             -- 0 text, 1 call
    client_msg_id text not null,
    request_hash uuid not null,         -- first 16 bytes of the SHA-256 of the client's request (a uuid is the portable 16-byte column)
    body text not null,
    reply_to uuid,
    created_at bigint not null,
    only_sender boolean not null,       -- sent to somebody who blocks the sender: nobody else ever sees it
    deleted_at bigint,                  -- then body is empty and request_hash all zeros
    deleted_by uuid,                    -- its author or an admin of the room; null: an admin of the server
    constraint messages_id_key primary key (id),
    constraint messages_room_id_seq_key unique (room_id, seq),
    constraint messages_sender_id_client_msg_id_key unique (sender_id, client_msg_id)
);
create index messages_room_id_rev_idx on messages (room_id, rev);

-- Who had what when: each row says that the watermark rose from from_seq to to_seq at that time.
create table message_status (
    room_id uuid not null,
    user_id uuid not null,
    status smallint not null,           -- 1 delivered, 2 read; what was read was delivered too, with or without a row
    from_seq bigint not null,           -- first message covered
    to_seq bigint not null,             -- last message covered
    at bigint not null,
    constraint message_status_room_id_user_id_status_to_seq_key primary key (room_id, user_id, status, to_seq)
);
