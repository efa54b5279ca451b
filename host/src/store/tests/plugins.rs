//! Plugins: what is active and was, what they remember, what they decided.

use super::*;
use crate::model::{
    Cursor, DecisionId,
    policy::{DecisionRecord, Hook},
};

on_both_databases![
    a_plugin_is_noted_with_its_versions,
    a_removed_plugin_leaves_its_number_its_versions_and_its_keys,
    keys_are_set_deleted_and_cleared_by_state_version,
    decisions_are_paged_backwards_and_forgotten,
    failures_are_told_by_kind,
];

fn plugin(name: &str, generation: i64) -> PluginRow {
    PluginRow {
        name: name.to_owned(),
        state: "active".to_owned(),
        generation,
        hash: Some(format!("hash {generation}")),
        hooks: "messages".to_owned(),
        settings: "priority = 1".to_owned(),
        ignored_hash: (generation == 2).then(|| "hash 1".to_owned()),
        last_error: None,
        last_error_at: None,
    }
}

fn version(name: &str, generation: i64) -> PluginVersionRow {
    PluginVersionRow {
        plugin: name.to_owned(),
        generation,
        hash: format!("hash {generation}"),
        version: "1.0.0".to_owned(),
        state_version: 3,
        settings: "priority = 1".to_owned(),
        activated_at: Timestamp(generation),
    }
}

async fn a_plugin_is_noted_with_its_versions(on: Kind) {
    let shop = Shop::open(on).await;
    for generation in 1..=5 {
        let (row, version) = (plugin("b", generation), version("b", generation));
        shop.save_plugin(&row, Some(&version), 3).await.unwrap();
    }
    shop.save_plugin(&plugin("a", 2), Some(&version("a", 2)), 3)
        .await
        .unwrap();
    let refused = PluginRow {
        state: "kept_old".to_owned(),
        last_error: Some("no component".to_owned()),
        last_error_at: Some(Timestamp(9)),
        ..plugin("b", 5)
    };
    // The activation is known already.
    shop.save_plugin(&refused, Some(&version("b", 5)), 3)
        .await
        .unwrap();
    assert_eq!(shop.plugins().await.unwrap(), [plugin("a", 2), refused]);
    let versions = shop.plugin_versions("b", 10).await.unwrap();
    assert_eq!(
        versions,
        [version("b", 5), version("b", 4), version("b", 3)]
    );
    assert_eq!(shop.plugin_versions("b", 1).await.unwrap().len(), 1);
}

async fn a_removed_plugin_leaves_its_number_its_versions_and_its_keys(on: Kind) {
    let shop = Shop::open(on).await;
    shop.save_plugin(&plugin("a", 1), Some(&version("a", 1)), 3)
        .await
        .unwrap();
    let key = [("k".to_owned(), Some(row("k", b"v", None)))];
    shop.write_plugin_kv("a", 1, &key).await.unwrap();
    let removed = PluginRow {
        state: PluginRow::REMOVED.to_owned(),
        hash: None,
        ..plugin("a", 1)
    };
    shop.save_plugin(&removed, None, 3).await.unwrap();
    assert_eq!(shop.plugins().await.unwrap(), [removed]);
    assert_eq!(shop.plugin_versions("a", 10).await.unwrap().len(), 1);
    assert_eq!(shop.plugin_kv("a", 1).await.unwrap().len(), 1);
}

fn row(key: &str, value: &[u8], expires_at: Option<i64>) -> KvRow {
    KvRow {
        key: key.to_owned(),
        value: value.to_owned(),
        expires_at: expires_at.map(Timestamp),
    }
}

