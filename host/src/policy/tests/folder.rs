//! The folder: what becomes active, what is refused and why, and that the old stays.

use super::*;

#[tokio::test]
async fn what_lies_there_at_the_start_judges_from_the_first_event_on() {
    let mut site = Site::start().await;
    site.stop().await;
    site.write("e.toml", b"[config]\ngreeting = \"Ahoy\"");
    site.drop_in("everything", "e");
    let started = start(&site.store, &site.metrics, &site.options).await;
    (site.policies, site.tasks) = (started.policies, Some(started.tasks));
    assert_eq!(site.reason("config").await, "{\"greeting\":\"Ahoy\"}");
    let status = site.status("e").unwrap();
    assert_eq!(
        (status.state, status.version.as_str()),
        (PluginState::Active, "1.2.3")
    );
    assert_eq!(status.hooks.len(), 9);
    assert_eq!(status.hash.len(), 64);
}

#[tokio::test]
async fn a_bad_file_changes_nothing_but_a_line_that_says_why() {
    let site = Site::start().await;
    let good = std::fs::read(built("word_filter")).unwrap();
    site.install("word_filter", "f", "[config]\nwords = [\"darn\"]")
        .await;
    let refused = async |content: &[u8], words: &str| {
        let before = site.status("f").unwrap();
        site.write("f.wasm", content);
        let status = site
            .until("f", |it| it.last_error_at > before.last_error_at)
            .await;
        let error = status.last_error.clone().unwrap();
        assert!(error.contains(words), "{words}: {error}");
        assert_eq!(
            (status.state, status.generation),
            (PluginState::KeptOld, before.generation)
        );
        assert_eq!(site.reason("darn").await, "Please do not say darn.");
    };
    refused(b"no component at all", "not a component").await;
    refused(&good[..good.len() / 2], "not a component").await;
    refused(b"\0asm\x01\0\0\0", "not a component").await;
    let file = |plugin: &str| std::fs::read(built(plugin)).unwrap();
    refused(
        &file("wrong_world"),
        "exports no hook of natter:policy@0.1.0; it exports greet",
    )
    .await;
    refused(
        &file("older_api"),
        "built for natter:policy@0.0.9, this server has 0.1.0",
    )
    .await;
    refused(
        &file("newer_api"),
        "built for natter:policy@0.2.0, this server has 0.1.0",
    )
    .await;
    refused(&file("newer_import"), "natter:policy/clock@0.1.7").await;
    site.write("f.wasm", &good);
    let status = site.until_state("f", PluginState::Active).await;
    assert_eq!(
        status.generation, 1,
        "what is active already is not loaded again"
    );
    assert!(
        site.metrics
            .render()
            .contains("natter_policy_loads_total{plugin=\"f\",outcome=\"refused\"} 7")
    );
}

#[tokio::test]
async fn a_torn_file_never_loads() {
    let site = Site::start_with(|options| options.settle = Duration::from_millis(150)).await;
    let whole = std::fs::read(built("word_filter")).unwrap();
    let path = site.path("f.wasm");
    let mut torn = std::fs::File::create(&path).unwrap();
    for piece in whole.chunks(whole.len() / 12) {
        std::io::Write::write_all(&mut torn, piece).unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(
            site.status("f").is_none_or(|it| it.last_error.is_none()),
            "it was read too early"
        );
    }
    site.until_state("f", PluginState::Active).await;
    assert!(!site.metrics.render().contains("refused\"}"));
}

#[tokio::test]
async fn settings_that_do_not_fit_are_refused() {
    let site = Site::start().await;
    site.install("everything", "e", "").await;
    let refused = async |settings: &str, words: &str| {
        let before = site.status("e").unwrap();
        site.write("e.toml", settings.as_bytes());
        let status = site
            .until("e", |it| it.last_error_at > before.last_error_at)
            .await;
        let error = status.last_error.unwrap();
        assert!(error.contains(words), "{words}: {error}");
        assert_eq!(status.generation, before.generation);
        assert_eq!(site.reason("config").await, "{}");
    };
    refused("priority = \"high\"", "e.toml: ").await;
    refused("[config]\ngreeting = 1", "greeting").await;
    refused("[config]\ngreetings = \"Hi\"", "greetings").await;
    refused(
        "[config]\ninit_fails = true",
        "its init refused: it was told to",
    )
    .await;
    site.write("e.toml", b"[config]\ngreeting = \"Hi\"");
    site.until("e", |it| it.generation == 2).await;
    assert_eq!(site.reason("config").await, "{\"greeting\":\"Hi\"}");
}

