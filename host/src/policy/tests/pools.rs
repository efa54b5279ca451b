//! Instances: who waits for whom, and who does not.

use super::*;

/// Sleeps in the hooks after a message when told so, for as long as requests to other servers may take.
const SLEEPER: &str = "grants = [\"http\"]\n[config]\ngreeting = \"ann\"";

#[tokio::test]
async fn events_that_take_long_hold_no_message_up() {
    let site = Site::start().await;
    site.install("everything", "e", SLEEPER).await;
    for _ in 0..8 {
        site.policies.after_message(&message("sleep-after ann"));
    }
    // They sleep for half a minute.
    for _ in 0..50 {
        let judged = site.policies.before_message(&message("hello")).await;
        assert_eq!(judged.map(|it| it.verdict), Ok(Verdict::Allow));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn a_plugin_that_takes_long_keeps_no_event_from_others() {
    let mut site = Site::start().await;
    site.install("everything", "slow", SLEEPER).await;
    site.install(
        "everything",
        "quick",
        "priority = 200\ngrants = [\"notify_admins\"]",
    )
    .await;
    for _ in 0..20 {
        site.policies.after_message(&message("sleep-after ann"));
    }
    site.policies.after_message(&message("after all"));
    site.wait_for("notify_admins", "all").await;
}

#[tokio::test]
async fn an_instance_that_takes_long_to_make_fails_no_call() {
    let site = Site::start().await;
    // Longer than a call may take, on any machine.
    let settings = "instances = \"fresh\"\n[config]\ninit_rounds = 300000000";
    site.install("everything", "e", settings).await;
    for _ in 0..6 {
        assert_eq!(site.reason("reject no").await, "no");
    }
    let status = site.status("e").unwrap();
    let hook = &status.hooks[1];
    assert_eq!(
        (hook.hook.as_str(), hook.timeouts, hook.traps),
        ("messages", 0, 0)
    );
}
