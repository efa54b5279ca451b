//! What the store keeps of plugins: it holds over restarts, and nothing that was once active goes unasked.

use super::*;
use crate::{
    model::policy::{Hook, Newcomer},
    store::PluginRow,
};

fn newcomer(username: &str) -> Newcomer {
    Newcomer {
        user_id: UserId::generate(),
        username: username.to_owned(),
        display_name: username.to_owned(),
        email: None,
        email_verified: false,
        invite_id: None,
        invite_label: None,
        answers: Vec::new(),
        attrs: Vec::new(),
    }
}

/// What the server has made of plugins, their copies included.
fn lose_copies(site: &Site) {
    std::fs::remove_dir_all(&site.options.private_folder).unwrap();
}

#[tokio::test]
async fn what_cannot_be_loaded_any_more_is_not_left_out() {
    let mut site = Site::start().await;
    site.install("everything", "a", "").await;
    site.install(
        "everything",
        "b",
        "priority = 200\non_failure.messages = \"reject\"",
    )
    .await;
    site.stop().await;
    std::fs::remove_file(site.path("a.wasm")).unwrap();
    lose_copies(&site);
    site.begin().await;
    let status = site.status("a").unwrap();
    assert_eq!(
        (status.state, status.generation),
        (PluginState::Unavailable, 1)
    );
    let error = status.last_error.unwrap();
    assert!(error.contains("cannot be read"), "{error}");
    // The other one would let a friend in, but nobody comes past this one.
    let judge = async |site: &Site| {
        let newcomer = newcomer("friend");
        site.policies.registration(&newcomer).await.unwrap()
    };
    let decision = judge(&site).await;
    assert!(matches!(decision.verdict, Verdict::Hold(_)) && !decision.judged);
    assert_eq!(decision.plugin.as_deref(), Some("a"));
    assert!(matches!(
        site.judge("hello").await.verdict,
        Verdict::Hold(_)
    ));
    assert_eq!(site.decisions(2).await[0].verdict, "unavailable");
    // Even where nothing can be read at all, and as the operator says.
    site.stop().await;
    site.write("b.wasm", b"garbage");
    lose_copies(&site);
    site.begin().await;
    site.write("a.toml", b"enabled = false");
    site.until_state("a", PluginState::Disabled).await;
    assert_eq!(site.status("b").unwrap().state, PluginState::Unavailable);
    let decision = site.judge("hello").await;
    assert!(matches!(decision.verdict, Verdict::Reject(it) if it.code == "policy_unavailable"));
    assert!(site.policies.has(Hook::Rooms));
    site.drop_in("everything", "b");
    site.until_state("b", PluginState::Active).await;
    assert!(judge(&site).await.judged);
}

#[tokio::test]
async fn a_plugin_that_was_removed_and_installed_again_comes_back_after_a_restart() {
    let mut site = Site::start().await;
    site.install("state_1", "s", "").await;
    site.judge("remember tea").await;
    site.change("s", Change::Remove).await.unwrap();
    let rows = site.store.plugins().await.unwrap();
    assert_eq!(rows[0].state, PluginRow::REMOVED);
    site.drop_in("state_2", "s");
    let status = site.until_state("s", PluginState::Active).await;
    assert_eq!(status.generation, 2, "its numbers go on");
    assert_eq!(site.reason("what").await, "2: tea from 1");
    site.until("s", |it| !it.earlier.is_empty()).await;
    site.stop().await;
    std::fs::remove_file(site.path("s.wasm")).unwrap();
    site.begin().await;
    assert_eq!(site.status("s").unwrap().state, PluginState::FileGone);
    assert_eq!(site.reason("what").await, "2: tea from 1");
    let rows = site.store.plugins().await.unwrap();
    assert_eq!(
        (rows[0].state.as_str(), rows[0].generation),
        ("file_gone", 3)
    );
}

#[tokio::test]
async fn the_store_knows_how_each_plugin_stands_and_why() {
    let site = Site::start().await;
    let row = async |name: &str| {
        let rows = site.store.plugins().await.unwrap();
        rows.into_iter().find(|row| row.name == name)
    };
    site.install("everything", "e", "priority = 5").await;
    let until = async |name: &str, state: &str| {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            match row(name).await {
                Some(row) if row.state == state => return row,
                row if Instant::now() > deadline => panic!("{name} is not {state}: {row:?}"),
                _ => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    };
    let active = until("e", "active").await;
    assert_eq!(active.settings, "priority = 5");
    assert_eq!(active.hooks.split(' ').count(), 9);
    site.write("e.wasm", b"garbage");
    let refused = until("e", "kept_old").await;
    assert_eq!(refused.hash, active.hash);
    assert!(refused.last_error.unwrap().contains("not a component"));
    site.write("f.wasm", b"garbage");
    let failed = until("f", "failed").await;
    assert_eq!((failed.generation, failed.hash), (0, None));
    std::fs::remove_file(site.path("f.wasm")).unwrap();
    until("f", PluginRow::REMOVED).await;
    site.write("e.toml", b"enabled = false");
    assert_eq!(until("e", "disabled").await.settings, "enabled = false");
}
