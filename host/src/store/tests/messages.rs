//! Messages: stored, paged, counted, found again by their sender's ids.

use super::*;
use crate::model::{Cursor, policy::DecisionRecord};

on_both_databases![
    history_is_read_from_either_end,
    what_changed_comes_by_rev_and_only_if_visible,
    a_message_has_a_place_in_its_room_only,
    the_room_list_knows_last_messages_and_unread_counts,
    what_was_sent_is_found_by_its_senders_ids,
    any_text_comes_back_as_it_was,
    all_of_the_largest_batch_is_found,
    what_is_for_its_sender_only_is_for_nobody_else,
    a_deleted_message_keeps_its_place_and_nothing_else,
];

async fn history_is_read_from_either_end(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let room_id = shop.group(&[ann]).await;
    shop.say(room_id, ann, &["1", "2", "3", "4"]).await;
    for (seqs, direction, limit, expected) in [
        (1..=4, Direction::Backwards, 2, &["4", "3"][..]),
        (1..=4, Direction::Forwards, 3, &["1", "2", "3"]),
        (2..=3, Direction::Backwards, 10, &["3", "2"]),
        (i64::MIN..=i64::MAX, Direction::Forwards, 1, &["1"]),
        (5..=9, Direction::Forwards, 10, &[]),
        (1..=4, Direction::Forwards, 0, &[]),
    ] {
        let page = shop
            .messages_between(room_id, Viewer::Admin, seqs, direction, limit)
            .await;
        assert_eq!(bodies(&page.unwrap()), expected);
    }
}

async fn what_changed_comes_by_rev_and_only_if_visible(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let room_id = shop.group(&[ann]).await;
    shop.say(room_id, ann, &["1", "2", "3"]).await;
    for (after_rev, visible_from, limit, expected) in [
        (0, 1, 10, &["1", "2", "3"][..]),
        (1, 1, 1, &["2"]),
        (0, 3, 10, &["3"]),
        (3, 1, 10, &[]),
    ] {
        let changed = shop
            .messages_changed(room_id, after_rev, (ann, visible_from), limit)
            .await;
        assert_eq!(bodies(&changed.unwrap()), expected);
    }
}

async fn a_message_has_a_place_in_its_room_only(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let (here, there) = (shop.group(&[ann, bob]).await, shop.group(&[ann]).await);
    shop.say(here, ann, &["1"]).await;
    let message_id = shop.say(here, bob, &["2"]).await[0].message_id;
    let place = shop.message_place(here, message_id).await.unwrap();
    let expected = MessagePlace {
        seq: 2,
        sender_id: bob,
        only_sender: false,
    };
    assert_eq!(place, Some(expected));
    let place = shop.message_place(there, message_id).await.unwrap();
    assert_eq!(place, None);
    let mut authors = shop.authors_between(here, 1, 2).await.unwrap();
    authors.sort_unstable();
    assert_eq!(authors, [ann, bob]);
    assert_eq!(shop.authors_between(here, 2, 9).await.unwrap(), [bob]);
}

async fn the_room_list_knows_last_messages_and_unread_counts(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let room_id = shop.group(&[ann, bob]).await;
    let silent = shop.group(&[bob]).await;
    shop.say(room_id, ann, &["1", "2"]).await;
    shop.say(room_id, bob, &["3"]).await;
    let last = shop.last_messages_of(bob).await.unwrap();
    assert_eq!(bodies(&last), ["3"]);
    let counts = shop.unread_counts_of(bob).await.unwrap();
    assert_eq!(counts, [(room_id, 2)], "one's own are read");
    assert_eq!(shop.unread_count(room_id, bob).await.unwrap(), 2);
    assert_eq!(shop.unread_count(silent, bob).await.unwrap(), 0);
    let mut counts = shop.unread_counts_in(room_id).await.unwrap();
    counts.sort_unstable();
    assert_eq!(counts, [(ann, 1), (bob, 2)]);

    let newcomer = MemberRow {
        visible_from_seq: 4,
        ..member(room_id, bob)
    };
    let mut tx = shop.begin().await.unwrap();
    tx.put_members(&[newcomer]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(shop.last_messages_of(bob).await.unwrap().is_empty());
    assert!(shop.unread_counts_of(bob).await.unwrap().is_empty());
}

async fn what_was_sent_is_found_by_its_senders_ids(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let room_id = shop.group(&[ann, bob]).await;
    let first = shop.say(room_id, ann, &["ü'\\\""]).await.remove(0);
    let mut tx = shop.begin().await.unwrap();
    let keys = [(ann, "ü'\\\""), (bob, "ü'\\\""), (ann, "never")];
    let found = tx.earlier_sends(keys.into_iter()).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].message_id, found[0].seq, found[0].sender_id),
        (first.message_id, 1, ann)
    );
}

