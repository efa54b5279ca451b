//! Sending, retrying, receipts.

use super::*;

on_both_databases![
    the_first_message_makes_the_room_and_both_sides_hear_of_it,
    the_senders_own_session_gets_the_ack_only,
    a_retry_returns_the_first_seq_even_within_a_batch,
    what_cannot_be_taken_is_refused_with_its_reason,
    a_person_may_write_to_themselves,
    receipts_reach_the_author_and_the_room_list,
    after_the_stop_nothing_is_taken_and_nothing_taken_is_lost,
];

async fn the_first_message_makes_the_room_and_both_sides_hear_of_it(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let (anns, bobs) = (house.listen(ann), house.listen(bob));
    let sent = house.send(ann, private(bob, "1", "hello")).await.unwrap();
    assert_eq!((sent.seq, sent.rev, sent.deduplicated), (1, 1, false));
    let back = house.send(bob, private(ann, "1", "hi")).await.unwrap();
    assert_eq!((back.room_id, back.seq), (sent.room_id, 2));
    assert_eq!(
        heard(&bobs, 3).await,
        ["room None", "message 1 hello", "message 2 hi (own)"]
    );
    assert_eq!(
        heard(&anns, 3).await,
        ["room None", "message 1 hello (own)", "message 2 hi"]
    );
}

async fn the_senders_own_session_gets_the_ack_only(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let (phone, laptop) = (house.listen(ann), house.listen(ann));
    let author = Author {
        user_id: ann,
        account_role: UserRole::Member,
        session_id: Some(phone.session_id),
    };
    house
        .chat
        .submit(author, private(bob, "1", "one"))
        .await
        .unwrap()
        .outcome()
        .await
        .unwrap();
    house.send(bob, private(ann, "2", "two")).await.unwrap();
    assert_eq!(
        heard(&laptop, 3).await,
        ["room None", "message 1 one (own)", "message 2 two"]
    );
    assert_eq!(heard(&phone, 2).await, ["room None", "message 2 two"]);
}

async fn a_retry_returns_the_first_seq_even_within_a_batch(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let mut pending = Vec::new();
    for body in ["same", "same", "other"] {
        pending.push(
            house
                .chat
                .submit(by(ann), private(bob, "1", body))
                .await
                .unwrap(),
        );
    }
    let first = sent(pending[0].outcome().await.unwrap());
    let second = sent(pending[1].outcome().await.unwrap());
    assert_eq!(
        second,
        SentMessage {
            deduplicated: true,
            ..first.clone()
        }
    );
    assert!(matches!(
        pending[2].outcome().await,
        Err(ChatError::IdempotencyConflict)
    ));
    let later = house.send(ann, private(bob, "1", "same")).await.unwrap();
    assert_eq!(later, second);
    let conflict = house.send(ann, private(bob, "1", "different")).await;
    assert!(matches!(conflict, Err(ChatError::IdempotencyConflict)));
    let others_id = house.send(bob, private(ann, "1", "same")).await.unwrap();
    assert_eq!(others_id.seq, 2);
}

async fn what_cannot_be_taken_is_refused_with_its_reason(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob, eve] = house.people(["ann", "bob", "eve"]).await;
    let nobody = UserId::generate();
    let room = house.send(ann, private(bob, "0", "x")).await.unwrap();
    let refused = async |from, new| house.send(from, new).await.unwrap_err().to_string();
    assert_eq!(
        refused(ann, private(nobody, "1", "x")).await,
        "no such user"
    );
    assert_eq!(
        refused(ann, group(RoomId::generate(), "2", "x")).await,
        "no such room"
    );
    assert_eq!(
        refused(ann, group(room.room_id, "3", "x")).await,
        "no such room"
    );
    assert_eq!(
        refused(eve, group(room.room_id, "4", "x")).await,
        "no such room"
    );
    assert_eq!(
        refused(ann, private(bob, "5", &"x".repeat(101))).await,
        "body in bytes is 101, limit 100"
    );
    assert!(
        refused(ann, private(bob, "6", " \n"))
            .await
            .starts_with("body must")
    );
    assert!(
        refused(ann, private(bob, "", "x"))
            .await
            .starts_with("client_msg_id must")
    );
    let reply = |reply_to| NewMessage {
        reply_to: Some(reply_to),
        ..private(bob, "7", "x")
    };
    assert_eq!(
        refused(ann, reply(MessageId::generate())).await,
        "no such message to reply to"
    );
    assert_eq!(
        house.send(ann, reply(room.message_id)).await.unwrap().seq,
        2
    );
}

async fn a_person_may_write_to_themselves(on: Kind) {
    let house = House::new(on).await;
    let [ann] = house.people(["ann"]).await;
    house.send(ann, private(ann, "1", "note")).await.unwrap();
    let rooms = house.chat.rooms(ann).await.unwrap().rooms;
    assert_eq!(
        (
            rooms[0].peer_id,
            rooms[0].member_count,
            rooms[0].unread_count
        ),
        (Some(ann), 1, 0)
    );
}

async fn receipts_reach_the_author_and_the_room_list(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let room_id = house
        .send(ann, private(bob, "1", "one"))
        .await
        .unwrap()
        .room_id;
    let message_id = house
        .send(ann, private(bob, "2", "two"))
        .await
        .unwrap()
        .message_id;
    assert_eq!(
        house.chat.rooms(bob).await.unwrap().rooms[0].unread_count,
        2
    );
    let anns = house.listen(ann);
    let mark = house
        .receipt(bob, room_id, 1, ReceiptStatus::Delivered)
        .await
        .unwrap();
    assert_eq!((mark.delivered_seq, mark.read_seq), (1, 0));
    let mark = house
        .receipt(bob, room_id, 2, ReceiptStatus::Read)
        .await
        .unwrap();
    assert_eq!((mark.delivered_seq, mark.read_seq), (2, 2));
    let same = house
        .receipt(bob, room_id, 1, ReceiptStatus::Read)
        .await
        .unwrap();
    assert_eq!(same, mark);
    assert_eq!(
        heard(&anns, 2).await,
        ["Delivered 1 all None/None", "Read 2 all None/None"]
    );
    let rooms = house.chat.rooms(bob).await.unwrap().rooms;
    assert_eq!(rooms[0].unread_count, 0);
    let anns_view = &house.chat.rooms(ann).await.unwrap().rooms[0].watermarks;
    assert_eq!(
        (anns_view.delivered_all_seq, anns_view.read_all_seq),
        (2, 2)
    );
    let receipts = house.chat.receipts(ann, room_id, message_id).await.unwrap();
    assert_eq!(receipts.len(), 1);
    assert!(receipts[0].delivered_at.is_some() && receipts[0].read_at.is_some());
    let beyond = house.receipt(bob, room_id, 3, ReceiptStatus::Read).await;
    assert!(matches!(beyond, Err(ChatError::Invalid(_))));
}

async fn after_the_stop_nothing_is_taken_and_nothing_taken_is_lost(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let mut pending = Vec::new();
    for number in 0..50 {
        pending.push(
            house
                .chat
                .submit(by(ann), private(bob, &number.to_string(), "x"))
                .await
                .unwrap(),
        );
    }
    house.tasks.stop(Duration::from_secs(5)).await.unwrap();
    for (index, mut pending) in pending.into_iter().enumerate() {
        assert_eq!(
            sent(pending.outcome().await.unwrap()).seq,
            i64::try_from(index).unwrap() + 1
        );
    }
    let refused = house.chat.submit(by(ann), private(bob, "late", "x")).await;
    assert!(matches!(refused, Err(ChatError::Draining)));
}
