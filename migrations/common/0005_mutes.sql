-- Who may not write for a while. What has run out is deleted with the next change; the audit log keeps what was done.

create table mutes (
    id uuid not null,
    user_id uuid not null references users (id),
    room_id uuid not null,              -- all zeros: everywhere, for a null would not be unique
    until bigint not null,
    reason text,                        -- the person reads it
    muted_by uuid,                      -- an admin
    plugin text,                        -- or a policy, perhaps at an admin's click
    created_at bigint not null,
    constraint mutes_id_key primary key (id),
    constraint mutes_user_id_room_id_key unique (user_id, room_id)
);
create index mutes_created_at_idx on mutes (created_at, id);
