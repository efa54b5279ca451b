//! The operator's settings, made ready to judge, and the verdict.

use std::collections::BTreeMap;

use natter_plugin::{Message, MessageChange, config, messages::Decision};

use crate::{
    pace::{Kind, Limit},
    settings::{Action, Pace, Sections, Settings},
    text::{Finder, mask},
};

/// All rules of one config.
pub(crate) struct Rules {
    everywhere: Set,
    rooms: BTreeMap<String, Set>,
}

/// The rules of one place.
struct Set {
    finders: Vec<Finder>,
    limits: Vec<Limit>,
}

/// What a rule has to say.
struct Finding<'a> {
    action: Action,
    code: &'static str,
    reason: &'a str,
}

impl Rules {
    /// # Errors
    /// What is wrong with the settings, for the operator.
    pub(crate) fn read() -> Result<Self, String> {
        let settings: Settings = config::parse().map_err(|error| format!("[config]: {error}"))?;
        let everywhere = &settings.everywhere;
        let rooms = settings.rooms.iter().map(|(room_id, sections)| {
            let set = Set::new(sections, everywhere, &format!("rooms.{room_id}."))?;
            Ok((room_id.clone(), set))
        });
        Ok(Self {
            rooms: rooms.collect::<Result<_, String>>()?,
            everywhere: Set::new(everywhere, everywhere, "")?,
        })
    }

    /// The verdict on a message.
    pub(crate) fn judge(&self, message: &Message) -> Decision {
        let room = message.room_id.as_ref().and_then(|id| self.rooms.get(id));
        room.unwrap_or(&self.everywhere).judge(message)
    }
}

impl Set {
    /// A place's own rules, and those for everywhere where it has none; these count over all places together.
    fn new(own: &Sections, everywhere: &Sections, place: &str) -> Result<Self, String> {
        let sections = own.or(everywhere);
        let finders = [
            sections
                .words
                .as_ref()
                .map(|words| Finder::words(words, place)),
            sections
                .patterns
                .as_ref()
                .map(|patterns| Finder::patterns(patterns, place)),
            sections.links.as_ref().map(Finder::links),
        ];
        let finders = finders.into_iter().flatten();
        let limit = |kind, pace: Option<&Pace>, own: Option<&Pace>| {
            pace.map(|pace| Limit::new(kind, pace, own.map_or("", |_| place)))
        };
        let repetition = sections.repetition.as_ref();
        let flooding = sections.flooding.as_ref();
        Ok(Self {
            finders: finders.collect::<Result<_, String>>()?,
            limits: [
                limit(Kind::Repetition, repetition, own.repetition.as_ref()),
                limit(Kind::Flooding, flooding, own.flooding.as_ref()),
            ]
            .into_iter()
            .flatten()
            .collect(),
        })
    }

    fn judge(&self, message: &Message) -> Decision {
        let mut found: Vec<&Finder> = self
            .finders
            .iter()
            .filter(|finder| finder.finds(&message.body))
            .collect();
        let mut strictest: Option<Finding> = None;
        for finding in found
            .iter()
            .map(|it| it.finding())
            .chain(self.paces(message))
        {
            if strictest
                .as_ref()
                .is_none_or(|it| finding.action > it.action)
            {
                strictest = Some(finding);
            }
        }
        match strictest {
            None => Decision::allow(),
            Some(finding) => match finding.action {
                Action::Allow => Decision::allow(),
                Action::Mask => Decision::modify(mask(&message.body, &found)),
                Action::Hold => {
                    // What is to be masked must not come back with the release.
                    found.retain(|it| it.action == Action::Mask);
                    match found.is_empty() {
                        true => Decision::hold(finding.code),
                        false => Decision::hold_as(finding.code, mask(&message.body, &found)),
                    }
                }
                Action::Refuse => Decision::reject(finding.code, finding.reason),
            },
        }
    }

    /// Which limits are exceeded. Every one counts, also if an earlier one is.
    fn paces(&self, message: &Message) -> Vec<Finding<'_>> {
        if message.change == MessageChange::Edit {
            return Vec::new();
        }
        let exceeded = self.limits.iter().filter(|limit| limit.count(message));
        exceeded.map(Limit::finding).collect()
    }
}

impl Finder {
    fn finding(&self) -> Finding<'_> {
        Finding {
            action: self.action,
            code: self.code,
            reason: &self.reason,
        }
    }
}

impl Limit {
    fn finding(&self) -> Finding<'_> {
        Finding {
            action: self.action,
            code: self.kind.code(),
            reason: &self.reason,
        }
    }
}
