//! Recovery.

use super::*;
use crate::model::Change;

on_both_databases![
    sync_pages_through_what_changed_by_rev,
    cursors_that_no_client_can_have_are_refused,
    what_does_not_fit_into_an_answer_comes_with_the_next,
    sync_names_rooms_gained_and_lost,
    who_was_taken_out_hears_it_and_then_nothing,
];

fn describe_room(room: &RoomSync) -> String {
    match room {
        RoomSync::Gone { .. } => "gone".to_owned(),
        RoomSync::Reset { room } => format!("reset at {}", room.room.rev),
        RoomSync::Changes {
            rev,
            changes,
            has_more,
            ..
        } => {
            let changes: Vec<String> = changes
                .iter()
                .map(|it| match it {
                    Change::Message(it) => it.body.clone(),
                    Change::Member(it) => format!("{:?}", it.state),
                    Change::Room { room, .. } => {
                        format!("name {}", room.name.as_deref().unwrap_or(""))
                    }
                })
                .collect();
            format!(
                "{} to {rev}{}",
                changes.join(", "),
                if *has_more { ", more" } else { "" }
            )
        }
    }
}

async fn sync_pages_through_what_changed_by_rev(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob, eve] = house.people(["ann", "bob", "eve"]).await;
    let room_id = house
        .chat
        .create_group(ann, "Tea".to_owned(), vec![bob])
        .await
        .unwrap()
        .room
        .room_id;
    house.send(ann, group(room_id, "1", "one")).await.unwrap();
    house
        .chat
        .rename(ann, room_id, "Coffee".to_owned())
        .await
        .unwrap();
    house
        .chat
        .add_members(ann, room_id, vec![eve], History::None)
        .await
        .unwrap();
    house.send(eve, group(room_id, "2", "two")).await.unwrap();
    let said = async |rev| {
        let rooms = house.sync(bob, 1_000, &[(room_id, rev)]).await;
        rooms.iter().map(describe_room).collect::<Vec<_>>()
    };
    // Making the group took rev 1 to 3: the name and its two members.
    assert_eq!(said(3).await, ["one, name Coffee to 5, more"]);
    assert_eq!(said(5).await, ["Joined, two to 7"]);
    assert_eq!(said(7).await, [" to 7"]);
    assert_eq!(said(8).await, ["reset at 7"]);
}

async fn cursors_that_no_client_can_have_are_refused(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let room_id = house
        .send(ann, private(bob, "1", "x"))
        .await
        .unwrap()
        .room_id;
    let refused = async |user_rev, revs: &[i64]| {
        let rooms = revs
            .iter()
            .map(|&rev| crate::model::RoomCursor { room_id, rev });
        let request = SyncRequest {
            user_rev,
            rooms: rooms.collect(),
            limit: None,
        };
        matches!(
            house.chat.sync(bob, request).await,
            Err(ChatError::Invalid(_))
        )
    };
    assert!(refused(0, &[i64::MIN]).await);
    assert!(refused(i64::MIN, &[0]).await);
    assert!(refused(0, &[0, 1]).await);
    assert!(!refused(i64::MAX, &[i64::MAX]).await);
}

async fn what_does_not_fit_into_an_answer_comes_with_the_next(on: Kind) {
    let house = House::new(on).await;
    let bob = house.person("bob").await;
    for number in 0..150 {
        let friend = house.person(&format!("friend{number}")).await;
        house
            .send(friend, private(bob, "1", "hello"))
            .await
            .unwrap();
    }
    let (mut user_rev, mut found, mut answers) = (0, 0, 0);
    loop {
        let request = SyncRequest {
            user_rev,
            rooms: Vec::new(),
            limit: None,
        };
        let answer = house.chat.sync(bob, request).await.unwrap();
        (found, answers, user_rev) = (found + answer.rooms.len(), answers + 1, answer.user_rev);
        if !answer.has_more {
            break;
        }
    }
    assert_eq!((found, answers), (150, 2));
}

async fn sync_names_rooms_gained_and_lost(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let room_id = house
        .chat
        .create_group(ann, "Tea".to_owned(), vec![bob])
        .await
        .unwrap()
        .room
        .room_id;
    let said = async |user_rev, rooms: &[(RoomId, i64)]| {
        let rooms = house.sync(bob, user_rev, rooms).await;
        rooms.iter().map(describe_room).collect::<Vec<_>>()
    };
    let user_rev = house.chat.rooms(bob).await.unwrap().user_rev;
    assert_eq!(said(0, &[]).await, ["reset at 3"]);
    assert!(said(user_rev, &[]).await.is_empty());
    let direct = house
        .send(ann, private(bob, "1", "psst"))
        .await
        .unwrap()
        .room_id;
    assert_eq!(
        said(user_rev, &[(room_id, 3)]).await,
        [" to 3", "reset at 1"]
    );
    house.chat.remove_member(ann, room_id, bob).await.unwrap();
    assert_eq!(
        said(user_rev + 1, &[(room_id, 3), (direct, 1)]).await,
        ["gone", " to 1"]
    );
    assert_eq!(said(0, &[(RoomId::generate(), 0)]).await[0], "gone");
}

async fn who_was_taken_out_hears_it_and_then_nothing(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let room_id = house
        .chat
        .create_group(ann, "Tea".to_owned(), vec![bob])
        .await
        .unwrap()
        .room
        .room_id;
    let bobs = house.listen(bob);
    house.chat.remove_member(ann, room_id, bob).await.unwrap();
    house
        .send(ann, group(room_id, "1", "secret"))
        .await
        .unwrap();
    house.send(ann, private(bob, "2", "sorry")).await.unwrap();
    assert_eq!(
        heard(&bobs, 3).await,
        ["member Member Left rev 4", "room None", "message 1 sorry"]
    );
}
