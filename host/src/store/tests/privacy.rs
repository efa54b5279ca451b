//! What people chose.

use super::*;
use crate::model::{Privacy, Reach};

on_both_databases![the_newest_choice_is_kept, who_shares_a_group_is_known];

async fn the_newest_choice_is_kept(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let first = Privacy {
        who_may_write: Reach::Nobody,
        who_may_call: Reach::SharedGroups,
        read_receipts: false,
    };
    let second = Privacy {
        read_receipts: true,
        ..first
    };
    for privacy in [first, second] {
        shop.put_privacy(ann, privacy).await.unwrap();
        assert_eq!(shop.privacies().await.unwrap(), [(ann, privacy)]);
    }
}

async fn who_shares_a_group_is_known(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob, eve] = shop.people(["ann", "bob", "eve"]).await;
    let room_id = shop.group(&[ann, bob]).await;
    assert!(shop.share_a_group(ann, bob).await.unwrap());
    assert!(!shop.share_a_group(ann, eve).await.unwrap());
    let left = MemberRow {
        left_seq: Some(0),
        ..member(room_id, bob)
    };
    let mut tx = shop.begin().await.unwrap();
    tx.put_members(&[left]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!shop.share_a_group(ann, bob).await.unwrap());
}
