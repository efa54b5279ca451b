//! Blocks.

use super::*;

on_both_databases![
    a_block_is_kept_once_and_raises_its_owners_rev,
    a_room_is_revealed
];

async fn a_block_is_kept_once_and_raises_its_owners_rev(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let block = KeptBlock {
        user_id: ann,
        blocked_id: bob,
        created_at: Timestamp(1),
        delivered_seq: 3,
        read_seq: 2,
    };
    assert_eq!(shop.put_block(&block).await.unwrap(), Some(2));
    let again = KeptBlock {
        read_seq: 3,
        ..block
    };
    assert_eq!(shop.put_block(&again).await.unwrap(), None);
    assert_eq!(shop.blocks(Some(ann)).await.unwrap(), [block]);
    assert_eq!(shop.blocks(None).await.unwrap(), [block]);
    assert_eq!(shop.blocks(Some(bob)).await.unwrap(), []);
    assert_eq!(shop.remove_block(ann, bob).await.unwrap(), Some(3));
    assert_eq!(shop.remove_block(ann, bob).await.unwrap(), None);
    let nobody = KeptBlock {
        blocked_id: UserId::generate(),
        ..block
    };
    let refused = shop.put_block(&nobody).await;
    assert!(
        matches!(refused, Err(StoreError::MissingReference)),
        "{refused:?}"
    );
}

async fn a_room_is_revealed(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let room_id = shop.group(&[ann]).await;
    let hidden = MemberRow {
        hidden: true,
        ..member(room_id, bob)
    };
    let mut tx = shop.begin().await.unwrap();
    tx.put_members(&[hidden]).await.unwrap();
    tx.commit().await.unwrap();
    shop.say(room_id, ann, &["1"]).await;
    assert!(shop.rooms_of(bob).await.unwrap().is_empty());
    assert!(shop.fellow_members(bob).await.unwrap().is_empty());
    assert!(shop.last_messages_of(bob).await.unwrap().is_empty());
    assert!(shop.unread_counts_of(bob).await.unwrap().is_empty());
    assert_eq!(shop.fellow_members(ann).await.unwrap().len(), 2);
    let mut tx = shop.begin().await.unwrap();
    tx.reveal_room(room_id, bob, (Timestamp(5), 7))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(shop.rooms_of(bob).await.unwrap().len(), 1);
    let row = shop.member(room_id, bob).await.unwrap().unwrap();
    assert_eq!((row.joined_at, row.joined_user_rev), (Timestamp(5), 7));
}
