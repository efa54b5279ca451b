//! What the placeholders of the matrix stand for: a fresh room for each cell that names one, and what is there from the beginning.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use natter_tests::client::Client;
use natter_tests::fields::text;
use natter_tests::people::{PASSWORD, Person, new_client_msg_id};
use natter_tests::rest::Outcome as _;
use natter_tests::server::Server;
use serde_json::json;

use super::cast::{Cast, Player};

/// An id that nothing has.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// The stage on which every cell plays.
pub(super) struct Stage {
    pub(super) cast: Cast,
    owner_socket: Client,
    last_call: tokio::sync::Mutex<Option<String>>,
    /// By the person's id.
    annoyances: HashMap<String, Annoyance>,
    /// Everybody belongs to it, and is muted there.
    quiet_room: String,
}

/// What the pest wrote to somebody who blocks them.
struct Annoyance {
    room_id: String,
    message_id: String,
}

/// A group in which everybody has their part: one left after the first message, one joined before the last.
struct Room {
    room_id: String,
    early: String,
    late: String,
    /// A call of its owner's, where one is asked for.
    call_id: Option<String>,
}

impl Stage {
    pub(super) async fn build(cast: Cast, server: &Server) -> Result<Self> {
        let pest = cast.pest.person.connect_ws(server).await?;
        let mut annoyances = HashMap::new();
        for player in cast.active() {
            let annoyance = annoy(&pest, &cast.pest.person, &player.person).await?;
            annoyances.insert(player.person.user_id.clone(), annoyance);
        }
        Ok(Self {
            owner_socket: cast.owner.person.connect_ws(server).await?,
            last_call: tokio::sync::Mutex::default(),
            annoyances,
            quiet_room: quiet_room(&cast).await?,
            cast,
        })
    }

    async fn room(&self) -> Result<Room> {
        let cast = &self.cast;
        let owner = &cast.owner.person;
        let others = [&cast.room_admin, &cast.former, &cast.fellow].map(|it| &it.person);
        let room_id = owner.create_group("the room", &others).await?;
        let members = format!("/api/v1/rooms/{room_id}/members");
        let of = |person: &Person| format!("{members}/{}", person.user_id);
        let promotion = json!({ "role": "admin" });
        let room_admin = of(&cast.room_admin.person);
        owner.rest.patch(&room_admin, promotion).await?.granted()?;
        let early = self.say(&room_id).await?;
        owner
            .rest
            .delete(&of(&cast.former.person))
            .await?
            .granted()?;
        let joining = json!({ "user_ids": [cast.member.person.user_id] });
        owner.rest.post(&members, joining).await?.granted()?;
        let ban = format!(
            "/api/v1/rooms/{room_id}/bans/{}",
            cast.banned.person.user_id
        );
        owner.rest.put(&ban, json!({})).await?.granted()?;
        let late = self.say(&room_id).await?;
        Ok(Room {
            room_id,
            early,
            late,
            call_id: None,
        })
    }

    /// Calls the room, after ending the call of the cell before: nobody is in two.
    async fn call(&self, room_id: &str) -> Result<String> {
        let mut last = self.last_call.lock().await;
        if let Some(last) = last.take() {
            let end = json!({ "call_id": last });
            // It may have been ended there.
            let _ = self.owner_socket.emit("end_call", end).await?;
        }
        let data =
            json!({ "room_id": room_id, "media": "audio", "client_call_id": new_client_msg_id() });
        let ack = self.owner_socket.emit("call_user", data).await?.granted()?;
        let call_id = text(&ack, "call_id")?;
        *last = Some(call_id.clone());
        Ok(call_id)
    }

    async fn say(&self, room_id: &str) -> Result<String> {
        let sent = self.owner_socket.send_group(room_id, "hello").await?;
        text(&sent.granted()?, "message_id")
    }

    /// The texts with their placeholders filled.
    pub(super) async fn fill<const N: usize>(
        &self,
        texts: [&str; N],
        player: Option<&Player>,
    ) -> Result<[String; N]> {
        let needs_room = |text: &&str| {
            ["{room_id}", "{call_id}", "=early}", "=late}"]
                .iter()
                .any(|it| text.contains(it))
        };
        let mut room = match texts.iter().any(needs_room) {
            true => Some(self.room().await?),
            false => None,
        };
        if let Some(room) = &mut room
            && texts.iter().any(|text| text.contains("{call_id}"))
        {
            room.call_id = Some(self.call(&room.room_id).await?);
        }
        let mut filled = Vec::new();
        for text in texts {
            filled.push(self.fill_one(text, player, room.as_ref())?);
        }
        filled.try_into().ok().context("as many texts as before")
    }