#[tokio::test]
async fn what_fails_its_first_call_is_refused() {
    let site = Site::start().await;
    for deed in ["loop", "trap", "memory", "recursion", "sleep"] {
        site.write(
            &format!("{deed}.toml"),
            format!("[config]\nat_once = \"{deed}\"").as_bytes(),
        );
        site.drop_in("hostile", deed);
        let status = site.until(deed, |it| it.last_error.is_some()).await;
        let error = status.last_error.unwrap();
        assert!(
            error.starts_with("its first call of messages failed: "),
            "{deed}: {error}"
        );
        assert_eq!(status.state, PluginState::Failed);
    }
    assert_eq!(site.judge("hello").await, Decision::unasked());
}

#[tokio::test]
async fn a_vanished_file_is_an_alarm_and_not_an_order() {
    let mut site = Site::start().await;
    site.install("word_filter", "f", "[config]\nwords = [\"darn\"]")
        .await;
    std::fs::remove_file(site.path("f.wasm")).unwrap();
    let status = site.until_state("f", PluginState::FileGone).await;
    assert!(
        status
            .last_error
            .unwrap()
            .contains("`enabled = false` in f.toml")
    );
    assert_eq!(site.reason("darn").await, "Please do not say darn.");
    // Not even over a restart.
    std::fs::remove_file(site.path("f.toml")).unwrap();
    site.restart().await;
    assert_eq!(site.status("f").unwrap().state, PluginState::FileGone);
    assert_eq!(site.reason("darn").await, "Please do not say darn.");
    // Its settings hold, too, until there are others.
    site.drop_in("word_filter", "f");
    site.until("f", |it| {
        it.last_error
            .as_ref()
            .is_some_and(|why| why.starts_with("f.toml is gone"))
    })
    .await;
    assert_eq!(site.reason("darn").await, "Please do not say darn.");
    site.write("f.toml", b"");
    site.until_state("f", PluginState::Active).await;
    assert_eq!(site.judge("darn").await.verdict, Verdict::Allow);
}

#[tokio::test]
async fn without_its_file_a_plugin_still_obeys_its_settings() {
    let mut site = Site::start().await;
    site.install("word_filter", "f", "[config]\nwords = [\"darn\"]")
        .await;
    std::fs::remove_file(site.path("f.wasm")).unwrap();
    site.until_state("f", PluginState::FileGone).await;
    site.write("f.toml", b"[config]\nwords = [\"heck\"]");
    site.until("f", |it| it.generation == 2).await;
    assert_eq!(site.status("f").unwrap().state, PluginState::FileGone);
    assert_eq!(site.reason("heck").await, "Please do not say heck.");
    site.write("f.toml", b"enabled = false");
    site.until_state("f", PluginState::Disabled).await;
    site.restart().await;
    assert_eq!(site.status("f").unwrap().state, PluginState::Disabled);
    assert_eq!(site.judge("heck").await, Decision::unasked());
}

#[tokio::test]
async fn after_a_restart_with_a_bad_file_the_last_good_one_serves() {
    let mut site = Site::start().await;
    site.install("word_filter", "f", "[config]\nwords = [\"darn\"]")
        .await;
    site.stop().await;
    site.write("f.wasm", b"garbage");
    let started = start(&site.store, &site.metrics, &site.options).await;
    (site.policies, site.tasks) = (started.policies, Some(started.tasks));
    assert_eq!(site.reason("darn").await, "Please do not say darn.");
    let status = site.status("f").unwrap();
    assert_eq!(status.state, PluginState::KeptOld);
    assert!(status.last_error.unwrap().contains("not a component"));
}

