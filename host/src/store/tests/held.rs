//! Messages that wait for an admin.

use super::*;
use crate::model::{Cursor, HeldEntry, HeldStatus};

on_both_databases![
    a_held_message_is_found_again_and_rejected_once,
    a_release_is_noted_in_its_transaction_and_once,
    what_was_held_itself_does_not_tell_where_a_time_stands,
    what_is_held_or_refused_bars_the_same_id_until_it_is_released,
];

fn held(sender_id: UserId, recipient_id: UserId, client_msg_id: &str) -> HeldRow {
    HeldRow {
        entry: HeldEntry {
            message_id: MessageId::generate(),
            sender_id,
            room_id: None,
            recipient_id: Some(recipient_id),
            body: "wait".to_owned(),
            reply_to: None,
            created_at: Timestamp(5),
            plugin: "filter".to_owned(),
            decision_id: None,
            note: "odd".to_owned(),
            status: HeldStatus::Held,
        },
        client_msg_id: client_msg_id.to_owned(),
        request_hash: Uuid::max(),
    }
}

fn decision(row: &HeldRow, reason: Option<&str>) -> HeldDecision {
    HeldDecision {
        message_id: row.entry.message_id,
        sender_id: row.entry.sender_id,
        by: row.entry.sender_id,
        at: Timestamp(6),
        reason: reason.map(str::to_owned),
    }
}

async fn a_held_message_is_found_again_and_rejected_once(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    assert_eq!(shop.earlier_send(ann, "1").await.unwrap(), None);
    let row = held(ann, bob, "1");
    shop.hold_message(&row).await.unwrap();
    let taken = shop.hold_message(&held(ann, bob, "1")).await;
    let name = "held_messages_sender_id_client_msg_id_key";
    assert!(
        matches!(&taken, Err(StoreError::Conflict { constraint }) if constraint == name),
        "{taken:?}"
    );

    assert_eq!(shop.held_count().await.unwrap(), 1);
    let waiting = shop.held_messages(Cursor::FIRST, 10).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].entry, row.entry);
    let earlier = shop.earlier_send(ann, "1").await.unwrap().unwrap();
    assert_eq!(
        (earlier.status, earlier.request_hash),
        (HeldStatus::Held, Uuid::max())
    );

    let no = decision(&row, Some("not here"));
    assert!(shop.reject_held(&no).await.unwrap());
    assert!(!shop.reject_held(&no).await.unwrap());
    assert_eq!(shop.held_count().await.unwrap(), 0);
    assert!(
        shop.held_messages(Cursor::FIRST, 10)
            .await
            .unwrap()
            .is_empty()
    );
    let own = async |user_id| shop.own_held_messages(user_id, "", 9).await.unwrap();
    assert_eq!(own(bob).await, []);
    let mine = own(ann).await;
    assert_eq!((mine.len(), mine[0].status), (1, HeldStatus::Rejected));
    assert_eq!(mine[0].body, "", "nobody needs the text any more");
    assert_eq!(mine[0].reason.as_deref(), Some("not here"));
    let earlier = shop.earlier_send(ann, "1").await.unwrap().unwrap();
    assert_eq!(earlier.status, HeldStatus::Rejected);
    assert_eq!(earlier.reason.as_deref(), Some("not here"));
    let audit = shop.audit_log(Cursor::LAST, 10).await.unwrap();
    assert_eq!(audit[0].action, "reject_message");
    assert!(
        audit[0]
            .detail
            .as_ref()
            .unwrap()
            .contains(&row.entry.message_id.to_string())
    );
}

async fn a_release_is_noted_in_its_transaction_and_once(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let row = held(ann, bob, "1");
    shop.hold_message(&row).await.unwrap();
    let yes = decision(&row, None);
    let mut tx = shop.begin().await.unwrap();
    tx.release_held(&yes).await.unwrap();
    drop(tx);
    let id = row.entry.message_id;
    let entry = async || shop.held_message(id).await.unwrap().unwrap().entry;
    let status = async || entry().await.status;
    assert_eq!(
        entry().await,
        row.entry,
        "what was not committed did not happen"
    );
    let mut tx = shop.begin().await.unwrap();
    tx.release_held(&yes).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(status().await, HeldStatus::Released);
    assert_eq!(entry().await.body, "", "it stands among the messages");
    let mut tx = shop.begin().await.unwrap();
    let again = tx.release_held(&yes).await;
    assert!(
        matches!(&again, Err(StoreError::Conflict { constraint }) if constraint == HELD_DECIDED),
        "{again:?}"
    );
    drop(tx);
    let room_id = shop.group(&[ann]).await;
    shop.say(room_id, ann, &["said"]).await;
    let sent = shop.earlier_send(ann, "said").await.unwrap().unwrap();
    assert_eq!(
        (sent.status, sent.room_id, sent.seq),
        (HeldStatus::Released, Some(room_id), 1)
    );
}

async fn what_was_held_itself_does_not_tell_where_a_time_stands(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let room_id = shop.group(&[ann, bob]).await;
    assert_eq!(shop.place_at(room_id, Timestamp(9)).await.unwrap(), 0);
    let said = shop.say(room_id, ann, &["one", "two", "three"]).await;
    let at = said[2].created_at;
    assert_eq!(shop.place_at(room_id, at).await.unwrap(), 3);
    assert_eq!(
        shop.place_at(room_id, Timestamp(said[0].created_at.0 - 1))
            .await
            .unwrap(),
        0
    );
    let mut released = held(bob, ann, "1");
    released.entry.message_id = said[2].message_id;
    shop.hold_message(&released).await.unwrap();
    assert_eq!(shop.place_at(room_id, at).await.unwrap(), 2);
}

async fn what_is_held_or_refused_bars_the_same_id_until_it_is_released(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let room_id = shop.group(&[ann, bob]).await;
    let (waits, refused) = (held(ann, bob, "waits"), held(ann, bob, "refused"));
    shop.hold_message(&waits).await.unwrap();
    shop.hold_message(&refused).await.unwrap();
    assert!(shop.reject_held(&decision(&refused, None)).await.unwrap());
    let batch = |from, id: &str| {
        let (step, messages) = step(room_id, (0, 0), from, &[id]);
        LogBatch {
            steps: vec![step],
            messages,
            ..LogBatch::default()
        }
    };
    let mut writer = shop.log_writer();
    for id in ["waits", "refused"] {
        let barred = writer.write(&batch(ann, id)).await.unwrap();
        assert_eq!(barred, [room_id], "{id}");
    }
    let mut tx = shop.begin().await.unwrap();
    let keys = [(ann, "waits"), (ann, "refused"), (bob, "waits")];
    let found = tx.earlier_sends(keys.into_iter()).await.unwrap();
    let mut found: Vec<_> = found
        .iter()
        .map(|it| (&*it.client_msg_id, it.status))
        .collect();
    found.sort_unstable_by_key(|it| it.0);
    assert_eq!(
        found,
        [
            ("refused", HeldStatus::Rejected),
            ("waits", HeldStatus::Held)
        ]
    );
    // Released and written in one transaction.
    tx.release_held(&decision(&waits, None)).await.unwrap();
    assert_eq!(tx.write_log(&batch(ann, "waits")).await.unwrap(), []);
    tx.commit().await.unwrap();
    let sent = shop.earlier_send(ann, "waits").await.unwrap().unwrap();
    assert_eq!((sent.status, sent.seq), (HeldStatus::Released, 1));
}
