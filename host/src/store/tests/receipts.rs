//! Watermarks and who had what when.

use super::*;
use crate::model::{ReceiptStatus, Watermark};

on_both_databases![
    watermarks_rise_and_never_fall,
    receipts_tell_when_each_message_was_covered,
    former_members_have_no_receipts,
    receipts_from_before_a_join_are_not_made_up,
];

async fn watermarks_rise_and_never_fall(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let room_id = shop.group(&[ann, bob]).await;
    let raise = async |marks: &[(UserId, i64, i64)]| {
        let marks: Vec<_> = marks
            .iter()
            .map(|&(user_id, delivered_seq, read_seq)| {
                let mark = Watermark {
                    user_id,
                    delivered_seq,
                    read_seq,
                };
                (room_id, mark)
            })
            .collect();
        let mut tx = shop.begin().await.unwrap();
        tx.raise_watermarks(&marks).await.unwrap();
        tx.commit().await.unwrap();
        let row = shop.member(room_id, bob).await.unwrap().unwrap();
        (row.delivered_seq, row.read_seq)
    };
    assert_eq!(raise(&[(bob, 5, 2), (ann, 9, 9)]).await, (5, 2));
    assert_eq!(raise(&[(bob, 3, 3)]).await, (5, 3));
    assert_eq!(raise(&[(UserId::generate(), 7, 7)]).await, (5, 3));
    assert_eq!(raise(&[]).await, (5, 3));
}

fn status(room_id: RoomId, user_id: UserId, (from_seq, to_seq): (i64, i64), at: i64) -> StatusRow {
    StatusRow {
        room_id,
        user_id,
        status: ReceiptStatus::Read,
        from_seq,
        to_seq,
        at: Timestamp(at),
    }
}

async fn receipts_tell_when_each_message_was_covered(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let room_id = shop.group(&[ann, bob]).await;
    let rows = [
        status(room_id, bob, (1, 2), 10),
        status(room_id, bob, (3, 5), 20),
        StatusRow {
            status: ReceiptStatus::Delivered,
            ..status(room_id, bob, (1, 5), 5)
        },
        // Covered again after leaving and coming back: the first time stands.
        status(room_id, bob, (2, 2), 99),
    ];
    let mut tx = shop.begin().await.unwrap();
    tx.insert_statuses(&rows).await.unwrap();
    tx.insert_statuses(&[]).await.unwrap();
    tx.commit().await.unwrap();
    let times = async |seq| {
        let receipts = shop.receipts_of(room_id, seq).await.unwrap();
        let of = |user_id| receipts.iter().find(|it| it.user_id == user_id).copied();
        assert_eq!(
            of(ann).map(|it| (it.delivered_at, it.read_at)),
            Some((None, None))
        );
        of(bob).map(|it| (it.delivered_at, it.read_at))
    };
    for (seq, read_at) in [(1, 10), (2, 10), (3, 20), (5, 20)] {
        let expected = (Some(Timestamp(5)), Some(Timestamp(read_at)));
        assert_eq!(times(seq).await, Some(expected));
    }
    assert_eq!(times(6).await, Some((None, None)));
}

async fn receipts_from_before_a_join_are_not_made_up(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let room_id = shop.group(&[ann, bob]).await;
    let mut tx = shop.begin().await.unwrap();
    let first = status(room_id, bob, (4, 6), 10);
    tx.insert_statuses(&[first]).await.unwrap();
    tx.commit().await.unwrap();
    let receipts = shop.receipts_of(room_id, 3).await.unwrap();
    assert!(receipts.iter().all(|it| it.read_at.is_none()));
}

async fn former_members_have_no_receipts(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let room_id = shop.group(&[ann, bob]).await;
    let left = MemberRow {
        left_seq: Some(2),
        ..member(room_id, bob)
    };
    let mut tx = shop.begin().await.unwrap();
    tx.insert_statuses(&[status(room_id, bob, (1, 2), 10)])
        .await
        .unwrap();
    tx.put_members(&[left]).await.unwrap();
    tx.commit().await.unwrap();
    let receipts = shop.receipts_of(room_id, 2).await.unwrap();
    assert!(receipts.iter().all(|it| it.user_id == ann));
}
