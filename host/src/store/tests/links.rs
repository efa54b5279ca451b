//! Links that work once, addresses, and new passwords.

use super::*;
use crate::model::LinkPurpose;

on_both_databases![
    a_link_works_once_and_until_its_end,
    a_letter_is_not_sent_twice_in_a_while,
    an_address_is_proven_by_its_link_only,
    a_password_changes_only_from_the_one_before,
    a_reset_uses_its_link_up_and_logs_everything_out,
];

fn link(user_id: UserId, purpose: LinkPurpose, token: &str, at: i64) -> NewLink {
    NewLink {
        user_id,
        purpose,
        token_hash: token.to_owned(),
        made_by: None,
        created_at: Timestamp(at),
        expires_at: Timestamp(at + 10),
    }
}

fn entry(action: &'static str, at: i64) -> NewAuditEntry {
    NewAuditEntry {
        at: Timestamp(at),
        actor_id: None,
        action,
        target_id: None,
        reason: None,
        detail: None,
    }
}

fn password(user_id: UserId, hash: &str, keeps: KeptDevices) -> NewPassword {
    NewPassword {
        user_id,
        password_hash: hash.to_owned(),
        keeps,
        audit: entry("reset_password", 5),
    }
}

async fn a_link_works_once_and_until_its_end(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, root] = shop.people(["ann", "root"]).await;
    let made = NewLink {
        made_by: Some(root),
        ..link(ann, LinkPurpose::Password, "first", 0)
    };
    shop.put_link(&made, &entry("make_reset_link", 0))
        .await
        .unwrap();
    let owner = async |purpose, token: &str, at| {
        let owner = shop.link_owner(purpose, token, Timestamp(at));
        owner.await.unwrap()
    };
    assert_eq!(
        owner(LinkPurpose::Password, "first", 9).await,
        Some((ann, Some(root)))
    );
    assert_eq!(owner(LinkPurpose::Password, "first", 10).await, None);
    assert_eq!(owner(LinkPurpose::Email, "first", 9).await, None);
    // Another one at the same moment takes its place.
    let newer = link(ann, LinkPurpose::Password, "second", 0);
    shop.put_link(&newer, &entry("make_reset_link", 0))
        .await
        .unwrap();
    assert_eq!(owner(LinkPurpose::Password, "first", 1).await, None);
    assert_eq!(
        owner(LinkPurpose::Password, "second", 1).await,
        Some((ann, None))
    );
}

async fn a_letter_is_not_sent_twice_in_a_while(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    for (token, at, not_since, expected) in [
        ("1", 10, 5, true),
        ("2", 12, 7, false),
        ("3", 15, 10, true),
        ("4", 15, 14, false),
    ] {
        let new = link(ann, LinkPurpose::Email, token, at);
        let put = shop.put_letter_link(&new, Timestamp(not_since)).await;
        assert_eq!(put.unwrap(), expected, "{token}");
    }
    let other = link(ann, LinkPurpose::Password, "5", 15);
    assert!(shop.put_letter_link(&other, Timestamp(0)).await.unwrap());
}

async fn an_address_is_proven_by_its_link_only(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let put = async |who, address: &str| {
        let key = address.to_lowercase();
        shop.put_email(who, address, &key).await.unwrap();
    };
    let proven = async |who| {
        let row = shop.email(who).await.unwrap().unwrap();
        row.verified_at.is_some()
    };
    assert_eq!(shop.email(ann).await.unwrap(), None);
    put(ann, "Ann@Example.org").await;
    let new = link(ann, LinkPurpose::Email, "proof", 0);
    shop.put_letter_link(&new, Timestamp(0)).await.unwrap();
    assert_eq!(
        shop.prove_email("another", Timestamp(1)).await.unwrap(),
        None
    );
    assert_eq!(
        shop.prove_email("proof", Timestamp(10)).await.unwrap(),
        None
    );
    assert!(!proven(ann).await);
    let owner = shop.prove_email("proof", Timestamp(1)).await.unwrap();
    assert_eq!(owner, Some(ann));
    assert_eq!(shop.prove_email("proof", Timestamp(1)).await.unwrap(), None);
    put(ann, "ann@example.org").await;
    assert!(proven(ann).await, "the same address");
    put(bob, "ann@example.org").await;
    let owners = shop.owners_of_email("ann@example.org").await.unwrap();
    assert_eq!(
        owners.iter().map(|it| it.user_id).collect::<Vec<_>>(),
        [ann]
    );
    // A link to the address before proves nothing about the new one.
    let new = link(ann, LinkPurpose::Email, "late", 0);
    shop.put_letter_link(&new, Timestamp(0)).await.unwrap();
    put(ann, "other@example.org").await;
    assert!(!proven(ann).await);
    assert_eq!(shop.prove_email("late", Timestamp(1)).await.unwrap(), None);
}

async fn a_password_changes_only_from_the_one_before(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let phone = new_device(ann, "phone");
    shop.create_device(&phone).await.unwrap();
    let open = link(ann, LinkPurpose::Password, "open", 0);
    shop.put_letter_link(&open, Timestamp(0)).await.unwrap();
    let kept = KeptDevices::Only(phone.device_id);
    let change = async |new: &str, keeps, old: &str| {
        let new = password(ann, new, keeps);
        shop.change_password(&new, old).await.unwrap()
    };
    assert!(!change("new", kept, "hash of bob").await);
    assert!(change("new", kept, "hash of ann").await);
    let hash = shop.password_hash_of(ann).await.unwrap();
    assert_eq!(hash.as_deref(), Some("new"));
    assert_eq!(shop.devices(ann).await.unwrap().len(), 1);
    let owner = shop.link_owner(LinkPurpose::Password, "open", Timestamp(1));
    assert_eq!(owner.await.unwrap(), None, "an open link ends");
    assert!(change("newer", KeptDevices::All, "new").await);
    assert_eq!(shop.devices(ann).await.unwrap().len(), 1);
}

async fn a_reset_uses_its_link_up_and_logs_everything_out(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let new = link(ann, LinkPurpose::Password, "open", 0);
    shop.put_letter_link(&new, Timestamp(0)).await.unwrap();
    let reset = async |who, token: &str| {
        let new = password(who, "new", KeptDevices::None);
        shop.reset_password(&new, token).await.unwrap()
    };
    assert!(!reset(ann, "another").await);
    assert!(!reset(bob, "open").await, "somebody else's link");
    assert!(reset(ann, "open").await);
    assert!(!reset(ann, "open").await);
    assert!(shop.devices(ann).await.unwrap().is_empty());
    assert_eq!(shop.devices(bob).await.unwrap().len(), 1);
}
