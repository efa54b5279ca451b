//! The shipped policies as built components: in the test kit, and in a real server's folder.

use anyhow::{Context as _, Result, ensure};
use natter_plugin_testkit::{
    Answer, Component, Event, World,
    hooks::{
        admin,
        messages::Verdict,
        registration::{self, Newcomer},
    },
    imports::directory::{self, User},
    trace,
};
use natter_tests::plugins::{drop_in, shipped, until_loads, until_logged};
use natter_tests::server::{Settings, Site};

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

/// A server on which Ann is pending.
fn world(config: &str) -> World {
    let mut world = World {
        config: config.to_owned(),
        ..World::default()
    };
    let ann = User {
        id: "u1".to_owned(),
        username: "ann".to_owned(),
        display_name: "Ann".to_owned(),
        status: "pending".to_owned(),
        role: "member".to_owned(),
        created_at: world.now,
        attrs: Vec::new(),
    };
    world.users.push(ann.clone());
    world.newcomers.push(directory::Newcomer {
        user: ann,
        answers: Vec::new(),
        note: String::new(),
        attrs: Vec::new(),
    });
    world
}

fn registered(
    component: &Component,
    world: &mut World,
    newcomer: Newcomer,
) -> Result<registration::Verdict> {
    match component.ask(world, &Event::Registration(newcomer))?.0 {
        Answer::Registration(decision) => Ok(decision.verdict),
        other => anyhow::bail!("{other:?}"),
    }
}

#[test]
fn admin_approval_holds_and_admins_decide() -> Result<()> {
    let component = Component::new(&shipped("admin-approval")?)?;
    let config = r#"{"approve_email_domains": ["example.org"], "questions": [{"id": "why", "text": "Why?"}]}"#;
    let mut world = world(config);
    let held = registered(&component, &mut world, newcomer())?;
    let registration::Verdict::Hold(waiting) = held else {
        anyhow::bail!("{held:?}");
    };
    ensure!(waiting.questions.len() == 1 && waiting.questions[0].id == "why");
    let Answer::Panels(panels) = component.ask(&mut world, &Event::Panels)?.0 else {
        anyhow::bail!("no panels");
    };
    ensure!(panels[0].rows.len() == 1 && panels[0].rows[0].cells[0] == "Ann (ann)");
    let click = Event::Decide(admin::Request {
        panel_id: "queue".to_owned(),
        action_id: "reject".to_owned(),
        row_id: Some("u1".to_owned()),
        admin_id: "u9".to_owned(),
        form: r#"{"reason":"No."}"#.to_owned(),
        attrs: Vec::new(),
    });
    let (answer, line) = component.ask(&mut world, &click)?;
    let Answer::Decided(Ok(decided)) = answer else {
        anyhow::bail!("{answer:?}");
    };
    ensure!(decided.effects[0].kind == "set_status" && decided.effects[0].target == "u1");
    ensure!(trace::check(&component, line.to_json().as_bytes())? == 1);
    Ok(())
}

#[test]
fn admin_approval_lets_in_by_invite_and_verified_domain() -> Result<()> {
    let component = Component::new(&shipped("admin-approval")?)?;
    let mut world = world(r#"{"approve_email_domains": ["example.org"]}"#);
    let verified = Newcomer {
        email_verified: true,
        ..newcomer()
    };
    let invited = Newcomer {
        invite_id: Some("i1".to_owned()),
        ..newcomer()
    };
    for newcomer in [verified, invited] {
        let verdict = registered(&component, &mut world, newcomer)?;
        ensure!(matches!(verdict, registration::Verdict::Allow));
    }
    Ok(())
}

#[test]
fn message_filter_masks_holds_refuses_and_counts() -> Result<()> {
    let component = Component::new(&shipped("message-filter")?)?;
    let config = r#"{"words": {"list": ["darn"], "action": "mask"}, "patterns": {"list": ["\\d{4}-\\d{4}"], "action": "hold"},
        "links": {"action": "refuse"}, "repetition": {"messages": 1, "seconds": 60, "action": "refuse"}}"#;
    let mut world = world(config);
    let mut judge = |body: &str| -> Result<String> {
        let answer = component.ask(&mut world, &Event::message(body))?.0;
        let Answer::Message(decision) = answer else {
            anyhow::bail!("{answer:?}");
        };
        Ok(match decision.verdict {
            Verdict::Allow => "allow".to_owned(),
            Verdict::Modify(body) => body,
            Verdict::Hold(waiting) => waiting.note,
            Verdict::Reject(rejection) => rejection.code,
        })
    };
    for (body, expected) in [
        ("Darn it", "**** it"),
        ("call 1234-5678", "forbidden_text"),
        ("see https://evil.net", "forbidden_link"),
        ("hello", "allow"),
        ("Hello", "repetition"),
    ] {
        let found = judge(body)?;
        ensure!(found == expected, "{body}: {found}");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_loads_both_and_takes_new_settings_without_a_restart() -> Result<()> {
    let site = Site::create(&Settings::open())?;
    for policy in ["admin-approval", "message-filter"] {
        let settings = format!("{}/../plugins/{policy}.toml", env!("CARGO_MANIFEST_DIR"));
        drop_in(&site, &format!("{policy}.toml"), &std::fs::read(settings)?)?;
        drop_in(&site, &format!("{policy}.wasm"), &shipped(policy)?)?;
    }
    let server = site.start().await?;
    until_loads(&server, "admin-approval", "activated", 1.0).await?;
    until_loads(&server, "message-filter", "activated", 1.0).await?;
    let settings =
        |action: &str| format!("[config]\npatterns = {{ list = ['a+'], action = \"{action}\" }}\n");
    drop_in(&site, "message-filter.toml", settings("hold").as_bytes())?;
    until_loads(&server, "message-filter", "activated", 2.0).await?;
    // What does not fit the schema, and a pattern that is none: the old settings stay.
    drop_in(&site, "message-filter.toml", settings("shout").as_bytes())?;
    until_logged(&server, "[config] does not fit: patterns.action").await?;
    let wrong = settings("hold").replace("a+", "a(");
    drop_in(&site, "message-filter.toml", wrong.as_bytes())?;
    until_logged(&server, "patterns: `a(`").await?;
    until_loads(&server, "message-filter", "refused", 2.0)
        .await
        .context("both were refused")?;
    server.stop().await?;
    Ok(())
}
