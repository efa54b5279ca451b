//! One's own account.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, PendingCaller},
    extract::Json,
};
use crate::{
    accounts::{Accounts, DisplayName, Waiting},
    gateway::error::{ApiError, ErrorBody},
    model::{
        Account,
        policy::{NewcomerAnswer, Question},
    },
};

/// What to change.
#[derive(Deserialize, ToSchema)]
struct ChangeMe {
    /// 1 to 80 characters.
    display_name: String,
}

/// What somebody who waits is asked.
#[derive(Serialize, ToSchema)]
struct RegistrationAnswer {
    /// By the policy that holds you; empty if you do not wait.
    questions: Vec<Question>,
    /// What you answered so far.
    answers: Vec<NewcomerAnswer>,
}

/// Answers to the questions.
#[derive(Deserialize, ToSchema)]
struct Answers {
    /// One for each question that must be answered, at least.
    answers: Vec<NewcomerAnswer>,
}

pub(super) fn routes(accounts: Arc<Accounts>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(me, change_me))
        .routes(routes!(questions, answer))
        .with_state(accounts)
}

/// One's own account as it is now.
#[utoipa::path(get, path = "/api/v1/me", tag = "me", responses(
    (status = 200, description = "The account", body = Account),
    (status = 401, description = "`unauthenticated`", body = ErrorBody),
))]
async fn me(caller: PendingCaller) -> axum::Json<Account> {
    axum::Json(caller.account)
}

/// Change the name to show.
#[utoipa::path(patch, path = "/api/v1/me", tag = "me", request_body = ChangeMe, responses(
    (status = 200, description = "Changed", body = Account),
    (status = 400, description = "`invalid_payload`", body = ErrorBody),
    (status = 401, description = "`unauthenticated`", body = ErrorBody),
    (status = 403, description = "`account_pending`", body = ErrorBody),
))]
async fn change_me(
    State(accounts): State<Arc<Accounts>>,
    caller: Caller,
    Json(change): Json<ChangeMe>,
) -> Result<axum::Json<Account>, ApiError> {
    let display_name = DisplayName::parse(&change.display_name)?;
    let account = accounts
        .rename(caller.account.user_id, &display_name)
        .await?;
    Ok(axum::Json(account))
}

/// What you are asked while you wait to be let in.
#[utoipa::path(get, path = "/api/v1/me/registration", tag = "me", responses(
    (status = 200, description = "Questions and answers so far", body = RegistrationAnswer),
    (status = 401, description = "`unauthenticated`", body = ErrorBody),
))]
async fn questions(
    State(accounts): State<Arc<Accounts>>,
    caller: PendingCaller,
) -> Result<axum::Json<RegistrationAnswer>, ApiError> {
    let Waiting { questions, answers } = accounts.waiting(&caller.account).await?;
    Ok(axum::Json(RegistrationAnswer { questions, answers }))
}

/// Answer; the policies decide once more.
#[utoipa::path(post, path = "/api/v1/me/registration", tag = "me", request_body = Answers, responses(
    (status = 200, description = "The account as it is then", body = Account),
    (status = 400, description = "`invalid_payload`: a question is unknown or left out", body = ErrorBody),
    (status = 409, description = "`conflict`: you do not wait", body = ErrorBody),
))]
async fn answer(
    State(accounts): State<Arc<Accounts>>,
    caller: PendingCaller,
    Json(answers): Json<Answers>,
) -> Result<axum::Json<Account>, ApiError> {
    let account = accounts.answer(&caller.account, answers.answers).await?;
    Ok(axum::Json(account))
}
