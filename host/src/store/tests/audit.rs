//! The audit log as a chain.

use sqlx::{AssertSqlSafe, query};

use super::*;
use crate::{
    model::{AuditHead, Cursor},
    store::db::on,
};

on_both_databases![
    a_chain_is_whole_until_somebody_touches_it,
    a_log_that_lost_its_end_is_found_out,
    no_row_is_changed_by_the_ordinary_way,
    of_many_who_append_at_once_each_gets_a_row,
];

fn entry(nth: i64) -> NewAuditEntry {
    NewAuditEntry {
        at: Timestamp(nth),
        actor_id: None,
        action: "suspend",
        target_id: Some(UserId::generate()),
        reason: (nth % 2 == 0).then(|| "because".to_owned()),
        detail: None,
    }
}

async fn log_of(on: Kind, rows: i64) -> Shop {
    let shop = Shop::open(on).await;
    for nth in 1..=rows {
        shop.add_audit_entry(&entry(nth)).await.unwrap();
    }
    shop
}

/// As somebody would who has the database in their hands.
async fn tamper(shop: &Shop, sql: &str) {
    let sqlite = [
        "drop trigger audit_log_no_update",
        "drop trigger audit_log_no_delete",
    ];
    let postgres = ["drop trigger audit_log_no_change on audit_log"];
    let guards: &[&str] = match shop.database() {
        "SQLite" => &sqlite,
        _ => &postgres,
    };
    for text in guards.iter().chain([&sql]) {
        run(shop, text).await.unwrap();
    }
}

async fn run(shop: &Shop, sql: &str) -> Result<(), sqlx::Error> {
    let sql = sql.to_owned();
    on!(&shop.db.write, pool => query(AssertSqlSafe(sql)).execute(pool).await.map(drop))
}

async fn check(shop: &Shop) -> AuditCheck {
    shop.check_audit_log(None).await.unwrap()
}

fn broken_at(found: &AuditCheck) -> Option<i64> {
    match found {
        AuditCheck::Broken { seq, .. } => Some(*seq),
        AuditCheck::Whole(_) => None,
    }
}

async fn a_chain_is_whole_until_somebody_touches_it(on: Kind) {
    assert_eq!(
        check(&log_of(on, 0).await).await,
        AuditCheck::Whole(AuditHead::empty())
    );
    for (touch, expected) in [
        ("update audit_log set action = action", None),
        (
            "update audit_log set action = 'approve' where seq = 2",
            Some(2),
        ),
        (
            "update audit_log set reason = 'another' where seq = 2",
            Some(2),
        ),
        ("update audit_log set reason = '' where seq = 3", Some(3)),
        ("update audit_log set reason = null where seq = 4", Some(4)),
        (
            "update audit_log set detail = 'x', reason = null where seq = 4",
            Some(4),
        ),
        ("update audit_log set at = 9 where seq = 1", Some(1)),
        (
            "update audit_log set target_id = null where seq = 5",
            Some(5),
        ),
        (
            "update audit_log set hash = (select hash from audit_log where seq = 1) where seq = 3",
            Some(3),
        ),
        ("delete from audit_log where seq = 3", Some(3)),
        ("delete from audit_log where seq = 5", Some(5)),
        ("delete from audit_log", Some(1)),
        ("update audit_head set seq = 4", Some(5)),
        ("update audit_head set hash = 'x'", Some(6)),
    ] {
        let shop = log_of(on, 5).await;
        assert_eq!(broken_at(&check(&shop).await), None);
        tamper(&shop, touch).await;
        let found = check(&shop).await;
        assert_eq!(broken_at(&found), expected, "{touch}: {found:?}");
    }
}

async fn a_log_that_lost_its_end_is_found_out(on: Kind) {
    let shop = log_of(on, 3).await;
    let AuditCheck::Whole(noted) = check(&shop).await else {
        panic!("it is whole");
    };
    assert_eq!(noted, shop.audit_head().await.unwrap());
    assert_eq!(noted.to_string().parse(), Ok(noted.clone()));
    // The end and the head together: only what was noted elsewhere tells.
    tamper(&shop, "delete from audit_log where seq = 3").await;
    let back = "update audit_head set seq = 2, hash = (select hash from audit_log where seq = 2)";
    run(&shop, back).await.unwrap();
    assert_eq!(broken_at(&check(&shop).await), None);
    let found = shop.check_audit_log(Some(&noted)).await.unwrap();
    assert_eq!(broken_at(&found), Some(3));
    // So it does when the log has grown again since.
    shop.add_audit_entry(&entry(9)).await.unwrap();
    let found = shop.check_audit_log(Some(&noted)).await.unwrap();
    assert_eq!(broken_at(&found), Some(3));
}

async fn no_row_is_changed_by_the_ordinary_way(on: Kind) {
    let shop = log_of(on, 2).await;
    for sql in [
        "update audit_log set action = 'approve'",
        "update audit_log set reason = null where seq = 1",
        "delete from audit_log where seq = 2",
        "delete from audit_head",
    ] {
        let refused = run(&shop, sql).await.unwrap_err().to_string();
        assert!(refused.contains("the audit log"), "{sql}: {refused}");
    }
    assert_eq!(broken_at(&check(&shop).await), None);
    assert_eq!(shop.audit_log(Cursor::LAST, 9).await.unwrap().len(), 2);
}

async fn of_many_who_append_at_once_each_gets_a_row(on: Kind) {
    let shop = log_of(on, 0).await;
    let appending = (1..=20).map(|nth| {
        let store = shop.store.clone();
        async move { store.add_audit_entry(&entry(nth)).await }
    });
    for outcome in futures_util::future::join_all(appending).await {
        outcome.unwrap();
    }
    match check(&shop).await {
        AuditCheck::Whole(head) => assert_eq!(head.seq, 20),
        broken => panic!("{broken:?}"),
    }
}
