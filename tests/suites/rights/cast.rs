//! The people of the matrix, one of each kind.

use anyhow::Result;
use natter_tests::people::Person;
use natter_tests::rest::Outcome as _;
use natter_tests::server::{Server, Site};
use serde_json::json;

/// The columns of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Anonymous,
    Pending,
    Suspended,
    LoggedOut,
    Stranger,
    Former,
    Member,
    RoomAdmin,
    Admin,
}

impl Role {
    pub(super) const ALL: [Self; 9] = [
        Self::Anonymous,
        Self::Pending,
        Self::Suspended,
        Self::LoggedOut,
        Self::Stranger,
        Self::Former,
        Self::Member,
        Self::RoomAdmin,
        Self::Admin,
    ];
}

/// Somebody, on two devices.
pub(super) struct Player {
    pub(super) person: Person,
    /// The same, on the other one.
    pub(super) elsewhere: Person,
}

/// Everybody.
pub(super) struct Cast {
    pub(super) pending: Player,
    pub(super) suspended: Player,
    pub(super) logged_out: Player,
    pub(super) stranger: Player,
    pub(super) former: Player,
    pub(super) member: Player,
    pub(super) room_admin: Player,
    pub(super) admin: Player,
    /// Owns the rooms.
    pub(super) owner: Player,
    /// Another member of them.
    pub(super) fellow: Player,
    /// Banned from them.
    pub(super) banned: Player,
    /// Wants no first messages.
    pub(super) shy: Player,
    /// Blocked by everybody.
    pub(super) pest: Player,
}

impl Cast {
    pub(super) async fn gather(site: &Site, server: &Server) -> Result<Self> {
        let admin = Person::first_admin(site, server).await?;
        let active = async |name| {
            let player = Player::register(server, name).await?;
            decide(&admin, &player.person, "approve").await?;
            Ok::<_, anyhow::Error>(player)
        };
        let cast = Self {
            pending: Player::register(server, "pending").await?,
            suspended: active("suspended").await?,
            logged_out: active("gone").await?,
            stranger: active("stranger").await?,
            former: active("former").await?,
            member: active("member").await?,
            room_admin: active("room-admin").await?,
            owner: active("owner").await?,
            fellow: active("fellow").await?,
            banned: active("banned").await?,
            shy: active("shy").await?,
            pest: active("pest").await?,
            admin: Player::new(server, admin.clone()).await?,
        };
        decide(&admin, &cast.suspended.person, "suspend").await?;
        let shy = &cast.shy.person.rest;
        let choice = json!({ "who_may_write": "nobody", "who_may_call": "nobody" });
        shy.patch("/api/v1/me/privacy", choice).await?.granted()?;
        let log_out = cast
            .logged_out
            .person
            .rest
            .post("/api/v1/auth/logout", json!({}));
        log_out.await?.granted()?;
        Ok(cast)
    }

    /// Who plays a role; nobody plays the anonymous.
    pub(super) fn player(&self, role: Role) -> Option<&Player> {
        match role {
            Role::Anonymous => None,
            Role::Pending => Some(&self.pending),
            Role::Suspended => Some(&self.suspended),
            Role::LoggedOut => Some(&self.logged_out),
            Role::Stranger => Some(&self.stranger),
            Role::Former => Some(&self.former),
            Role::Member => Some(&self.member),
            Role::RoomAdmin => Some(&self.room_admin),
            Role::Admin => Some(&self.admin),
        }
    }

    /// Those of the roles who may do anything at all.
    pub(super) fn active(&self) -> [&Player; 5] {
        [
            &self.stranger,
            &self.former,
            &self.member,
            &self.room_admin,
            &self.admin,
        ]
    }
}

impl Player {
    async fn register(server: &Server, name: &str) -> Result<Self> {
        Self::new(server, Person::register(server, name).await?).await
    }

    async fn new(server: &Server, person: Person) -> Result<Self> {
        Ok(Self {
            elsewhere: person.log_in(server).await?,
            person,
        })
    }
}

async fn decide(admin: &Person, person: &Person, action: &str) -> Result<()> {
    let path = format!("/api/v1/admin/users/{}/{action}", person.user_id);
    admin.rest.post(&path, json!({})).await?.granted().map(drop)
}
