//! Bans.

use super::*;
use crate::model::RoomBan;

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
    tx.commit().await.unwrap();
    assert_eq!(shop.bans(room_id).await.unwrap(), []);
    let mut tx = shop.begin().await.unwrap();
    let nobody = tx.put_ban(&ban(UserId::generate(), "noise")).await;
    assert!(
        matches!(nobody, Err(StoreError::MissingReference)),
        "{nobody:?}"
    );
}
