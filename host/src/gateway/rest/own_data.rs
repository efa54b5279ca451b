//! Taking one's data along, and going.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::{FromRef, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Rooms, caller::Caller, extract::Json};
use crate::{
    accounts::Accounts,
    chat::{Chat, ChatError},
    gateway::error::{ApiError, ErrorBody},
    model::{ReceiptStatus, UserId},
};

/// Exports at once; more are told to come later. Chosen, not standard.
const AT_ONCE: usize = 4;
/// Rows that are read at once: of the largest messages some megabytes.
const PAGE: i64 = 64;

#[derive(Clone)]
struct OwnData {
    rooms: Rooms,
    places: Arc<Semaphore>,
}

impl FromRef<OwnData> for Arc<Accounts> {
    fn from_ref(own: &OwnData) -> Self {
        Self::clone(&own.rooms.accounts)
    }
}

/// The wish to be forgotten.
#[derive(Deserialize, ToSchema)]
struct DeleteAccount {
    /// Your password.
    password: String,
}

pub(super) fn routes(rooms: Rooms) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(delete_account))
        .routes(routes!(export))
        .with_state(OwnData {
            rooms,
            places: Arc::new(Semaphore::new(AT_ONCE)),
        })
}

/// Delete your account. What you wrote stays, as a deleted account's; everything else about you goes. There is no way back.
#[utoipa::path(post, path = "/api/v1/me/delete", tag = "me", request_body = DeleteAccount, responses(
    (status = 204, description = "Deleted; your devices are logged out, your groups left"),
    (status = 401, description = "`bad_credentials`", body = ErrorBody),
    (status = 409, description = "`conflict`: the last active admin must stay", body = ErrorBody),
))]
async fn delete_account(
    State(own): State<OwnData>,
    caller: Caller,
    Json(request): Json<DeleteAccount>,
) -> Result<StatusCode, ApiError> {
    let user_id = caller.identity.user_id;
    let Rooms { accounts, chat } = own.rooms;
    accounts
        .delete_account(caller.identity, request.password)
        .await?;
    chat.leave_groups(user_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// All that is known of you, as one JSON object: account, address, devices, choices, rooms, messages, receipts.
#[utoipa::path(get, path = "/api/v1/me/export", tag = "me", responses(
    (status = 200, description = "A file to keep", body = serde_json::Value),
    (status = 503, description = "`overloaded`: others take theirs just now", body = ErrorBody),
))]
async fn export(State(own): State<OwnData>, caller: Caller) -> Result<Response, ApiError> {
    let place = Arc::clone(&own.places).try_acquire_owned();
    let place =
        place.map_err(|_| ApiError::overloaded("others export their data just now", 5_000))?;
    let accounts = &own.rooms.accounts;
    let user_id = caller.identity.user_id;
    // What is small is read before the answer begins, so that it can still be refused.
    let known = [
        ("account", json(&caller.account)?),
        ("email", json(&accounts.email(user_id).await?)?),
        ("devices", json(&accounts.devices(caller.identity).await?)?),
        ("privacy", json(&own.rooms.chat.privacy(user_id))?),
        ("blocks", json(&own.rooms.chat.blocks(user_id).await?)?),
        ("rooms", json(&own.rooms.chat.own_rooms(user_id).await?)?),
    ];
    let mut head = String::from("{");
    for (name, value) in known {
        head.push_str(&format!("\"{name}\":{value},\n"));
    }
    let (chunks, body) = mpsc::channel(1);
    let export = Export {
        chat: Arc::clone(&own.rooms.chat),
        user_id,
        chunks,
        _place: place,
    };
    tokio::spawn(export.run(head));
    let body = stream::unfold(body, async |mut body| Some((body.recv().await?, body)));
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"natter-export.json\"",
        ),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// An export on its way: a page at a time, no faster than the client takes it.
struct Export {
    chat: Arc<Chat>,
    user_id: UserId,
    chunks: mpsc::Sender<Result<Bytes, std::io::Error>>,
    _place: OwnedSemaphorePermit,
}

/// Why an export broke off.
enum Broken {
    /// The client went away.
    Unread,
    /// We failed; the client sees a body that ends too early.
    Failed(ChatError),
}

impl Export {
    async fn run(self, head: String) {
        match self.write(head).await {
            Ok(()) | Err(Broken::Unread) => {}
            Err(Broken::Failed(error)) => {
                tracing::error!(%error, "an export broke off");
                let broken = std::io::Error::other("the export broke off");
                // Whoever went away needs to know nothing.
                drop(self.chunks.send(Err(broken)).await);
            }
        }
    }

    async fn write(&self, head: String) -> Result<(), Broken> {
        self.send(head + "\"messages\":[").await?;
        self.messages().await?;
        self.send("],\n\"receipts\":[".to_owned()).await?;
        self.receipts().await?;
        self.send("]}\n".to_owned()).await
    }

    async fn messages(&self) -> Result<(), Broken> {
        let mut after = String::new();
        loop {
            let page = self.chat.own_messages(self.user_id, &after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            let is_first = after.is_empty();
            after.clone_from(&last.client_msg_id);
            self.send(rows(&page, is_first)).await?;
        }
    }

    async fn receipts(&self) -> Result<(), Broken> {
        let mut is_first = true;
        for room in self.chat.own_rooms(self.user_id).await? {
            let mut after = (ReceiptStatus::Delivered, 0);
            loop {
                let page = self
                    .chat
                    .own_receipts(self.user_id, room.room_id, after, PAGE)
                    .await?;
                let Some(last) = page.last() else {
                    break;
                };
                after = (last.status, last.to_seq);
                self.send(rows(&page, is_first)).await?;
                is_first = false;
            }
        }
        Ok(())
    }

    async fn send(&self, text: String) -> Result<(), Broken> {
        let sent = self.chunks.send(Ok(Bytes::from(text))).await;
        sent.map_err(|_| Broken::Unread)
    }
}

impl From<ChatError> for Broken {
    fn from(error: ChatError) -> Self {
        Self::Failed(error)
    }
}

/// Objects with commas between, and one before unless they are the first.
fn rows<T: Serialize>(page: &[T], is_first: bool) -> String {
    let mut text = String::new();
    for (nth, row) in page.iter().enumerate() {
        text.push_str(if nth == 0 && is_first { "\n" } else { ",\n" });
        // Serialising plain data to memory cannot fail.
        text.push_str(&serde_json::to_string(row).unwrap_or_default());
    }
    text
}

fn json<T: Serialize>(value: &T) -> Result<String, ApiError> {
    serde_json::to_string(value).map_err(|error| ApiError::internal(&error))
}
