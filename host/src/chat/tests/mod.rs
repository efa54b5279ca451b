//! Chat over either database, without sockets.
#![expect(clippy::unwrap_used, reason = "tests")]

mod batches;
mod blocks;
mod groups;
mod judging;
mod messages;
mod moderation;
mod mutes;
mod sync;

use std::time::Duration;

use super::*;
use crate::{
    delivery::{MailboxLimits, Subscription},
    model::{
        AccountStatus, DeviceId, NewMessage, RoomSync, SendTarget, SentMessage, ServerEvent,
        SessionId, Submitted, Timestamp, UserRole,
    },
    store::{
        NewDevice, NewRefreshToken, NewUser,
        testing::{Kind, TestDatabase, on_both_databases},
    },
};

/// A running chat with a database of its own.
struct House {
    chat: Arc<Chat>,
    tasks: ChatTasks,
    delivery: Arc<Delivery>,
    store: Store,
    _database: TestDatabase,
}

impl House {
    async fn new(on: Kind) -> Self {
        let database = TestDatabase::create(on).await;
        let store = database.open().await;
        let delivery = Delivery::new(MailboxLimits {
            events: 1_000,
            bytes: 1 << 20,
        });
        let policies = Policies::idle(&store);
        Self::open(database, store, delivery, policies).await
    }

    /// The same after the server was stopped and started; whoever listens goes on.
    async fn restarted(self) -> Self {
        let policies = Policies::idle(&self.store);
        self.restarted_under(policies).await
    }

    async fn restarted_under(self, policies: Arc<Policies>) -> Self {
        let Self {
            tasks,
            delivery,
            store,
            _database,
            ..
        } = self;
        tasks.stop(Duration::from_secs(5)).await.unwrap();
        Self::open(_database, store, delivery, policies).await
    }

    async fn open(
        database: TestDatabase,
        store: Store,
        delivery: Arc<Delivery>,
        policies: Arc<Policies>,
    ) -> Self {
        let parts = ChatParts {
            store: store.clone(),
            delivery: Arc::clone(&delivery),
            metrics: Arc::new(Metrics::new()),
            policies,
        };
        let (chat, tasks) = Chat::start(parts, limits(&database)).await.unwrap();
        Self {
            chat,
            tasks,
            delivery,
            store,
            _database: database,
        }
    }

    async fn person(&self, name: &str) -> UserId {
        let (user_id, device_id, created_at) =
            (UserId::generate(), DeviceId::generate(), Timestamp::now());
        let user = NewUser {
            user_id,
            username: name.to_owned(),
            display_name: name.to_owned(),
            password_hash: String::new(),
            status: AccountStatus::Active,
            role: UserRole::Member,
            created_at,
        };
        let token = |half: &str| format!("{half}{device_id}");
        let refresh_token = NewRefreshToken {
            family_hash: token("f"),
            token_hash: token("t"),
            expires_at: created_at,
        };
        let device = NewDevice {
            device_id,
            user_id,
            name: String::new(),
            created_at,
            refresh_token,
        };
        self.store.create_user(&user, &device).await.unwrap();
        user_id
    }

    async fn people<const N: usize>(&self, names: [&str; N]) -> [UserId; N] {
        let mut people = Vec::new();
        for name in names {
            people.push(self.person(name).await);
        }
        people.try_into().unwrap()
    }

    fn listen(&self, user_id: UserId) -> Subscription {
        self.delivery
            .subscribe(user_id, DeviceId::generate(), SessionId::generate())
    }

    async fn send(&self, from: UserId, new: NewMessage) -> Result<SentMessage, ChatError> {
        let submitted = self.chat.submit(by(from), new).await?.outcome().await?;
        Ok(sent(submitted))
    }

    async fn receipt(
        &self,
        from: UserId,
        room_id: RoomId,
        up_to_seq: i64,
        status: ReceiptStatus,
    ) -> Result<Watermark, ChatError> {
        self.chat
            .submit_receipt(by(from), room_id, up_to_seq, status)?
            .outcome()
            .await
    }

    async fn sync(&self, reader: UserId, user_rev: i64, rooms: &[(RoomId, i64)]) -> Vec<RoomSync> {
        let rooms = rooms
            .iter()
            .map(|&(room_id, rev)| crate::model::RoomCursor { room_id, rev })
            .collect();
        self.chat
            .sync(
                reader,
                SyncRequest {
                    user_rev,
                    rooms,
                    limit: Some(2),
                },
            )
            .await
            .unwrap()
            .rooms
    }
}

fn limits(database: &TestDatabase) -> ChatLimits {
    let writer = WriterLimits {
        batch_jobs: 100,
        queue_jobs: 1_000,
        queue_bytes: 1 << 20,
        group_members: 5,
        writers: match database {
            TestDatabase::Sqlite(_) => 1,
            TestDatabase::Postgres { .. } => 2,
        },
    };
    ChatLimits {
        body_bytes: 100,
        writer,
    }
}

/// What is neither held nor a command.
fn sent(submitted: Submitted) -> SentMessage {
    match submitted {
        Submitted::Sent(sent) => sent,
        other => panic!("{other:?}"),
    }
}

fn by(user_id: UserId) -> Author {
    Author {
        user_id,
        account_role: UserRole::Member,
        session_id: None,
    }
}

fn private(to: UserId, client_msg_id: &str, body: &str) -> NewMessage {
    message(SendTarget::User(to), client_msg_id, body)
}

fn group(room_id: RoomId, client_msg_id: &str, body: &str) -> NewMessage {
    message(SendTarget::Group(room_id), client_msg_id, body)
}

fn message(target: SendTarget, client_msg_id: &str, body: &str) -> NewMessage {
    NewMessage {
        target,
        client_msg_id: client_msg_id.to_owned(),
        body: body.to_owned(),
        reply_to: None,
    }
}

/// The next events of a session, in order, by a short description.
async fn heard(session: &Subscription, count: usize) -> Vec<String> {
    let mut heard = Vec::new();
    while heard.len() < count {
        let events = tokio::time::timeout(Duration::from_secs(5), session.mailbox.take(1))
            .await
            .unwrap()
            .unwrap();
        heard.extend(events.iter().map(|it| describe(&it.event)));
    }
    heard
}

fn describe(event: &ServerEvent) -> String {
    match event {
        ServerEvent::ReceivePrivateMessage(it) | ServerEvent::ReceiveGroupMessage(it) => {
            let own = if it.client_msg_id.is_some() {
                " (own)"
            } else {
                ""
            };
            format!("message {} {}{own}", it.message.seq, it.message.body)
        }
        ServerEvent::MessageStatusUpdate(it) => {
            format!(
                "{:?} {} all {:?}/{:?}",
                it.status, it.up_to_seq, it.delivered_all_seq, it.read_all_seq
            )
        }
        ServerEvent::RoomUpdated(it) => format!("room {:?}", it.room.name),
        ServerEvent::MemberUpdated(it) => {
            format!("member {:?} {:?} rev {}", it.role, it.state, it.rev)
        }
        other => format!("{other:?}"),
    }
}
