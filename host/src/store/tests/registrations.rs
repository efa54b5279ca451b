//! Invites and newcomers.

use super::*;
use crate::model::{Cursor, Invite};

on_both_databases![
    an_invite_is_valid_until_it_is_used_up_revoked_or_old,
    a_use_is_counted_when_its_bearer_becomes_active,
    a_bot_has_no_device_and_is_no_admin,
];

fn invite(by: UserId, code: &str) -> Invite {
    Invite {
        invite_id: Uuid::now_v7(),
        code: code.to_owned(),
        label: "friends".to_owned(),
        created_by: by,
        created_at: Timestamp(1),
        expires_at: Some(Timestamp(100)),
        max_uses: Some(1),
        uses: 0,
        revoked_at: None,
    }
}

fn entry(at: i64) -> NewAuditEntry {
    NewAuditEntry {
        at: Timestamp(at),
        actor_id: None,
        action: "of an invite",
        target_id: None,
        reason: None,
        detail: None,
    }
}

fn said(user_id: UserId, invite: &Invite) -> RegistrationRow {
    RegistrationRow {
        user_id,
        email: Some("a@example.org".to_owned()),
        invite_id: Some(invite.invite_id),
        plugin: None,
        note: String::new(),
        questions: "[]".to_owned(),
        answers: "[]".to_owned(),
    }
}

async fn an_invite_is_valid_until_it_is_used_up_revoked_or_old(on: Kind) {
    let shop = Shop::open(on).await;
    let root = shop.person("root").await;
    let (one, other) = (invite(root, "one"), invite(root, "other"));
    shop.create_invite(&one, &entry(5)).await.unwrap();
    shop.create_invite(&other, &entry(5)).await.unwrap();
    let valid = async |code: &str, at| shop.valid_invite(code, Timestamp(at)).await.unwrap();
    assert_eq!(valid("one", 99).await, Some(one.clone()));
    assert_eq!(valid("one", 100).await, None);
    assert_eq!(valid("none", 1).await, None);
    let found = shop.invite(one.invite_id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&one));
    assert_eq!(shop.invite(Uuid::nil()).await.unwrap(), None);

    let ann = new_user("ann", 5);
    let device = new_device(ann.user_id, "ann");
    let made = shop
        .create_newcomer(&ann, &device, &said(ann.user_id, &one), Some(one.invite_id))
        .await;
    assert_eq!(made.unwrap(), NewcomerOutcome::Made);
    let bob = new_user("bob", 5);
    let device = new_device(bob.user_id, "bob");
    let late = shop
        .create_newcomer(&bob, &device, &said(bob.user_id, &one), Some(one.invite_id))
        .await;
    assert_eq!(late.unwrap(), NewcomerOutcome::InviteGone);
    assert!(!shop.username_exists("bob").await.unwrap());
    assert_eq!(valid("one", 5).await, None);

    assert!(
        shop.revoke_invite(other.invite_id, &entry(6))
            .await
            .unwrap()
    );
    assert!(
        !shop
            .revoke_invite(other.invite_id, &entry(7))
            .await
            .unwrap()
    );
    assert_eq!(valid("other", 5).await, None);
    let audit = shop.audit_log(Cursor::LAST, 9).await.unwrap();
    let noted: Vec<_> = audit.iter().map(|it| it.at.0).collect();
    assert_eq!(noted, [6, 5, 5], "what was done, and nothing else");
    let all = shop.invites(Cursor::FIRST, 10).await.unwrap();
    let uses: Vec<_> = all.iter().map(|it| (it.code.as_str(), it.uses)).collect();
    assert_eq!(uses, [("one", 1), ("other", 0)]);
}

async fn a_use_is_counted_when_its_bearer_becomes_active(on: Kind) {
    let shop = Shop::open(on).await;
    let root = shop.person("root").await;
    let it = invite(root, "code");
    shop.create_invite(&it, &entry(5)).await.unwrap();
    let mut ann = new_user("ann", 5);
    ann.status = AccountStatus::Pending;
    let mut row = said(ann.user_id, &it);
    let device = new_device(ann.user_id, "ann");
    let made = shop.create_newcomer(&ann, &device, &row, None).await;
    assert_eq!(made.unwrap(), NewcomerOutcome::Made);
    row.answers = "[1]".to_owned();
    shop.update_registration(&row).await.unwrap();
    let kept = shop.registration(ann.user_id).await.unwrap();
    assert_eq!(kept.as_ref(), Some(&row));
    let newcomers = async |after: UserId| {
        let found = shop.newcomers(after, 9).await.unwrap().into_iter();
        found
            .map(|(who, said)| (who.username, said))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        newcomers(UserId(Uuid::nil())).await,
        [("ann".to_owned(), row)]
    );
    assert_eq!(newcomers(ann.user_id).await, []);
    let uses = async || shop.invites(Cursor::FIRST, 1).await.unwrap()[0].uses;
    assert_eq!(uses().await, 0);
    let mut change = StatusChange {
        user_id: ann.user_id,
        from: [AccountStatus::Pending, AccountStatus::Rejected],
        to: AccountStatus::Active,
        invite_use: InviteUse::Valid(it.invite_id),
        audit: NewAuditEntry {
            at: Timestamp(9),
            actor_id: Some(root),
            action: "approve",
            target_id: Some(ann.user_id),
            reason: None,
            detail: None,
        },
    };
    shop.revoke_invite(it.invite_id, &entry(8)).await.unwrap();
    let refused = shop.change_status(&change).await.unwrap();
    assert_eq!(refused, StatusOutcome::InviteGone);
    change.invite_use = InviteUse::Anyway;
    let changed = shop.change_status(&change).await.unwrap();
    assert!(matches!(changed, StatusOutcome::Changed(_)), "{changed:?}");
    assert_eq!(uses().await, 1);
    assert_eq!(newcomers(UserId(Uuid::nil())).await, []);
}

async fn a_bot_has_no_device_and_is_no_admin(on: Kind) {
    let shop = Shop::open(on).await;
    let bot = new_user("bot:filter", 1);
    shop.create_bot(&bot).await.unwrap();
    let made = shop.account_by_name("bot:filter").await.unwrap();
    assert_eq!(made.unwrap().user_id, bot.user_id);
    assert!(shop.create_bot(&bot).await.is_err());
    let mut root = new_user("root", 2);
    root.role = UserRole::Admin;
    shop.create_bot(&root).await.unwrap();
    assert_eq!(shop.active_admins().await.unwrap(), [root.user_id]);
}
