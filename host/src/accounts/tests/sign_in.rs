//! Registration, login, refresh, logout.

use super::super::refresh_token::RefreshToken;
use super::*;
use crate::store::{Rotation, TokenTurn};

on_both_databases![
    who_registers_is_known_by_the_token_and_can_log_in_again,
    of_two_who_want_a_name_at_once_one_gets_it,
    an_unknown_name_and_a_wrong_password_look_alike_and_cost_alike,
    the_mode_decides_how_newcomers_start,
    a_refresh_token_works_once_and_its_reuse_ends_the_device,
    of_two_who_present_a_refresh_token_at_once_one_is_refused,
    a_refresh_token_that_ran_out_or_was_never_ours_ends_nothing,
    logout_ends_tokens_and_sockets_of_that_device_only,
    dead_devices_are_forgotten_and_live_ones_kept,
];

async fn who_registers_is_known_by_the_token_and_can_log_in_again(on: Kind) {
    let house = House::open(on).await;
    let tokens = house.register("Alice").await;
    assert_eq!(tokens.user.username, "alice");
    assert_eq!(tokens.user.display_name, "alice");
    let (identity, account) = house
        .accounts
        .authenticate(&tokens.access_token)
        .await
        .unwrap();
    assert_eq!(identity.user_id, tokens.user.user_id);
    assert_eq!(identity.device_id, tokens.device_id);
    assert_eq!(identity.expires_at.0, tokens.access_expires_at.0);
    assert_eq!(account, tokens.user);

    let again = house.log_in("ALICE", PASSWORD).await.unwrap();
    assert_eq!(again.user, tokens.user);
    assert_ne!(again.device_id, tokens.device_id);
    let taken = house.accounts.register(registration("aLiCe")).await;
    assert!(matches!(taken, Err(AccountError::UsernameTaken)));
}

async fn of_two_who_want_a_name_at_once_one_gets_it(on: Kind) {
    let house = House::open(on).await;
    let (one, other) = tokio::join!(
        house.accounts.register(registration("alice")),
        house.accounts.register(registration("alice")),
    );
    let refused: Vec<_> = [one, other].into_iter().filter_map(Result::err).collect();
    assert!(matches!(refused[..], [AccountError::UsernameTaken]));
}

async fn an_unknown_name_and_a_wrong_password_look_alike_and_cost_alike(on: Kind) {
    let house = House::open(on).await;
    house.register("alice").await;
    for (name, password) in [
        ("alice", "wrong password"),
        ("bob", "wrong password"),
        ("not a name", "wrong password"),
    ] {
        let before = house.accounts.passwords.runs();
        let refused = house.log_in(name, password).await;
        assert!(
            matches!(refused, Err(AccountError::BadCredentials)),
            "{name}"
        );
        assert_eq!(house.accounts.passwords.runs(), before + 1, "{name}");
    }
    for name in ["alice", "bob"] {
        let before = house.accounts.passwords.runs();
        let refused = house.log_in(name, "short").await;
        assert!(
            matches!(refused, Err(AccountError::BadCredentials)),
            "{name}"
        );
        assert_eq!(house.accounts.passwords.runs(), before, "{name}");
    }
}

async fn the_mode_decides_how_newcomers_start(on: Kind) {
    for (mode, expected) in [
        (RegistrationMode::Open, Some(AccountStatus::Active)),
        (RegistrationMode::Approval, Some(AccountStatus::Pending)),
        (RegistrationMode::Closed, None),
    ] {
        let house = House::new(on, mode).await;
        let got = house.accounts.register(registration("alice")).await;
        match (got, expected) {
            (Ok(tokens), Some(status)) => assert_eq!(tokens.user.status, status),
            (Err(AccountError::RegistrationClosed), None) => {}
            (other, _) => panic!("{mode:?}: {:?}", other.err()),
        }
    }
}

