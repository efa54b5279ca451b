//! Bans.

use super::*;
use crate::model::{Cursor, RoomBan};

on_both_databases![a_ban_is_kept_once_and_lifted_once];

async fn a_ban_is_kept_once_and_lifted_once(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob, eve] = shop.people(["ann", "bob", "eve"]).await;
    let room_id = shop.group(&[ann]).await;
    let ban = |user_id, reason: &str| RoomBan {
        room_id,
        user_id,
        banned_by: ann,
        reason: Some(reason.to_owned()),
        created_at: Timestamp(1),
    };
    let mut tx = shop.begin().await.unwrap();
    tx.put_ban(&ban(bob, "noise")).await.unwrap();
    tx.put_ban(&ban(bob, "more noise")).await.unwrap();
    assert!(tx.any_banned(room_id, &[eve, bob]).await.unwrap());
    assert!(!tx.any_banned(room_id, &[eve]).await.unwrap());
    assert!(!tx.any_banned(room_id, &[]).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(shop.bans(room_id).await.unwrap(), [ban(bob, "noise")]);
    let mut tx = shop.begin().await.unwrap();
    assert!(tx.remove_ban(room_id, bob).await.unwrap());
    assert!(!tx.remove_ban(room_id, bob).await.unwrap());
    let entry = NewAuditEntry {
        at: Timestamp(2),
        actor_id: Some(ann),
        action: "unban_member",
        target_id: Some(bob),
        reason: None,
        detail: None,
    };
    tx.append_audit(&entry).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(shop.bans(room_id).await.unwrap(), []);
    let audit = shop.audit_log(Cursor::LAST, 9).await.unwrap();
    assert_eq!(audit[0].action, "unban_member");
    let mut tx = shop.begin().await.unwrap();
    let nobody = tx.put_ban(&ban(UserId::generate(), "noise")).await;
    assert!(
        matches!(nobody, Err(StoreError::MissingReference)),
        "{nobody:?}"
    );
}
