//! What was sent before under a sender's own id, whether it stands in its room or waits for an admin: a retry is compared with
//! it and answered from it.

use sqlx::{AssertSqlSafe, FromRow, QueryBuilder, query_as};
use uuid::Uuid;

use super::{Store, StoreError, WriteTx, db::on};
use crate::model::{DecisionId, HeldStatus, MessageId, RoomId, Timestamp, UserId};

/// What a sender sent before under one id.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct EarlierSend {
    /// The sender.
    pub sender_id: UserId,
    /// The sender's own id of the message.
    pub client_msg_id: String,
    /// Hash of the client's request.
    pub request_hash: Uuid,
    /// The message's id.
    #[sqlx(rename = "id")]
    pub message_id: MessageId,
    /// Its room; none for a held first message to a person.
    pub room_id: Option<RoomId>,
    /// Its place; 0 unless it has one.
    pub seq: i64,
    /// The room's rev at its last visible change.
    pub rev: i64,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// `Released`: it stands in its room, whether it was ever held or not.
    pub status: HeldStatus,
    /// Why an admin refused it.
    pub reason: Option<String>,
    /// Which policy held it.
    pub plugin: Option<String>,
    /// By which decision.
    pub decision_id: Option<DecisionId>,
}

impl EarlierSend {
    /// Whether a request with this hash is the same once more. Of what was deleted nobody knows any more.
    #[must_use]
    pub fn is_repeated_by(&self, request_hash: Uuid) -> bool {
        self.request_hash == request_hash || self.request_hash.is_nil()
    }
}

/// The keys that are looked for stand before it, as `k`. A held message that was released is found among the others.
const FIND: &str = " select m.sender_id, m.client_msg_id, m.request_hash, m.id, m.room_id, m.seq, m.rev, m.created_at,
        cast(1 as smallint) as status, cast(null as text) as reason, cast(null as text) as plugin,
        cast(null as uuid) as decision_id
    from k join messages m on m.sender_id = k.sender_id and m.client_msg_id = k.client_msg_id
    union all
    select h.sender_id, h.client_msg_id, h.request_hash, h.id, h.room_id, cast(0 as bigint), cast(0 as bigint),
        h.created_at, h.status, h.reason, h.plugin, h.decision_id
    from k join held_messages h on h.sender_id = k.sender_id and h.client_msg_id = k.client_msg_id
    where h.status <> 1";

impl Store {
    /// What a sender sent before under this id.
    ///
    /// # Errors
    /// The database failed.
    pub async fn earlier_send(
        &self,
        sender_id: UserId,
        client_msg_id: &str,
    ) -> Result<Option<EarlierSend>, StoreError> {
        const KEY: &str = "with k(sender_id, client_msg_id) as (select $1, $2)";
        Ok(
            on!(&self.db.read, db => query_as(AssertSqlSafe(format!("{KEY}{FIND}")))
            .bind(sender_id).bind(client_msg_id).fetch_optional(db).await)?,
        )
    }
}

impl WriteTx {
    /// What was sent before under these ids of senders' own.
    ///
    /// # Errors
    /// The database failed.
    pub async fn earlier_sends<'a>(
        &mut self,
        keys: impl Iterator<Item = (UserId, &'a str)>,
    ) -> Result<Vec<EarlierSend>, StoreError> {
        const KEYS: &str = "with k(sender_id, client_msg_id) as (";
        Ok(on!(&mut self.0,
            sqlite tx => {
                let mut sql = QueryBuilder::new(KEYS);
                sql.push_values(keys, |mut row, (sender_id, client_msg_id)| {
                    row.push_bind(sender_id).push_bind(client_msg_id);
                });
                let query = sql.push(")").push(FIND).build_query_as().persistent(false);
                query.fetch_all(&mut **tx).await
            },
            postgres tx => {
                let (senders, ids): (Vec<Uuid>, Vec<&str>) =
                    keys.map(|(sender_id, id)| (sender_id.0, id)).unzip();
                let mut sql = QueryBuilder::new(KEYS);
                let mut columns = sql.push("select * from unnest(").separated(", ");
                columns.push_bind(senders).push_bind(ids);
                let query = sql.push("))").push(FIND).build_query_as();
                query.fetch_all(&mut **tx).await
            }
        )?)
    }
}