    fn fill_one(&self, text: &str, player: Option<&Player>, room: Option<&Room>) -> Result<String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled += before;
            let name = after
                .split(|it: char| !is_name(it))
                .next()
                .unwrap_or_default();
            match after[name.len()..].strip_prefix('}') {
                Some(behind) if !name.is_empty() => {
                    let value = name.rsplit('=').next().unwrap_or(name);
                    filled += &self.value(value, player, room)?;
                    rest = behind;
                }
                // A brace of JSON.
                _ => {
                    filled.push('{');
                    rest = after;
                }
            }
        }
        Ok(filled + rest)
    }

    fn value(&self, name: &str, player: Option<&Player>, room: Option<&Room>) -> Result<String> {
        let cast = &self.cast;
        let room_call = room.and_then(|it| it.call_id.clone());
        let room = |of: fn(&Room) -> &String| room.map(of).cloned();
        let own =
            |of: fn(&Player) -> &String| Some(player.map_or(String::new(), |it| of(it).clone()));
        let annoyance = |of: fn(&Annoyance) -> &String| {
            let kept = player.and_then(|it| self.annoyances.get(&it.person.user_id));
            Some(kept.map_or(NOBODY.to_owned(), |it| of(it).clone()))
        };
        let value = match name {
            "nobody" => Some(NOBODY.to_owned()),
            "new_id" => Some(new_client_msg_id()),
            "new_name" => Some(format!("new-{}", &new_client_msg_id()[24..])),
            "room_id" => room(|it| &it.room_id),
            "call_id" => room_call,
            "early" => room(|it| &it.early),
            "late" => room(|it| &it.late),
            "own_token" => own(|it| &it.person.token),
            "own_other_token" => own(|it| &it.elsewhere.token),
            "own_refresh_token" => own(|it| &it.elsewhere.refresh_token),
            "own_name" => own(|it| &it.person.username),
            "right_password" => Some(PASSWORD.to_owned()),
            "fellows_device" => Some(cast.fellow.elsewhere.device_id.clone()),
            "pests_room" => annoyance(|it| &it.room_id),
            "annoyance" => annoyance(|it| &it.message_id),
            "quiet_room" => Some(self.quiet_room.clone()),
            "banned" => Some(cast.banned.person.user_id.clone()),
            "shy" => Some(cast.shy.person.user_id.clone()),
            "pest" => Some(cast.pest.person.user_id.clone()),
            "stranger_token" => Some(cast.stranger.person.token.clone()),
            "pending" => Some(cast.pending.person.user_id.clone()),
            "stranger" => Some(cast.stranger.person.user_id.clone()),
            "member" => Some(cast.member.person.user_id.clone()),
            "fellow" => Some(cast.fellow.person.user_id.clone()),
            _ => None,
        };
        value.with_context(|| format!("nothing is known by the name {name}"))
    }
}

/// The pest writes, is blocked, and writes once more.
async fn annoy(socket: &Client, pest: &Person, victim: &Person) -> Result<Annoyance> {
    socket
        .send_private(&victim.user_id, "hello")
        .await?
        .granted()?;
    let block = format!("/api/v1/me/blocks/{}", pest.user_id);
    victim.rest.put(&block, json!({})).await?.granted()?;
    let sent = socket.send_private(&victim.user_id, "hello?").await?;
    let sent = sent.granted()?;
    Ok(Annoyance {
        room_id: text(&sent, "room_id")?,
        message_id: text(&sent, "message_id")?,
    })
}

async fn quiet_room(cast: &Cast) -> Result<String> {
    let people = cast.active().map(|it| &it.person);
    let room_id = cast.owner.person.create_group("quiet", &people).await?;
    for person in people {
        let mute = json!({ "user_id": person.user_id, "room_id": room_id, "seconds": 3_600 });
        let muting = cast.admin.person.rest.post("/api/v1/admin/mutes", mute);
        muting.await?.granted()?;
    }
    Ok(room_id)
}

fn is_name(letter: char) -> bool {
    letter.is_ascii_lowercase() || letter == '_' || letter == '='
}
