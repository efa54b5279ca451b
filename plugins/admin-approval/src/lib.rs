//! Newcomers wait until an admin lets them in.
//!
//! Rule: nobody enters but by an admin's word, a valid invite, or a verified address of a domain that the operator trusts.
//!
//! It remembers nothing: the server knows who waits, and what they answered.
//!
//! The files: `settings` (what the operator may say), `panel` (what admins see and click).

mod panel;
mod settings;
#[cfg(test)]
mod tests;

use natter_plugin::{
    Lifecycle, Registration, lifecycle::Description, log, registration::Decision,
    registration::Newcomer,
};
use settings::Settings;

struct AdminApproval;

natter_plugin::export!(AdminApproval: lifecycle, registration, admin);

impl Lifecycle for AdminApproval {
    fn describe() -> Description {
        Description {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            summary: env!("CARGO_PKG_DESCRIPTION").to_owned(),
            config_schema: include_str!("settings.schema.json").to_owned(),
            state_version: 1,
            attrs: Vec::new(),
        }
    }

    fn init() -> Result<(), String> {
        Settings::read().map(drop)
    }

    fn migrate(_: u32) -> Result<(), String> {
        Ok(())
    }
}

impl Registration for AdminApproval {
    fn register(newcomer: Newcomer) -> Decision {
        let settings = match Settings::read() {
            Ok(settings) => settings,
            // `init` has refused such settings; should it come to this, they wait.
            Err(why) => return Decision::hold(why),
        };
        if let Some(why) = settings.trusts(&newcomer) {
            log::info(format!("let in by {why}"));
            return Decision::allow();
        }
        Decision::ask(note(&newcomer), settings.open_questions(&newcomer))
    }
}

/// What the admin reads beside the newcomer.
fn note(newcomer: &Newcomer) -> String {
    let address = match (&newcomer.email, newcomer.email_verified) {
        (None, _) => "no e-mail address",
        (Some(_), true) => "a verified e-mail address",
        (Some(_), false) => "an e-mail address that was not verified",
    };
    match &newcomer.invite_label {
        Some(label) => format!("{address}, invite \"{label}\""),
        None => address.to_owned(),
    }
}
