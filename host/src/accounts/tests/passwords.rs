//! New passwords, links, devices.

use super::*;
use crate::model::DeviceId;

on_both_databases![
    a_new_password_needs_the_old_one_and_logs_others_out,
    a_reset_link_works_once_and_ends_every_device,
    a_device_is_renamed_and_revoked_by_its_owner_only,
    without_letters_nothing_is_promised,
];

const NEW: &str = "battery staple";

async fn identity(house: &House, tokens: &TokenPair) -> Identity {
    let known = house.accounts.authenticate(&tokens.access_token).await;
    known.unwrap().0
}

fn new() -> Password {
    Password::parse(NEW.to_owned()).unwrap()
}

async fn a_new_password_needs_the_old_one_and_logs_others_out(on: Kind) {
    let house = House::open(on).await;
    let here = house.register("alice").await;
    let there = house.log_in("alice", PASSWORD).await.unwrap();
    let (session_here, session_there) = (house.connect(&here), house.connect(&there));
    let identity = identity(&house, &here).await;
    let change = async |old: &str, others| {
        let owner = house.accounts.prove_owner(identity, old.to_owned());
        let owner = owner.await?;
        house.accounts.change_password(owner, new(), others).await
    };
    for wrong in ["wrong password", "short"] {
        let refused = change(wrong, OtherDevices::LogOut).await;
        assert!(
            matches!(refused, Err(AccountError::BadCredentials)),
            "{refused:?}"
        );
    }
    change(PASSWORD, OtherDevices::Keep).await.unwrap();
    assert_eq!(closed_as(&session_there).await, None);
    assert!(house.log_in("alice", PASSWORD).await.is_err());
    change(NEW, OtherDevices::LogOut).await.unwrap();
    assert_eq!(closed_as(&session_there).await, Some(CloseReason::Revoked));
    assert_eq!(closed_as(&session_here).await, None);
    assert!(
        house
            .accounts
            .authenticate(&there.access_token)
            .await
            .is_err()
    );
    assert!(house.accounts.refresh(&there.refresh_token).await.is_err());
    assert!(house.accounts.refresh(&here.refresh_token).await.is_ok());
    assert!(house.log_in("alice", NEW).await.is_ok());
}

async fn a_reset_link_works_once_and_ends_every_device(on: Kind) {
    let house = House::open(on).await;
    let (admin, alice) = (house.admin().await, house.register("alice").await);
    let session = house.connect(&alice);
    let by = admin.user.user_id;
    let make = async |user_id| house.accounts.make_reset_link(by, user_id).await;
    let first = make(alice.user.user_id).await.unwrap();
    let second = make(alice.user.user_id).await.unwrap();
    assert!(second.path.ends_with(&second.token), "{second:?}");
    let nobody = make(UserId::generate()).await;
    assert!(matches!(nobody, Err(AccountError::NotFound)), "{nobody:?}");
    let bot = house.accounts.bot("filter").await.unwrap();
    assert!(matches!(make(bot).await, Err(AccountError::NotFound)));

    let before = house.accounts.passwords.runs();
    for token in [first.token.as_str(), "", "nonsense"] {
        let refused = house.accounts.reset_password(token, new()).await;
        assert!(
            matches!(refused, Err(AccountError::InvalidLink)),
            "{token}: {refused:?}"
        );
    }
    assert_eq!(
        house.accounts.passwords.runs(),
        before,
        "what cannot be right costs nothing"
    );
    let (one, other) = tokio::join!(
        house.accounts.reset_password(&second.token, new()),
        house.accounts.reset_password(&second.token, new()),
    );
    assert_eq!(
        u8::from(one.is_ok()) + u8::from(other.is_ok()),
        1,
        "{one:?} {other:?}"
    );
    assert_eq!(closed_as(&session).await, Some(CloseReason::Revoked));
    assert!(
        house
            .accounts
            .authenticate(&alice.access_token)
            .await
            .is_err()
    );
    assert!(house.log_in("alice", PASSWORD).await.is_err());
    assert!(house.log_in("alice", NEW).await.is_ok());
    let audit = house.accounts.audit_log(None, 10).await.unwrap();
    let actions: Vec<_> = audit.iter().map(|it| it.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "reset_password",
            "make_reset_link",
            "make_reset_link",
            "setup"
        ]
    );
    let by = format!("by a link that {by} made");
    assert_eq!(audit[0].detail.as_deref(), Some(by.as_str()));
}

async fn a_device_is_renamed_and_revoked_by_its_owner_only(on: Kind) {
    let house = House::open(on).await;
    let [alice, bob] = [house.register("alice").await, house.register("bob").await];
    let phone = house.log_in("alice", PASSWORD).await.unwrap();
    let session = house.connect(&phone);
    let (alices, bobs) = (identity(&house, &alice).await, identity(&house, &bob).await);
    let name = DeviceName::parse("Pocket").unwrap();
    let accounts = &house.accounts;
    for (who, device_id) in [(bobs, phone.device_id), (alices, DeviceId::generate())] {
        let renamed = accounts.rename_device(who, device_id, &name).await;
        assert!(
            matches!(renamed, Err(AccountError::NoSuchDevice)),
            "{renamed:?}"
        );
        let revoked = accounts.revoke_device(who, device_id).await;
        assert!(
            matches!(revoked, Err(AccountError::NoSuchDevice)),
            "{revoked:?}"
        );
    }
    accounts
        .rename_device(alices, phone.device_id, &name)
        .await
        .unwrap();
    let listed = accounts.devices(alices).await.unwrap();
    let seen: Vec<_> = listed
        .iter()
        .map(|it| (it.name.as_str(), it.is_connected, it.is_this_one))
        .collect();
    assert_eq!(seen, [("Pocket", true, false), ("", false, true)]);
    accounts
        .revoke_device(alices, phone.device_id)
        .await
        .unwrap();
    assert_eq!(closed_as(&session).await, Some(CloseReason::Revoked));
    assert!(accounts.authenticate(&phone.access_token).await.is_err());
    house.log_in("alice", PASSWORD).await.unwrap();
    assert_eq!(accounts.revoke_other_devices(alices).await.unwrap(), 1);
    assert_eq!(accounts.devices(alices).await.unwrap().len(), 1);
}

async fn without_letters_nothing_is_promised(on: Kind) {
    let house = House::open(on).await;
    let alice = house.register("alice").await;
    let identity = identity(&house, &alice).await;
    let address = "alice@example.org".to_owned();
    let owner = house.accounts.prove_owner(identity, PASSWORD.to_owned());
    let owner = owner.await.unwrap();
    let refused = house.accounts.set_email(&owner, address.clone()).await;
    assert!(matches!(refused, Err(AccountError::NoMail)), "{refused:?}");
    let refused = house.accounts.forgot_password(address);
    assert!(matches!(refused, Err(AccountError::NoMail)), "{refused:?}");
    let known = house.accounts.email(alice.user.user_id).await.unwrap();
    assert_eq!((known.address, known.can_be_verified), (None, false));
}
