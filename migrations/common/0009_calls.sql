-- Calls, and who took part in them.

create table calls (
    id uuid not null,
    room_id uuid,                       -- null: two people who had no room when it began
    kind smallint not null,             -- 0 direct, 1 group
    media smallint not null,            -- 0 audio, 1 video
    caller_id uuid not null,
    callee_id uuid,                     -- direct calls only
    client_call_id text not null,
    state smallint not null,            -- 0 ringing, 1 connected, 2 ended
    created_at bigint not null,
    connected_at bigint,
    ended_at bigint,
    reason smallint,                    -- 0 hangup, 1 timeout, 2 busy, 3 declined, 4 cancelled, 5 policy, 6 drain, 7 failed, 8 consent, 9 removed
    ended_by uuid,
    owes_message boolean not null,      -- nobody answered, and the message that says so is not stored yet
    hidden_from uuid,                   -- the callee, if they block the caller
    constraint calls_id_key primary key (id)
);
create index calls_caller_id_idx on calls (caller_id, client_call_id);
create index calls_unsettled_idx on calls (id) where state <> 2 or owes_message;

create table call_participants (
    call_id uuid not null references calls (id),
    user_id uuid not null,
    called_at bigint not null,          -- the call's created_at, for the index of a person's calls
    state smallint not null,            -- 0 ringing, 1 joined, 2 left, 3 declined, 4 missed, 5 busy
    joined_at bigint,
    left_at bigint,
    reason smallint,                    -- as in calls
    loss_permille bigint,               -- means over their time in it; null: no media
    rtt_ms bigint,
    sent_bps bigint,
    received_bps bigint,
    constraint call_participants_call_id_user_id_key primary key (call_id, user_id)
);
create index call_participants_user_id_idx on call_participants (user_id, called_at, call_id);
