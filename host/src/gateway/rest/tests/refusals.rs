//! Whatever is refused has one shape, a known code, and the request's id.

use super::*;

#[tokio::test]
async fn what_is_not_there_or_not_yours_is_refused_in_one_shape() {
    let house = House::open().await;
    let token = access(&house.register("alice").await);
    let some = uuid::Uuid::nil();
    let user = format!("/api/v1/users/{some}");
    let room = format!("/api/v1/rooms/{some}");
    for (path, token, expected, named) in [
        ("/nope", "", "404 not_found", ""),
        ("/", "", "404 not_found", ""),
        ("/docs/nope.js", "", "404 not_found", ""),
        ("/api/v1/auth/login", "", "405 method_not_allowed", ""),
        ("/api/v1/me", "", "401 unauthenticated", ""),
        ("/api/v1/me", "x.y.z", "401 unauthenticated", ""),
        ("/api/v1/admin/audit", &token, "403 forbidden", ""),
        (&user, &token, "404 not_found", ""),
        (&room, &token, "404 not_found", ""),
        ("/api/v1/users/alice", &token, "400 invalid_payload", "UUID"),
        (
            "/api/v1/users?limit=x",
            &token,
            "400 invalid_payload",
            "limit",
        ),
        (
            "/api/v1/users?limit=0",
            &token,
            "400 invalid_payload",
            "limit",
        ),
        (
            "/api/v1/users?limit=101",
            &token,
            "400 invalid_payload",
            "limit",
        ),
    ] {
        check(&house, get(path, token), expected, named).await;
    }
}

#[tokio::test]
async fn what_is_said_wrongly_is_refused_by_name() {
    let house = House::open().await;
    house.register("alice").await;
    let long = "x".repeat(BODY_LIMIT);
    let new = |name: &str, password: &str| json!({"username": name, "password": password});
    for (topic, body, expected, named) in [
        (
            "auth/register",
            json!({}),
            "400 invalid_payload",
            "username",
        ),
        ("auth/register", json!([]), "400 invalid_payload", ""),
        (
            "auth/register",
            json!({"username": 5}),
            "400 invalid_payload",
            "username",
        ),
        (
            "auth/register",
            new("a", PASSWORD),
            "400 invalid_payload",
            "username",
        ),
        (
            "auth/register",
            new("bob", "1234567"),
            "400 invalid_payload",
            "password",
        ),
        (
            "auth/register",
            new("Alice", PASSWORD),
            "409 username_taken",
            "",
        ),
        (
            "auth/register",
            new(&long, PASSWORD),
            "413 too_large",
            "limit 2000",
        ),
        (
            "auth/login",
            new("alice", "wrong"),
            "401 bad_credentials",
            "",
        ),
        (
            "auth/login",
            new("nobody", "wrong"),
            "401 bad_credentials",
            "",
        ),
        (
            "auth/refresh",
            json!({"refresh_token": "x"}),
            "401 unauthenticated",
            "",
        ),
        (
            "setup",
            json!({"token": "x", "username": "bob", "password": PASSWORD}),
            "401 unauthenticated",
            "",
        ),
    ] {
        let request = request(Method::POST, &format!("/api/v1/{topic}"), "", Some(body));
        check(&house, request, expected, named).await;
    }
}

/// The shape that the protocol promises, and the headers that each answer has.
async fn check(house: &House, request: Request<Body>, expected: &str, named: &str) {
    let what = format!("{} {}", request.method(), request.uri());
    let answer = house.send(request).await;
    assert_eq!(answer.refusal(), expected, "{what}: {}", answer.text);
    let error = &answer.json(answer.status)["error"];
    let message = error["message"].as_str().unwrap();
    assert!(message.contains(named), "{what}: {message}");
    assert_eq!(error["retryable"], false, "{what}");
    assert_eq!(error["request_id"], answer.header("x-request-id"), "{what}");
    assert_eq!(answer.header("content-type"), "application/json", "{what}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(
        answer.header("strict-transport-security"),
        "max-age=31536000",
        "{what}"
    );
    let policy = answer.header("content-security-policy");
    assert!(
        policy.contains("frame-ancestors 'none'"),
        "{what}: {policy}"
    );
}

