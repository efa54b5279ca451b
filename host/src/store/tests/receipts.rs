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
        note(&shop, marks, vec![]).await;
        let row = shop.member(room_id, bob).await.unwrap().unwrap();
        (row.delivered_seq, row.read_seq)
    };
    assert_eq!(raise(&[(bob, 5, 2), (ann, 9, 9)]).await, (5, 2));
    assert_eq!(raise(&[(bob, 3, 3)]).await, (5, 3));
    assert_eq!(raise(&[(UserId::generate(), 7, 7)]).await, (5, 3));
    assert_eq!(raise(&[]).await, (5, 3));
}

/// Writes only receipts.
async fn note(shop: &Shop, marks: Vec<(RoomId, Watermark)>, ranges: Vec<StatusRow>) {
    let batch = LogBatch {
        marks,
        ranges,
        ..LogBatch::default()
    };
    let refused = shop.log_writer().write(&batch).await.unwrap();
    assert!(refused.is_empty());
}

fn mark(room_id: RoomId, user_id: UserId) -> (RoomId, Watermark) {
    let mark = Watermark {
        user_id,
        delivered_seq: 1,
        read_seq: 1,
    };
    (room_id, mark)
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
        // Read at once: it was delivered by then.
        status(room_id, bob, (6, 7), 30),
        // Covered again after leaving and coming back: the first time stands.
        status(room_id, bob, (2, 2), 99),
    ];
    note(&shop, vec![mark(room_id, bob)], rows.to_vec()).await;
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
    let at_once = Some(Timestamp(30));
    assert_eq!(times(6).await, Some((at_once, at_once)));
    assert_eq!(times(8).await, Some((None, None)));
}

async fn receipts_from_before_a_join_are_not_made_up(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let room_id = shop.group(&[ann, bob]).await;
    let first = status(room_id, bob, (4, 6), 10);
    note(&shop, vec![mark(room_id, bob)], vec![first]).await;
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
    let range = status(room_id, bob, (1, 2), 10);
    note(&shop, vec![mark(room_id, bob)], vec![range]).await;
    let mut tx = shop.begin().await.unwrap();
    tx.put_members(&[left]).await.unwrap();
    tx.commit().await.unwrap();
    let receipts = shop.receipts_of(room_id, 2).await.unwrap();
    assert!(receipts.iter().all(|it| it.user_id == ann));
}
