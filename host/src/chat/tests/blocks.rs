//! Blocks, and what people chose about who reaches them.

use super::*;
use crate::model::{Privacy, Reach, RoomSync};

on_both_databases![
    who_is_blocked_hears_nothing_and_is_not_heard,
    a_first_message_of_who_is_blocked_makes_no_room_for_the_other,
    receipts_stand_still_for_who_is_blocked,
    groups_go_on_between_who_blocks_and_who_is_blocked,
    a_block_outlives_a_restart,
    first_messages_come_only_from_who_may_write,
    who_hides_reads_sees_none,
];

async fn said(house: &House, reader: UserId, room_id: RoomId) -> Vec<String> {
    let page = house
        .chat
        .history(reader, room_id, Page::After(0), 50)
        .await
        .unwrap();
    page.messages.into_iter().map(|it| it.body).collect()
}

async fn silent(session: &Subscription) {
    let patience = Duration::from_millis(200);
    let heard = tokio::time::timeout(patience, session.mailbox.take(10)).await;
    assert!(heard.is_err(), "{heard:?}");
}

async fn who_is_blocked_hears_nothing_and_is_not_heard(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let first = house.send(ann, private(bob, "1", "hello")).await.unwrap();
    let room_id = first.room_id;
    house.chat.block(bob, ann).await.unwrap();
    house.chat.block(bob, ann).await.unwrap();
    let (anns, bobs) = (house.listen(ann), house.listen(bob));

    let unseen = house.send(ann, private(bob, "2", "are you there?")).await;
    let unseen = unseen.unwrap();
    assert_eq!((unseen.room_id, unseen.seq), (room_id, 2));
    let again = house.send(ann, private(bob, "2", "are you there?")).await;
    assert!(again.unwrap().deduplicated);
    house.chat.typing(by(ann), room_id, true).await.unwrap();
    house.chat.typing(by(bob), room_id, true).await.unwrap();
    let refused = house.send(bob, private(ann, "1", "go away")).await;
    assert!(
        matches!(refused, Err(ChatError::Forbidden(_))),
        "{refused:?}"
    );

    assert_eq!(
        said(&house, ann, room_id).await,
        ["hello", "are you there?"]
    );
    assert_eq!(said(&house, bob, room_id).await, ["hello"]);
    let hidden = house.chat.message(bob, room_id, unseen.message_id).await;
    assert!(matches!(hidden, Err(ChatError::NotFound("message"))));
    let rooms = house.chat.rooms(bob).await.unwrap().rooms;
    assert_eq!(rooms[0].last_message.as_ref().unwrap().body, "hello");
    assert_eq!(rooms[0].unread_count, 1);
    let RoomSync::Changes { changes, rev, .. } = &house.sync(bob, 9, &[(room_id, 0)]).await[0]
    else {
        panic!("changes");
    };
    assert_eq!((changes.len(), *rev), (1, 2));

    // What was sent meanwhile never comes; what is sent afterwards does.
    house.chat.unblock(bob, ann).await.unwrap();
    house.chat.unblock(bob, ann).await.unwrap();
    let own = heard(&anns, 1).await;
    assert_eq!(own, ["message 2 are you there? (own)"]);
    silent(&anns).await;
    let told = heard(&bobs, 1).await;
    assert!(told[0].contains("blocked: false"), "{told:?}");
    house.send(ann, private(bob, "3", "now?")).await.unwrap();
    assert_eq!(heard(&bobs, 1).await, ["message 3 now?"]);
    assert_eq!(said(&house, bob, room_id).await, ["hello", "now?"]);
    house
        .receipt(bob, room_id, 3, ReceiptStatus::Read)
        .await
        .unwrap();
    let times = async |message_id| {
        let receipts = house.chat.receipts(ann, room_id, message_id).await;
        receipts.unwrap()[0].read_at.is_some()
    };
    assert!(times(first.message_id).await);
    assert!(!times(unseen.message_id).await, "one tick for ever");
}