#[tokio::test]
async fn a_body_must_be_json_and_say_so() {
    let house = House::open().await;
    for (kind, body, expected) in [
        ("text/plain", "{}", "content-type"),
        ("", "{}", "content-type"),
        ("application/json; charset=utf-8", "{", "EOF"),
        ("application/json", "{}{}", "trailing"),
        ("application/json", "\u{1}", "expected value"),
    ] {
        let request = Request::post("/api/v1/auth/login").header("content-type", kind);
        let answer = house.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.refusal(), "400 invalid_payload", "{kind} {body}");
        let message = answer.json(400)["error"]["message"].to_string();
        // `{}{}` lacks fields first of all.
        assert!(
            message.contains(expected) || message.contains("username"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn a_body_that_hides_its_length_is_cut_at_the_limit() {
    let house = House::open().await;
    let pieces =
        futures_util::stream::iter((0..100).map(|_| Ok::<_, std::io::Error>("x".repeat(100))));
    let request = Request::post("/api/v1/auth/login")
        .header("content-type", "application/json")
        .body(Body::from_stream(pieces))
        .unwrap();
    assert_eq!(house.send(request).await.refusal(), "413 too_large");
}

#[tokio::test]
async fn a_token_counts_in_one_authorization_header_only() {
    let house = House::open().await;
    let token = access(&house.register("alice").await);
    let bearer = format!("Bearer {token}");
    for (headers, expected) in [
        (vec![("authorization", bearer.clone())], 200),
        (
            vec![("authorization", bearer.replace("Bearer", "bearer"))],
            200,
        ),
        (
            vec![("authorization", bearer.replace("Bearer", "Basic"))],
            401,
        ),
        (vec![("authorization", token.clone())], 401),
        (vec![("authorization", "Bearer".to_owned())], 401),
        (
            vec![
                ("authorization", bearer.clone()),
                ("authorization", bearer.clone()),
            ],
            401,
        ),
        (vec![("cookie", format!("access_token={token}"))], 401),
    ] {
        let mut request = Request::get("/api/v1/me");
        for (name, value) in &headers {
            request = request.header(*name, value);
        }
        let answer = house.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, expected, "{headers:?}");
    }
    let by_query = get(&format!("/api/v1/me?access_token={token}"), "");
    assert_eq!(house.send(by_query).await.status, 401);
}

#[tokio::test]
async fn request_ids_are_ours() {
    let house = House::open().await;
    let request = Request::get("/healthz").header("x-request-id", "forged");
    let answer = house.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.text, "ok");
    assert!(answer.header("x-request-id").parse::<uuid::Uuid>().is_ok());
}

#[tokio::test]
async fn a_panic_answers_internal_and_tells_nothing() {
    let house = House::open().await;
    let broken = Router::new().route("/", axum::routing::get(async || -> () { panic!("secret") }));
    let router = observe::around(
        broken,
        Origins::default(),
        Hsts::Silent,
        Arc::clone(&house.parts.metrics),
    );
    let answer = answer(router, get("/", "")).await;
    assert_eq!(answer.refusal(), "500 internal");
    assert!(!answer.text.contains("secret"), "{}", answer.text);
    let id = &answer.json(500)["error"]["request_id"];
    assert_eq!(*id, answer.header("x-request-id"));
}

#[tokio::test]
async fn a_stopping_server_is_alive_but_not_ready() {
    let house = House::open().await;
    assert_eq!(house.get("/readyz", "").await.text, "ready");
    house.parts.draining.cancel();
    let answer = house.get("/readyz", "").await;
    assert_eq!(answer.refusal(), "503 draining");
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(house.get("/healthz", "").await.text, "ok");
}

#[tokio::test]
async fn answers_are_counted_by_class() {
    let house = House::open().await;
    house.get("/healthz", "").await;
    house.get("/nope", "").await;
    let page = house.get("/metrics", "").await;
    assert!(
        page.header("content-type")
            .starts_with("application/openmetrics-text")
    );
    for line in [
        "natter_http_requests_total{class=\"2xx\"} 1",
        "natter_http_requests_total{class=\"4xx\"} 1",
    ] {
        assert!(page.text.contains(line), "{}", page.text);
    }
}

fn get(path: &str, token: &str) -> Request<Body> {
    request(Method::GET, path, token, None)
}