async fn keys_are_set_deleted_and_cleared_by_state_version(on: Kind) {
    let shop = Shop::open(on).await;
    let set = |rows: Vec<KvRow>| -> Vec<(String, Option<KvRow>)> {
        let change = |row: KvRow| (row.key.clone(), Some(row));
        rows.into_iter().map(change).collect()
    };
    // Any text is a key, any bytes are a value.
    let odd = row("\0ä", &[0, 255], Some(7));
    let rows = set(vec![odd.clone(), row("b", b"1", None)]);
    shop.write_plugin_kv("p", 1, &rows).await.unwrap();
    shop.write_plugin_kv("p", 2, &rows[..1]).await.unwrap();
    shop.write_plugin_kv("q", 1, &rows[..1]).await.unwrap();
    let mut changes = set(vec![row("b", b"2", Some(9))]);
    changes.push((odd.key.clone(), None));
    shop.write_plugin_kv("p", 1, &changes).await.unwrap();
    let kept = shop.plugin_kv("p", 1).await.unwrap();
    assert_eq!(kept, [row("b", b"2", Some(9))]);
    shop.clear_plugin_kv("p", 1).await.unwrap();
    assert_eq!(shop.plugin_kv("p", 1).await.unwrap(), []);
    assert_eq!(
        shop.plugin_kv("p", 2).await.unwrap(),
        std::slice::from_ref(&odd)
    );
    assert_eq!(shop.plugin_kv("q", 1).await.unwrap(), [odd]);
}

pub(super) fn decision(plugin: &str, at: i64) -> DecisionRecord {
    DecisionRecord {
        decision_id: DecisionId::generate(),
        at: Timestamp(at),
        hook: Hook::Rooms,
        plugin: plugin.into(),
        version: "1".to_owned(),
        plugin_hash: "h".to_owned(),
        verdict: "reject".to_owned(),
        reason: Some("because".to_owned()),
        micros: 12,
        user_id: Some(UserId::generate()),
        room_id: None,
        message_id: None,
        body_hash: None,
    }
}

async fn decisions_are_paged_backwards_and_forgotten(on: Kind) {
    let shop = Shop::open(on).await;
    let (old, middle, new) = (decision("a", 1), decision("b", 2), decision("a", 3));
    let all = [old.clone(), middle.clone(), new.clone()];
    shop.insert_decisions(&all).await.unwrap();
    let page = async |plugin, before, limit| shop.decisions(plugin, before, limit).await.unwrap();
    let first = page(None, Cursor::LAST, 2).await;
    assert_eq!(first, [new.clone(), middle.clone()]);
    let after = Cursor {
        at: middle.at,
        id: middle.decision_id.0,
    };
    assert_eq!(page(None, after, 2).await, std::slice::from_ref(&old));
    assert_eq!(page(Some("a"), Cursor::LAST, 9).await, [new.clone(), old]);
    assert_eq!(shop.remove_decisions_before(Timestamp(3)).await.unwrap(), 2);
    assert_eq!(page(None, Cursor::LAST, 9).await, [new]);
}

async fn failures_are_told_by_kind(on: Kind) {
    let shop = Shop::open(on).await;
    let failed = |at, verdict: &str, reason: Option<&str>| DecisionRecord {
        verdict: verdict.to_owned(),
        reason: reason.map(ToOwned::to_owned),
        ..decision("a", at)
    };
    let all = [
        failed(1, "timeout", Some("before")),
        failed(2, "timeout", Some("cut")),
        failed(3, "trap", None),
        failed(4, "timeout", Some("cut")),
        failed(5, "reject", Some("because")),
        DecisionRecord {
            plugin: "b".into(),
            ..failed(6, "trap", None)
        },
    ];
    shop.insert_decisions(&all).await.unwrap();
    let row = |verdict: &str, reason: &str, times, last_at| FailureRow {
        hook: Hook::Rooms.as_str().to_owned(),
        verdict: verdict.to_owned(),
        reason: reason.to_owned(),
        times,
        last_at: Timestamp(last_at),
    };
    let found = shop.failures("a", Timestamp(2)).await.unwrap();
    assert_eq!(found, [row("timeout", "cut", 2, 4), row("trap", "", 1, 3)]);
}
