//! What is known of one person, and its end.

use super::*;
use crate::model::{AccountFilter, Cursor, LinkPurpose, Mute, Privacy, ReceiptStatus, Watermark};

on_both_databases![
    what_a_person_wrote_and_read_comes_in_pages,
    a_deleted_account_leaves_its_messages_and_nothing_else,
    the_last_admin_cannot_be_deleted,
];

fn entry(user_id: UserId) -> NewAuditEntry {
    NewAuditEntry {
        at: Timestamp(9),
        actor_id: Some(user_id),
        action: "delete_account",
        target_id: Some(user_id),
        reason: None,
        detail: None,
    }
}

async fn what_a_person_wrote_and_read_comes_in_pages(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let room_id = shop.group(&[ann, bob]).await;
    shop.say(room_id, ann, &["c", "a", "b"]).await;
    shop.say(room_id, bob, &["not hers"]).await;
    let range = |status, from_seq, to_seq| StatusRow {
        room_id,
        user_id: ann,
        status,
        from_seq,
        to_seq,
        at: Timestamp(to_seq),
    };
    let mark = Watermark {
        user_id: ann,
        delivered_seq: 4,
        read_seq: 4,
    };
    let receipts = LogBatch {
        marks: vec![(room_id, mark)],
        ranges: vec![
            range(ReceiptStatus::Delivered, 1, 2),
            range(ReceiptStatus::Delivered, 3, 4),
            range(ReceiptStatus::Read, 1, 4),
        ],
        ..LogBatch::default()
    };
    shop.log_writer().write(&receipts).await.unwrap();
    let mut wrote = Vec::new();
    let mut after = String::new();
    while let Some(last) = {
        let page = shop.own_messages(ann, &after, 2).await.unwrap();
        wrote.extend(page.iter().map(|it| (it.body.clone(), it.seq)));
        page.into_iter().next_back()
    } {
        after = last.client_msg_id;
    }
    let expected = [("a", 2), ("b", 3), ("c", 1)].map(|(body, seq)| (body.to_owned(), seq));
    assert_eq!(wrote, expected);
    let mut read = Vec::new();
    let mut after = (ReceiptStatus::Delivered, 0);
    while let Some(last) = {
        let page = shop.own_receipts((ann, room_id), after, 2).await.unwrap();
        read.extend(page.iter().map(|it| (it.status, it.from_seq, it.to_seq)));
        page.into_iter().next_back()
    } {
        after = (last.status, last.to_seq);
    }
    let expected = [
        (ReceiptStatus::Delivered, 1, 2),
        (ReceiptStatus::Delivered, 3, 4),
        (ReceiptStatus::Read, 1, 4),
    ];
    assert_eq!(read, expected);
    let rooms = shop.own_rooms(ann).await.unwrap();
    assert_eq!(
        (rooms.len(), rooms[0].room_id, rooms[0].has_left),
        (1, room_id, false)
    );
}

async fn a_deleted_account_leaves_its_messages_and_nothing_else(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let room_id = shop.group(&[ann, bob]).await;
    shop.say(room_id, ann, &["what ann said"]).await;
    shop.put_privacy(ann, Privacy::default()).await.unwrap();
    for (user_id, blocked_id) in [(ann, bob), (bob, ann)] {
        let block = KeptBlock {
            user_id,
            blocked_id,
            created_at: Timestamp(1),
            delivered_seq: 0,
            read_seq: 0,
        };
        shop.put_block(&block).await.unwrap();
    }
    let link = |purpose, token: &str| NewLink {
        user_id: ann,
        purpose,
        token_hash: token.to_owned(),
        way: LinkWay::Letter("ann@example.org".to_owned()),
        created_at: Timestamp(0),
        expires_at: Timestamp(100),
    };
    for link in [
        link(LinkPurpose::Email, "proof"),
        link(LinkPurpose::Password, "open"),
    ] {
        shop.put_letter_link(&link, Timestamp(0), None)
            .await
            .unwrap();
    }
    let proven = shop.prove_email("proof", Timestamp(1)).await.unwrap();
    assert_eq!(proven, Some(ann));
    let mute = Mute {
        mute_id: Uuid::now_v7(),
        user_id: ann,
        room_id: None,
        until: Timestamp(100),
        reason: None,
        muted_by: None,
        plugin: None,
        created_at: Timestamp(1),
    };
    shop.put_mute(&mute, &entry(bob)).await.unwrap();

    let outcome = shop.delete_account(ann, &entry(ann)).await.unwrap();
    assert_eq!(outcome, DeletionOutcome::Deleted);
    let account = shop.account(ann).await.unwrap().unwrap();
    assert_eq!(account.status, AccountStatus::Deleted);
    assert_eq!(account.username, format!("deleted:{ann}"));
    assert_eq!(account.display_name, "Deleted account");
    assert_eq!(shop.password_hash("ann").await.unwrap(), None);
    assert_eq!(shop.email(ann).await.unwrap(), None);
    assert!(shop.privacies().await.unwrap().is_empty());
    assert!(shop.blocks(None).await.unwrap().is_empty());
    assert!(shop.devices(ann).await.unwrap().is_empty());
    let owner = shop.link_owner(LinkPurpose::Password, "open", Timestamp(1));
    assert_eq!(owner.await.unwrap(), None);
    let mutes = shop.mutes(None, Timestamp(1), Cursor::FIRST, 9).await;
    assert!(mutes.unwrap().is_empty());
    let profiles = shop.known_profiles(&[ann]).await.unwrap();
    assert_eq!(profiles[0].display_name, "Deleted account");
    assert!(
        shop.active_people("", 9)
            .await
            .unwrap()
            .iter()
            .all(|it| it.user_id != ann)
    );
    let messages = shop.messages_between(room_id, Viewer::Admin, 1..=9, Direction::Forwards, 9);
    assert_eq!(bodies(&messages.await.unwrap()), ["what ann said"]);
    let groups = shop.groups_of_the_deleted().await.unwrap();
    assert_eq!(groups, [(ann, room_id)], "leaving is left to the writer");
    // The name is free.
    shop.person("ann").await;
    let all = shop
        .accounts(AccountFilter::default(), Cursor::FIRST, 9)
        .await;
    assert_eq!(all.unwrap().len(), 3);
}

async fn the_last_admin_cannot_be_deleted(on: Kind) {
    let shop = Shop::open(on).await;
    let admin = |name: &str| {
        let user = NewUser {
            role: UserRole::Admin,
            ..new_user(name, 0)
        };
        let device = new_device(user.user_id, name);
        (user, device)
    };
    let ((ann, anns), (bob, bobs)) = (admin("ann"), admin("bob"));
    shop.create_user(&ann, &anns).await.unwrap();
    shop.create_user(&bob, &bobs).await.unwrap();
    let (one, two) = (entry(ann.user_id), entry(bob.user_id));
    let (one, other) = tokio::join!(
        shop.delete_account(ann.user_id, &one),
        shop.delete_account(bob.user_id, &two),
    );
    let mut outcomes = [one.unwrap(), other.unwrap()];
    outcomes.sort_by_key(|it| *it == DeletionOutcome::LastAdmin);
    assert_eq!(
        outcomes,
        [DeletionOutcome::Deleted, DeletionOutcome::LastAdmin]
    );
    assert_eq!(shop.active_admins().await.unwrap().len(), 1);
}
