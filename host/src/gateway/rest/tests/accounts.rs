//! Accounts as a client sees them.

use super::*;

#[tokio::test]
async fn register_look_rename_refresh_log_out() {
    let house = House::open().await;
    let tokens = house.register("Alice").await;
    let mut fields: Vec<_> = tokens.as_object().unwrap().keys().cloned().collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "access_expires_at",
            "access_token",
            "device_id",
            "refresh_expires_at",
            "refresh_token",
            "user"
        ]
    );
    let token = access(&tokens);
    let me = house.get("/api/v1/me", &token).await.json(200);
    assert_eq!(me, tokens["user"]);
    assert_eq!(me["username"], "alice");
    assert_eq!(me["status_reason"], Value::Null);

    let name = json!({"display_name": "Alice A."});
    let renamed = house.patch("/api/v1/me", &token, name).await.json(200);
    assert_eq!(renamed["display_name"], "Alice A.");
    let found = house.get("/api/v1/users?query=ALICE%20a", &token).await;
    let profile =
        json!({"user_id": me["user_id"], "username": "alice", "display_name": "Alice A."});
    assert_eq!(found.json(200), json!({"users": [profile]}));
    let path = format!("/api/v1/users/{}", user_id(&tokens));
    assert_eq!(house.get(&path, &token).await.json(200), profile);
    let ids = format!("{},{}", user_id(&tokens), uuid::Uuid::nil());
    let found = house.get(&format!("/api/v1/users?ids={ids}"), &token).await;
    assert_eq!(found.json(200), json!({"users": [profile]}));
    let too_many = vec![uuid::Uuid::nil().to_string(); 101].join(",");
    for ids in ["", "x", &too_many] {
        let answer = house.get(&format!("/api/v1/users?ids={ids}"), &token).await;
        assert_eq!(answer.refusal(), "400 invalid_payload", "{ids:?}");
    }
    let entrance = house.get("/api/v1/auth", "").await.json(200);
    assert_eq!(
        entrance,
        json!({"registration": "open", "needs_setup": true, "sends_letters": false})
    );

    let body = json!({"refresh_token": tokens["refresh_token"]});
    let next = house.post("/api/v1/auth/refresh", "", body).await.json(200);
    assert_eq!(next["device_id"], tokens["device_id"]);
    let out = house
        .post("/api/v1/auth/logout", &access(&next), json!({}))
        .await;
    assert_eq!((out.status, out.text.as_str()), (204, ""));
    let after = house.get("/api/v1/me", &access(&next)).await;
    assert_eq!(after.refusal(), "401 unauthenticated");
    assert_eq!(after.header("www-authenticate"), "Bearer");

    let body = json!({"username": "alice", "password": PASSWORD});
    let again = house.post("/api/v1/auth/login", "", body).await.json(200);
    assert_ne!(again["device_id"], tokens["device_id"]);
}

#[tokio::test]
async fn who_waits_may_look_renew_and_log_out_only() {
    let house = House::new(RegistrationMode::Approval).await;
    let tokens = house.register("alice").await;
    let token = access(&tokens);
    let me = house.get("/api/v1/me", &token).await.json(200);
    assert_eq!(me["status"], "pending");
    let name = json!({"display_name": "x"});
    let room = format!("/api/v1/rooms/{}", uuid::Uuid::nil());
    for refused in [
        house.patch("/api/v1/me", &token, name).await,
        house.get("/api/v1/users?query=a", &token).await,
        house.get("/api/v1/rooms", &token).await,
        house.get(&room, &token).await,
        house
            .post("/api/v1/sync", &token, json!({"user_rev": 0}))
            .await,
        house.get("/api/v1/admin/users", &token).await,
    ] {
        assert_eq!(refused.refusal(), "403 account_pending");
    }
    let body = json!({"refresh_token": tokens["refresh_token"]});
    house.post("/api/v1/auth/refresh", "", body).await.json(200);
    let out = house.post("/api/v1/auth/logout", &token, json!({})).await;
    assert_eq!(out.status, 204);
}

#[tokio::test]
async fn an_admin_decides_and_the_reason_is_told() {
    let house = House::new(RegistrationMode::Approval).await;
    let (root, alice) = (house.admin().await, house.register("alice").await);
    let token = access(&alice);
    let decide = |what: &str| format!("/api/v1/admin/users/{}/{what}", user_id(&alice));

    let waiting = house.get("/api/v1/admin/users?status=pending", &root).await;
    assert_eq!(waiting.json(200)["users"], json!([alice["user"]]));
    // A decision without a body has no reason.
    let approve = request(Method::POST, &decide("approve"), &root, None);
    let account = house.send(approve).await.json(200);
    assert_eq!(account["status"], "active");
    assert_eq!(account["status_reason"], Value::Null);
    let again = house.post(&decide("approve"), &root, json!({})).await;
    assert_eq!(again.refusal(), "409 conflict");
    house.get("/api/v1/rooms", &token).await.json(200);
    let forbidden = house.get("/api/v1/admin/users", &token).await;
    assert_eq!(forbidden.refusal(), "403 forbidden");

    let why = json!({"reason": "spam"});
    house.post(&decide("suspend"), &root, why).await.json(200);
    let out = house.get("/api/v1/me", &token).await;
    assert_eq!(out.refusal(), "403 account_suspended");
    assert_eq!(out.json(403)["error"]["details"], json!({"reason": "spam"}));
    house
        .post(&decide("reinstate"), &root, json!({}))
        .await
        .json(200);
    house.get("/api/v1/me", &token).await.json(200);

    let me = house.get("/api/v1/me", &root).await.json(200);
    let path = format!(
        "/api/v1/admin/users/{}/suspend",
        me["user_id"].as_str().unwrap()
    );
    let last = house.post(&path, &root, json!({})).await;
    assert_eq!(last.refusal(), "409 conflict");
}

#[tokio::test]
async fn lists_for_admins_are_paged_by_an_opaque_cursor() {
    let house = House::open().await;
    let root = house.admin().await;
    for name in ["alice", "bob", "carol"] {
        let tokens = house.register(name).await;
        let path = format!("/api/v1/admin/users/{}/suspend", user_id(&tokens));
        house.post(&path, &root, json!({})).await.json(200);
    }
    for (path, list, key, cursor, expected) in [
        (
            "/api/v1/admin/users?limit=3",
            "users",
            "username",
            "after",
            &["root", "alice", "bob", "carol"][..],
        ),
        (
            "/api/v1/admin/audit?limit=2",
            "entries",
            "action",
            "before",
            &["suspend", "suspend", "suspend", "setup"],
        ),
    ] {
        let first = house.get(path, &root).await.json(200);
        let next = first["next"].as_str().unwrap();
        let second = house
            .get(&format!("{path}&{cursor}={next}"), &root)
            .await
            .json(200);
        assert_eq!(second.get("next"), None, "the last page");
        let pages = [&first, &second];
        let items = pages.iter().flat_map(|page| page[list].as_array().unwrap());
        let seen: Vec<_> = items.map(|item| item[key].as_str().unwrap()).collect();
        assert_eq!(seen, expected, "{path}");
        let bad = house.get(&format!("{path}&{cursor}=nonsense"), &root).await;
        assert_eq!(bad.refusal(), "400 invalid_payload");
    }
}
