//! Calls.

use super::*;
use crate::model::{
    Call, CallId, CallParticipant, CallQuality, CallReason, CallState, Cursor, MediaKind,
    ParticipantState,
};

on_both_databases![
    a_call_is_kept_as_it_stands_and_stays_as_it_ended,
    history_is_a_persons_own_newest_first,
    what_is_not_settled_is_found_after_a_restart
];

fn participant(user_id: UserId, state: ParticipantState) -> CallParticipant {
    CallParticipant {
        user_id,
        state,
        joined_at: None,
        left_at: None,
        reason: None,
        quality: None,
    }
}

fn ringing(from: UserId, to: UserId, at: i64) -> CallRow {
    let mut participants = vec![
        participant(from, ParticipantState::Joined),
        participant(to, ParticipantState::Ringing),
    ];
    participants.sort_by_key(|it| it.user_id);
    CallRow {
        call: Call {
            call_id: CallId::generate(),
            room_id: None,
            kind: RoomKind::Direct,
            media: MediaKind::Video,
            caller_id: from,
            state: CallState::Ringing,
            created_at: Timestamp(at),
            connected_at: None,
            ended_at: None,
            reason: None,
            ended_by: None,
            participants,
            hidden_from: None,
        },
        client_call_id: format!("at {at}"),
        callee_id: Some(to),
        owes_message: false,
    }
}

fn ended(mut row: CallRow, reason: CallReason) -> CallRow {
    row.call.state = CallState::Ended;
    row.call.ended_at = Some(Timestamp(row.call.created_at.0 + 1));
    row.call.reason = Some(reason);
    row.owes_message = reason == CallReason::Timeout;
    row
}

async fn a_call_is_kept_as_it_stands_and_stays_as_it_ended(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let began = ringing(ann, bob, 1);
    shop.save_calls(std::slice::from_ref(&began)).await.unwrap();
    let call_id = began.call.call_id;
    assert_eq!(shop.call(call_id).await.unwrap(), Some(began.clone()));
    let mut over = ended(began.clone(), CallReason::Hangup);
    over.call.participants[0].quality = Some(CallQuality {
        loss_permille: 3,
        rtt_ms: None,
        sent_bps: 1 << 40,
        received_bps: 0,
    });
    shop.save_calls(std::slice::from_ref(&over)).await.unwrap();
    assert_eq!(shop.call(call_id).await.unwrap(), Some(over.clone()));
    shop.save_calls(&[ended(began, CallReason::Failed)])
        .await
        .unwrap();
    let kept = shop.call_by_client_id(ann, "at 1").await.unwrap().unwrap();
    assert_eq!(kept.call.reason, Some(CallReason::Hangup));
    assert_eq!(shop.call_by_client_id(bob, "at 1").await.unwrap(), None);
    assert_eq!(shop.call(CallId::generate()).await.unwrap(), None);
}

async fn history_is_a_persons_own_newest_first(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob, cid] = shop.people(["ann", "bob", "cid"]).await;
    let room_id = shop.group(&[ann, bob]).await;
    let mut rows = vec![
        ringing(ann, bob, 1),
        ringing(bob, ann, 2),
        ringing(ann, cid, 3),
    ];
    rows[1].call.room_id = Some(room_id);
    rows[2].call.hidden_from = Some(cid);
    shop.save_calls(&rows).await.unwrap();
    let ids = |of: Vec<Call>| of.into_iter().map(|it| it.created_at.0).collect::<Vec<_>>();
    let of = async |who, room, before| ids(shop.calls_of(who, room, before, 2).await.unwrap());
    assert_eq!(of(ann, None, Cursor::LAST).await, [3, 2]);
    let page = Cursor {
        at: Timestamp(2),
        id: rows[1].call.call_id.0,
    };
    assert_eq!(of(ann, None, page).await, [1]);
    assert_eq!(of(bob, Some(room_id), Cursor::LAST).await, [2]);
    assert_eq!(of(cid, Some(room_id), Cursor::LAST).await, [] as [i64; 0]);
    // Who blocks the caller knows nothing of it.
    assert_eq!(of(cid, None, Cursor::LAST).await, [] as [i64; 0]);
}

async fn what_is_not_settled_is_found_after_a_restart(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let live = ringing(ann, bob, 1);
    let missed = ended(ringing(ann, bob, 2), CallReason::Timeout);
    let over = ended(ringing(ann, bob, 3), CallReason::Hangup);
    shop.save_calls(&[live.clone(), missed.clone(), over])
        .await
        .unwrap();
    assert_eq!(
        shop.unsettled_calls().await.unwrap(),
        [live.clone(), missed.clone()]
    );
    let room_id = RoomId::generate();
    let call_id = missed.call.call_id;
    shop.settle_call_message(call_id, Some(room_id))
        .await
        .unwrap();
    assert_eq!(shop.unsettled_calls().await.unwrap(), [live]);
    // A late change of the call does not owe it again, nor does an unknown room undo the known.
    shop.save_calls(&[missed]).await.unwrap();
    shop.settle_call_message(call_id, None).await.unwrap();
    let kept = shop.call(call_id).await.unwrap().unwrap();
    assert_eq!(
        (kept.call.room_id, kept.owes_message),
        (Some(room_id), false)
    );
}
