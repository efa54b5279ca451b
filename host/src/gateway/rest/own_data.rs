//! Taking one's data along, and going.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{FromRef, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Rooms,
    caller::PendingCaller,
    export::{Export, Exports},
    extract::Json,
    guesser::Guesser,
};
use crate::{
    accounts::Accounts,
    gateway::error::{ApiError, ErrorBody},
};

#[derive(Clone)]
struct OwnData {
    rooms: Rooms,
    exports: Exports,
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
            exports: Exports::default(),
        })
}

/// Delete your account. What you wrote stays, as a deleted account's; everything else about you goes. There is no way back.
#[utoipa::path(post, path = "/api/v1/me/delete", tag = "me", request_body = DeleteAccount, responses(
    (status = 204, description = "Deleted; your devices are logged out, your groups left"),
    (status = 401, description = "`bad_credentials`", body = ErrorBody),
    (status = 409, description = "`conflict`: the last active admin must stay", body = ErrorBody),
    (status = 429, description = "`rate_limited`: too many wrong passwords", body = ErrorBody),
))]
async fn delete_account(
    State(own): State<OwnData>,
    guesser: Guesser,
    caller: PendingCaller,
    Json(request): Json<DeleteAccount>,
) -> Result<StatusCode, ApiError> {
    let user_id = caller.identity.user_id;
    let Rooms { accounts, chat } = own.rooms;
    let caller = (caller.identity, &caller.account);
    let owner = guesser.prove_owner(&accounts, caller, request.password);
    accounts.delete_account(owner.await?).await?;
    // The account is gone: what is left over, the next start does.
    if let Err(error) = chat.leave_groups(user_id).await {
        tracing::error!(%error, %user_id, "a deleted account has not left all its groups");
    }
    Ok(StatusCode::NO_CONTENT)
}

/// What is known of you, as one JSON object: account, addresses, what you said when you registered, devices, choices, mutes, blocks, rooms, messages (also
/// those that policies hold), receipts, reports.
#[utoipa::path(get, path = "/api/v1/me/export", tag = "me", responses(
    (status = 200, description = "A file to keep", body = serde_json::Value),
    (status = 503, description = "`overloaded`: you have one under way, or others do", body = ErrorBody),
))]
async fn export(State(own): State<OwnData>, caller: PendingCaller) -> Result<Response, ApiError> {
    let user_id = caller.identity.user_id;
    let place = own
        .exports
        .place(user_id)
        .ok_or_else(|| ApiError::overloaded("you or others export their data just now", 5_000))?;
    let accounts = &own.rooms.accounts;
    let mutes = own.rooms.chat.mutes(Some(user_id), None, i64::MAX);
    // What is small is read before the answer begins, so that it can still be refused.
    let known = [
        ("account", json(&caller.account)?),
        ("email", json(&accounts.email(user_id).await?)?),
        ("devices", json(&accounts.devices(caller.identity).await?)?),
        ("privacy", json(&own.rooms.chat.privacy(user_id))?),
        (
            "registration",
            json(&accounts.own_registration(user_id).await?)?,
        ),
        ("mutes", json(&mutes.await?)?),
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
        place,
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

fn json<T: Serialize>(value: &T) -> Result<String, ApiError> {
    serde_json::to_string(value).map_err(|error| ApiError::internal(&error))
}