async fn a_refresh_token_works_once_and_its_reuse_ends_the_device(on: Kind) {
    let house = House::open(on).await;
    let first = house.register("alice").await;
    let other_device = house.log_in("alice", PASSWORD).await.unwrap();
    let (mine, others) = (house.connect(&first), house.connect(&other_device));

    let second = house.accounts.refresh(&first.refresh_token).await.unwrap();
    let third = house.accounts.refresh(&second.refresh_token).await.unwrap();
    assert_eq!(third.device_id, first.device_id);
    assert_eq!(closed_as(&mine).await, None);

    let reused = house.accounts.refresh(&first.refresh_token).await;
    assert!(matches!(reused, Err(AccountError::Unauthenticated)));
    assert_eq!(closed_as(&mine).await, Some(CloseReason::Revoked));
    for token in [&third.access_token, &first.access_token] {
        let refused = house.accounts.authenticate(token).await;
        assert!(matches!(refused, Err(AccountError::Unauthenticated)));
    }
    let newest = house.accounts.refresh(&third.refresh_token).await;
    assert!(matches!(newest, Err(AccountError::Unauthenticated)));

    assert_eq!(closed_as(&others).await, None, "another family");
    assert!(
        house
            .accounts
            .refresh(&other_device.refresh_token)
            .await
            .is_ok()
    );
    let audit = house.accounts.audit_log(None, 10).await.unwrap();
    assert_eq!(audit.len(), 1);
    assert_eq!(audit[0].action, "refresh_token_reused");
    assert_eq!(audit[0].target_id, Some(first.user.user_id));
    assert_eq!(audit[0].actor_id, None);
}

async fn of_two_who_present_a_refresh_token_at_once_one_is_refused(on: Kind) {
    let house = House::open(on).await;
    let tokens = house.register("alice").await;
    let (one, other) = tokio::join!(
        house.accounts.refresh(&tokens.refresh_token),
        house.accounts.refresh(&tokens.refresh_token),
    );
    assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1);
}

async fn a_refresh_token_that_ran_out_or_was_never_ours_ends_nothing(on: Kind) {
    let house = House::open(on).await;
    let tokens = house.register("alice").await;
    let strange = RefreshToken::generate().to_text();
    assert!(house.accounts.refresh(&strange).await.is_err());
    assert!(house.accounts.refresh("").await.is_err());
    assert!(
        house
            .accounts
            .authenticate(&tokens.access_token)
            .await
            .is_ok()
    );

    let later = Timestamp::now().plus_seconds(3601);
    let presented = RefreshToken::parse(&tokens.refresh_token).unwrap();
    let turn = TokenTurn {
        presented_hash: presented.hash(),
        next: presented.next().to_store(later.plus_seconds(3600)),
        barred: &[],
        at: later,
    };
    let outcome = house
        .accounts
        .store
        .turn_refresh_token(&turn)
        .await
        .unwrap();
    assert_eq!(outcome, Rotation::Unknown);
    assert!(
        house
            .accounts
            .authenticate(&tokens.access_token)
            .await
            .is_ok()
    );
}

async fn logout_ends_tokens_and_sockets_of_that_device_only(on: Kind) {
    let house = House::open(on).await;
    let here = house.register("alice").await;
    let there = house.log_in("alice", PASSWORD).await.unwrap();
    let (session_here, session_there) = (house.connect(&here), house.connect(&there));
    let (identity, _) = house
        .accounts
        .authenticate(&here.access_token)
        .await
        .unwrap();
    house.accounts.log_out(identity).await.unwrap();
    assert_eq!(closed_as(&session_here).await, Some(CloseReason::Revoked));
    assert_eq!(closed_as(&session_there).await, None);
    assert!(
        house
            .accounts
            .authenticate(&here.access_token)
            .await
            .is_err()
    );
    assert!(house.accounts.refresh(&here.refresh_token).await.is_err());
    assert!(
        house
            .accounts
            .authenticate(&there.access_token)
            .await
            .is_ok()
    );
}

async fn dead_devices_are_forgotten_and_live_ones_kept(on: Kind) {
    let house = House::open(on).await;
    let alice = house.register("alice").await;
    let gone = house.log_in("alice", PASSWORD).await.unwrap();
    let (identity, _) = house
        .accounts
        .authenticate(&gone.access_token)
        .await
        .unwrap();
    house.accounts.log_out(identity).await.unwrap();
    let later = Timestamp::now().plus_seconds(60);
    let store = &house.accounts.store;
    assert_eq!(
        store
            .remove_dead_devices(Timestamp::now(), later)
            .await
            .unwrap(),
        1
    );
    assert!(house.accounts.refresh(&alice.refresh_token).await.is_ok());
    let much_later = later.plus_seconds(7200);
    assert_eq!(
        store
            .remove_dead_devices(much_later, much_later)
            .await
            .unwrap(),
        1
    );
    house.accounts.clean_up().await.unwrap();
}