async fn any_text_comes_back_as_it_was(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let room_id = shop.group(&[ann]).await;
    let texts = [
        "$1 %s ? \\x00 '' --",
        "👩‍👩‍👧 \u{10ffff} a\u{308}",
        "\u{1}\u{7f}\r\n\t",
        "\u{feff}\u{202e}",
    ];
    shop.say(room_id, ann, &texts).await;
    let page = shop
        .messages_between(room_id, Viewer::Admin, 1..=9, Direction::Forwards, 9)
        .await
        .unwrap();
    assert_eq!(bodies(&page), texts);
}

/// 500 jobs are the writer's largest batch; a statement of SQLite binds at most 32,766 values.
async fn all_of_the_largest_batch_is_found(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let room_id = shop.group(&[ann]).await;
    let texts: Vec<String> = (0..500).map(|it| it.to_string()).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    shop.say(room_id, ann, &texts).await;
    let mut tx = shop.begin().await.unwrap();
    let keys = texts.iter().map(|text| (ann, *text));
    assert_eq!(tx.earlier_sends(keys).await.unwrap().len(), 500);
}

async fn what_is_for_its_sender_only_is_for_nobody_else(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let room_id = shop.group(&[ann, bob]).await;
    shop.say(room_id, ann, &["for both"]).await;
    let (step, mut messages) = step(room_id, (1, 1), ann, &["for nobody"]);
    messages[0].only_sender = true;
    let batch = LogBatch {
        steps: vec![step],
        messages,
        ..LogBatch::default()
    };
    assert!(shop.log_writer().write(&batch).await.unwrap().is_empty());
    for (reader, expected) in [(ann, &["for both", "for nobody"][..]), (bob, &["for both"])] {
        let viewer = Viewer::Person(reader);
        let page = shop
            .messages_between(room_id, viewer, 1..=9, Direction::Forwards, 9)
            .await;
        assert_eq!(bodies(&page.unwrap()), expected);
        let changed = shop.messages_changed(room_id, 0, (reader, 1), 9).await;
        assert_eq!(bodies(&changed.unwrap()), expected);
        let last = shop.last_messages_of(reader).await.unwrap();
        assert_eq!(bodies(&last), expected[expected.len() - 1..]);
    }
    assert_eq!(shop.unread_count(room_id, bob).await.unwrap(), 1);
    assert_eq!(shop.unread_counts_of(bob).await.unwrap(), [(room_id, 1)]);
    assert_eq!(shop.unread_counts_in(room_id).await.unwrap(), [(bob, 1)]);
    let message_id = batch.messages[0].message.message_id;
    let place = shop.message_place(room_id, message_id).await.unwrap();
    assert!(place.unwrap().only_sender);
}

async fn a_deleted_message_keeps_its_place_and_nothing_else(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let room_id = shop.group(&[ann]).await;
    let said = shop.say(room_id, ann, &["a secret", "no secret"]).await;
    let judged = |nth: usize, at| DecisionRecord {
        message_id: Some(said[nth].message_id),
        body_hash: Some("hash".to_owned()),
        ..plugins::decision("filter", at)
    };
    let judged = [judged(1, 1), judged(0, 2)];
    shop.insert_decisions(&judged).await.unwrap();
    let mut tx = shop.begin().await.unwrap();
    let deleted = crate::model::DeletedMessage {
        message_id: said[0].message_id,
        room_id,
        seq: 1,
        rev: tx.raise_room_rev(room_id, 1).await.unwrap(),
        deleted_at: Timestamp(7),
        deleted_by: Some(ann),
    };
    tx.delete_message(&deleted).await.unwrap();
    tx.commit().await.unwrap();
    let judged = shop.decisions(None, Cursor::LAST, 9).await.unwrap();
    let hashes: Vec<_> = judged.iter().map(|it| it.body_hash.as_deref()).collect();
    assert_eq!(
        hashes,
        [None, Some("hash")],
        "of the other message it stays"
    );
    let changed = shop
        .messages_changed(room_id, 2, (ann, 1), 9)
        .await
        .unwrap();
    let expected = Message {
        rev: 3,
        body: String::new(),
        deleted_at: Some(Timestamp(7)),
        deleted_by: Some(ann),
        ..said[0].clone()
    };
    assert_eq!(changed, [expected]);
    // A retry of what was sent under its id finds it, whatever it says.
    let earlier = shop.earlier_send(ann, "a secret").await.unwrap().unwrap();
    assert!(earlier.is_repeated_by(Uuid::max()));
}