#[tokio::test]
async fn a_plugin_is_switched_off_by_its_settings_and_on_again() {
    let mut site = Site::start().await;
    site.install("everything", "e", "").await;
    site.write("e.toml", b"enabled = false");
    site.until_state("e", PluginState::Disabled).await;
    assert_eq!(site.judge("reject no").await, Decision::unasked());
    site.restart().await;
    assert_eq!(site.status("e").unwrap().state, PluginState::Disabled);
    assert_eq!(site.judge("reject no").await, Decision::unasked());
    // Its settings vanish: an alarm, and no order.
    std::fs::remove_file(site.path("e.toml")).unwrap();
    let status = site.until("e", |it| it.last_error.is_some()).await;
    assert_eq!(status.state, PluginState::Disabled);
    assert_eq!(site.judge("reject no").await, Decision::unasked());
    site.write("e.toml", b"");
    site.until_state("e", PluginState::Active).await;
    assert_eq!(site.reason("reject no").await, "no");
}

#[tokio::test]
async fn one_that_is_switched_off_stays_so_when_both_its_files_are_gone() {
    let mut site = Site::start().await;
    site.install("everything", "e", "grants = [\"post\"]").await;
    // As `natter plugin remove` does it, and then somebody clears up.
    site.write("e.toml", b"enabled = false");
    std::fs::remove_file(site.path("e.wasm")).unwrap();
    site.until_state("e", PluginState::Disabled).await;
    std::fs::remove_file(site.path("e.toml")).unwrap();
    site.until_gone("e").await;
    assert_eq!(site.judge("reject no").await, Decision::unasked());
    site.restart().await;
    assert!(site.status("e").is_none());
    assert_eq!(site.judge("reject no").await, Decision::unasked());
    // Put there again it has no rights of former times.
    site.drop_in("everything", "e");
    let status = site.until_state("e", PluginState::Active).await;
    assert_eq!((status.generation, status.grants), (2, Vec::new()));
}

#[tokio::test]
async fn a_file_that_was_touched_is_tried_again() {
    let site = Site::start().await;
    let refused = |count: u32| {
        format!("natter_policy_loads_total{{plugin=\"p\",outcome=\"refused\"}} {count}")
    };
    for count in 1..=2 {
        site.write("p.wasm", b"garbage");
        site.until_metric(&refused(count)).await;
    }
}

#[tokio::test]
async fn what_there_is_no_room_for_becomes_active_once_there_is() {
    let site = Site::start_with(|options| options.instances = 100).await;
    for name in ["a", "b"] {
        site.install("word_filter", name, "").await;
    }
    site.drop_in("word_filter", "c");
    let status = site.until("c", |it| it.last_error.is_some()).await;
    let error = status.last_error.unwrap();
    assert!(
        error.contains("needs 100 instances") && error.contains("room for 56 instances"),
        "{error}"
    );
    site.change("a", Change::Remove).await.unwrap();
    let status = site.until_state("c", PluginState::Active).await;
    assert_eq!(status.last_error, None);
}

