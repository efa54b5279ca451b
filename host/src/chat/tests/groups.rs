//! Groups: members, roles, what newcomers see.

use super::*;
use crate::model::MemberRole;

on_both_databases![
    nobody_shows_others_more_than_they_see,
    who_was_taken_out_hears_of_no_receipts,
    a_group_is_made_and_everybody_hears_of_it,
    who_joins_without_history_sees_nothing_from_before,
    who_leaves_keeps_what_they_saw_and_no_more,
    roles_decide_who_may_what,
    a_group_has_a_limit_and_only_known_people,
    all_have_read_counts_everybody_but_the_addressee,
];

async fn a_group_is_made_and_everybody_hears_of_it(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob, eve] = house.people(["ann", "bob", "eve"]).await;
    let bobs = house.listen(bob);
    let room = house
        .chat
        .create_group(ann, "Tea".to_owned(), vec![bob, eve])
        .await
        .unwrap();
    assert_eq!(
        (room.role, room.member_count, room.room.rev),
        (MemberRole::Owner, 3, 4)
    );
    assert_eq!(heard(&bobs, 1).await, ["room Some(\"Tea\")"]);
    house
        .send(eve, group(room.room.room_id, "1", "hi"))
        .await
        .unwrap();
    // The room says who is in it; its first members are not told one by one.
    assert_eq!(heard(&bobs, 1).await, ["message 1 hi"]);
}

async fn who_joins_without_history_sees_nothing_from_before(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob, eve] = house.people(["ann", "bob", "eve"]).await;
    let room_id = house
        .chat
        .create_group(ann, "Tea".to_owned(), vec![])
        .await
        .unwrap()
        .room
        .room_id;
    house
        .send(ann, group(room_id, "1", "before"))
        .await
        .unwrap();
    house
        .chat
        .add_members(ann, room_id, vec![bob], History::None)
        .await
        .unwrap();
    house
        .chat
        .add_members(ann, room_id, vec![eve], History::All)
        .await
        .unwrap();
    house.send(ann, group(room_id, "2", "after")).await.unwrap();
    let bodies = async |reader| {
        let page = house
            .chat
            .history(reader, room_id, Page::Newest, 10)
            .await
            .unwrap();
        page.messages
            .into_iter()
            .map(|it| it.body)
            .collect::<Vec<_>>()
    };
    assert_eq!(bodies(bob).await, ["after"]);
    assert_eq!(bodies(eve).await, ["after", "before"]);
    assert_eq!(
        house.chat.rooms(bob).await.unwrap().rooms[0].unread_count,
        1
    );
    assert_eq!(
        house.chat.rooms(eve).await.unwrap().rooms[0].unread_count,
        1
    );
}

async fn who_leaves_keeps_what_they_saw_and_no_more(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let room_id = house
        .chat
        .create_group(ann, "Tea".to_owned(), vec![bob])
        .await
        .unwrap()
        .room
        .room_id;
    let seen = house.send(ann, group(room_id, "1", "one")).await.unwrap();
    house.chat.remove_member(bob, room_id, bob).await.unwrap();
    let sent = house.send(ann, group(room_id, "2", "two")).await.unwrap();
    let page = house
        .chat
        .history(bob, room_id, Page::Newest, 10)
        .await
        .unwrap();
    assert_eq!(page.messages.len(), 1);
    assert!(matches!(
        house.send(bob, group(room_id, "3", "x")).await,
        Err(ChatError::NotFound(_))
    ));
    assert!(
        house
            .chat
            .receipts(bob, room_id, sent.message_id)
            .await
            .is_err()
    );
    let chat = &house.chat;
    let kept = chat.message(bob, room_id, seen.message_id).await.unwrap();
    assert_eq!(kept.body, "one");
    assert!(chat.message(bob, room_id, sent.message_id).await.is_err());
    assert!(house.chat.room(bob, room_id).await.is_err());
}

