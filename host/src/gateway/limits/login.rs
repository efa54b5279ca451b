//! How many wrong passwords may be tried: from one address, and for one account.
//!
//! Rule: nobody locks others out. An account is slowed down for addresses from which nobody has logged in to it; who comes
//! from one that has, is counted apart from them. Names that nobody has are slowed down just the same, so they are told from
//! nothing. What was right costs nothing.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{
    TABLE_CAPACITY,
    bucket::Rate,
    client::ClientAddress,
    table::{Buckets, Generations},
};

/// An account's name, hashed with a secret of this process.
type Name = u64;

/// What was tried, and how often.
#[derive(Debug)]
pub(super) struct Logins {
    addresses: Buckets<ClientAddress>,
    /// Without an address: everybody who never was there.
    accounts: Buckets<(Name, Option<ClientAddress>)>,
    /// From where accounts were logged in to. Forgotten at a restart: then their people are strangers once.
    familiar: Mutex<Generations<(Name, ClientAddress), ()>>,
    names: RandomState,
}

/// One attempt that may go on.
#[derive(Debug)]
pub(in crate::gateway) struct Attempt<'a> {
    logins: &'a Logins,
    address: ClientAddress,
    name: Name,
    lane: Option<ClientAddress>,
}

impl Logins {
    pub(super) fn new(rate: Rate) -> Self {
        Self {
            addresses: Buckets::new(rate, TABLE_CAPACITY),
            accounts: Buckets::new(rate, TABLE_CAPACITY),
            familiar: Mutex::new(Generations::new(TABLE_CAPACITY)),
            names: RandomState::new(),
        }
    }

    /// Counts an attempt as a wrong one until it is known what it was.
    ///
    /// # Errors
    /// When the next one may be made.
    pub(super) fn attempt(
        &self,
        address: ClientAddress,
        username: &str,
        now: Instant,
    ) -> Result<Attempt<'_>, Duration> {
        let name = self.names.hash_one(username.trim().to_lowercase());
        let lane = self
            .familiar()
            .contains(&(name, address))
            .then_some(address);
        self.addresses.take(address, 1, now)?;
        if let Err(wait) = self.accounts.take((name, lane), 1, now) {
            self.addresses.give_back(address, now);
            return Err(wait);
        }
        Ok(Attempt {
            logins: self,
            address,
            name,
            lane,
        })
    }

    fn familiar(&self) -> MutexGuard<'_, Generations<(Name, ClientAddress), ()>> {
        self.familiar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt<'_> {
    /// The password was right.
    pub(in crate::gateway) fn was_right(self, now: Instant) {
        self.logins
            .familiar()
            .get_or_insert_with((self.name, self.address), || ());
        self.was_not_judged(now);
    }

    /// It failed for another reason than the password.
    pub(in crate::gateway) fn was_not_judged(self, now: Instant) {
        self.logins.addresses.give_back(self.address, now);
        self.logins.accounts.give_back((self.name, self.lane), now);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const BURST: u32 = 3;

    fn address(text: &str) -> ClientAddress {
        ClientAddress::of(text.parse().unwrap())
    }

    fn logins() -> (Logins, Instant) {
        (Logins::new(Rate::per_minute(1, BURST)), Instant::now())
    }

    #[test]
    fn one_address_runs_dry_whatever_names_it_tries() {
        let (logins, now) = logins();
        let here = address("192.0.2.1");
        for at in 0..BURST {
            logins.attempt(here, &format!("person{at}"), now).unwrap();
        }
        assert_eq!(
            logins.attempt(here, "another", now).unwrap_err(),
            Duration::from_secs(60)
        );
        logins
            .attempt(address("192.0.2.2"), "another", now)
            .unwrap();
    }

    #[test]
    fn what_was_right_costs_nothing() {
        let (logins, now) = logins();
        for _ in 0..10 * BURST {
            let attempt = logins.attempt(address("192.0.2.1"), "ann", now).unwrap();
            attempt.was_right(now);
        }
    }

    #[test]
    fn strangers_do_not_lock_out_who_was_there_before() {
        let (logins, now) = logins();
        let home = address("192.0.2.1");
        logins.attempt(home, "Ann ", now).unwrap().was_right(now);
        for at in 0..BURST {
            let stranger = address(&format!("198.51.100.{at}"));
            logins.attempt(stranger, "ann", now).unwrap();
        }
        let stranger = address("198.51.100.99");
        assert!(logins.attempt(stranger, "ann", now).is_err());
        assert!(logins.attempt(stranger, "ANN", now).is_err());
        logins.attempt(home, "ann", now).unwrap();
        let later = now + Duration::from_secs(60);
        logins.attempt(stranger, "ann", later).unwrap();
    }
}
