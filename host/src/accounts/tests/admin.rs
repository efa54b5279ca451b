//! The first admin, and what admins decide.

use super::*;
use crate::model::{AccountCounts, AccountFilter, Cursor, ServerEvent, UserRole};

on_both_databases![
    the_first_admin_is_made_once,
    an_approval_is_one_commit_that_the_person_hears_of,
    who_is_suspended_or_refused_is_told_sent_away_and_kept_out,
    the_last_admin_stays,
    lists_are_paged_without_gaps,
];

async fn the_first_admin_is_made_once(on: Kind) {
    let house = House::open(on).await;
    let token = house.accounts.setup_token().unwrap();
    let file = house.folder.path().join("setup-token");
    assert_eq!(std::fs::read_to_string(&file).unwrap().trim(), token);

    let wrong = house.accounts.set_up("wrong", registration("root")).await;
    assert!(matches!(wrong, Err(AccountError::Unauthenticated)));
    let house = house.reopened().await;
    assert_eq!(
        house.accounts.setup_token().as_ref(),
        Some(&token),
        "as before"
    );

    let (one, other) = tokio::join!(
        house.accounts.set_up(&token, registration("root")),
        house.accounts.set_up(&token, registration("toor")),
    );
    let (made, refused) = match (one, other) {
        (Ok(made), Err(refused)) | (Err(refused), Ok(made)) => (made, refused),
        _ => panic!("exactly one is made"),
    };
    assert!(matches!(refused, AccountError::AlreadySetUp));
    assert_eq!(made.user.role, UserRole::Admin);
    assert_eq!(made.user.status, AccountStatus::Active);
    assert!(!file.exists());
    let again = house.accounts.set_up(&token, registration("again")).await;
    assert!(matches!(again, Err(AccountError::AlreadySetUp)));
    assert!(house.reopened().await.accounts.setup_token().is_none());
}

async fn an_approval_is_one_commit_that_the_person_hears_of(on: Kind) {
    let house = House::new(on, RegistrationMode::Approval).await;
    let (admin, alice) = (house.admin().await, house.register("alice").await);
    let session = house.connect(&alice);

    let account = house
        .decide(&admin, &alice, DecisionKind::Approve)
        .await
        .unwrap();
    assert_eq!(account.status, AccountStatus::Active);
    assert_eq!(account.user_rev, alice.user.user_rev + 1);
    let heard = session.mailbox.take(10).await.unwrap();
    let ServerEvent::AccountStatusChanged(heard) = &heard[0].event else {
        panic!("{heard:?}");
    };
    assert_eq!(heard.status, AccountStatus::Active);
    assert_eq!(heard.reason.as_deref(), Some("because"));
    assert_eq!(heard.user_rev, account.user_rev);
    assert_eq!(closed_as(&session).await, None);

    let twice = house.decide(&admin, &alice, DecisionKind::Approve).await;
    assert!(matches!(
        twice,
        Err(AccountError::WrongStatus(AccountStatus::Active))
    ));
    let audit = house.accounts.audit_log(None, 10).await.unwrap();
    let actions: Vec<_> = audit.iter().map(|it| it.action.as_str()).collect();
    assert_eq!(
        actions,
        ["approve", "setup"],
        "and nothing of the second try"
    );
    assert_eq!(audit[0].actor_id, Some(admin.user.user_id));
    assert_eq!(audit[0].reason.as_deref(), Some("because"));
}

async fn who_is_suspended_or_refused_is_told_sent_away_and_kept_out(on: Kind) {
    for (mode, out, back, reason) in [
        (
            RegistrationMode::Open,
            DecisionKind::Suspend,
            DecisionKind::Reinstate,
            CloseReason::AccountSuspended,
        ),
        (
            RegistrationMode::Approval,
            DecisionKind::Reject,
            DecisionKind::Approve,
            CloseReason::AccountRejected,
        ),
    ] {
        let house = House::new(on, mode).await;
        let (admin, alice) = (house.admin().await, house.register("alice").await);
        let session = house.connect(&alice);
        house.decide(&admin, &alice, out).await.unwrap();
        assert_eq!(
            session.mailbox.take(10).await.unwrap().len(),
            1,
            "told first"
        );
        assert_eq!(closed_as(&session).await, Some(reason));

        let kept_out = |error: Option<AccountError>| match error.unwrap() {
            AccountError::Suspended { reason } | AccountError::Rejected { reason } => {
                reason.as_deref() == Some("because")
            }
            _ => false,
        };
        assert!(kept_out(
            house.accounts.authenticate(&alice.access_token).await.err()
        ));
        assert!(kept_out(
            house.accounts.refresh(&alice.refresh_token).await.err()
        ));
        assert!(kept_out(house.log_in("alice", PASSWORD).await.err()));
        let stranger = house.log_in("alice", "wrong password").await;
        assert!(matches!(stranger, Err(AccountError::BadCredentials)));

        house.decide(&admin, &alice, back).await.unwrap();
        assert!(
            house
                .accounts
                .authenticate(&alice.access_token)
                .await
                .is_ok()
        );
        assert!(house.accounts.refresh(&alice.refresh_token).await.is_ok());
    }
}

async fn the_last_admin_stays(on: Kind) {
    let house = House::open(on).await;
    let admin = house.admin().await;
    let refused = house.decide(&admin, &admin, DecisionKind::Suspend).await;
    assert!(matches!(refused, Err(AccountError::LastAdmin)));
    assert!(
        house
            .accounts
            .authenticate(&admin.access_token)
            .await
            .is_ok()
    );
    let audit = house.accounts.audit_log(None, 10).await.unwrap();
    assert_eq!(audit.len(), 1, "{audit:?}");
}

async fn lists_are_paged_without_gaps(on: Kind) {
    let house = House::new(on, RegistrationMode::Approval).await;
    house.admin().await;
    for name in ["alice", "bob", "carol", "dave", "erin"] {
        house.register(name).await;
    }
    let mut names = Vec::new();
    let mut after = None;
    let pending = AccountFilter {
        status: Some(AccountStatus::Pending),
        ..AccountFilter::default()
    };
    loop {
        let page = house.accounts.accounts(pending, after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(Cursor {
            at: last.created_at,
            id: last.user_id.0,
        });
        names.extend(page.into_iter().map(|account| account.username));
    }
    assert_eq!(names, ["alice", "bob", "carol", "dave", "erin"]);
    let any = AccountFilter::default();
    let all = house.accounts.accounts(any, None, 100).await.unwrap();
    assert_eq!(all.len(), 6);
    let counts = AccountCounts {
        pending: 5,
        active: 1,
        ..AccountCounts::default()
    };
    assert_eq!(house.accounts.account_counts().await.unwrap(), counts);
}
