//! Reads bodies, paths and queries, so that each refusal has the shape that clients know.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use serde::de::DeserializeOwned;

use crate::gateway::{ApiError, json, limits::RequestLimits};

/// What a request's body may have; a layer puts it into each request.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// Its size.
    pub bytes: usize,
    /// How long it may take to come.
    pub timeout: Duration,
}

/// A JSON body. No body is the empty object.
pub(super) struct Json<T>(pub(super) T);

/// The variables of a path.
pub(super) struct Path<T>(pub(super) T);

/// A query string.
pub(super) struct Query<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let BodyLimits {
            bytes: limit,
            timeout,
        } = *request
            .extensions()
            .get::<BodyLimits>()
            .ok_or_else(|| ApiError::internal(&"a route has no body limits"))?;
        if let Some(length) = announced_length(request.headers()).filter(|it| *it > limit) {
            let message = format!("body is {length} bytes, limit {limit}");
            return Err(ApiError::too_large(message));
        }
        let is_json = is_json(request.headers());
        let body = tokio::time::timeout(timeout, Bytes::from_request(request, state))
            .await
            .map_err(|_| late(timeout))?
            .map_err(|refusal| unreadable(&refusal, limit))?;
        if body.is_empty() {
            return json::parse(b"{}").map(Self);
        }
        if !is_json {
            return Err(ApiError::invalid_payload(
                "content-type: must be application/json",
            ));
        }
        json::parse(&body).map(Self)
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        axum::extract::Path::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Path(value)| Self(value))
            .map_err(|error| ApiError::invalid_payload(error.body_text()))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        axum::extract::Query::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|error| ApiError::invalid_payload(error.body_text()))
    }
}

/// How much may be asked.
pub(super) fn limits_of(parts: &Parts) -> Result<&Arc<RequestLimits>, ApiError> {
    let limits = parts.extensions.get();
    limits.ok_or_else(|| ApiError::internal(&"a route has no limits"))
}

/// A number of things asked for, from 1 to `max`.
pub(super) fn checked_limit(asked: Option<i64>, default: i64, max: i64) -> Result<i64, ApiError> {
    let limit = asked.unwrap_or(default);
    if (1..=max).contains(&limit) {
        Ok(limit)
    } else {
        let message = format!("limit: is {limit}, must be 1 to {max}");
        Err(ApiError::invalid_payload(message))
    }
}

fn announced_length(headers: &HeaderMap) -> Option<usize> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// `application/json`, with or without parameters (RFC 9110 §8.3).
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn late(timeout: Duration) -> ApiError {
    let seconds = timeout.as_secs();
    ApiError::invalid_payload(format!("the body did not come within {seconds} s"))
}

fn unreadable(refusal: &BytesRejection, limit: usize) -> ApiError {
    if refusal.status() == StatusCode::PAYLOAD_TOO_LARGE {
        ApiError::too_large(format!("body is over the limit of {limit} bytes"))
    } else {
        ApiError::invalid_payload("the body could not be read to its end")
    }
}
