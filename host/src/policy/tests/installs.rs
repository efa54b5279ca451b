//! What an admin installs and configures without touching the folder.

use super::*;
use crate::policy::files::Switch;

fn install(plugin: &str, settings: Option<&str>) -> Change {
    Change::Install {
        component: std::fs::read(built(plugin)).unwrap(),
        settings: settings.map(str::to_owned),
    }
}

#[tokio::test]
async fn what_an_admin_installs_is_active_at_once_and_lies_in_the_folder() {
    let mut site = Site::start().await;
    let greeting = "priority = 3\n[config]\ngreeting = \"Hi\"\n";
    let first = install("everything", Some(greeting));
    site.change("e", first).await.unwrap();
    assert_eq!(site.reason("config").await, r#"{"greeting":"Hi"}"#);
    let status = site.status("e").unwrap();
    assert_eq!(
        (status.state, status.generation, status.priority),
        (PluginState::Active, 1, 3)
    );
    let text = std::fs::read_to_string(site.path("e.toml")).unwrap();
    assert_eq!(text, greeting);
    // The same settings serve another version, and the watcher finds nothing to do.
    site.change("e", install("word_filter", None))
        .await
        .unwrap();
    site.install("everything", "other", "").await;
    let status = site.status("e").unwrap();
    assert_eq!((status.generation, status.priority), (2, 3));
    site.restart().await;
    assert_eq!(site.status("e").unwrap().hash, status.hash);
    let audit = site.store.audit_log(Cursor::LAST, 10).await.unwrap();
    let detail = format!("plugin e, {}", status.hash);
    assert_eq!(
        (audit[0].action.as_str(), audit[0].detail.as_deref()),
        ("install_plugin", Some(detail.as_str()))
    );
}

#[tokio::test]
async fn what_an_admin_may_not_install_changes_nothing() {
    let site = Site::start().await;
    let garbage = || Change::Install {
        component: b"garbage".to_vec(),
        settings: None,
    };
    let wrong = install("everything", Some("[config]\ngreeting = 1"));
    for (name, change, words) in [
        ("e", garbage(), "component"),
        ("e", wrong, "[config] does not fit: greeting"),
        ("e", install("everything", Some("x")), "e.toml: "),
        (
            "../e",
            install("everything", None),
            "cannot be a plugin's name",
        ),
    ] {
        let refused = site.change(name, change).await;
        let Err(ChangeError::Refused(why)) = refused else {
            panic!("{name}: {refused:?}");
        };
        assert!(why.contains(words), "{why}");
        assert!(site.status("e").is_none() && !site.path("e.wasm").exists());
    }
    site.change("e", install("everything", None)).await.unwrap();
    site.change("e", garbage()).await.unwrap_err();
    assert_eq!(site.reason("reject no").await, "no");
    assert_eq!(site.status("e").unwrap().state, PluginState::Active);
}

#[tokio::test]
async fn another_config_is_checked_and_written() {
    let mut site = Site::start().await;
    site.install("everything", "e", "# Ours.\npriority = 5\n")
        .await;
    let config = |value: serde_json::Value| match value {
        serde_json::Value::Object(config) => Change::Configure(config),
        other => panic!("{other}"),
    };
    let before = site.policies.config("e").unwrap();
    assert_eq!(before.config, serde_json::json!({}));
    assert_eq!(before.schema.unwrap()["type"], "object");
    let wrong = config(serde_json::json!({ "greeting": 1 }));
    let refused = site.change("e", wrong).await;
    assert!(
        matches!(refused, Err(ChangeError::Refused(_))),
        "{refused:?}"
    );
    let new = serde_json::json!({ "greeting": "Hi" });
    site.change("e", config(new.clone())).await.unwrap();
    assert_eq!(site.reason("config").await, r#"{"greeting":"Hi"}"#);
    assert_eq!(site.policies.config("e").unwrap().config, new);
    let status = site.status("e").unwrap();
    assert_eq!((status.generation, status.priority), (2, 5));
    let text = std::fs::read_to_string(site.path("e.toml")).unwrap();
    assert!(text.starts_with("# Ours.\n"), "{text}");
    site.restart().await;
    assert_eq!(site.reason("config").await, r#"{"greeting":"Hi"}"#);
    let refused = site.change("q", config(new)).await;
    assert_eq!(refused, Err(ChangeError::NotThere));
}

#[tokio::test]
async fn one_that_is_switched_off_is_not_asked_until_it_is_switched_on() {
    let mut site = Site::start().await;
    site.install("everything", "e", "# Ours.\npriority = 5\n")
        .await;
    site.change("e", Change::Switch(Switch::Off)).await.unwrap();
    assert_eq!(site.status("e").unwrap().state, PluginState::Disabled);
    assert_eq!(site.judge("reject no").await, Decision::unasked());
    assert!(site.path("e.wasm").exists());
    site.restart().await;
    assert_eq!(site.judge("reject no").await, Decision::unasked());
    site.change("e", Change::Switch(Switch::On)).await.unwrap();
    assert_eq!(site.reason("reject no").await, "no");
    assert_eq!(site.status("e").unwrap().priority, 5);
    let text = std::fs::read_to_string(site.path("e.toml")).unwrap();
    assert!(text.starts_with("# Ours.\n"), "{text}");
    for to in [Switch::On, Switch::Off] {
        let refused = site.change("q", Change::Switch(to)).await;
        assert_eq!(refused, Err(ChangeError::NotThere));
    }
}
