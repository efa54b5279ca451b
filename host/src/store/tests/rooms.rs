//! Rooms and members.

use super::*;

on_both_databases![
    a_room_comes_back_as_it_was_made,
    the_direct_room_of_two_is_made_once,
    members_are_put_and_changed_in_one_text,
    rooms_are_listed_by_their_newest_message,
    visible_changes_raise_a_rooms_rev,
    what_is_not_committed_did_not_happen,
    a_user_rev_rises_for_people_who_exist,
];

async fn a_room_comes_back_as_it_was_made(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let room_id = shop.group(&[ann]).await;
    let row = shop.room(room_id).await.unwrap().unwrap();
    assert_eq!(row.room.name.as_deref(), Some("Tea ☕"));
    assert_eq!((row.room.kind, row.room_rev), (RoomKind::Group, 0));
    assert!(shop.room(RoomId::generate()).await.unwrap().is_none());
    let mut tx = shop.begin().await.unwrap();
    tx.rename_room(room_id, "Kaffee ☕", 7).await.unwrap();
    tx.commit().await.unwrap();
    let row = shop.room(room_id).await.unwrap().unwrap();
    assert_eq!(row.room.name.as_deref(), Some("Kaffee ☕"));
    assert_eq!(row.room_rev, 7);
}

async fn the_direct_room_of_two_is_made_once(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    assert_eq!(shop.direct_room(ann, bob).await.unwrap(), None);
    let (one, other) = (RoomId::generate(), RoomId::generate());
    let key = || Some(direct_key(bob, ann));
    let mut tx = shop.begin().await.unwrap();
    assert!(tx.insert_room(&new_room(one, ann, key())).await.unwrap());
    assert!(!tx.insert_room(&new_room(other, bob, key())).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(shop.direct_room(ann, bob).await.unwrap(), Some(one));
    assert_eq!(shop.direct_room(bob, ann).await.unwrap(), Some(one));
}

async fn members_are_put_and_changed_in_one_text(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob, eve] = shop.people(["ann", "bob", "eve"]).await;
    let room_id = shop.group(&[ann, bob]).await;
    let joins = MemberRow {
        joined_at: Timestamp(5),
        rev: 3,
        ..member(room_id, eve)
    };
    let leaves = MemberRow {
        left_seq: Some(4),
        rev: 2,
        role: MemberRole::Admin,
        ..member(room_id, bob)
    };
    let mut tx = shop.begin().await.unwrap();
    tx.put_members(&[joins, leaves]).await.unwrap();
    tx.commit().await.unwrap();
    let former = shop.member(room_id, bob).await.unwrap().unwrap();
    assert_eq!((former.left_seq, former.role), (Some(4), MemberRole::Admin));
    assert!(
        shop.member(room_id, UserId::generate())
            .await
            .unwrap()
            .is_none()
    );
    let members = shop.members(room_id).await.unwrap();
    assert_eq!((members.len(), members[2].user_id), (3, eve));
    let changed = shop.members_changed(room_id, 0, 10).await.unwrap();
    let changed: Vec<_> = changed.iter().map(|it| it.user_id).collect();
    assert_eq!(changed, [bob, eve]);
    assert_eq!(shop.members_changed(room_id, 2, 10).await.unwrap().len(), 1);
    assert_eq!(shop.members_changed(room_id, 0, 1).await.unwrap().len(), 1);
    let fellows = shop.fellow_members(ann).await.unwrap();
    assert_eq!(fellows.len(), 2, "ann and eve");
    assert!(shop.fellow_members(bob).await.unwrap().is_empty());
}

async fn rooms_are_listed_by_their_newest_message(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let (old, new, silent) = (
        shop.group(&[ann]).await,
        shop.group(&[ann]).await,
        shop.group(&[ann]).await,
    );
    shop.say(old, ann, &["1"]).await;
    shop.say(new, ann, &["2", "3"]).await;
    let rooms = shop.rooms_of(ann).await.unwrap();
    let ids: Vec<_> = rooms.iter().map(|it| it.room.room_id).collect();
    assert_eq!(ids, [new, old, silent]);
}

async fn visible_changes_raise_a_rooms_rev(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let room_id = shop.group(&[ann]).await;
    let mut tx = shop.begin().await.unwrap();
    assert_eq!(tx.raise_room_rev(room_id, 3).await.unwrap(), 3);
    assert_eq!(tx.raise_room_rev(room_id, 1).await.unwrap(), 4);
    assert!(tx.raise_room_rev(RoomId::generate(), 1).await.is_err());
}

async fn what_is_not_committed_did_not_happen(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let room_id = RoomId::generate();
    let mut tx = shop.begin().await.unwrap();
    tx.insert_room(&new_room(room_id, ann, None)).await.unwrap();
    let rows = [member(room_id, UserId::generate())];
    let refused = tx.put_members(&rows).await;
    drop(tx);
    assert!(
        matches!(refused, Err(StoreError::MissingReference)),
        "{refused:?}"
    );
    assert!(shop.room(room_id).await.unwrap().is_none());
}

async fn a_user_rev_rises_for_people_who_exist(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let mut tx = shop.begin().await.unwrap();
    assert_eq!(tx.raise_user_rev(ann).await.unwrap(), 2);
    assert_eq!(tx.raise_user_rev(ann).await.unwrap(), 3);
    assert!(tx.raise_user_rev(UserId::generate()).await.is_err());
    drop(tx);
    let mut tx = shop.begin().await.unwrap();
    let mut active = tx
        .active_users(&[ann, bob, UserId::generate()])
        .await
        .unwrap();
    active.sort_unstable();
    assert_eq!(active, [ann, bob]);
    assert!(tx.active_users(&[]).await.unwrap().is_empty());
}
