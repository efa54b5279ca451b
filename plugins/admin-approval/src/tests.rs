//! The policy without a server and without wasm.

use natter_plugin::{
    Admin as _, Effect, Lifecycle as _, Registration as _,
    admin::{Panel, Request},
    directory::{self, GivenAnswer, User},
    effects,
    registration::{Answer, Decision, Newcomer, Verdict},
    testing::Fake,
};

use crate::AdminApproval;

const CONFIG: &str = r#"{
    "approve_email_domains": ["Example.org"],
    "questions": [{ "id": "why", "text": "Why do you come?" }, { "id": "age", "text": "How old?", "options": ["<18", "18+"] }]
}"#;

fn newcomer() -> Newcomer {
    Newcomer {
        user_id: "u1".to_owned(),
        username: "ann".to_owned(),
        display_name: "Ann".to_owned(),
        email: Some("ann@example.org".to_owned()),
        email_verified: false,
        invite_id: None,
        invite_label: None,
        answers: Vec::new(),
        attrs: Vec::new(),
    }
}

/// A server on which Ann waits.
fn fake() -> Fake {
    let mut fake = Fake::new().with_config(CONFIG);
    let ann = User {
        id: "u1".to_owned(),
        username: "ann".to_owned(),
        display_name: "Ann".to_owned(),
        status: "pending".to_owned(),
        role: "member".to_owned(),
        created_at: fake.now,
        attrs: Vec::new(),
    };
    fake.users.push(ann.clone());
    fake.newcomers.push(directory::Newcomer {
        user: ann,
        answers: vec![GivenAnswer {
            question_id: "why".to_owned(),
            text: "To talk.".to_owned(),
            attrs: Vec::new(),
        }],
        note: "noted".to_owned(),
        attrs: Vec::new(),
    });
    fake
}

fn questions(decision: &Decision) -> Vec<&str> {
    match &decision.verdict {
        Verdict::Hold(waiting) => waiting.questions.iter().map(|it| it.id.as_str()).collect(),
        other => panic!("{other:?}"),
    }
}

fn queue(fake: &mut Fake) -> Panel {
    fake.run(AdminApproval::panels).remove(0)
}

fn click(fake: &mut Fake, action: &str, form: &str) -> Result<Vec<Effect>, String> {
    let request = Request {
        panel_id: "queue".to_owned(),
        action_id: action.to_owned(),
        row_id: Some("u1".to_owned()),
        admin_id: "u9".to_owned(),
        form: form.to_owned(),
        attrs: Vec::new(),
    };
    let answer = fake.run(|| AdminApproval::decide(request));
    answer.map(|answer| answer.effects)
}

#[test]
fn everybody_waits_and_is_asked_what_is_not_answered() {
    let mut fake = fake();
    let decision = fake.run(|| AdminApproval::register(newcomer()));
    assert_eq!(questions(&decision), ["why", "age"]);
    let answered = Newcomer {
        answers: vec![Answer {
            question_id: "why".to_owned(),
            text: "To talk.".to_owned(),
            attrs: Vec::new(),
        }],
        ..newcomer()
    };
    let decision = fake.run(|| AdminApproval::register(answered));
    assert_eq!(questions(&decision), ["age"]);
    match decision.verdict {
        Verdict::Hold(waiting) => {
            assert_eq!(waiting.note, "an e-mail address that was not verified")
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn admins_see_who_waits_and_what_they_answered() {
    let mut fake = fake();
    fake.now += 2 * 3_600_000;
    let row = queue(&mut fake).rows.remove(0);
    assert_eq!(row.id, "u1");
    assert_eq!(
        row.cells,
        ["Ann (ann)", "2 h", "Why do you come? To talk.", "noted"]
    );
}

#[test]
fn an_invite_and_a_verified_address_let_in() {
    let register = |newcomer| fake().run(|| AdminApproval::register(newcomer));
    let invited = Newcomer {
        invite_id: Some("i1".to_owned()),
        ..newcomer()
    };
    assert_eq!(register(invited.clone()), Decision::allow());
    let verified = Newcomer {
        email_verified: true,
        ..newcomer()
    };
    assert_eq!(register(verified.clone()), Decision::allow());
    let elsewhere = Newcomer {
        email: Some("ann@example.org.evil.net".to_owned()),
        ..verified
    };
    assert_eq!(questions(&register(elsewhere)).len(), 2);
    let mut strict = Fake::new().with_config(r#"{"approve_invites": false}"#);
    let decision = strict.run(|| AdminApproval::register(invited));
    assert!(questions(&decision).is_empty());
}

#[test]
fn clicks_ask_for_a_status_of_who_still_waits() {
    let mut fake = fake();
    let approved = click(&mut fake, "approve", "{}");
    assert_eq!(approved, Ok(vec![effects::set_status("u1", "active", "")]));
    let rejected = click(&mut fake, "reject", r#"{"reason": "No."}"#);
    assert_eq!(
        rejected,
        Ok(vec![effects::set_status("u1", "rejected", "No.")])
    );
    // Whoever did it: the server says that she does not wait any more.
    fake.users[0].status = "active".to_owned();
    assert!(click(&mut fake, "approve", "{}").is_err());
    fake.newcomers.clear();
    let nobody = queue(&mut fake);
    assert!(nobody.rows.is_empty() && nobody.actions.is_empty());
}

#[test]
fn settings_that_cannot_be_read_are_refused() {
    let init = |config| Fake::new().with_config(config).run(AdminApproval::init);
    assert_eq!(init(CONFIG), Ok(()));
    assert!(init(r#"{"approve_invite": true}"#).is_err());
}
