//! All in one statement.

use sqlx::{PgConnection, query_scalar};

use super::LogBatch;
use crate::{model::RoomId, store::db::column};

/// Its parts see the tables as they were before it; `advanced` is what tells the others which rooms go on. Messages go in by
/// their senders' ids: two writers that meet there wait for each other in one order.
const WRITE: &str = "with step(id, seq, rev, count) as (
        select * from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[])
    ), message(id, room_id, seq, rev, sender_id, kind, body, reply_to, created_at, client_msg_id, request_hash,
        only_sender) as (
        select * from unnest($5::uuid[], $6::uuid[], $7::bigint[], $8::bigint[], $9::uuid[], $10::smallint[],
            $11::text[], $12::uuid[], $13::bigint[], $14::text[], $15::uuid[], $26::boolean[])
    ), barred(room_id) as (
        select m.room_id from message m left join users u on u.id = m.sender_id where coalesce(u.status, 0) <> 1
        union all
        select m.room_id from message m
        join messages e on e.sender_id = m.sender_id and e.client_msg_id = m.client_msg_id
        union all
        select m.room_id from message m
        join held_messages h on h.sender_id = m.sender_id and h.client_msg_id = m.client_msg_id where h.status <> 1
    ), advanced(id) as (
        update rooms set last_seq = step.seq + step.count, last_rev = step.rev + step.count from step
        where rooms.id = step.id and rooms.last_seq = step.seq and rooms.last_rev = step.rev
            and step.id not in (select room_id from barred)
        returning rooms.id
    ), stored as (
        insert into messages (id, room_id, seq, rev, sender_id, kind, body, reply_to, created_at, client_msg_id,
            request_hash, only_sender)
        select m.* from message m join advanced a on a.id = m.room_id
        order by m.sender_id, m.client_msg_id
    ), mark(room_id, user_id, delivered_seq, read_seq) as (
        select * from unnest($16::uuid[], $17::uuid[], $18::bigint[], $19::bigint[])
    ), raised as (
        update room_members r set delivered_seq = greatest(r.delivered_seq, mark.delivered_seq),
            read_seq = greatest(r.read_seq, mark.read_seq)
        from mark where r.room_id = mark.room_id and r.user_id = mark.user_id
    ), noted as (
        insert into message_status (room_id, user_id, status, from_seq, to_seq, at)
        select * from unnest($20::uuid[], $21::uuid[], $22::smallint[], $23::bigint[], $24::bigint[], $25::bigint[])
        on conflict (room_id, user_id, status, to_seq) do nothing
    ) select id from step except select id from advanced";

pub(super) async fn write(
    connection: &mut PgConnection,
    batch: &LogBatch,
) -> Result<Vec<RoomId>, sqlx::Error> {
    let LogBatch {
        steps,
        messages: rows,
        marks,
        ranges,
    } = batch;
    let messages = || rows.iter().map(|it| &it.message);
    let query = query_scalar(WRITE)
        .bind(column(steps, |it| it.room_id.0))
        .bind(column(steps, |it| it.seq))
        .bind(column(steps, |it| it.rev))
        .bind(column(steps, |it| it.count))
        .bind(column(messages(), |it| it.message_id.0))
        .bind(column(messages(), |it| it.room_id.0))
        .bind(column(messages(), |it| it.seq))
        .bind(column(messages(), |it| it.rev))
        .bind(column(messages(), |it| it.sender_id.0))
        .bind(column(messages(), |it| it.kind as i16))
        .bind(column(messages(), |it| it.body.as_str()))
        .bind(column(messages(), |it| it.reply_to.map(|id| id.0)))
        .bind(column(messages(), |it| it.created_at.0))
        .bind(column(rows, |it| it.client_msg_id.as_str()))
        .bind(column(rows, |it| it.request_hash))
        .bind(column(marks, |it| it.0.0))
        .bind(column(marks, |it| it.1.user_id.0))
        .bind(column(marks, |it| it.1.delivered_seq))
        .bind(column(marks, |it| it.1.read_seq))
        .bind(column(ranges, |it| it.room_id.0))
        .bind(column(ranges, |it| it.user_id.0))
        .bind(column(ranges, |it| it.status as i16))
        .bind(column(ranges, |it| it.from_seq))
        .bind(column(ranges, |it| it.to_seq))
        .bind(column(ranges, |it| it.at.0))
        .bind(column(rows, |it| it.only_sender));
    query.fetch_all(connection).await
}
