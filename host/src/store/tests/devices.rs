//! Devices and their refresh tokens.

use super::*;

on_both_databases![
    a_token_turns_once,
    a_token_that_ran_out_turns_no_more,
    a_device_tells_whose_it_is_and_when_it_was_revoked,
    dead_devices_are_removed,
    devices_are_listed_renamed_and_revoked_by_their_owner,
];

fn turn(presented: &str, next: &str, at: i64) -> TokenTurn {
    TokenTurn {
        presented_hash: presented.to_owned(),
        next: NewRefreshToken {
            family_hash: "family of ann".to_owned(),
            token_hash: next.to_owned(),
            expires_at: Timestamp(at + 1000),
        },
        barred: &[AccountStatus::Suspended],
        at: Timestamp(at),
    }
}

async fn a_token_turns_once(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let turned = shop
        .turn_refresh_token(&turn("first of ann", "second", 10))
        .await
        .unwrap();
    let Rotation::Turned(device_id, account) = turned else {
        panic!("{turned:?}")
    };
    assert_eq!(account.user_id, ann);
    let reused = shop
        .turn_refresh_token(&turn("first of ann", "third", 20))
        .await
        .unwrap();
    assert_eq!(reused, Rotation::Reused(device_id, ann));
    let newest = shop
        .turn_refresh_token(&turn("second", "third", 30))
        .await
        .unwrap();
    assert_eq!(newest, Rotation::Unknown);
}

async fn a_token_that_ran_out_turns_no_more(on: Kind) {
    let shop = Shop::open(on).await;
    shop.person("ann").await;
    let late = turn("first of ann", "second", 1000);
    let outcome = shop.turn_refresh_token(&late).await.unwrap();
    assert_eq!(outcome, Rotation::Unknown);
    let in_time = turn("first of ann", "second", 999);
    let outcome = shop.turn_refresh_token(&in_time).await.unwrap();
    assert!(matches!(outcome, Rotation::Turned(..)));
}

async fn a_device_tells_whose_it_is_and_when_it_was_revoked(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let device = new_device(ann, "phone");
    assert!(shop.create_device(&device, "hash of ann").await.unwrap());
    let account = async |user_id| {
        let found = shop.account_of_device(user_id, device.device_id).await;
        found
            .unwrap()
            .map(|(account, revoked_at)| (account.user_id, revoked_at))
    };
    assert_eq!(account(ann).await, Some((ann, None)));
    assert_eq!(account(bob).await, None);
    for at in [5, 6] {
        shop.revoke_device(device.device_id, Timestamp(at))
            .await
            .unwrap();
    }
    assert_eq!(account(ann).await, Some((ann, Some(Timestamp(5)))));
}

async fn dead_devices_are_removed(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let device = new_device(ann, "phone");
    assert!(shop.create_device(&device, "hash of ann").await.unwrap());
    shop.revoke_device(device.device_id, Timestamp(5))
        .await
        .unwrap();
    let remove = async |now, unused_since| {
        let removed = shop.remove_dead_devices(Timestamp(now), Timestamp(unused_since));
        removed.await.unwrap()
    };
    assert_eq!(remove(10, 0).await, 0, "it was used at 0");
    assert_eq!(remove(10, 1).await, 1, "the revoked one");
    assert_eq!(remove(999, 999).await, 0, "the other's token still works");
    assert_eq!(remove(1000, 1).await, 1);
}

async fn devices_are_listed_renamed_and_revoked_by_their_owner(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let phone = NewDevice {
        created_at: Timestamp(5),
        ..new_device(ann, "phone")
    };
    assert!(shop.create_device(&phone, "hash of ann").await.unwrap());
    let names = async |user_id| {
        let devices = shop.devices(user_id).await.unwrap();
        devices.into_iter().map(|it| it.name).collect::<Vec<_>>()
    };
    assert_eq!(names(ann).await, ["phone", "ann"]);
    let rename = async |user_id| {
        let renamed = shop.rename_device(user_id, phone.device_id, "pocket");
        renamed.await.unwrap()
    };
    assert!(!rename(bob).await);
    assert!(rename(ann).await);
    assert_eq!(names(ann).await, ["pocket", "ann"]);
    let revoke = async || {
        let others = shop.revoke_other_devices(ann, phone.device_id, Timestamp(6));
        others.await.unwrap()
    };
    assert_eq!((revoke().await, revoke().await), (1, 0));
    assert_eq!(names(ann).await, ["pocket"]);
    let turned = turn("first of ann", "second", 10);
    let gone = shop.turn_refresh_token(&turned).await.unwrap();
    assert_eq!(gone, Rotation::Unknown);
    shop.revoke_device(phone.device_id, Timestamp(7))
        .await
        .unwrap();
    assert!(!rename(ann).await);
    assert_eq!((names(ann).await.len(), names(bob).await.len()), (0, 1));
}
