//! Looking for people.

use super::*;
use crate::model::Profile;

on_both_databases![
    people_are_found_by_the_beginning_of_either_name,
    who_waits_cannot_be_found,
    a_new_display_name_raises_the_rev_and_is_found,
];

async fn people_are_found_by_the_beginning_of_either_name(on: Kind) {
    let house = House::new(on, RegistrationMode::Open).await;
    for (name, display) in [
        ("alice", "Älice Öz"),
        ("bob", "alistair"),
        ("carol", "ΟΔΟΣ ΑΒΓ"),
        ("al_100", "%"),
    ] {
        let display_name = DisplayName::parse(display).ok();
        let newcomer = Registration {
            display_name,
            ..registration(name)
        };
        house.accounts.register(newcomer).await.unwrap();
    }
    for (query, expected) in [
        ("AL", &["al_100", "alice", "bob"][..]),
        ("äL", &["alice"]),
        ("ÄLICE Ö", &["alice"]),
        ("ali", &["alice", "bob"]),
        ("al_", &["al_100"]),
        ("%", &["al_100"]),
        ("οδοσ", &["carol"]),
        ("ΟΔΟΣ", &["carol"]),
        ("zzz", &[]),
        ("", &["al_100", "alice", "bob", "carol"]),
    ] {
        let found = house.accounts.people(query, 10).await.unwrap();
        let names: Vec<_> = found.iter().map(|it| it.username.as_str()).collect();
        assert_eq!(names, expected, "{query:?}");
    }
}

async fn who_waits_cannot_be_found(on: Kind) {
    let house = House::new(on, RegistrationMode::Approval).await;
    let alice = house.register("alice").await;
    assert_eq!(
        house.accounts.people("al", 10).await.unwrap(),
        Vec::<Profile>::new()
    );
    let hidden = house.accounts.profile(alice.user.user_id).await;
    assert!(matches!(hidden, Err(AccountError::NotFound)));
}

async fn a_new_display_name_raises_the_rev_and_is_found(on: Kind) {
    let house = House::open(on).await;
    let alice = house.register("alice").await;
    let name = DisplayName::parse("Zoë").unwrap();
    let renamed = house
        .accounts
        .rename(alice.user.user_id, &name)
        .await
        .unwrap();
    assert_eq!(renamed.display_name, "Zoë");
    assert_eq!(renamed.user_rev, alice.user.user_rev + 1);
    assert_eq!(house.accounts.people("zoë", 10).await.unwrap().len(), 1);
}
