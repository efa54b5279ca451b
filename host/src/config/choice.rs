//! The settings that are one of a few words.

use super::value::Setting;

macro_rules! choices {
    ($($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $variant_doc:literal])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
        pub enum $name {
            $($(#[doc = $variant_doc])* $variant,)*
        }

        impl $name {
            /// The word that stands in the settings.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl Setting for $name {
            fn allowed() -> String {
                concat!("one of", $(" `", $word, "`",)*).to_owned()
            }

            fn from_text(text: &str) -> Option<Self> {
                match text {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }

            fn to_toml(&self) -> Option<toml::Value> {
                Some(self.as_str().into())
            }
        }
    )*};
}

choices! {
    /// How safe an acknowledged message is on SQLite.
    SqliteDurability {
        /// It survives a power cut.
        Full = "full",
        /// It survives a crash of the process; a power cut may lose the last of them.
        Normal = "normal",
    }
    /// Who may make an account.
    RegistrationMode {
        /// Anybody, and is active at once.
        Open = "open",
        /// Anybody, and waits for an admin.
        Approval = "approval",
        /// Nobody.
        Closed = "closed",
    }
    /// The header in which proxies name the client.
    ProxyHeader {
        /// The common one.
        XForwardedFor = "x-forwarded-for",
        /// RFC 7239.
        Forwarded = "forwarded",
    }
    /// Which decisions of policies are kept.
    RecordDecisions {
        /// Those that did not simply allow.
        Notable = "notable",
        /// Each.
        All = "all",
    }
    /// What a log line looks like.
    LogFormat {
        /// `human` on a terminal, `json` otherwise.
        Auto = "auto",
        /// For reading.
        Human = "human",
        /// One JSON object a line.
        Json = "json",
    }
}
