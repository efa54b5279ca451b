//! The routes without a socket: requests go straight into the router.
#![expect(clippy::unwrap_used, reason = "tests")]

mod accounts;
mod contract;
mod refusals;
mod rooms;

use axum::{
    body::Body,
    http::{HeaderMap, Method, Request, header},
};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::{
    accounts::{AccountOptions, PasswordLimits, RegistrationMode, TokenOptions},
    calls::{
        CallOptions, CallParts, TurnOptions,
        worker::{MediaOptions, MediaWorker},
    },
    chat::{ChatLimits, ChatParts, ChatTasks, WriterLimits},
    delivery::{Delivery, MailboxLimits},
    gateway::{
        Hsts,
        limits::{LimitOptions, Proxies, ProxyHeader, Rate},
        observe,
        origin::Origins,
    },
    policy::Policies,
    store::{DbOptions, Durability, Store},
};

const PASSWORD: &str = "correct horse";
const BODY_LIMIT: usize = 2000;

/// Wide, but for passwords: three wrong ones.
fn limits(metrics: &Arc<Metrics>) -> Arc<RequestLimits> {
    let wide = Rate::per_second(10_000, 10_000);
    let options = LimitOptions {
        account: wide,
        address: wide,
        logins: Rate::per_minute(1, 3),
        proxies: Proxies {
            trusted: Vec::new(),
            header: ProxyHeader::XForwardedFor,
        },
    };
    RequestLimits::new(options, Arc::clone(metrics))
}

struct House {
    parts: RestParts,
    router: Router,
    _folder: tempfile::TempDir,
    _tasks: ChatTasks,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl House {
    async fn new(registration_mode: RegistrationMode) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&DbOptions {
            url: format!("sqlite://{}", folder.path().join("natter.db").display()),
            read_connections: 2,
            writers: 1,
            durability: Durability::Normal,
        })
        .await
        .unwrap();
        let delivery = Delivery::new(MailboxLimits {
            events: 64,
            bytes: 1 << 20,
        });
        let options = account_options(folder.path(), registration_mode);
        let policies = Policies::idle(&store);
        let asked = Arc::clone(&policies);
        let accounts = Accounts::open(store.clone(), Arc::clone(&delivery), asked, options)
            .await
            .unwrap();
        let metrics = Arc::new(Metrics::new());
        let chat_parts = ChatParts {
            store: store.clone(),
            delivery: Arc::clone(&delivery),
            metrics: Arc::clone(&metrics),
            policies: Arc::clone(&policies),
        };
        let (chat, tasks) = Chat::start(chat_parts, chat_limits()).await.unwrap();
        let effects = Effects {
            accounts: Arc::clone(&accounts),
            chat: Arc::clone(&chat),
        };
        let media = MediaWorker::start(&media_options()).unwrap();
        let call_parts = CallParts {
            store,
            chat: Arc::clone(&chat),
            delivery,
            policies: Arc::clone(&policies),
            metrics: metrics.calls.clone(),
            media: media.worker,
            media_events: media.events,
        };
        let (calls, _) = Calls::start(call_parts, call_options()).await.unwrap();
        let parts = RestParts {
            effects,
            accounts,
            chat,
            calls,
            policies,
            draining: CancellationToken::new(),
            limits: limits(&metrics),
            metrics,
            upload_bytes: 0,
            body_limits: BodyLimits {
                bytes: BODY_LIMIT,
                timeout: std::time::Duration::from_secs(10),
            },
        };
        Self {
            router: observe::around(
                routes(&parts),
                Origins::default(),
                Hsts::Insist,
                Arc::clone(&parts.metrics),
            ),
            parts,
            _folder: folder,
            _tasks: tasks,
        }
    }

    async fn open() -> Self {
        Self::new(RegistrationMode::Open).await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        answer(self.router.clone(), request).await
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(request(Method::GET, path, token, None)).await
    }

    async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        self.send(request(Method::POST, path, token, Some(body)))
            .await
    }

    async fn patch(&self, path: &str, token: &str, body: Value) -> Answer {
        self.send(request(Method::PATCH, path, token, Some(body)))
            .await
    }

    async fn delete(&self, path: &str, token: &str) -> Answer {
        self.send(request(Method::DELETE, path, token, None)).await
    }

    /// Registers; gives the tokens.
    async fn register(&self, name: &str) -> Value {
        let body = json!({"username": name, "password": PASSWORD, "device_name": "test"});
        self.post("/api/v1/auth/register", "", body).await.json(201)
    }

    /// Makes the first admin; gives its access token.
    async fn admin(&self) -> String {
        let token = self.parts.accounts.setup_token().unwrap();
        let body = json!({"token": token, "username": "root", "password": PASSWORD});
        let tokens = self.post("/api/v1/setup", "", body).await.json(201);
        access(&tokens)
    }
}

impl Answer {
    /// The body, after a look at the status.
    fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{}", self.text))
    }

    /// The status and the error's code.
    fn refusal(&self) -> String {
        let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        let code = body["error"]["code"].as_str().unwrap_or("no code");
        format!("{} {code}", self.status)
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

async fn answer(router: Router, request: Request<Body>) -> Answer {
    let response = router.oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 24).await.unwrap();
    Answer {
        status: head.status.as_u16(),
        headers: head.headers,
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

fn request(method: Method, path: &str, token: &str, body: Option<Value>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if !token.is_empty() {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    match body {
        None => request.body(Body::empty()).unwrap(),
        Some(body) => {
            let body = body.to_string();
            request
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::CONTENT_LENGTH, body.len())
                .body(Body::from(body))
                .unwrap()
        }
    }
}

fn access(tokens: &Value) -> String {
    tokens["access_token"].as_str().unwrap().to_owned()
}

fn user_id(tokens: &Value) -> String {
    tokens["user"]["user_id"].as_str().unwrap().to_owned()
}

fn account_options(
    folder: &std::path::Path,
    registration_mode: RegistrationMode,
) -> AccountOptions {
    AccountOptions {
        data_dir: folder.to_owned(),
        registration_mode,
        tokens: TokenOptions {
            issuer: "natter".to_owned(),
            audience: "natter".to_owned(),
            access_token_seconds: 600,
            refresh_token_seconds: 3600,
            leeway_seconds: 10,
            signing_key_days: 30,
        },
        passwords: PasswordLimits {
            at_once: 2,
            waiting: 8,
        },
        mail: None,
    }
}

fn call_options() -> CallOptions {
    CallOptions {
        ring_seconds: 45,
        grace_seconds: 15,
        participants: 32,
        turn: TurnOptions::default(),
    }
}

fn media_options() -> MediaOptions {
    MediaOptions {
        bind: vec![std::net::Ipv4Addr::LOCALHOST.into()],
        advertised: Vec::new(),
        udp_port: 0,
        tcp_port: None,
        participants_per_room: 2,
    }
}

fn chat_limits() -> ChatLimits {
    ChatLimits {
        body_bytes: 1000,
        writer: WriterLimits {
            queue_bytes: 1 << 20,
            batch_jobs: 10,
            queue_jobs: 100,
            group_members: 5,
            writers: 1,
        },
    }
}
