//! Rooms over REST. What rooms mean is tested with `chat`; here it is the wire.

use super::*;

#[tokio::test]
async fn a_group_from_its_making_to_the_last_one_out() {
    let house = House::open().await;
    let (alice, bob, carol) = (
        house.register("alice").await,
        house.register("bob").await,
        house.register("carol").await,
    );
    let (token, bobs) = (access(&alice), access(&bob));

    let body = json!({"name": " Garden ", "member_ids": [user_id(&bob)]});
    let room = house.post("/api/v1/rooms", &token, body).await.json(201);
    assert_eq!(room["name"], "Garden");
    assert_eq!(room["kind"], "group");
    assert_eq!(room["role"], "owner");
    assert_eq!(room["member_count"], 2);
    let path = format!("/api/v1/rooms/{}", room["room_id"].as_str().unwrap());
    let list = house.get("/api/v1/rooms", &bobs).await.json(200);
    assert_eq!(list["rooms"].as_array().unwrap().len(), 1);
    assert!(list["user_rev"].as_i64().unwrap() > 1);

    let rename = house.patch(&path, &bobs, json!({"name": "x"})).await;
    assert_eq!(rename.refusal(), "403 forbidden");
    let renamed = house
        .patch(&path, &token, json!({"name": "Allotment"}))
        .await;
    assert_eq!(renamed.json(200)["name"], "Allotment");

    let members = format!("{path}/members");
    let body = json!({"user_ids": [user_id(&carol), user_id(&bob)], "history": "all"});
    let joined = house.post(&members, &token, body).await.json(200);
    assert_eq!(joined["members"].as_array().unwrap().len(), 1);
    assert_eq!(joined["members"][0]["user_id"], user_id(&carol));

    let of = |who: &Value| format!("{members}/{}", user_id(who));
    let role = house
        .patch(&of(&bob), &token, json!({"role": "admin"}))
        .await;
    assert_eq!(role.json(200)["role"], "admin");
    let out = house.delete(&of(&carol), &bobs).await;
    assert_eq!((out.status, out.text.as_str()), (204, ""));
    let lost = house.get(&path, &access(&carol)).await;
    assert_eq!(lost.refusal(), "404 not_found");
    let seen = house.get(&path, &token).await.json(200);
    assert_eq!(seen["members"].as_array().unwrap().len(), 2);
    assert_eq!(seen["room"]["name"], "Allotment");
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_name() {
    let house = House::open().await;
    let token = access(&house.register("alice").await);
    let rooms = "/api/v1/rooms";
    let people: Vec<_> = (0..9).map(|_| uuid::Uuid::now_v7()).collect();
    for (body, expected, named) in [
        (
            json!({"name": ""}),
            "400 invalid_payload",
            "name: is 0 characters",
        ),
        (
            json!({"name": "x".repeat(81)}),
            "400 invalid_payload",
            "name: is 81",
        ),
        (
            json!({"name": "a\u{0}b"}),
            "400 invalid_payload",
            "name: must not",
        ),
        (json!({}), "400 invalid_payload", "name"),
        (
            json!({"name": "x", "member_ids": ["bob"]}),
            "400 invalid_payload",
            "member_ids[0]",
        ),
        (
            json!({"name": "x", "member_ids": [people[0]]}),
            "404 not_found",
            "user",
        ),
        (
            json!({"name": "x", "member_ids": people}),
            "413 too_large",
            "limit 5",
        ),
    ] {
        let answer = house.post(rooms, &token, body).await;
        assert_eq!(answer.refusal(), expected, "{}", answer.text);
        assert!(answer.text.contains(named), "{}", answer.text);
    }
}

#[tokio::test]
async fn history_receipts_and_sync_answer_in_their_shapes() {
    let house = House::open().await;
    let token = access(&house.register("alice").await);
    let room = house
        .post("/api/v1/rooms", &token, json!({"name": "x"}))
        .await
        .json(201);
    let path = format!(
        "/api/v1/rooms/{}/messages",
        room["room_id"].as_str().unwrap()
    );
    let history = house.get(&path, &token).await.json(200);
    assert_eq!(history, json!({"messages": [], "has_more": false}));
    for (query, expected) in [
        ("?before=1", "200 no code"),
        ("?after=0&limit=200", "200 no code"),
        ("?before=1&after=1", "400 invalid_payload"),
        ("?limit=201", "400 invalid_payload"),
        ("?before=x", "400 invalid_payload"),
    ] {
        let answer = house.get(&format!("{path}{query}"), &token).await;
        assert_eq!(answer.refusal(), expected, "{query}");
    }
    for of_no_message in ["", "/receipts"] {
        let path = format!("{path}/{}{of_no_message}", uuid::Uuid::nil());
        assert_eq!(house.get(&path, &token).await.refusal(), "404 not_found");
    }

    let answer = house
        .post("/api/v1/sync", &token, json!({"user_rev": 0}))
        .await
        .json(200);
    assert_eq!(answer["rooms"][0]["state"], "reset");
    assert_eq!(answer["account"]["username"], "alice");
    let bad = house
        .post("/api/v1/sync", &token, json!({"user_rev": 0, "limit": 501}))
        .await;
    assert_eq!(bad.refusal(), "400 invalid_payload");
}
