//! Accounts, their search and lists, the audit log.

use super::*;
use crate::model::{Account, AccountFilter, Cursor};

on_both_databases![
    an_account_is_found_by_id_and_by_name,
    a_name_is_taken_once,
    people_are_found_by_bytes_of_a_prefix,
    who_is_suspended_has_a_name_and_is_not_found,
    a_new_display_name_raises_both_revs,
    accounts_of_the_same_millisecond_are_paged_without_gaps,
    accounts_are_filtered_by_all_that_is_asked_and_counted,
    the_first_admin_is_made_once_of_two_at_once,
    of_two_admins_who_suspend_each_other_one_stays,
    the_audit_log_is_paged_backwards,
    a_line_is_added_to_the_audit_log,
    a_bot_is_known_by_its_id_and_not_found,
    the_store_answers_until_it_is_closed,
];

async fn an_account_is_found_by_id_and_by_name(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let account = shop.account(ann).await.unwrap().unwrap();
    assert_eq!(account.username, "ann");
    assert_eq!((account.user_rev, &account.status_reason), (1, &None));
    assert!(shop.account(UserId::generate()).await.unwrap().is_none());
    assert_eq!(shop.account_by_name("ann").await.unwrap(), Some(account));
    assert_eq!(shop.account_by_name("Ann").await.unwrap(), None);
    assert!(shop.username_exists("ann").await.unwrap());
    assert!(!shop.username_exists("Ann").await.unwrap());
    let found = shop.password_hash("ann").await.unwrap();
    assert_eq!(found, Some((ann, "hash of ann".to_owned())));
    assert_eq!(shop.password_hash("bob").await.unwrap(), None);
}

async fn a_name_is_taken_once(on: Kind) {
    let shop = Shop::open(on).await;
    shop.person("ann").await;
    let again = new_user("ann", 0);
    let refused = shop
        .create_user(&again, &new_device(again.user_id, "again"))
        .await;
    assert!(
        matches!(&refused, Err(StoreError::Conflict { constraint }) if constraint == "users_username_key"),
        "{refused:?}"
    );
    assert!(shop.account(again.user_id).await.unwrap().is_none());
    let device = new_device(UserId::generate(), "nobody");
    let nobodys = shop.create_device(&device, "hash of nobody").await;
    assert!(matches!(nobodys, Ok(false)), "{nobodys:?}");
}

async fn people_are_found_by_bytes_of_a_prefix(on: Kind) {
    let shop = Shop::open(on).await;
    for (username, display_name) in [
        ("al_1", "Ärger"),
        ("al-1", "ÄRGER zwei"),
        ("al1", "日本 太郎"),
        ("b%", "𝒜 \u{10ffff}"),
        ("c", "ΟΔΟΣ"),
        ("d", "İstanbul"),
    ] {
        let user = NewUser {
            display_name: display_name.to_owned(),
            ..new_user(username, 0)
        };
        let device = new_device(user.user_id, username);
        shop.create_user(&user, &device).await.unwrap();
    }
    for (prefix, expected) in [
        // The order is that of the bytes, whatever the database's collation says of - and _.
        ("", &["al-1", "al1", "al_1", "b%", "c", "d"][..]),
        ("AL", &["al-1", "al1", "al_1"]),
        ("al_", &["al_1"]),
        ("%", &[]),
        ("b%", &["b%"]),
        ("ärger", &["al-1", "al_1"]),
        ("ÄRGER Z", &["al-1"]),
        ("a\u{308}rger", &[]),
        ("日本", &["al1"]),
        ("日本太", &[]),
        ("𝒜", &["b%"]),
        ("𝒜 \u{10ffff}", &["b%"]),
        ("\u{10ffff}", &[]),
        ("οδοσ", &["c"]),
        ("οδος", &[]),
        ("i\u{307}stan", &["d"]),
        ("'", &[]),
        ("\\", &[]),
    ] {
        let found = shop.active_people(prefix, 10).await.unwrap();
        let names: Vec<_> = found.iter().map(|it| it.username.as_str()).collect();
        assert_eq!(names, expected, "{prefix:?}");
    }
    assert_eq!(shop.active_people("al", 2).await.unwrap().len(), 2);
}

async fn who_is_suspended_has_a_name_and_is_not_found(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let bob = shop.person("bob").await;
    suspend(&shop, ann, ann).await.unwrap();
    let known = shop.known_profiles(&[ann, UserId::generate(), bob]).await;
    let mut names: Vec<_> = known.unwrap().into_iter().map(|it| it.username).collect();
    names.sort_unstable();
    assert_eq!(names, ["ann", "bob"]);
    assert_eq!(shop.known_profiles(&[]).await.unwrap(), []);
    assert!(shop.active_people("ann", 10).await.unwrap().is_empty());
    let mut tx = shop.begin().await.unwrap();
    assert!(tx.active_users(&[ann]).await.unwrap().is_empty());
}

