//! Each hook once, and what plugins see of the world.

use super::*;
use crate::{
    model::{
        AccountStatus, CallId, DeviceId, MediaKind,
        policy::{
            ActionRequest, CallAttempt, CallChange, CallNotice, CommandCall, Newcomer,
            NewcomerAnswer, RoomAttempt, RoomChange,
        },
    },
    policy::{AdminError, AskError, CommandError},
    store::{NewDevice, NewRefreshToken, NewUser},
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

#[tokio::test]
async fn newcomers_are_let_in_asked_or_refused() {
    let site = Site::start().await;
    site.install("everything", "e", "").await;
    let judge = async |newcomer| site.policies.registration(&newcomer).await.unwrap();
    let decision = judge(newcomer("friend")).await;
    assert!(decision.judged && decision.verdict == Verdict::Allow);
    assert!(
        matches!(judge(newcomer("spammer")).await.verdict, Verdict::Reject(it) if it.code == "spam")
    );
    let mut stranger = newcomer("stranger");
    let question_id = "why".to_owned();
    let text = "To talk".to_owned();
    stranger.answers.push(NewcomerAnswer { question_id, text });
    let Verdict::Hold(hold) = judge(stranger).await.verdict else {
        panic!("a stranger waits");
    };
    assert_eq!(
        (hold.note.as_str(), hold.questions[0].id.as_str()),
        ("1 answers", "why")
    );
}

#[tokio::test]
async fn rooms_and_calls_are_judged() {
    let site = Site::start().await;
    site.install("everything", "e", "").await;
    let rename = |name: &str| RoomAttempt {
        change: RoomChange::Rename,
        room_id: Some(RoomId::generate()),
        actor_id: UserId::generate(),
        account_role: UserRole::Member,
        subject_ids: Vec::new(),
        name: Some(name.to_owned()),
        attrs: Vec::new(),
    };
    let room = async |name| site.policies.room(&rename(name)).await.unwrap().verdict;
    assert_eq!(room("kitchen").await, Verdict::Allow);
    assert!(matches!(room("forbidden").await, Verdict::Reject(it) if it.code == "name"));
    // What may be decided for rooms by default when a policy fails.
    assert!(matches!(room("trap").await, Verdict::Reject(it) if it.code == "policy_unavailable"));
    let call = |media| CallAttempt {
        change: CallChange::Start,
        call_id: CallId::generate(),
        room_id: None,
        room_kind: RoomKind::Direct,
        actor_id: UserId::generate(),
        account_role: UserRole::Member,
        callee_id: Some(UserId::generate()),
        media,
        attrs: Vec::new(),
    };
    let judge = async |media| site.policies.call(&call(media)).await.unwrap().verdict;
    assert_eq!(judge(MediaKind::Audio).await, Verdict::Allow);
    assert!(matches!(judge(MediaKind::Video).await, Verdict::Reject(_)));
}

#[tokio::test]
async fn what_has_happened_and_ticks_bring_effects() {
    let mut site = Site::start().await;
    let settings = "grants = [\"notify_admins\", \"start_recording\", \"http\"]\nhttp_hosts = [\"http://127.0.0.1\"]";
    site.install("everything", "e", settings).await;
    site.wait_for("notify_admins", "tick").await;
    site.policies.after_message(&message("after all"));
    site.wait_for("notify_admins", "all").await;
    site.policies.call_event(&CallNotice {
        kind: "ended",
        call_id: CallId::generate(),
        room_id: None,
        room_kind: RoomKind::Direct,
        user_id: None,
        at: Timestamp::now(),
        attrs: Vec::new(),
    });
    site.wait_for("start_recording", "ended").await;
    // Outbound HTTP: not while somebody waits, and never to private addresses.
    assert_eq!(
        site.reason("fetch http://127.0.0.1/").await,
        "not_in_this_hook"
    );
    site.policies
        .after_message(&message("fetch-after http://127.0.0.1/"));
    site.wait_for("notify_admins", "private_address").await;
    site.policies
        .after_message(&message("fetch-after http://example.org/"));
    site.wait_for("notify_admins", "host_not_allowed").await;
}

#[tokio::test]
async fn an_admins_click_reaches_the_plugin() {
    let site = Site::start().await;
    site.install("everything", "e", "grants = [\"set_status\"]")
        .await;
    let panels = site.policies.admin_panels().await;
    assert_eq!(panels.len(), 1);
    assert_eq!(panels[0].panels[0].rows[0].cells, ["Bob"]);
    let click = async |plugin: &str, action: &str, form: &str| {
        let request = ActionRequest {
            panel_id: "queue".to_owned(),
            action_id: action.to_owned(),
            // The row offers all but this one, which is the panel's.
            row_id: (action != "trap").then(|| "1".to_owned()),
            admin_id: UserId::generate(),
            form: form.to_owned(),
        };
        site.policies.admin_decide(plugin, request).await
    };
    let approved = click("e", "approve", "{}").await.unwrap();
    assert_eq!(
        (approved.message.as_str(), approved.effects.len()),
        ("Welcome!", 1)
    );
    assert_eq!(click("e", "fly", "{}").await, Err(AdminError::NoSuchAction));
    assert!(matches!(
        click("e", "reject", "{}").await,
        Err(AdminError::Form(_))
    ));
    let refused = click("e", "reject", r#"{"reason":"no"}"#).await;
    assert_eq!(
        refused,
        Err(AdminError::Refused(
            r#"not with {"reason":"no"}"#.to_owned()
        ))
    );
    let failed = click("e", "trap", "{}").await;
    assert!(
        matches!(failed, Err(AdminError::Ask(AskError::Failed { .. }))),
        "{failed:?}"
    );
    assert_eq!(
        click("f", "approve", "{}").await,
        Err(AdminError::Ask(AskError::NotThere))
    );
}

#[tokio::test]
async fn only_what_is_offered_can_be_clicked() {
    let site = Site::start().await;
    site.install("everything", "e", "grants = [\"set_status\"]")
        .await;
    let click = async |action: &str, row: Option<&str>| {
        let request = ActionRequest {
            panel_id: "queue".to_owned(),
            action_id: action.to_owned(),
            row_id: row.map(str::to_owned),
            admin_id: UserId::generate(),
            form: "{}".to_owned(),
        };
        site.policies.admin_decide("e", request).await
    };
    for (action, row) in [
        ("approve", Some("gone")),
        ("trap", Some("1")),
        ("approve", None),
    ] {
        let refused = click(action, row).await;
        assert_eq!(refused, Err(AdminError::NotOffered), "{action} {row:?}");
    }
    let offers = async |grant: &str, row: &str| site.policies.offers(grant, "approve", row).await;
    assert_eq!(offers("set_status", "1").await.len(), 1);
    assert!(offers("set_status", "gone").await.is_empty());
    assert!(offers("mute", "1").await.is_empty(), "it may not");
}

#[tokio::test]
async fn a_command_is_answered_by_who_declares_it() {
    let site = Site::start().await;
    site.install("everything", "e", "[config]\ngreeting = \"Ahoy\"")
        .await;
    assert_eq!(site.policies.commands()[0].name, "greet");
    let call = async |name: &str, arguments: &str| {
        let call = CommandCall {
            name: name.to_owned(),
            arguments: arguments.to_owned(),
            actor_id: UserId::generate(),
            actor_role: MemberRole::Member,
            account_role: UserRole::Member,
            room_id: None,
            room_kind: RoomKind::Direct,
        };
        site.policies.command(call).await
    };
    let answer = call("greet", "Ann").await.unwrap();
    assert_eq!(answer.reply.as_deref(), Some("Ahoy, Ann"));
    assert!(
        matches!(call("greet", "").await, Err(CommandError::Rejected(it)) if it.code == "usage")
    );
    let unknown = call("fly", "").await;
    assert_eq!(unknown, Err(CommandError::Ask(AskError::NotThere)));
}

#[tokio::test]
async fn a_plugin_reads_the_directory() {
    let site = Site::start().await;
    site.install("everything", "e", "").await;
    let user_id = UserId::generate();
    let at = Timestamp(0);
    let user = NewUser {
        user_id,
        username: "ann".to_owned(),
        display_name: "Ann".to_owned(),
        password_hash: String::new(),
        status: AccountStatus::Active,
        role: UserRole::Member,
        created_at: at,
    };
    let device = NewDevice {
        device_id: DeviceId::generate(),
        user_id,
        name: String::new(),
        created_at: at,
        refresh_token: NewRefreshToken {
            family_hash: "f".to_owned(),
            token_hash: "t".to_owned(),
            expires_at: at,
        },
    };
    site.store.create_user(&user, &device).await.unwrap();
    let known = PolicyMessage {
        sender_id: user_id,
        ..message("who")
    };
    let decision = site.policies.before_message(&known).await.unwrap();
    assert!(matches!(decision.verdict, Verdict::Reject(it) if it.reason == "ann"));
    assert_eq!(site.reason("who").await, "nobody");
}

#[tokio::test]
async fn the_system_shows_nothing_and_its_clock_stands_still() {
    let site = Site::start().await;
    site.install("everything", "e", "").await;
    let before = Timestamp::now().0;
    let shown = site.reason("system").await;
    let mut words = shown.split(' ');
    let now: i64 = words.next().unwrap().parse().unwrap();
    assert!((before..=Timestamp::now().0).contains(&now), "{shown}");
    assert_eq!(
        words.collect::<Vec<_>>(),
        ["0", "false", "0"],
        "no files, no network, no environment"
    );
}
