//! The hot write: what advances, what does not, and that nothing is half written.

use super::*;
use crate::model::Watermark;

on_both_databases![
    a_room_that_stands_elsewhere_does_not_advance,
    a_stored_message_bars_its_room_and_no_other,
    who_is_not_active_bars_the_room,
    the_largest_batch_is_written,
    a_broken_batch_leaves_nothing_and_the_next_one_goes_through,
    a_part_of_a_transaction_is_undone_with_it,
];

fn batch(steps: Vec<(RoomStep, Vec<NewMessageRow>)>) -> LogBatch {
    let (steps, messages): (Vec<_>, Vec<_>) = steps.into_iter().unzip();
    LogBatch {
        steps,
        messages: messages.into_iter().flatten().collect(),
        ..LogBatch::default()
    }
}

/// The newest seq and rev of a room, and how many messages it has.
async fn stand(shop: &Shop, room_id: RoomId) -> (i64, i64, usize) {
    let room = shop.room(room_id).await.unwrap().unwrap().room;
    let page = shop.messages_between(
        room_id,
        Viewer::Admin,
        1..=9_999,
        Direction::Forwards,
        9_999,
    );
    (room.last_seq, room.rev, page.await.unwrap().len())
}

async fn a_room_that_stands_elsewhere_does_not_advance(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let (here, there) = (shop.group(&[ann]).await, shop.group(&[ann]).await);
    let nowhere = RoomId::generate();
    let mut writer = shop.log_writer();
    for wrong in [(1, 0), (0, 1), (7, 7)] {
        let key = format!("{wrong:?}");
        let batch = batch(vec![
            step(there, wrong, ann, &[&key]),
            step(nowhere, (0, 0), ann, &[&format!("nowhere {key}")]),
        ]);
        let mut refused = writer.write(&batch).await.unwrap();
        refused.sort_unstable();
        let mut expected = [there, nowhere];
        expected.sort_unstable();
        assert_eq!(refused, expected);
    }
    let both = batch(vec![
        step(here, (0, 0), ann, &["1", "2"]),
        step(there, (9, 9), ann, &["3"]),
    ]);
    assert_eq!(writer.write(&both).await.unwrap(), [there]);
    assert_eq!(stand(&shop, here).await, (2, 2, 2));
    assert_eq!(stand(&shop, there).await, (0, 0, 0));
}

async fn a_stored_message_bars_its_room_and_no_other(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let (here, there) = (shop.group(&[ann]).await, shop.group(&[ann, bob]).await);
    shop.say(here, ann, &["taken"]).await;
    let again = batch(vec![
        step(here, (1, 1), ann, &["new", "taken"]),
        step(there, (0, 0), bob, &["taken"]),
    ]);
    let refused = shop.log_writer().write(&again).await.unwrap();
    assert_eq!(refused, [here], "another sender may use the same id");
    assert_eq!(stand(&shop, here).await, (1, 1, 1));
    assert_eq!(stand(&shop, there).await, (1, 1, 1));
}

async fn who_is_not_active_bars_the_room(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let waiting = NewUser {
        status: AccountStatus::Pending,
        ..new_user("bob", 1)
    };
    let device = new_device(waiting.user_id, "bob");
    shop.create_user(&waiting, &device).await.unwrap();
    let room_id = shop.group(&[ann, waiting.user_id]).await;
    let batch = batch(vec![step(room_id, (0, 0), waiting.user_id, &["let me in"])]);
    let refused = shop.log_writer().write(&batch).await.unwrap();
    assert_eq!(refused, [room_id]);
    assert_eq!(stand(&shop, room_id).await, (0, 0, 0));
}

/// 500 jobs are the writer's largest batch; a statement of SQLite binds at most 32,766 values.
async fn the_largest_batch_is_written(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let room_id = shop.group(&[ann]).await;
    let texts: Vec<String> = (0..500).map(|it| it.to_string()).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut largest = batch(vec![step(room_id, (0, 0), ann, &texts)]);
    let status = crate::model::ReceiptStatus::Read;
    largest.ranges = (1..=1_000)
        .map(|seq| StatusRow {
            room_id,
            user_id: ann,
            status,
            from_seq: seq,
            to_seq: seq,
            at: Timestamp(seq),
        })
        .collect();
    let mark = Watermark {
        user_id: ann,
        delivered_seq: 500,
        read_seq: 500,
    };
    largest.marks = vec![(room_id, mark)];
    assert!(shop.log_writer().write(&largest).await.unwrap().is_empty());
    assert_eq!(stand(&shop, room_id).await, (500, 500, 500));
    let receipts = shop.receipts_of(room_id, 500).await.unwrap();
    assert_eq!(receipts[0].read_at, Some(Timestamp(500)));
}

async fn a_broken_batch_leaves_nothing_and_the_next_one_goes_through(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let (here, there) = (shop.group(&[ann]).await, shop.group(&[ann]).await);
    let mut writer = shop.log_writer();
    let mut broken = batch(vec![
        step(here, (0, 0), ann, &["1"]),
        step(there, (0, 0), ann, &["2", "3"]),
    ]);
    // Two messages at one place.
    broken.messages[2].message.seq = 1;
    let failed = writer.write(&broken).await;
    assert!(
        matches!(&failed, Err(StoreError::Conflict { constraint }) if constraint == "messages_room_id_seq_key"),
        "{failed:?}"
    );
    assert_eq!(stand(&shop, here).await, (0, 0, 0));
    let whole = batch(vec![step(here, (0, 0), ann, &["1"])]);
    assert!(writer.write(&whole).await.unwrap().is_empty());
    assert_eq!(stand(&shop, here).await, (1, 1, 1));
}

async fn a_part_of_a_transaction_is_undone_with_it(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let room_id = shop.group(&[ann]).await;
    let batch = batch(vec![step(room_id, (0, 0), ann, &["1"])]);
    let mut tx = shop.begin().await.unwrap();
    assert!(tx.write_log(&batch).await.unwrap().is_empty());
    drop(tx);
    assert_eq!(stand(&shop, room_id).await, (0, 0, 0));
    let mut tx = shop.begin().await.unwrap();
    assert!(tx.write_log(&batch).await.unwrap().is_empty());
    tx.commit().await.unwrap();
    assert_eq!(stand(&shop, room_id).await, (1, 1, 1));
}
