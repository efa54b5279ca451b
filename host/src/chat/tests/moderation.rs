//! Deleted messages, bans, reports.

use super::*;
use crate::{
    model::{Cursor, ReportDecision, RoomSync},
    store::Viewer,
};

on_both_databases![
    an_author_takes_a_message_back_from_everybody,
    who_may_delete_is_the_author_or_an_admin_of_the_group,
    who_is_banned_is_out_and_stays_out,
    a_report_shows_an_admin_what_its_reporter_saw,
    an_admin_of_the_server_deletes_what_was_reported,
];

async fn tea(house: &House, owner: UserId, others: &[UserId]) -> RoomId {
    let made = house
        .chat
        .create_group(owner, "tea".to_owned(), others.to_vec());
    made.await.unwrap().room.room_id
}

async fn an_author_takes_a_message_back_from_everybody(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let sent = house
        .send(ann, private(bob, "1", "a secret"))
        .await
        .unwrap();
    let room_id = sent.room_id;
    let bobs = house.listen(bob);
    let deleted = house.chat.delete_message(by(ann), room_id, sent.message_id);
    let deleted = deleted.await.unwrap();
    assert_eq!(
        (deleted.seq, deleted.rev, deleted.deleted_by),
        (1, 2, Some(ann))
    );
    let told = heard(&bobs, 1).await;
    assert!(told[0].starts_with("MessageDeleted"), "{told:?}");
    let again = house.chat.delete_message(by(ann), room_id, sent.message_id);
    assert_eq!(
        again.await.unwrap(),
        deleted,
        "and nobody hears of it twice"
    );
    let next = house
        .send(bob, private(ann, "1", "what was it?"))
        .await
        .unwrap();
    assert_eq!((next.seq, next.rev), (2, 3));
    let RoomSync::Changes { changes, .. } = &house.sync(bob, 9, &[(room_id, 1)]).await[0] else {
        panic!("changes");
    };
    let crate::model::Change::Message(tombstone) = &changes[0] else {
        panic!("{changes:?}");
    };
    assert_eq!(
        (tombstone.body.as_str(), tombstone.deleted_by),
        ("", Some(ann))
    );
    let retry = house
        .send(ann, private(bob, "1", "a secret"))
        .await
        .unwrap();
    assert!(retry.deduplicated);
    let all = house
        .store
        .messages_between(room_id, Viewer::Admin, 1..=9, Direction::Forwards, 9);
    assert!(
        all.await
            .unwrap()
            .iter()
            .all(|it| !it.body.contains("secret"))
    );
}

async fn who_may_delete_is_the_author_or_an_admin_of_the_group(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob, eve] = house.people(["ann", "bob", "eve"]).await;
    let room_id = tea(&house, ann, &[bob, eve]).await;
    let refusal = async |who, room_id, message_id| {
        let outcome = house.chat.delete_message(by(who), room_id, message_id);
        outcome.await.err().map(|it| it.to_string())
    };
    let sent = house.send(bob, group(room_id, "1", "hello")).await.unwrap();
    let only = refusal(eve, room_id, sent.message_id).await;
    assert!(only.unwrap().starts_with("only its author"));
    assert_eq!(refusal(ann, room_id, sent.message_id).await, None);
    let direct = house.send(bob, private(eve, "2", "hello")).await.unwrap();
    assert!(
        refusal(eve, direct.room_id, direct.message_id)
            .await
            .is_some()
    );
    let strange = refusal(ann, direct.room_id, direct.message_id).await;
    assert_eq!(strange.as_deref(), Some("no such room"));
    let nowhere = refusal(ann, RoomId::generate(), direct.message_id).await;
    assert_eq!(nowhere.as_deref(), Some("no such message"));
    // Who left may still take back what they wrote, but nothing else.
    let [mine, later] = [
        house.send(bob, group(room_id, "3", "mine")).await.unwrap(),
        house.send(eve, group(room_id, "1", "hers")).await.unwrap(),
    ];
    house.chat.remove_member(bob, room_id, bob).await.unwrap();
    assert_eq!(refusal(bob, room_id, mine.message_id).await, None);
    assert!(refusal(bob, room_id, later.message_id).await.is_some());
}

