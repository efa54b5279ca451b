//! What plugins remember, over calls, versions and restarts.

use super::*;

#[tokio::test]
async fn a_failed_call_leaves_no_keys_but_has_counted() {
    let site = Site::start().await;
    site.install("everything", "e", "on_failure.messages = \"allow\"")
        .await;
    site.judge("set-and-trap a").await;
    assert_eq!(site.reason("get a").await, "nothing");
    assert_eq!(site.reason("count trapped").await, "2");
    assert_eq!(site.reason("set a 1").await, "set");
    assert_eq!(site.reason("get a").await, "1");
    let log = site.policies.log("e").unwrap();
    assert!(
        log.iter().any(|line| line.message.contains("panic at ")),
        "{log:?}"
    );
}

#[tokio::test]
async fn keys_survive_a_restart_and_a_new_version() {
    let mut site = Site::start().await;
    site.install("everything", "e", "").await;
    site.reason("set a 1").await;
    site.restart().await;
    assert_eq!(site.reason("get a").await, "1");
    site.install("everything", "e", "[config]\ngreeting = \"Hi\"")
        .await;
    assert_eq!(site.reason("get a").await, "1");
    // Another plugin's keys are its own.
    site.install("everything", "f", "priority = 1").await;
    assert_eq!(site.reason("get a").await, "nothing");
}

#[tokio::test]
async fn state_is_migrated_into_a_namespace_of_its_own() {
    let mut site = Site::start().await;
    site.install("state_1", "s", "").await;
    site.judge("remember tea").await;
    site.install("state_2", "s", "").await;
    assert_eq!(site.reason("what").await, "2: tea from 1");
    site.judge("remember cake").await;
    site.restart().await;
    assert_eq!(site.reason("what").await, "2: cake from 1");
    // A version that cannot migrate changes nothing.
    site.drop_in("state_3_fails", "s");
    let status = site.until_state("s", PluginState::KeptOld).await;
    let error = status.last_error.unwrap();
    assert!(
        error.contains("cannot migrate its state") && error.contains("not to be had"),
        "{error}"
    );
    assert_eq!(site.reason("what").await, "2: cake from 1");
    // The older version finds its own keys as it left them, and an upgrade starts from those.
    site.change("s", Change::RollBack).await.unwrap();
    assert_eq!(site.reason("what").await, "1: tea");
    site.judge("remember milk").await;
    site.drop_in("everything", "s");
    site.until("s", |it| it.version == "1.2.3").await;
    assert_eq!(site.reason("get word").await, "milk");
    site.drop_in("state_2", "s");
    site.until("s", |it| it.version == "2.0.0").await;
    assert_eq!(site.reason("what").await, "2: milk from 1");
    site.restart().await;
    assert_eq!(site.reason("what").await, "2: milk from 1");
}

#[tokio::test]
async fn what_is_written_during_an_upgrade_is_not_lost() {
    let site = Site::start().await;
    // The new version takes a while to be tried out, after its keys were copied.
    site.install("state_1", "s", "[config]\ncanary_rounds = 300000000")
        .await;
    site.drop_in("state_2", "s");
    let mut last = 0;
    while site.status("s").unwrap().generation == 1 {
        let message = message(&format!("remember {last}"));
        let written = site.policies.before_message(&message).await;
        if written.is_ok_and(|decision| decision.judged) {
            last += 1;
        }
    }
    // The last one may have been the new version's.
    let word = site.reason("what").await;
    assert_eq!(word, format!("2: {} from 1", last - 1));
}
