//! Why something did not become active.

/// Why something did not become active, in words for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) why: String,
    /// The same files may be taken a little later: it was the disk, the database, or a busy machine.
    pub(super) is_transient: bool,
}

impl Refusal {
    /// The files themselves are wrong.
    pub(super) fn of_content(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            is_transient: false,
        }
    }

    /// It may go better the next time.
    pub(super) fn for_now(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            is_transient: true,
        }
    }
}
