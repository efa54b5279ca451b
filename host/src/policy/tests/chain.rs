//! Several plugins on one event: order, modification, ends, failures, scope, records.

use super::*;
use crate::model::policy::Hook;

#[tokio::test]
async fn nobody_is_asked_where_there_is_no_plugin() {
    let site = Site::start().await;
    assert!(!site.policies.has(Hook::Messages));
    assert_eq!(site.judge("hello").await, Decision::unasked());
}

#[tokio::test]
async fn plugins_are_asked_by_priority_and_the_first_end_counts() {
    let site = Site::start().await;
    let words = "[config]\nwords = [\"darn\"]";
    site.install("everything", "a", "priority = 200").await;
    site.install("word_filter", "b", words).await;
    // The filter comes first: what it refuses the other never sees.
    let decision = site.judge("shout darn").await;
    assert!(
        matches!(&decision.verdict, Verdict::Reject(it) if it.code == "forbidden_word"),
        "{decision:?}"
    );
    assert_eq!(decision.plugin.as_deref(), Some("b"));
    assert!(decision.judged);
    let decision = site.judge("shout hello").await;
    assert_eq!(
        (decision.verdict, decision.modified.as_deref()),
        (Verdict::Allow, Some("HELLO"))
    );
    // Now the other one comes first, and the filter sees what it made of it.
    site.write("a.toml", b"priority = 1");
    site.until("a", |it| it.priority == 1).await;
    let decision = site.judge("shout darn").await;
    assert!(
        matches!(decision.verdict, Verdict::Reject(_)),
        "{decision:?}"
    );
    let decision = site.judge("hold it").await;
    assert!(
        matches!(&decision.verdict, Verdict::Hold(hold) if hold.note == "it"),
        "{decision:?}"
    );
    assert_eq!(decision.modified, None);
    let decision = site.judge("hold-as another text").await;
    assert!(
        matches!(&decision.verdict, Verdict::Hold(hold) if hold.note == "changed"),
        "{decision:?}"
    );
    assert_eq!(decision.modified.as_deref(), Some("another text"));
}

#[tokio::test]
async fn a_failed_call_counts_as_the_operator_says() {
    let site = Site::start().await;
    let verdict = async |settings: &str| {
        site.install("hostile", "h", settings).await;
        let decision = site.judge("trap").await;
        assert!(!decision.judged);
        decision.verdict
    };
    assert!(matches!(verdict("").await, Verdict::Hold(_)));
    assert_eq!(
        verdict("on_failure.messages = \"allow\"").await,
        Verdict::Allow
    );
    assert!(matches!(
        verdict("on_failure.messages = \"reject\"").await,
        Verdict::Reject(it) if it.code == "policy_unavailable"
    ));
}

#[tokio::test]
async fn what_could_not_be_sent_is_a_failure() {
    let site = Site::start().await;
    site.install("everything", "e", "").await;
    let decision = site.judge("empty").await;
    assert!(
        matches!(decision.verdict, Verdict::Hold(_)) && !decision.judged,
        "{decision:?}"
    );
}

#[tokio::test]
async fn a_plugin_judges_within_its_scope_only() {
    let site = Site::start().await;
    site.install("everything", "e", "scope.rooms = [\"direct\"]")
        .await;
    assert_eq!(site.judge("reject no").await, Decision::unasked());
    let direct = PolicyMessage {
        room_kind: RoomKind::Direct,
        ..message("reject no")
    };
    let decision = site.policies.before_message(&direct).await.unwrap();
    assert!(matches!(decision.verdict, Verdict::Reject(_)));
}

#[tokio::test]
async fn only_granted_effects_come_through() {
    let site = Site::start().await;
    site.install("everything", "e", "").await;
    assert_eq!(site.judge("post hello").await.effects, []);
    site.install("everything", "e", "grants = [\"post\"]").await;
    let effects = site.judge("post hello").await.effects;
    assert_eq!(effects.len(), 1);
    assert_eq!(effects[0].effect.attr("body"), Some("hello"));
    assert_eq!(site.judge("fly").await.effects, []);
    let log = site.policies.log("e").unwrap();
    assert!(
        log.iter()
            .any(|line| line.message.contains("the effect fly is not granted")),
        "{log:?}"
    );
}

#[tokio::test]
async fn the_whole_chain_has_a_budget() {
    let site = Site::start_with(|options| options.chain_budget = Duration::from_millis(60)).await;
    for name in ["a", "b", "c"] {
        site.install("hostile", name, "on_failure.messages = \"allow\"")
            .await;
    }
    assert_eq!(site.judge("loop").await.verdict, Verdict::Allow);
    let status = site.status("c").unwrap();
    assert_eq!(status.hooks[0].timeouts, 0, "no time was left to ask it");
}

#[tokio::test]
async fn decisions_are_kept_without_what_people_wrote() {
    let site = Site::start().await;
    site.install("everything", "e", "").await;
    let said = PolicyMessage {
        body: "reject because".to_owned(),
        ..message("")
    };
    let decision = site.policies.before_message(&said).await.unwrap();
    site.judge("allowed").await;
    let records = site.decisions(2).await;
    assert_eq!(records.len(), 2);
    let record = &records[1];
    assert_eq!(Some(record.decision_id), decision.decision_id);
    assert_eq!(
        (record.verdict.as_str(), record.reason.as_deref()),
        ("reject", Some("because"))
    );
    assert_eq!((&*record.plugin, record.version.as_str()), ("e", "1.2.3"));
    assert_eq!(record.message_id, Some(said.message_id));
    assert_eq!(record.body_hash.as_deref().map(str::len), Some(64));
    assert!(!format!("{record:?}").contains("reject because"));
}
