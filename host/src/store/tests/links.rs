//! Links that work once, addresses, and new passwords.

use super::*;
use crate::model::{Cursor, LinkPurpose};

on_both_databases![
    a_link_works_once_and_until_its_end,
    a_letter_is_not_sent_twice_in_a_while,
    nobody_gets_a_letter_for_each_account_of_a_stranger,
    an_address_is_proven_by_its_link_only,
    a_link_proves_the_address_that_it_went_to,
    a_password_changes_only_from_the_one_before,
    a_reset_uses_its_link_up_and_logs_everything_out,
    a_reset_by_a_letter_to_a_former_address_does_nothing,
    a_login_under_way_ends_with_its_password,
];

const ADDRESS: &str = "Ann@Example.org";

fn link(user_id: UserId, purpose: LinkPurpose, token: &str, at: i64) -> NewLink {
    NewLink {
        user_id,
        purpose,
        token_hash: token.to_owned(),
        way: LinkWay::Letter(ADDRESS.to_owned()),
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
        way: LinkWay::Admin(root),
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
    let newer = NewLink {
        way: LinkWay::Admin(root),
        ..link(ann, LinkPurpose::Password, "second", 0)
    };
    shop.put_link(&newer, &entry("make_reset_link", 0))
        .await
        .unwrap();
    assert_eq!(owner(LinkPurpose::Password, "first", 1).await, None);
    assert_eq!(
        owner(LinkPurpose::Password, "second", 1).await,
        Some((ann, Some(root)))
    );
    // What a stranger has sent to her ends no admin's link while that works.
    for (at, expected) in [(9, false), (10, true)] {
        let letter = link(ann, LinkPurpose::Password, "letter", at);
        let put = shop.put_letter_link(&letter, Timestamp(at), None).await;
        assert_eq!(put.unwrap(), expected, "at {at}");
    }
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
        let put = shop.put_letter_link(&new, Timestamp(not_since), None).await;
        assert_eq!(put.unwrap(), expected, "{token}");
    }
    put(&shop, &link(ann, LinkPurpose::Password, "5", 15)).await;
    assert_eq!(shop.remove_old_links(Timestamp(15)).await.unwrap(), 0);
    assert_eq!(shop.remove_old_links(Timestamp(16)).await.unwrap(), 2);
}

async fn put(shop: &Shop, link: &NewLink) {
    let put = shop.put_letter_link(link, Timestamp(0), None).await;
    assert!(put.unwrap(), "{link:?}");
}

async fn to(shop: &Shop, user_id: UserId, address: &str, token: &str) {
    let way = LinkWay::Letter(address.to_owned());
    let new = link(user_id, LinkPurpose::Email, token, 1);
    put(shop, &NewLink { way, ..new }).await;
}

async fn nobody_gets_a_letter_for_each_account_of_a_stranger(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    to(&shop, ann, "victim@example.org", "1").await;
    let letter = |not_since| {
        let new = NewLink {
            way: LinkWay::Letter("Victim@example.org".to_owned()),
            ..link(bob, LinkPurpose::Email, "2", 2)
        };
        let shop = &shop;
        async move {
            let put = shop.put_letter_link(&new, Timestamp(not_since), None);
            put.await.unwrap()
        }
    };
    assert!(!letter(0).await);
    let unproven = shop.unproven_email(bob, Timestamp(3)).await.unwrap();
    assert_eq!(unproven, None, "nothing was kept");
    assert!(letter(1).await, "after a while");
}

async fn an_address_is_proven_by_its_link_only(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    put(&shop, &link(ann, LinkPurpose::Email, "proof", 1)).await;
    let unproven = async |at| {
        let address = shop.unproven_email(ann, Timestamp(at)).await;
        address.unwrap()
    };
    assert_eq!(unproven(10).await.as_deref(), Some(ADDRESS));
    assert_eq!(unproven(11).await, None, "the link has run out");
    let prove = async |token: &str, at| {
        let proven = shop.prove_email(token, Timestamp(at)).await;
        proven.unwrap()
    };
    assert_eq!(prove("another", 2).await, None);
    assert_eq!(prove("proof", 11).await, None);
    assert_eq!(shop.email(ann).await.unwrap(), None);
    assert_eq!(prove("proof", 2).await, Some(ann));
    assert_eq!(prove("proof", 2).await, None);
    let expected = EmailRow {
        user_id: ann,
        address: ADDRESS.to_owned(),
        verified_at: Timestamp(2),
    };
    assert_eq!(shop.email(ann).await.unwrap(), Some(expected.clone()));
    assert_eq!(unproven(2).await, None);
    let audit = shop.audit_log(Cursor::LAST, 1).await.unwrap();
    assert_eq!(audit[0].action, "prove_email");
    // Whoever says that it is theirs has it only once they have proven it.
    to(&shop, bob, "ann@example.org", "bobs").await;
    let owners = shop.owners_of_email("ANN@example.org").await.unwrap();
    assert_eq!(owners, [expected]);
}

