//! People who may not write.

use super::*;

on_both_databases![
    who_is_muted_reads_and_retries_but_does_not_write,
    a_mute_outlives_a_restart_and_ends_when_it_is_lifted,
];

fn mute(user_id: UserId, room_id: Option<RoomId>) -> NewMute {
    NewMute {
        user_id,
        room_id,
        seconds: 60,
        reason: Some("noise".to_owned()),
        by: MutedBy::default(),
    }
}

async fn who_is_muted_reads_and_retries_but_does_not_write(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob, eve] = house.people(["ann", "bob", "eve"]).await;
    let first = house.send(ann, private(bob, "1", "hello")).await.unwrap();
    house.send(bob, private(ann, "1", "hi")).await.unwrap();
    let here = Some(first.room_id);
    house.chat.mute(mute(ann, here)).await.unwrap();
    let refused = house.send(ann, private(bob, "2", "more")).await;
    let Err(ChatError::Muted(found)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(
        (found.room_id, found.reason.as_deref()),
        (here, Some("noise"))
    );
    // What was stored before is answered, and everything else goes on.
    let again = house.send(ann, private(bob, "1", "hello")).await.unwrap();
    assert_eq!((again.seq, again.deduplicated), (1, true));
    let mark = house.receipt(ann, first.room_id, 2, ReceiptStatus::Read);
    assert_eq!(mark.await.unwrap().read_seq, 2);
    let elsewhere = house.send(ann, private(eve, "3", "hello")).await.unwrap();
    assert_eq!(elsewhere.seq, 1);

    house.chat.mute(mute(bob, None)).await.unwrap();
    let refused = house.send(bob, private(eve, "2", "hello")).await;
    assert!(matches!(refused, Err(ChatError::Muted(_))), "{refused:?}");
    assert!(house.chat.rooms(eve).await.unwrap().rooms.len() == 1);
}

async fn a_mute_outlives_a_restart_and_ends_when_it_is_lifted(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let anns = house.listen(ann);
    let muted = house.chat.mute(mute(ann, None)).await.unwrap();
    let house = house.restarted().await;
    let refused = house.send(ann, private(bob, "1", "hello")).await;
    assert!(matches!(refused, Err(ChatError::Muted(_))), "{refused:?}");
    let all = house.chat.mutes(Some(ann), None, 10).await.unwrap();
    assert_eq!(all, std::slice::from_ref(&muted));
    let lift = async || {
        let by = MutedBy::default();
        house.chat.lift_mute(muted.mute_id, by).await
    };
    lift().await.unwrap();
    assert!(matches!(lift().await, Err(ChatError::NotFound("mute"))));
    house.send(ann, private(bob, "1", "hello")).await.unwrap();
    let told = heard(&anns, 2).await;
    assert!(told[0].contains("until: Some") && told[1].contains("until: None"));
    let nobody = house.chat.mute(mute(UserId::generate(), None)).await;
    assert!(matches!(nobody, Err(ChatError::NotFound("user"))));
    let forever = NewMute {
        seconds: i64::MAX,
        ..mute(ann, None)
    };
    let refused = house.chat.mute(forever).await;
    assert!(matches!(refused, Err(ChatError::Invalid(_))), "{refused:?}");
}