async fn a_new_display_name_raises_both_revs(on: Kind) {
    let shop = Shop::open(on).await;
    let ann = shop.person("ann").await;
    let account = shop.set_display_name(ann, "Änn").await.unwrap().unwrap();
    assert_eq!(
        (account.display_name.as_str(), account.user_rev),
        ("Änn", 2)
    );
    assert_eq!(shop.active_people("äN", 10).await.unwrap().len(), 1);
    let nobody = shop.set_display_name(UserId::generate(), "x").await;
    assert_eq!(nobody.unwrap(), None);
}

async fn accounts_of_the_same_millisecond_are_paged_without_gaps(on: Kind) {
    let shop = Shop::open(on).await;
    let mut expected = Vec::new();
    for (name, created_at) in [("a", 1), ("b", 2), ("c", 2), ("d", 2), ("e", 3)] {
        let user = NewUser {
            status: AccountStatus::Pending,
            ..new_user(name, created_at)
        };
        let device = new_device(user.user_id, name);
        shop.create_user(&user, &device).await.unwrap();
        expected.push((created_at, user.user_id));
    }
    shop.person("active").await;
    expected.sort_unstable();
    let mut found = Vec::new();
    let mut after = Cursor::FIRST;
    let pending = AccountFilter {
        status: Some(AccountStatus::Pending),
        ..AccountFilter::default()
    };
    while let Some(last) = shop.accounts(pending, after, 2).await.unwrap().last() {
        let page = shop.accounts(pending, after, 2).await.unwrap();
        found.extend(page.iter().map(|it| (it.created_at.0, it.user_id)));
        after = Cursor {
            at: last.created_at,
            id: last.user_id.0,
        };
    }
    assert_eq!(found, expected);
    let any = AccountFilter::default();
    let all = shop.accounts(any, Cursor::FIRST, 100).await.unwrap();
    assert_eq!(all.len(), 6);
    let none = shop.accounts(any, Cursor::LAST, 100).await.unwrap();
    assert_eq!(none, Vec::<Account>::new());
}

async fn accounts_are_filtered_by_all_that_is_asked_and_counted(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, _] = shop.people(["ann", "bob"]).await;
    let anton = NewUser {
        status: AccountStatus::Pending,
        display_name: "ÄNNE".to_owned(),
        ..new_user("anton", 0)
    };
    let device = new_device(anton.user_id, "anton");
    shop.create_user(&anton, &device).await.unwrap();
    let pending = Some(AccountStatus::Pending);
    for (status, prefix, user_ids, expected) in [
        (None, "AN", &[][..], &["ann", "anton"][..]),
        (pending, "an", &[], &["anton"]),
        (None, "änn", &[], &["anton"]),
        (None, "", &[ann, UserId::generate()], &["ann"]),
        (pending, "", &[ann], &[]),
    ] {
        let wanted = AccountFilter {
            status,
            prefix,
            user_ids,
        };
        let found = shop.accounts(wanted, Cursor::FIRST, 10).await.unwrap();
        let mut names: Vec<_> = found.into_iter().map(|it| it.username).collect();
        names.sort_unstable();
        assert_eq!(names, expected, "{wanted:?}");
    }
    let mut counts = shop.account_counts().await.unwrap();
    counts.sort_unstable_by_key(|(_, count)| *count);
    let expected = [(AccountStatus::Pending, 1), (AccountStatus::Active, 2)];
    assert_eq!(counts, expected);
}

fn new_admin(name: &str) -> (NewUser, NewDevice) {
    let user = NewUser {
        role: UserRole::Admin,
        ..new_user(name, 0)
    };
    let device = new_device(user.user_id, name);
    (user, device)
}

async fn the_first_admin_is_made_once_of_two_at_once(on: Kind) {
    let shop = Shop::open(on).await;
    assert!(!shop.has_admin().await.unwrap());
    let ((one, ones), (other, others)) = (new_admin("one"), new_admin("other"));
    let (one, other) = tokio::join!(
        shop.create_first_admin(&one, &ones),
        shop.create_first_admin(&other, &others)
    );
    let mut outcomes = [one.unwrap(), other.unwrap()];
    outcomes.sort_by_key(|it| *it == FirstAdmin::AlreadySetUp);
    assert_eq!(outcomes, [FirstAdmin::Made, FirstAdmin::AlreadySetUp]);
    assert!(shop.has_admin().await.unwrap());
    let audit = shop.audit_log(Cursor::LAST, 10).await.unwrap();
    assert_eq!(audit.len(), 1);
}

async fn suspend(shop: &Shop, by: UserId, whom: UserId) -> Result<StatusOutcome, StoreError> {
    let audit = NewAuditEntry {
        at: Timestamp(1),
        actor_id: Some(by),
        action: "suspend",
        target_id: Some(whom),
        reason: Some("because".to_owned()),
        detail: None,
    };
    let change = StatusChange {
        user_id: whom,
        from: [AccountStatus::Active, AccountStatus::Pending],
        to: AccountStatus::Suspended,
        invite_use: InviteUse::None,
        audit,
    };
    shop.change_status(&change).await
}

