//! Plugins that misbehave: each is cut, and the others go on.

use super::*;
use crate::model::policy::{BreakerStatus, LogLevel};

/// By then a call was cut even on a busy machine; without a limit it would take an hour. How soon after its budget, the suite
/// `policy_load` measures.
const CUT: Duration = Duration::from_secs(5);

async fn check(deed: &str, expected: &str) {
    check_on(Site::start().await, deed, expected).await;
}

async fn check_on(site: Site, deed: &str, expected: &str) {
    site.install("hostile", "h", "priority = 1").await;
    site.install("word_filter", "f", "[config]\nwords = [\"darn\"]")
        .await;
    let began = Instant::now();
    let decision = site.judge(deed).await;
    let took = began.elapsed();
    assert!(took < CUT, "{deed} took {took:?}");
    assert!(
        !decision.judged && matches!(decision.verdict, Verdict::Hold(_)),
        "{deed}: {decision:?}"
    );
    let log = site.policies.log("h").unwrap();
    let error = log.iter().find(|line| line.level == LogLevel::Error);
    let error = &error
        .unwrap_or_else(|| panic!("{deed} left no line: {log:?}"))
        .message;
    assert!(error.contains(expected), "{deed}: {error}");
    // It answers again, by another instance, and others never noticed.
    assert!(matches!(
        site.judge("darn").await.verdict,
        Verdict::Reject(_)
    ));
    assert!(site.judge("hello").await.judged);
}

#[tokio::test]
async fn an_endless_loop_is_cut() {
    check("loop", "messages: timeout: cut after 50 ms").await;
}

#[tokio::test]
async fn a_sleep_in_a_call_of_the_host_is_cut() {
    check("sleep", "messages: timeout: cut after 50 ms").await;
}

#[tokio::test]
async fn a_memory_bomb_ends_at_its_limit() {
    // Time enough to reach it on a busy machine, too.
    let site = Site::start_with(|options| {
        (options.deadline, options.chain_budget) = (CUT / 2, CUT);
    })
    .await;
    check_on(site, "memory", "messages: trap: ").await;
}

#[tokio::test]
async fn deep_recursion_ends_at_the_stacks_limit() {
    // Rust keeps a stack of its own in memory, whose end comes first.
    check("recursion", "messages: trap: wasm trap").await;
}

#[tokio::test]
async fn a_trap_ends_the_call() {
    check("trap", "unreachable").await;
}

#[tokio::test]
async fn of_a_panic_the_place_is_shown_and_no_words() {
    let site = Site::start().await;
    site.install("hostile", "h", "").await;
    site.judge("panic").await;
    let reason = site.decisions(1).await[0].reason.clone().unwrap();
    assert!(reason.contains("panic at examples/hostile.rs:"), "{reason}");
    let log = site.policies.log("h").unwrap();
    assert!(log.iter().any(|line| line.message.contains(&reason)));
    let told = format!("{reason}{log:?}");
    assert!(!told.contains("as told"), "{told}");
}

#[tokio::test]
async fn a_huge_text_is_refused() {
    check("huge", "messages: ").await;
}

#[tokio::test]
async fn a_flood_of_errors_is_cut_and_costs_no_memory() {
    check("flood-errors", "messages: timeout").await;
}

#[tokio::test]
async fn a_flood_of_keys_ends_at_the_quota() {
    let site = Site::start().await;
    site.install("hostile", "h", "").await;
    assert_eq!(site.reason("kv").await, "quota after 17");
    assert_eq!(site.reason("counters").await, "quota after 100");
}

#[tokio::test]
async fn a_flood_of_lines_is_thinned() {
    let site = Site::start().await;
    site.install("hostile", "h", "").await;
    site.judge("flood-log").await;
    let lines = site.policies.log("h").unwrap();
    let floods = lines.iter().filter(|line| line.message == "flood").count();
    assert!((1..=50).contains(&floods), "{floods}");
}

#[tokio::test]
async fn a_failing_hook_is_left_alone_and_tried_again() {
    let site = Site::start_with(|options| options.breaker.pause = Duration::from_millis(300)).await;
    site.install("hostile", "h", "").await;
    for _ in 0..5 {
        site.judge("trap").await;
    }
    assert_eq!(
        site.status("h").unwrap().hooks[0].breaker,
        BreakerStatus::Open
    );
    // What would be fine is held too: nobody is asked.
    let decision = site.judge("hello").await;
    assert!(matches!(decision.verdict, Verdict::Hold(_)) && !decision.judged);
    let status = site
        .until("h", |it| it.hooks[0].breaker == BreakerStatus::Trial)
        .await;
    assert_eq!(status.hooks[0].traps, 5);
    assert!(site.judge("hello").await.judged);
    assert_eq!(
        site.status("h").unwrap().hooks[0].breaker,
        BreakerStatus::Closed
    );
    let decisions = site.decisions(7).await;
    let words: Vec<_> = decisions
        .iter()
        .rev()
        .map(|it| it.verdict.as_str())
        .collect();
    assert_eq!(
        words,
        [
            "trap",
            "trap",
            "trap",
            "trap",
            "trap",
            "breaker_open",
            "allow"
        ]
    );
}

#[tokio::test]
async fn where_no_instance_is_free_the_caller_may_try_again() {
    let site = Site::start_with(|options| {
        options.deadline = Duration::from_millis(400);
        options.chain_budget = Duration::from_millis(400);
        options.instances = 1;
        options.threads = 4;
    })
    .await;
    site.install("hostile", "h", "").await;
    let busy = tokio::spawn({
        let policies = std::sync::Arc::clone(&site.policies);
        async move { policies.before_message(&message("loop")).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let refused = site.policies.before_message(&message("hello")).await;
    assert_eq!(refused, Err(crate::policy::Overloaded));
    assert_eq!(site.status("h").unwrap().hooks[0].overloads, 1);
    let cut = busy.await.unwrap().unwrap();
    assert!(matches!(cut.verdict, Verdict::Hold(_)));
    assert!(site.judge("hello").await.judged);
}

#[tokio::test]
async fn each_call_has_a_fresh_instance_where_the_operator_wants_it() {
    let site = Site::start().await;
    site.install("everything", "e", "instances = \"fresh\"")
        .await;
    for _ in 0..10 {
        assert_eq!(site.reason("reject no").await, "no");
    }
}
