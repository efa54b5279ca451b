//! Whom and what a plugin judges: by room, kind of room, and role.
//!
//! Rule: what an event does not say (a newcomer is in no room) is not held against it.

use serde::{Deserialize, Deserializer, de::Error as _};
use uuid::Uuid;

use crate::model::{MemberRole, RoomId, RoomKind, UserRole};

/// An empty list of `rooms` or `roles` is everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Scope {
    rooms: Vec<Rooms>,
    except_rooms: Vec<Rooms>,
    roles: Vec<Role>,
    except_roles: Vec<Role>,
}

/// What of an event the scope is about.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Subject {
    pub(super) room_id: Option<RoomId>,
    pub(super) room_kind: Option<RoomKind>,
    pub(super) member_role: Option<MemberRole>,
    pub(super) account_role: Option<UserRole>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rooms {
    Kind(RoomKind),
    One(RoomId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Role {
    /// In the room.
    Member,
    /// In the room.
    Admin,
    /// In the room.
    Owner,
    /// Of the server.
    ServerAdmin,
}

impl<'de> Deserialize<'de> for Rooms {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        match word.as_str() {
            "direct" => Ok(Self::Kind(RoomKind::Direct)),
            "group" => Ok(Self::Kind(RoomKind::Group)),
            _ => {
                let id = Uuid::parse_str(&word).map_err(|_| {
                    D::Error::custom(format!(
                        "`{word}` is no room; allowed is `direct`, `group` or a room's id"
                    ))
                })?;
                Ok(Self::One(RoomId(id)))
            }
        }
    }
}

impl Scope {
    /// Whether the plugin is asked about it.
    pub(super) fn covers(&self, subject: &Subject) -> bool {
        let in_room = |rooms: &Rooms| match rooms {
            Rooms::Kind(kind) => subject.room_kind == Some(*kind),
            Rooms::One(id) => subject.room_id == Some(*id),
        };
        let has_role = |role: &Role| match role {
            Role::Member => subject.member_role == Some(MemberRole::Member),
            Role::Admin => subject.member_role == Some(MemberRole::Admin),
            Role::Owner => subject.member_role == Some(MemberRole::Owner),
            Role::ServerAdmin => subject.account_role == Some(UserRole::Admin),
        };
        let room_is_known = subject.room_kind.is_some();
        let role_is_known = subject.member_role.is_some() || subject.account_role.is_some();
        let room_fits = !room_is_known || self.rooms.is_empty() || self.rooms.iter().any(in_room);
        let role_fits = !role_is_known || self.roles.is_empty() || self.roles.iter().any(has_role);
        room_fits
            && role_fits
            && !self.except_rooms.iter().any(in_room)
            && !self.except_roles.iter().any(has_role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, subject: Subject, expected: bool) {
        let scope: Scope = toml::from_str(text).expect("it is valid");
        assert_eq!(scope.covers(&subject), expected, "{text} {subject:?}");
    }

    #[test]
    fn rooms_and_roles_are_chosen_and_left_out() {
        let room = RoomId::generate();
        let group = Subject {
            room_id: Some(room),
            room_kind: Some(RoomKind::Group),
            member_role: Some(MemberRole::Admin),
            account_role: Some(UserRole::Member),
        };
        let direct = Subject {
            room_id: None,
            room_kind: Some(RoomKind::Direct),
            member_role: Some(MemberRole::Member),
            account_role: Some(UserRole::Admin),
        };
        check("", group, true);
        check("rooms = [\"group\"]", group, true);
        check("rooms = [\"group\"]", direct, false);
        check(&format!("rooms = [\"{room}\"]"), group, true);
        check(&format!("rooms = [\"{room}\"]"), direct, false);
        check(
            &format!("rooms = [\"group\"]\nexcept_rooms = [\"{room}\"]"),
            group,
            false,
        );
        check("roles = [\"member\", \"owner\"]", group, false);
        check("roles = [\"member\"]", direct, true);
        check("except_roles = [\"server_admin\"]", direct, false);
        check("except_roles = [\"server_admin\"]", group, true);
    }

    #[test]
    fn who_is_in_no_room_is_judged_whatever_the_rooms() {
        check(
            "rooms = [\"group\"]\nroles = [\"owner\"]",
            Subject::default(),
            true,
        );
    }
}