async fn roles_decide_who_may_what(on: Kind) {
    let house = House::new(on).await;
    let [owner, admin, member, guest] = house.people(["owner", "admin", "member", "guest"]).await;
    let chat = &house.chat;
    let room = chat
        .create_group(owner, "Tea".to_owned(), vec![admin, member])
        .await
        .unwrap();
    let room_id = room.room.room_id;
    chat.set_role(owner, room_id, admin, MemberRole::Admin)
        .await
        .unwrap();
    assert!(
        chat.set_role(admin, room_id, member, MemberRole::Admin)
            .await
            .is_err()
    );
    assert!(chat.rename(member, room_id, "No".to_owned()).await.is_err());
    assert!(
        chat.add_members(member, room_id, vec![guest], History::None)
            .await
            .is_err()
    );
    assert!(chat.remove_member(member, room_id, admin).await.is_err());
    assert!(chat.remove_member(admin, room_id, owner).await.is_err());
    assert_eq!(
        chat.rename(admin, room_id, "Coffee".to_owned())
            .await
            .unwrap()
            .room
            .name
            .as_deref(),
        Some("Coffee")
    );
    chat.add_members(admin, room_id, vec![guest], History::None)
        .await
        .unwrap();
    chat.remove_member(admin, room_id, guest).await.unwrap();
    assert!(chat.rename(guest, room_id, "x".to_owned()).await.is_err());
    chat.remove_member(owner, room_id, owner).await.unwrap();
    let (_, members) = chat.room(admin, room_id).await.unwrap();
    let heir = members
        .iter()
        .find(|it| it.role == MemberRole::Owner)
        .unwrap();
    assert_eq!(heir.user_id, admin);
    chat.set_role(admin, room_id, member, MemberRole::Owner)
        .await
        .unwrap();
    let (summary, _) = chat.room(admin, room_id).await.unwrap();
    assert_eq!(summary.role, MemberRole::Admin);
}

async fn a_group_has_a_limit_and_only_known_people(on: Kind) {
    let house = House::new(on).await;
    let [ann, b, c, d, e, f] = house
        .people(["ann", "bbb", "ccc", "ddd", "eee", "fff"])
        .await;
    let too_many = house
        .chat
        .create_group(ann, "Tea".to_owned(), vec![b, c, d, e, f])
        .await;
    assert!(matches!(
        too_many,
        Err(ChatError::TooLarge {
            actual: 6,
            limit: 5,
            ..
        })
    ));
    let unknown = house
        .chat
        .create_group(ann, "Tea".to_owned(), vec![UserId::generate()])
        .await;
    assert!(matches!(unknown, Err(ChatError::NotFound("user"))));
    let direct = house.send(ann, private(b, "1", "x")).await.unwrap().room_id;
    assert!(matches!(
        house.chat.rename(ann, direct, "x".to_owned()).await,
        Err(ChatError::Forbidden(_))
    ));
}

async fn all_have_read_counts_everybody_but_the_addressee(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob, eve] = house.people(["ann", "bob", "eve"]).await;
    let room_id = house
        .chat
        .create_group(ann, "Tea".to_owned(), vec![bob, eve])
        .await
        .unwrap()
        .room
        .room_id;
    house.send(ann, group(room_id, "1", "one")).await.unwrap();
    let anns = house.listen(ann);
    house
        .receipt(bob, room_id, 1, ReceiptStatus::Read)
        .await
        .unwrap();
    house
        .receipt(eve, room_id, 1, ReceiptStatus::Delivered)
        .await
        .unwrap();
    house
        .receipt(eve, room_id, 1, ReceiptStatus::Read)
        .await
        .unwrap();
    let expected = [
        "Read 1 all Some(0)/Some(0)",
        "Delivered 1 all Some(1)/Some(0)",
        "Read 1 all Some(1)/Some(1)",
    ];
    assert_eq!(heard(&anns, 3).await, expected);
}

async fn nobody_shows_others_more_than_they_see(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob, eve] = house.people(["ann", "bob", "eve"]).await;
    let chat = &house.chat;
    let room = chat.create_group(ann, "Tea".to_owned(), vec![]);
    let room_id = room.await.unwrap().room.room_id;
    house.send(ann, group(room_id, "1", "old")).await.unwrap();
    let add = async |by, person, history| {
        chat.add_members(by, room_id, vec![person], history)
            .await
            .unwrap();
    };
    add(ann, bob, History::None).await;
    chat.set_role(ann, room_id, bob, MemberRole::Admin)
        .await
        .unwrap();
    add(bob, eve, History::All).await;
    let page = chat.history(eve, room_id, Page::Newest, 10).await.unwrap();
    assert!(page.messages.is_empty());
}

async fn who_was_taken_out_hears_of_no_receipts(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob, eve] = house.people(["ann", "bob", "eve"]).await;
    let room = house
        .chat
        .create_group(ann, "Tea".to_owned(), vec![bob, eve]);
    let room_id = room.await.unwrap().room.room_id;
    house.send(bob, group(room_id, "1", "one")).await.unwrap();
    house.chat.remove_member(ann, room_id, bob).await.unwrap();
    let bobs = house.listen(bob);
    house
        .receipt(eve, room_id, 1, ReceiptStatus::Read)
        .await
        .unwrap();
    house.send(ann, private(bob, "2", "after")).await.unwrap();
    assert_eq!(heard(&bobs, 2).await, ["room None", "message 1 after"]);
}
