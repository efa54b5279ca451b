//! The types that a setting may have: how each is read from TOML and from plain text (environment, flags), and shown.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

/// A type of setting.
pub(super) trait Setting: Sized + PartialOrd {
    /// What may stand there, for people: `a whole number`.
    fn allowed() -> String;

    /// From an environment variable or a flag.
    fn from_text(text: &str) -> Option<Self>;

    /// From the file. Most settings are strings there.
    fn from_toml(value: &toml::Value) -> Option<Self> {
        value.as_str().and_then(Self::from_text)
    }

    /// As it would stand in the file; `None` if it is not set.
    fn to_toml(&self) -> Option<toml::Value>;
}

macro_rules! whole_numbers {
    ($($ty:ty)*) => {$(
        impl Setting for $ty {
            fn allowed() -> String {
                "a whole number".to_owned()
            }

            fn from_text(text: &str) -> Option<Self> {
                text.replace('_', "").parse().ok()
            }

            fn from_toml(value: &toml::Value) -> Option<Self> {
                value.as_integer().and_then(|number| Self::try_from(number).ok())
            }

            fn to_toml(&self) -> Option<toml::Value> {
                i64::try_from(*self).ok().map(toml::Value::Integer)
            }
        }
    )*};
}
whole_numbers! { u16 u32 u64 usize }

impl Setting for bool {
    fn allowed() -> String {
        "`true` or `false`".to_owned()
    }

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn from_toml(value: &toml::Value) -> Option<Self> {
        value.as_bool()
    }

    fn to_toml(&self) -> Option<toml::Value> {
        Some((*self).into())
    }
}

impl Setting for String {
    fn allowed() -> String {
        "text".to_owned()
    }

    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn to_toml(&self) -> Option<toml::Value> {
        Some(self.as_str().into())
    }
}

impl Setting for Option<String> {
    fn allowed() -> String {
        "text, or empty for none".to_owned()
    }

    fn from_text(text: &str) -> Option<Self> {
        Some((!text.is_empty()).then(|| text.to_owned()))
    }

    fn to_toml(&self) -> Option<toml::Value> {
        self.as_deref().map(Into::into)
    }
}

impl Setting for Vec<String> {
    fn allowed() -> String {
        "a list of texts (separated by commas in the environment and in flags)".to_owned()
    }

    fn from_text(text: &str) -> Option<Self> {
        let items = text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty());
        Some(items.map(ToOwned::to_owned).collect())
    }

    fn from_toml(value: &toml::Value) -> Option<Self> {
        let items = value.as_array()?.iter();
        items
            .map(|item| item.as_str().map(ToOwned::to_owned))
            .collect()
    }

    fn to_toml(&self) -> Option<toml::Value> {
        Some(self.clone().into())
    }
}

impl Setting for Vec<IpAddr> {
    fn allowed() -> String {
        "a list of IP addresses (separated by commas in the environment and in flags)".to_owned()
    }

    fn from_text(text: &str) -> Option<Self> {
        let items = <Vec<String> as Setting>::from_text(text)?;
        items.iter().map(|item| item.parse().ok()).collect()
    }

    fn from_toml(value: &toml::Value) -> Option<Self> {
        let items = <Vec<String> as Setting>::from_toml(value)?;
        items.iter().map(|item| item.parse().ok()).collect()
    }

    fn to_toml(&self) -> Option<toml::Value> {
        let items: Vec<String> = self.iter().map(ToString::to_string).collect();
        Some(items.into())
    }
}

impl Setting for PathBuf {
    fn allowed() -> String {
        "a path".to_owned()
    }

    fn from_text(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| text.into())
    }

    fn to_toml(&self) -> Option<toml::Value> {
        Some(self.display().to_string().into())
    }
}

impl Setting for SocketAddr {
    fn allowed() -> String {
        "an address and a port, such as `127.0.0.1:8080`".to_owned()
    }

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn to_toml(&self) -> Option<toml::Value> {
        Some(self.to_string().into())
    }
}