async fn a_first_message_of_who_is_blocked_makes_no_room_for_the_other(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    house.chat.block(bob, ann).await.unwrap();
    let (anns, bobs) = (house.listen(ann), house.listen(bob));
    let before = house.chat.rooms(bob).await.unwrap();
    let first = house.send(ann, private(bob, "1", "psst")).await.unwrap();
    let room_id = first.room_id;
    assert_eq!(heard(&anns, 2).await, ["room None", "message 1 psst (own)"]);
    silent(&bobs).await;
    let after = house.chat.rooms(bob).await.unwrap();
    assert_eq!((after.user_rev, after.rooms.len()), (before.user_rev, 0));
    for hidden in [
        house.chat.room(bob, room_id).await.err(),
        house
            .chat
            .history(bob, room_id, Page::Newest, 5)
            .await
            .err(),
        house.chat.typing(by(bob), room_id, true).await.err(),
        house
            .receipt(bob, room_id, 1, ReceiptStatus::Read)
            .await
            .err(),
    ] {
        assert!(
            matches!(hidden, Some(ChatError::NotFound("room"))),
            "{hidden:?}"
        );
    }
    assert!(matches!(
        house.sync(bob, 0, &[(room_id, 0)]).await[..],
        [RoomSync::Gone { .. }]
    ));
    // To the sender it looks as any room does whose other person is away.
    let (room, members) = house.chat.room(ann, room_id).await.unwrap();
    assert_eq!(
        (room.peer_id, room.member_count, members.len()),
        (Some(bob), 2, 2)
    );

    house.chat.unblock(bob, ann).await.unwrap();
    drop(heard(&bobs, 1).await);
    let house = house.restarted().await;
    house.send(ann, private(bob, "2", "hello")).await.unwrap();
    assert_eq!(heard(&bobs, 2).await, ["room None", "message 2 hello"]);
    let list = house.chat.rooms(bob).await.unwrap();
    assert_eq!((list.user_rev, list.rooms.len()), (before.user_rev + 2, 1));
    assert_eq!(said(&house, bob, room_id).await, ["hello"]);
    let gained = house.sync(bob, before.user_rev, &[]).await;
    assert!(matches!(gained[..], [RoomSync::Reset { .. }]), "{gained:?}");
}

async fn receipts_stand_still_for_who_is_blocked(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let room_id = house
        .send(ann, private(bob, "1", "1"))
        .await
        .unwrap()
        .room_id;
    house
        .receipt(bob, room_id, 1, ReceiptStatus::Delivered)
        .await
        .unwrap();
    let last = house.send(ann, private(bob, "2", "2")).await.unwrap();
    house.chat.block(bob, ann).await.unwrap();
    let (anns, bobs) = (house.listen(ann), house.listen(bob));
    house
        .receipt(bob, room_id, 2, ReceiptStatus::Read)
        .await
        .unwrap();
    let own = heard(&bobs, 1).await;
    assert!(own[0].starts_with("Read 2"), "{own:?}");
    silent(&anns).await;
    let marks = |room: &RoomSummary| {
        (
            room.watermarks.delivered_all_seq,
            room.watermarks.read_all_seq,
        )
    };
    assert_eq!(
        marks(&house.chat.rooms(ann).await.unwrap().rooms[0]),
        (1, 0)
    );
    let receipts = house.chat.receipts(ann, room_id, last.message_id).await;
    assert_eq!(receipts.unwrap()[0].delivered_at, None);
    house.chat.unblock(bob, ann).await.unwrap();
    assert_eq!(
        marks(&house.chat.rooms(ann).await.unwrap().rooms[0]),
        (2, 2)
    );
}

async fn groups_go_on_between_who_blocks_and_who_is_blocked(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let made = house.chat.create_group(ann, "tea".to_owned(), vec![bob]);
    let room_id = made.await.unwrap().room.room_id;
    house.chat.block(bob, ann).await.unwrap();
    let (anns, bobs) = (house.listen(ann), house.listen(bob));
    house.send(ann, group(room_id, "1", "hello")).await.unwrap();
    assert_eq!(heard(&bobs, 1).await, ["message 1 hello"]);
    house
        .receipt(bob, room_id, 1, ReceiptStatus::Read)
        .await
        .unwrap();
    let told = heard(&anns, 2).await;
    assert_eq!(
        told,
        ["message 1 hello (own)", "Read 1 all Some(1)/Some(1)"]
    );
}

