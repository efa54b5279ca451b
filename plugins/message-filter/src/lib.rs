//! Masks, refuses or holds messages by words, patterns, links, repetition and flooding.
//!
//! Rule: every rule is asked, and the strictest verdict counts: refuse before hold, hold before mask. Patterns are compiled once per
//! instance, which sees one config all its life.
//!
//! The files: `settings` (what the operator may say), `rules` (what is made of it), `text` (words, patterns, links), `pace` (repetition,
//! flooding).

mod pace;
mod rules;
mod settings;
#[cfg(test)]
mod tests;
mod text;

use std::{cell::RefCell, rc::Rc};

use natter_plugin::{Lifecycle, Message, Messages, lifecycle::Description, messages::Decision};
use rules::Rules;

struct MessageFilter;

natter_plugin::export!(MessageFilter: lifecycle, messages);

thread_local! {
    static RULES: RefCell<Option<Rc<Rules>>> = const { RefCell::new(None) };
}

impl Lifecycle for MessageFilter {
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
        let rules = Rules::read()?;
        RULES.set(Some(Rc::new(rules)));
        Ok(())
    }

    fn migrate(_: u32) -> Result<(), String> {
        Ok(())
    }
}

impl Messages for MessageFilter {
    fn before(message: Message) -> Decision {
        let rules = RULES.with_borrow(Option::clone);
        // The server calls `init` before anything else.
        let rules = rules.expect("init has read the rules");
        rules.judge(&message)
    }
}