async fn who_is_banned_is_out_and_stays_out(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob, eve] = house.people(["ann", "bob", "eve"]).await;
    let room_id = tea(&house, ann, &[bob, eve]).await;
    let bobs = house.listen(bob);
    let ban = async |who, whom| {
        let reason = Some("noise".to_owned());
        house.chat.ban(who, room_id, (whom, reason)).await
    };
    assert!(matches!(ban(bob, eve).await, Err(ChatError::Forbidden(_))));
    assert!(matches!(ban(ann, ann).await, Err(ChatError::Conflict(_))));
    assert!(matches!(
        ban(ann, UserId::generate()).await,
        Err(ChatError::NotFound("user"))
    ));
    ban(ann, bob).await.unwrap();
    assert!(heard(&bobs, 1).await[0].contains("Left"));
    ban(ann, bob).await.unwrap();
    let dan = house.person("dan").await;
    ban(ann, dan).await.unwrap();
    for banned in [bob, dan] {
        let add = house
            .chat
            .add_members(ann, room_id, vec![banned], History::None);
        assert!(matches!(add.await, Err(ChatError::Conflict(_))));
    }
    let listed = house.chat.bans(ann, room_id).await.unwrap();
    assert_eq!(
        listed.iter().map(|it| it.user_id).collect::<Vec<_>>(),
        [bob, dan]
    );
    assert!(matches!(
        house.chat.bans(eve, room_id).await,
        Err(ChatError::Forbidden(_))
    ));
    assert!(matches!(
        house.chat.bans(bob, room_id).await,
        Err(ChatError::NotFound("room"))
    ));
    assert!(matches!(
        house.chat.unban(eve, room_id, bob).await,
        Err(ChatError::Forbidden(_))
    ));
    house.chat.unban(ann, room_id, bob).await.unwrap();
    let again = house.chat.unban(ann, room_id, bob).await;
    assert!(
        matches!(again, Err(ChatError::NotFound("ban"))),
        "{again:?}"
    );
    let add = house
        .chat
        .add_members(ann, room_id, vec![bob], History::None);
    assert_eq!(add.await.unwrap().len(), 1);
}

async fn a_report_shows_an_admin_what_its_reporter_saw(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let room_id = tea(&house, ann, &[]).await;
    house
        .send(ann, group(room_id, "0", "not for bob"))
        .await
        .unwrap();
    let add = house
        .chat
        .add_members(ann, room_id, vec![bob], History::None);
    add.await.unwrap();
    let mut sent = Vec::new();
    for nth in 1..=9 {
        let new = group(room_id, &nth.to_string(), &format!("message {nth}"));
        sent.push(house.send(ann, new).await.unwrap());
    }
    let report = async |who, nth: usize| {
        let which = (room_id, sent[nth].message_id);
        house.chat.report(who, which, Some("rude".to_owned())).await
    };
    let report_id = report(bob, 2).await.unwrap();
    assert_eq!(report(bob, 2).await.unwrap(), report_id, "once");
    assert!(
        matches!(report(ann, 2).await, Err(ChatError::Conflict(_))),
        "one's own"
    );
    let eve = house.person("eve").await;
    assert!(matches!(report(eve, 2).await, Err(ChatError::NotFound(_))));
    // What is deleted meanwhile can still be judged.
    let deleting = house
        .chat
        .delete_message(by(ann), room_id, sent[2].message_id);
    deleting.await.unwrap();
    let gone = report(bob, 2).await;
    assert!(matches!(gone, Err(ChatError::Conflict(_))), "{gone:?}");
    let shown = house.chat.report_context(report_id).await.unwrap();
    let bodies: Vec<&str> = shown.messages.iter().map(|it| it.body.as_str()).collect();
    let expected: Vec<String> = (1..=8).map(|nth| format!("message {nth}")).collect();
    assert_eq!(
        bodies, expected,
        "three before, for bob sees no more, and five after"
    );
    assert_eq!(house.chat.report_count().await.unwrap(), 1);
    let decide = async || {
        let dismissal = (ReportDecision::Dismissed, None);
        house.chat.decide_report(ann, report_id, dismissal).await
    };
    decide().await.unwrap();
    assert!(matches!(decide().await, Err(ChatError::Conflict(_))));
    let shown = house.chat.report_context(report_id).await.unwrap();
    assert_eq!(
        (shown.report.decision, shown.messages.len()),
        (ReportDecision::Dismissed, 0)
    );
    assert!(house.chat.reports(None, 9).await.unwrap().is_empty());
}

async fn an_admin_of_the_server_deletes_what_was_reported(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob, root] = house.people(["ann", "bob", "root"]).await;
    let sent = house.send(ann, private(bob, "1", "rude")).await.unwrap();
    let which = (sent.room_id, sent.message_id);
    let report_id = house.chat.report(bob, which, None).await.unwrap();
    let bobs = house.listen(bob);
    let deletion = (ReportDecision::Deleted, Some("rude".to_owned()));
    house
        .chat
        .decide_report(root, report_id, deletion)
        .await
        .unwrap();
    assert!(heard(&bobs, 1).await[0].contains("deleted_by: None"));
    let message = house.chat.message(bob, which.0, which.1).await.unwrap();
    assert_eq!(
        (message.body.as_str(), message.deleted_at.is_some()),
        ("", true)
    );
    let audit = house.store.audit_log(Cursor::LAST, 9).await.unwrap();
    assert_eq!(audit[0].action, "delete_message");
    assert_eq!(
        (audit[0].actor_id, audit[0].target_id),
        (Some(root), Some(ann))
    );
}