async fn a_block_outlives_a_restart(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    house.chat.block(bob, ann).await.unwrap();
    let myself = house.chat.block(ann, ann).await;
    assert!(matches!(myself, Err(ChatError::Invalid(_))), "{myself:?}");
    let nobody = house.chat.block(ann, UserId::generate()).await;
    assert!(
        matches!(nobody, Err(ChatError::NotFound("user"))),
        "{nobody:?}"
    );
    let house = house.restarted().await;
    let bobs = house.listen(bob);
    house.send(ann, private(bob, "1", "psst")).await.unwrap();
    silent(&bobs).await;
    let blocks = house.chat.blocks(bob).await.unwrap();
    assert_eq!(
        blocks.iter().map(|it| it.user_id).collect::<Vec<_>>(),
        [ann]
    );
}

async fn first_messages_come_only_from_who_may_write(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob, eve] = house.people(["ann", "bob", "eve"]).await;
    house.send(eve, private(bob, "1", "before")).await.unwrap();
    let group = house.chat.create_group(ann, "tea".to_owned(), vec![bob]);
    group.await.unwrap();
    let choose = async |who_may_write| {
        let privacy = Privacy {
            who_may_write,
            ..Privacy::default()
        };
        house.chat.set_privacy(bob, privacy).await.unwrap();
    };
    let refused = async |from: UserId, id: &str| {
        let sent = house.send(from, private(bob, id, "hello")).await;
        matches!(sent, Err(ChatError::Forbidden(_)))
    };
    let dan = house.person("dan").await;
    choose(Reach::Nobody).await;
    assert!(refused(ann, "1").await && refused(dan, "1").await);
    choose(Reach::SharedGroups).await;
    assert!(!refused(ann, "2").await && refused(dan, "2").await);
    choose(Reach::Nobody).await;
    assert!(!refused(ann, "3").await, "what began goes on");
    assert!(!refused(eve, "3").await, "also what began before");
    house
        .send(bob, private(dan, "1", "I write to you"))
        .await
        .unwrap();
    assert!(!refused(dan, "4").await);
    house
        .send(bob, private(bob, "2", "a note to myself"))
        .await
        .unwrap();
}

async fn who_hides_reads_sees_none(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let sent = house.send(ann, private(bob, "1", "1")).await.unwrap();
    let room_id = sent.room_id;
    let hides = Privacy {
        read_receipts: false,
        ..Privacy::default()
    };
    house.chat.set_privacy(bob, hides).await.unwrap();
    let (anns, bobs) = (house.listen(ann), house.listen(bob));
    house
        .receipt(bob, room_id, 1, ReceiptStatus::Read)
        .await
        .unwrap();
    assert!(heard(&anns, 1).await[0].starts_with("Delivered 1"));
    assert!(
        heard(&bobs, 1).await[0].starts_with("Read 1"),
        "one's own devices know"
    );
    let receipts = house
        .chat
        .receipts(ann, room_id, sent.message_id)
        .await
        .unwrap();
    assert!(receipts[0].delivered_at.is_some() && receipts[0].read_at.is_none());
    let reply = house.send(bob, private(ann, "1", "2")).await.unwrap();
    house
        .receipt(ann, room_id, 2, ReceiptStatus::Read)
        .await
        .unwrap();
    drop(heard(&bobs, 1).await);
    assert!(heard(&bobs, 1).await[0].starts_with("Delivered 2"));
    for (reader, own) in [(ann, 2), (bob, 1)] {
        let rooms = house.chat.rooms(reader).await.unwrap().rooms;
        let marks = &rooms[0].watermarks;
        assert_eq!(
            (marks.read_all_seq, marks.own.read_seq),
            (0, own),
            "{reader}"
        );
    }
    let receipts = house
        .chat
        .receipts(bob, room_id, reply.message_id)
        .await
        .unwrap();
    assert!(receipts[0].read_at.is_none());
}