async fn a_link_proves_the_address_that_it_went_to(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let address = async || {
        let row = shop.email(ann).await.unwrap();
        row.map(|it| it.address)
    };
    to(&shop, ann, "own@example.org", "first").await;
    // Another address is asked for; the link to the first one is no proof of it, nor of anything any more.
    let another = NewLink {
        way: LinkWay::Letter("boss@example.org".to_owned()),
        ..link(ann, LinkPurpose::Email, "second", 2)
    };
    assert!(
        !shop
            .put_letter_link(&another, Timestamp(0), None)
            .await
            .unwrap()
    );
    shop.prove_email("first", Timestamp(3)).await.unwrap();
    assert_eq!(address().await.as_deref(), Some("own@example.org"));
    put(&shop, &another).await;
    assert_eq!(address().await.as_deref(), Some("own@example.org"));
    // A new password ends what was asked for with the old one.
    let new = password(ann, "new", KeptDevices::All);
    assert!(shop.change_password(&new, "hash of ann").await.unwrap());
    let late = shop.prove_email("second", Timestamp(3)).await.unwrap();
    assert_eq!(late, None);
    assert_eq!(address().await.as_deref(), Some("own@example.org"));
}

async fn a_password_changes_only_from_the_one_before(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let phone = new_device(ann, "phone");
    assert!(shop.create_device(&phone, "hash of ann").await.unwrap());
    put(&shop, &link(ann, LinkPurpose::Password, "open", 0)).await;
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
    let new = NewLink {
        way: LinkWay::Admin(bob),
        ..link(ann, LinkPurpose::Password, "open", 0)
    };
    shop.put_link(&new, &entry("make_reset_link", 0))
        .await
        .unwrap();
    to(&shop, ann, "thief@example.org", "thief").await;
    assert!(!reset(&shop, ann, "another").await);
    assert!(!reset(&shop, bob, "open").await, "somebody else's link");
    assert!(reset(&shop, ann, "open").await);
    assert!(!reset(&shop, ann, "open").await);
    assert!(shop.devices(ann).await.unwrap().is_empty());
    assert_eq!(shop.devices(bob).await.unwrap().len(), 1);
    let thief = shop.prove_email("thief", Timestamp(2)).await.unwrap();
    assert_eq!(thief, None, "what was asked for before ends");
}

async fn reset(shop: &Shop, user_id: UserId, token: &str) -> bool {
    let new = password(user_id, "new", KeptDevices::None);
    shop.reset_password(&new, token).await.unwrap()
}

async fn a_reset_by_a_letter_to_a_former_address_does_nothing(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let prove = async |address, token| {
        to(&shop, ann, address, token).await;
        let proven = shop.prove_email(token, Timestamp(2)).await.unwrap();
        assert_eq!(proven, Some(ann));
    };
    prove(ADDRESS, "1").await;
    put(&shop, &link(ann, LinkPurpose::Password, "open", 0)).await;
    prove("other@example.org", "2").await;
    assert!(!reset(&shop, ann, "open").await);
    prove(&ADDRESS.to_lowercase(), "3").await;
    assert!(reset(&shop, ann, "open").await, "it is theirs again");
}

async fn a_login_under_way_ends_with_its_password(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let (_, checked) = shop.password_hash("ann").await.unwrap().unwrap();
    let new = NewLink {
        way: LinkWay::Admin(ann),
        ..link(ann, LinkPurpose::Password, "open", 0)
    };
    shop.put_link(&new, &entry("make_reset_link", 0))
        .await
        .unwrap();
    assert!(reset(&shop, ann, "open").await);
    let device = new_device(ann, "thief's");
    assert!(!shop.create_device(&device, &checked).await.unwrap());
    assert!(shop.devices(ann).await.unwrap().is_empty());
    // However the two meet, no device of the old password is left.
    let mut current = "new".to_owned();
    for round in 0..20 {
        let next = format!("{round}");
        let device = new_device(ann, &format!("thief's {round}"));
        let change = password(ann, &next, KeptDevices::None);
        let (made, changed) = tokio::join!(
            shop.create_device(&device, &current),
            shop.change_password(&change, &current),
        );
        assert!(changed.unwrap());
        let left = shop.devices(ann).await.unwrap();
        assert!(left.is_empty(), "round {round}, made: {:?}", made.unwrap());
        current = next;
    }
}