#[tokio::test]
async fn a_plugin_that_takes_long_holds_no_other_up() {
    let site = Site::start().await;
    site.install("everything", "e", "").await;
    site.write("h.toml", b"[config]\nat_once = \"loop\"");
    site.drop_in("hostile", "h");
    // Its copy is made before it is tried out, which takes until it is cut.
    let versions = site.options.private_folder.join("versions");
    let copies = || std::fs::read_dir(&versions).unwrap().count();
    let deadline = Instant::now() + Duration::from_secs(20);
    while copies() < 2 {
        assert!(Instant::now() < deadline, "it was not compiled");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    site.change("e", Change::Remove).await.unwrap();
    assert!(site.status("h").is_none(), "it was removed only afterwards");
    assert_eq!(site.judge("reject no").await, Decision::unasked());
    site.until_state("h", PluginState::Failed).await;
}

#[tokio::test]
async fn a_rollback_takes_the_settings_of_then_if_the_present_ones_do_not_fit() {
    let mut site = Site::start().await;
    site.install("everything", "p", "[config]\ngreeting = \"Hi\"")
        .await;
    let first = site.status("p").unwrap().hash;
    site.install("word_filter", "p", "[config]\nwords = [\"darn\"]")
        .await;
    site.until("p", |it| it.earlier == [first.clone()]).await;
    site.change("p", Change::RollBack).await.unwrap();
    let status = site.status("p").unwrap();
    assert_eq!(
        (status.state, status.hash),
        (PluginState::RolledBack, first)
    );
    let error = status.last_error.unwrap();
    assert!(
        error.starts_with("p.toml does not fit this version"),
        "{error}"
    );
    let config = "{\"greeting\":\"Hi\"}";
    assert_eq!(site.reason("config").await, config);
    site.restart().await;
    assert_eq!(site.reason("config").await, config);
}

#[tokio::test]
async fn a_rollback_holds_until_the_file_changes() {
    let mut site = Site::start().await;
    site.install("word_filter", "p", "").await;
    let refused = site.change("p", Change::RollBack).await;
    assert_eq!(
        refused,
        Err(ChangeError::Conflict("p has no earlier version".to_owned()))
    );
    let refused = site.change("q", Change::RollBack).await;
    assert_eq!(refused, Err(ChangeError::NotThere));
    let first = site.status("p").unwrap().hash;
    site.install("everything", "p", "").await;
    // Kept a moment after it judges.
    site.until("p", |it| it.earlier == [first.clone()]).await;
    assert_eq!(site.reason("reject no").await, "no");
    site.change("p", Change::RollBack).await.unwrap();
    let status = site.status("p").unwrap();
    assert_eq!(
        (status.state, status.generation),
        (PluginState::RolledBack, 3)
    );
    assert_eq!(site.judge("reject no").await.verdict, Verdict::Allow);
    // Neither a restart nor new settings bring the file's version back.
    site.restart().await;
    assert_eq!(site.status("p").unwrap().hash, first);
    site.write("p.toml", b"priority = 7");
    let status = site.until("p", |it| it.priority == 7).await;
    assert_eq!(
        (status.state, status.hash),
        (PluginState::RolledBack, first)
    );
    site.drop_in("state_1", "p");
    site.until_state("p", PluginState::Active).await;
    assert_eq!(site.status("p").unwrap().version, "1.0.0");
}

#[tokio::test]
async fn a_removed_plugin_is_gone_with_its_files() {
    let mut site = Site::start().await;
    site.install("everything", "e", "priority = 5").await;
    site.change("e", Change::Remove).await.unwrap();
    assert_eq!(site.judge("reject no").await, Decision::unasked());
    assert!(!site.path("e.wasm").exists() && !site.path("e.toml").exists());
    assert!(site.status("e").is_none() && site.policies.log("e").is_none());
    assert!(site.change("e", Change::Remove).await.is_err());
    site.restart().await;
    assert!(site.status("e").is_none());
    site.install("everything", "e", "").await;
    assert_eq!(site.reason("reject no").await, "no");
}

#[tokio::test]
async fn damaged_compiled_code_is_made_anew_and_what_is_left_over_deleted() {
    let mut site = Site::start().await;
    site.install("everything", "e", "").await;
    site.stop().await;
    let mut damaged = 0;
    for folder in std::fs::read_dir(&site.options.private_folder).unwrap() {
        let folder = folder.unwrap().path();
        for file in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|it| it == "cwasm") {
                let mut bytes = std::fs::read(&path).unwrap();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                std::fs::write(&path, bytes).unwrap();
                damaged += 1;
            }
        }
    }
    assert_eq!(damaged, 1);
    // And what nobody needs any more is deleted.
    let (stray, other) = (
        site.options.private_folder.join("versions/stray.wasm"),
        site.options.private_folder.join("compiled-by-another"),
    );
    std::fs::write(&stray, b"").unwrap();
    std::fs::create_dir(&other).unwrap();
    let started = start(&site.store, &site.metrics, &site.options).await;
    (site.policies, site.tasks) = (started.policies, Some(started.tasks));
    assert_eq!(site.reason("reject no").await, "no");
    assert!(!stray.exists() && !other.exists());
}
