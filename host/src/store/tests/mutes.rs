//! Mutes.

use super::*;
use crate::model::{Cursor, Mute};

on_both_databases![
    a_newer_mute_takes_the_place_of_the_one_before,
    a_mute_ends_once
];

fn mute(user_id: UserId, room_id: Option<RoomId>, until: i64) -> Mute {
    Mute {
        mute_id: Uuid::now_v7(),
        user_id,
        room_id,
        until: Timestamp(until),
        reason: Some("noise".to_owned()),
        muted_by: None,
        plugin: Some("filter".to_owned()),
        created_at: Timestamp(5),
    }
}

fn entry(action: &'static str) -> NewAuditEntry {
    NewAuditEntry {
        at: Timestamp(5),
        actor_id: None,
        action,
        target_id: None,
        reason: None,
        detail: None,
    }
}

async fn in_force(shop: &Shop, of: Option<UserId>) -> Vec<Mute> {
    shop.mutes(of, Timestamp(6), Cursor::FIRST, 10)
        .await
        .unwrap()
}

async fn a_newer_mute_takes_the_place_of_the_one_before(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let room_id = shop.group(&[ann, bob]).await;
    let ended = mute(bob, Some(room_id), 5);
    let [everywhere, again, here] = [
        mute(ann, None, 10),
        mute(ann, None, 20),
        mute(ann, Some(room_id), 15),
    ];
    for mute in [&ended, &everywhere, &again, &here] {
        shop.put_mute(mute, &entry("mute")).await.unwrap();
    }
    assert_eq!(in_force(&shop, None).await, [again.clone(), here.clone()]);
    assert_eq!(in_force(&shop, Some(bob)).await, []);
    let page = Cursor {
        at: again.created_at,
        id: again.mute_id,
    };
    let rest = shop.mutes(Some(ann), Timestamp(6), page, 10).await.unwrap();
    assert_eq!(rest, [here]);
    let nobody = mute(UserId::generate(), None, 10);
    let refused = shop.put_mute(&nobody, &entry("mute")).await;
    assert!(
        matches!(refused, Err(StoreError::MissingReference)),
        "{refused:?}"
    );
    let audit = shop.audit_log(Cursor::LAST, 10).await.unwrap();
    assert_eq!(audit.len(), 4);
}

async fn a_mute_ends_once(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let mute = mute(ann, None, 10);
    shop.put_mute(&mute, &entry("mute")).await.unwrap();
    let end = async || {
        shop.remove_mute(mute.mute_id, &entry("unmute"))
            .await
            .unwrap()
    };
    assert!(end().await);
    assert!(!end().await);
    assert_eq!(in_force(&shop, None).await, []);
    let audit = shop.audit_log(Cursor::LAST, 10).await.unwrap();
    assert_eq!((audit.len(), audit[0].action.as_str()), (2, "unmute"));
}
