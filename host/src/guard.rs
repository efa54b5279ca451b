//! The checks that keep people out, by name.
//!
//! Rule: each is asked as `Guard::Name.admits(condition)`, in the one place that decides. A build for development can have one of
//! them taken away, so that a test can show that it would be missed: `cargo xtask test --mutate-guards`. A release build cannot:
//! there `admits` is the condition.
//!
//! Not here: what needs no check because nothing could be done without it (whose token is not known is nobody; a
//! receipt needs the member's own row).

macro_rules! guards {
    ($($(#[doc = $doc:literal])* $name:ident,)*) => {
        /// One check.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Guard {
            $($(#[doc = $doc])* $name,)*
        }

        impl Guard {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

guards! {
    /// The device of an access token was not logged out.
    LiveDevice,
    /// The account of an access token is neither refused nor suspended.
    UnbarredAccount,
    /// Who changes what an account hangs on knows its password.
    OwnPassword,
    /// A refresh token's account is neither refused nor suspended.
    UnbarredRefresh,
    /// Who logs a device out owns it.
    OwnDevice,
    /// Who calls a route for members is one.
    ActiveCaller,
    /// Who calls a route for admins is one.
    AdminCaller,
    /// Plugins may be uploaded here.
    UploadsAllowed,
    /// A socket's page is ours or one that the settings name.
    KnownOrigin,
    /// Who sends an event is an active member.
    ActiveSession,
    /// A session stays that of its device, and so of its user.
    SameDevice,
    /// Who reads a room's messages belongs to it, or did.
    VisibleRoom,
    /// Members do not see what was written before they could.
    VisibleFrom,
    /// Former members do not see what was written later.
    VisibleTo,
    /// Of what goes to somebody who blocks its sender, only the sender sees anything.
    OnlySendersView,
    /// Who types in a room belongs to it.
    TypingMember,
    /// Who writes in a room belongs to it.
    SendingMember,
    /// Who calls in a room, or comes to its call, belongs to it.
    CallingMember,
    /// A call is there only for those whom it was for.
    OwnCall,
    /// Who ends a group's call for all is an admin of it.
    CallEndingAdmin,
    /// Who writes is not muted there.
    UnmutedSender,
    /// What somebody writes whom the addressee blocks is not for the addressee.
    UnblockedSender,
    /// Nobody writes to whom they block themselves.
    UnblockedRecipient,
    /// The first message to a person goes to an active one.
    ActiveRecipient,
    /// The first message to a person comes from somebody of whom they want one.
    WantedFirstMessage,
    /// Who calls somebody is one of whom they take calls.
    WantedCall,
    /// Who takes people into a group is an admin of it.
    AddingAdmin,
    /// Whom a group keeps out is not taken in.
    UnbannedNewcomer,
    /// Who renames a group is an admin of it.
    RenamingAdmin,
    /// Who takes others out of a group stands above them.
    RemovingAdmin,
    /// Who keeps people out of a group is an admin of it.
    BanningAdmin,
    /// Who lets them in again is one.
    UnbanningAdmin,
    /// Who sees whom a group keeps out is one.
    SeeingBansAdmin,
    /// Who deletes a message wrote it, or is an admin of its group.
    DeletingAuthor,
    /// Who changes roles owns the group.
    OwningRoleGiver,
}

impl Guard {
    /// Whether to let somebody pass.
    #[must_use]
    pub fn admits(self, meets_condition: bool) -> bool {
        meets_condition || self.is_taken_away()
    }

    /// What somebody may have: `allowed` rather than `everything`.
    #[must_use]
    pub fn narrows<T>(self, everything: T, allowed: T) -> T {
        if self.is_taken_away() {
            everything
        } else {
            allowed
        }
    }

    /// Never, in a release build.
    #[cfg(not(debug_assertions))]
    #[must_use]
    pub const fn is_taken_away(self) -> bool {
        false
    }

    /// Whether a test wants to know what happens without it.
    #[cfg(debug_assertions)]
    #[must_use]
    pub fn is_taken_away(self) -> bool {
        *taken_away::GUARD == Some(self)
    }
}

#[cfg(debug_assertions)]
mod taken_away {
    use std::sync::LazyLock;

    use super::Guard;

    /// Read once, at the first check.
    pub(super) static GUARD: LazyLock<Option<Guard>> = LazyLock::new(|| {
        let name = std::env::var("NATTER_TEST_WITHOUT_GUARD").ok()?;
        let guard = Guard::ALL.iter().find(|it| format!("{it:?}") == name);
        match guard {
            Some(guard) => tracing::error!(?guard, "this server runs WITHOUT a guard, for a test"),
            None => tracing::error!(name, "there is no such guard to take away"),
        }
        guard.copied()
    });
}

#[cfg(test)]
mod tests {
    use super::Guard;

    #[test]
    fn a_guard_admits_who_meets_its_condition() {
        for guard in Guard::ALL {
            assert!(guard.admits(true) && !guard.admits(false), "{guard:?}");
            assert_eq!(guard.narrows("all", "some"), "some", "{guard:?}");
        }
    }
}
