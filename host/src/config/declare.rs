//! The little language in which `keys` declares the settings.
//!
//! Rule: whoever wants to do something with every setting writes a [`Visitor`]; there is no second list.

use std::ops::RangeInclusive;

use super::value::Setting;

/// What is known of a setting besides its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct About {
    /// `limits`.
    pub(super) section: &'static str,
    /// What the section is for.
    pub(super) section_doc: &'static [&'static str],
    /// `message_body_bytes`.
    pub(super) name: &'static str,
    /// What the setting does.
    pub(super) doc: &'static [&'static str],
}

impl About {
    /// `limits.message_body_bytes`.
    pub(super) fn key(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }
}

/// Is shown every setting, in the order of their declaration.
pub(super) trait Visitor {
    /// One setting, its present value and its range if it is a number.
    fn setting<T: Setting>(
        &mut self,
        about: About,
        value: &mut T,
        range: Option<RangeInclusive<T>>,
    );
}

/// Makes one struct per section, the `Config` over them, their defaults, and `Config::visit`.
macro_rules! settings {
    (@range) => { None };
    (@range $range:expr) => { Some($range) };
    ($(
        $(#[doc = $section_doc:literal])*
        $section:ident: $struct:ident {
            $(
                $(#[doc = $doc:literal])*
                $name:ident: $ty:ty = $default:expr $(, in $range:expr)?;
            )*
        }
    )*) => {
        $(
            $(#[doc = $section_doc])*
            #[derive(Clone, Debug, PartialEq)]
            pub struct $struct {
                $($(#[doc = $doc])* pub $name: $ty,)*
            }

            impl $struct {
                const DOC: &[&str] = &[$($section_doc),*];
            }

            impl Default for $struct {
                fn default() -> Self {
                    Self { $($name: $default,)* }
                }
            }
        )*

        /// All settings, checked.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Config {
            $($(#[doc = $section_doc])* pub $section: $struct,)*
        }

        impl Config {
            /// Shows every setting to `visitor`.
            pub(super) fn visit(&mut self, visitor: &mut impl $crate::config::declare::Visitor) {
                $($(
                    visitor.setting::<$ty>(
                        $crate::config::declare::About {
                            section: stringify!($section),
                            section_doc: $struct::DOC,
                            name: stringify!($name),
                            doc: &[$($doc),*],
                        },
                        &mut self.$section.$name,
                        $crate::config::declare::settings!(@range $($range)?),
                    );
                )*)*
            }
        }
    };
}
pub(super) use settings;
