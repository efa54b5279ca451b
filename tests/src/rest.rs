//! The REST side of a client: requests with a token, answers as JSON.
//!
//! Rule: a refusal is a value ([`Refusal`]), so that tests can ask for its code; only a broken connection is an error.

use std::sync::Once;

use anyhow::{Context, Result, bail};
use reqwest::Method;
use serde_json::Value;

/// Why the server said no, by socket or REST: its error object.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Stable code, as in `docs/protocol.md`.
    pub code: String,
    /// The whole error object.
    pub error: Value,
    /// The HTTP status; `None` on sockets.
    pub status: Option<u16>,
}

impl Refusal {
    /// Reads the object of an `error` field.
    pub fn read(error: &Value, status: Option<u16>) -> Result<Self> {
        let code = error["code"]
            .as_str()
            .with_context(|| format!("error without a code: {error}"))?;
        anyhow::ensure!(
            error["message"].is_string(),
            "error without a message: {error}"
        );
        anyhow::ensure!(
            error["retryable"].is_boolean(),
            "error that does not say whether it is retryable: {error}"
        );
        Ok(Self {
            code: code.to_owned(),
            error: error.clone(),
            status,
        })
    }
}

/// A client for HTTP, which takes any certificate: that of a server under test is nobody's. The server's own choice of a library for TLS leaves it
/// to each program to name one.
#[must_use]
pub fn http_client() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    reqwest::Client::builder()
        .tls_danger_accept_invalid_certs(true)
        .build()
        .expect("the library for TLS is there")
}

/// What a request or an event came to.
pub type Answer = std::result::Result<Value, Refusal>;

/// Turns "must have worked" and "must have been refused" into one call each.
pub trait Outcome {
    /// The data, or an error with the refusal.
    fn granted(self) -> Result<Value>;
    /// The refusal, which must have this code.
    fn refused_as(self, code: &str) -> Result<Refusal>;
}

impl Outcome for Answer {
    fn granted(self) -> Result<Value> {
        self.map_err(|refusal| anyhow::anyhow!("refused: {}", refusal.error))
    }

    fn refused_as(self, code: &str) -> Result<Refusal> {
        match self {
            Ok(data) => bail!("expected the refusal {code}, was granted: {data}"),
            Err(refusal) if refusal.code == code => Ok(refusal),
            Err(refusal) => bail!("expected the refusal {code}, got {}", refusal.error),
        }
    }
}

/// REST calls to one server, with or without a token.
#[derive(Clone, Debug)]
pub struct Rest {
    http: reqwest::Client,
    base_url: String,
    token: Option<String>,
}

impl Rest {
    /// Calls without a token.
    #[must_use]
    pub fn anonymous(base_url: &str) -> Self {
        Self {
            http: http_client(),
            base_url: base_url.to_owned(),
            token: None,
        }
    }

    /// The same server with this access token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// `GET path`.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.call(Method::GET, path, None).await
    }

    /// `POST path` with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Result<Answer> {
        self.call(Method::POST, path, Some(body)).await
    }

    /// `PUT path` with a JSON body.
    pub async fn put(&self, path: &str, body: Value) -> Result<Answer> {
        self.call(Method::PUT, path, Some(body)).await
    }

    /// `PATCH path` with a JSON body.
    pub async fn patch(&self, path: &str, body: Value) -> Result<Answer> {
        self.call(Method::PATCH, path, Some(body)).await
    }

    /// `DELETE path`.
    pub async fn delete(&self, path: &str) -> Result<Answer> {
        self.call(Method::DELETE, path, None).await
    }

    /// A request with any body, for tests of what a server must refuse.
    pub async fn raw(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<reqwest::Response> {
        let request = self
            .http
            .request(method, format!("{}{path}", self.base_url));
        let request = request
            .header("content-type", "application/json")
            .body(body);
        Ok(self.authorized(request).send().await?)
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Answer> {
        let mut request = self
            .http
            .request(method.clone(), format!("{}{path}", self.base_url));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response =
            crate::deadline::within(&format!("{method} {path}"), self.authorized(request).send())
                .await?
                .with_context(|| format!("{method} {path}"))?;
        read_answer(response)
            .await
            .with_context(|| format!("{method} {path}"))
    }

    fn authorized(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }
}

/// The answer in a response: the object itself when it went well, `{"error": …}` otherwise; no content reads as `null`.
pub async fn read_answer(response: reqwest::Response) -> Result<Answer> {
    let status = response.status();
    let text = response.text().await?;
    if status.is_success() && text.is_empty() {
        return Ok(Ok(Value::Null));
    }
    let body: Value = serde_json::from_str(&text)
        .with_context(|| format!("{status} with a body that is not JSON: {text}"))?;
    if status.is_success() {
        return Ok(Ok(body));
    }
    anyhow::ensure!(
        body["error"]["request_id"].is_string(),
        "{status} without a request id: {body}"
    );
    Ok(Err(Refusal::read(&body["error"], Some(status.as_u16()))?))
}
