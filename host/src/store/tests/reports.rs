//! Reported messages.

use super::*;
use crate::model::{Cursor, Report, ReportDecision, ReportedMessage};

on_both_databases![
    a_message_is_reported_once_by_a_person,
    a_decision_is_for_all_reports_of_a_message_and_takes_the_texts_away,
];

fn report(message: &Message, reporter_id: UserId) -> Report {
    Report {
        report_id: Uuid::now_v7(),
        message_id: message.message_id,
        room_id: message.room_id,
        sender_id: message.sender_id,
        reporter_id,
        reason: Some("rude".to_owned()),
        created_at: Timestamp(5),
        decision: ReportDecision::Waiting,
    }
}

fn reported(message: &Message) -> ReportedMessage {
    ReportedMessage {
        message_id: message.message_id,
        seq: message.seq,
        sender_id: message.sender_id,
        body: message.body.clone(),
        created_at: message.created_at,
    }
}

async fn a_message_is_reported_once_by_a_person(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob] = shop.people(["ann", "bob"]).await;
    let room_id = shop.group(&[ann, bob]).await;
    let said = shop.say(room_id, ann, &["rude", "polite"]).await;
    let first = report(&said[0], bob);
    let context = [reported(&said[0]), reported(&said[1])];
    assert_eq!(shop.add_report(&first, &context).await.unwrap(), None);
    let again = report(&said[0], bob);
    let earlier = shop.add_report(&again, &context).await.unwrap();
    assert_eq!(earlier, Some(first.report_id));
    assert_eq!(shop.report_count(None).await.unwrap(), 1);
    assert_eq!(shop.report_count(Some(bob)).await.unwrap(), 1);
    assert_eq!(shop.report_count(Some(ann)).await.unwrap(), 0);
    let page = shop.reports(Cursor::FIRST, 9).await.unwrap();
    assert_eq!(page, std::slice::from_ref(&first));
    let kept = shop.reported_messages(first.report_id).await.unwrap();
    assert_eq!(kept, context);
    let bobs = shop.reports_by(bob, Cursor::FIRST, 9).await.unwrap();
    assert_eq!(bobs, std::slice::from_ref(&first));
    let anns = shop.reports_by(ann, Cursor::FIRST, 9).await.unwrap();
    assert!(anns.is_empty());
    assert_eq!(shop.report(first.report_id).await.unwrap(), Some(first));
    assert_eq!(shop.report(again.report_id).await.unwrap(), None);
}

async fn a_decision_is_for_all_reports_of_a_message_and_takes_the_texts_away(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob, eve] = shop.people(["ann", "bob", "eve"]).await;
    let room_id = shop.group(&[ann, bob, eve]).await;
    let said = shop.say(room_id, ann, &["rude", "ruder"]).await;
    let (bobs, eves, other) = (
        report(&said[0], bob),
        report(&said[0], eve),
        report(&said[1], eve),
    );
    for it in [&bobs, &eves, &other] {
        shop.add_report(it, &[reported(&said[0])]).await.unwrap();
    }
    let verdict = |message: &Message, decision| ReportVerdict {
        message_id: message.message_id,
        sender_id: ann,
        by: bob,
        at: Timestamp(6),
        decision,
        reason: None,
    };
    let dismissal = verdict(&said[0], ReportDecision::Dismissed);
    assert!(shop.decide_reports(&dismissal).await.unwrap());
    assert!(!shop.decide_reports(&dismissal).await.unwrap());
    for it in [&bobs, &eves] {
        let kept = shop.report(it.report_id).await.unwrap().unwrap();
        assert_eq!(kept.decision, ReportDecision::Dismissed);
        let texts = shop.reported_messages(it.report_id).await.unwrap();
        assert_eq!(texts, []);
    }
    let waiting = shop.reports(Cursor::FIRST, 9).await.unwrap();
    assert_eq!(waiting, std::slice::from_ref(&other));
    assert_eq!(
        shop.reported_messages(other.report_id).await.unwrap().len(),
        1
    );

    let mut tx = shop.begin().await.unwrap();
    let deletion = verdict(&said[1], ReportDecision::Deleted);
    assert!(tx.decide_reports_of_deleted(&deletion).await.unwrap());
    assert!(!tx.decide_reports_of_deleted(&deletion).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(shop.report_count(None).await.unwrap(), 0);
    let audit = shop.audit_log(Cursor::LAST, 9).await.unwrap();
    let actions: Vec<&str> = audit.iter().map(|it| it.action.as_str()).collect();
    assert_eq!(actions, ["delete_message", "dismiss_report"]);
}