async fn of_two_admins_who_suspend_each_other_one_stays(on: Kind) {
    let shop = Shop::open(on).await;
    let ((ann, anns), (bob, bobs)) = (new_admin("ann"), new_admin("bob"));
    shop.create_first_admin(&ann, &anns).await.unwrap();
    shop.create_user(&bob, &bobs).await.unwrap();
    let (ann, bob) = (ann.user_id, bob.user_id);
    let (one, other) = tokio::join!(suspend(&shop, ann, bob), suspend(&shop, bob, ann));
    let outcomes = [one.unwrap(), other.unwrap()];
    let changed = |it: &&StatusOutcome| matches!(it, StatusOutcome::Changed(_));
    assert_eq!(outcomes.iter().filter(changed).count(), 1, "{outcomes:?}");
    assert!(outcomes.contains(&StatusOutcome::LastAdmin), "{outcomes:?}");
    let nobody = suspend(&shop, ann, UserId::generate()).await.unwrap();
    assert_eq!(nobody, StatusOutcome::NotFound);
    let barred = if matches!(outcomes[0], StatusOutcome::Changed(_)) {
        bob
    } else {
        ann
    };
    let again = suspend(&shop, ann, barred).await.unwrap();
    assert_eq!(again, StatusOutcome::WrongStatus(AccountStatus::Suspended));
    let account = shop.account(barred).await.unwrap().unwrap();
    assert_eq!(account.status_reason.as_deref(), Some("because"));
}

async fn the_audit_log_is_paged_backwards(on: Kind) {
    let shop = Shop::open(on).await;
    let [ann, bob, eve] = shop.people(["ann", "bob", "eve"]).await;
    for whom in [ann, bob, eve] {
        suspend(&shop, ann, whom).await.unwrap();
    }
    // All three are of the same millisecond.
    let first = shop.audit_log(Cursor::LAST, 2).await.unwrap();
    let before = Cursor {
        at: first[1].at,
        id: first[1].entry_id,
    };
    let second = shop.audit_log(before, 2).await.unwrap();
    let targets: Vec<_> = first.iter().chain(&second).map(|it| it.target_id).collect();
    assert_eq!(targets, [Some(eve), Some(bob), Some(ann)]);
    assert_eq!(first[0].reason.as_deref(), Some("because"));
    assert_eq!(first[0].actor_id, Some(ann));
    assert!(shop.audit_log(Cursor::FIRST, 2).await.unwrap().is_empty());
}

async fn the_store_answers_until_it_is_closed(on: Kind) {
    let shop = Shop::open(on).await;
    shop.ping().await.unwrap();
    shop.close().await;
    assert!(shop.ping().await.unwrap_err().is_unavailable());
    assert!(shop.begin().await.unwrap_err().is_unavailable());
}

async fn a_line_is_added_to_the_audit_log(on: Kind) {
    let shop = Shop::open(on).await;
    let entry = NewAuditEntry {
        at: Timestamp(5),
        actor_id: None,
        action: "install_plugin",
        target_id: None,
        reason: None,
        detail: Some("plugin p".to_owned()),
    };
    shop.add_audit_entry(&entry).await.unwrap();
    let audit = shop.audit_log(Cursor::LAST, 10).await.unwrap();
    assert_eq!(
        (audit.len(), audit[0].action.as_str()),
        (1, "install_plugin")
    );
    assert_eq!(audit[0].detail, entry.detail);
}

async fn a_bot_is_known_by_its_id_and_not_found(on: Kind) {
    let shop = Shop::open(on).await;
    shop.person("bo").await;
    let bot = new_user("bot:p", 0);
    shop.create_bot(&bot).await.unwrap();
    let profiles = shop.known_profiles(&[bot.user_id]).await.unwrap();
    assert_eq!(profiles[0].username, "bot:p");
    let found = shop.active_people("bo", 9).await.unwrap();
    assert_eq!(found.len(), 1);
    for status in [None, Some(AccountStatus::Active)] {
        let wanted = AccountFilter {
            status,
            ..AccountFilter::default()
        };
        let found = shop.accounts(wanted, Cursor::FIRST, 9).await.unwrap();
        assert_eq!(found.len(), 1, "{status:?}");
    }
    let counts = shop.account_counts().await.unwrap();
    assert_eq!(counts, [(AccountStatus::Active, 1)]);
    let by_id = AccountFilter {
        user_ids: &[bot.user_id],
        ..AccountFilter::default()
    };
    let found = shop.accounts(by_id, Cursor::FIRST, 9).await.unwrap();
    assert_eq!(found[0].username, "bot:p");
}
