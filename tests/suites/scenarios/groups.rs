//! Groups: roles, joins with and without history, removals, leaving.

use anyhow::{Result, ensure};
use natter_tests::fields::{expect, list, numbers};
use natter_tests::people::Person;
use natter_tests::rest::{Answer, Outcome as _};
use serde_json::json;

use super::stage::Stage;

pub(super) async fn roles_decide_who_may_do_what(stage: &Stage) -> Result<()> {
    let [ann, bob, cem, dea] = stage.people(["ann", "bob", "cem", "dea"]).await?;
    let group = ann.create_group("roles", &[&bob, &cem]).await?;
    expect(&ann.room(&group).await?, "role", "owner")?;
    expect(&bob.room(&group).await?, "role", "member")?;

    rename(&bob, &group, "mine")
        .await?
        .refused_as("forbidden")?;
    add(&bob, &group, &dea, "none")
        .await?
        .refused_as("forbidden")?;
    remove(&bob, &group, &cem).await?.refused_as("forbidden")?;
    set_role(&bob, &group, &bob, "admin")
        .await?
        .refused_as("forbidden")?;
    rename(&dea, &group, "a stranger's")
        .await?
        .refused_as("not_found")?;

    expect(
        &set_role(&ann, &group, &bob, "admin").await?.granted()?,
        "role",
        "admin",
    )?;
    expect(
        &rename(&bob, &group, "renamed by Bob").await?.granted()?,
        "name",
        "renamed by Bob",
    )?;
    add(&bob, &group, &dea, "none").await?.granted()?;
    remove(&bob, &group, &dea).await?.granted()?;
    remove(&bob, &group, &ann).await?.refused_as("forbidden")?;
    set_role(&bob, &group, &cem, "admin")
        .await?
        .refused_as("forbidden")?;
    rename(&bob, &group, "")
        .await?
        .refused_as("invalid_payload")?;

    set_role(&ann, &group, &bob, "owner").await?.granted()?;
    expect(&ann.room(&group).await?, "role", "admin")?;
    expect(&bob.room(&group).await?, "role", "owner")?;
    remove(&ann, &group, &bob).await?.refused_as("forbidden")?;
    remove(&bob, &group, &ann).await?.granted()?;
    Ok(())
}

pub(super) async fn members_hear_of_joins_renames_and_removals(stage: &Stage) -> Result<()> {
    let people = stage.people(["ann", "bob", "cem"]).await?;
    let [ann, bob, cem] = &people;
    let group = ann.create_group("news", &[bob]).await?;
    let [ann_socket, bob_socket, cem_socket] = stage.connect_all(&people).await?;

    add(ann, &group, cem, "none").await?.granted()?;
    let gained = cem_socket.inbox().take("room_updated").await?;
    expect(&gained, "room_id", group.as_str())?;
    expect(&gained, "member_count", 3)?;
    let joined = bob_socket.inbox().take("member_updated").await?;
    expect(&joined, "user_id", cem.user_id.as_str())?;
    expect(&joined, "state", "joined")?;

    rename(ann, &group, "newer").await?.granted()?;
    for socket in [&bob_socket, &cem_socket] {
        let renamed = socket
            .inbox()
            .take_where("room_updated", |room| room["name"] == "newer")
            .await?;
        expect(&renamed, "room_id", group.as_str())?;
    }
    set_role(ann, &group, bob, "admin").await?.granted()?;
    let promoted = cem_socket
        .inbox()
        .take_where("member_updated", |it| it["user_id"] == bob.user_id)
        .await?;
    expect(&promoted, "role", "admin")?;

    remove(ann, &group, cem).await?.granted()?;
    for socket in [&bob_socket, &cem_socket] {
        let removed = socket
            .inbox()
            .take_where("member_updated", |it| it["state"] == "left")
            .await?;
        expect(&removed, "user_id", cem.user_id.as_str())?;
    }
    ann_socket
        .send_group(&group, "without Cem")
        .await?
        .granted()?;
    bob_socket.inbox().take("receive_group_message").await?;
    ann_socket
        .send_private(&cem.user_id, "fence")
        .await?
        .granted()?;
    cem_socket.inbox().take("receive_private_message").await?;
    ensure!(
        cem_socket.inbox().count("receive_group_message") == 0,
        "a removed member still hears the group"
    );
    cem_socket
        .send_group(&group, "but I")
        .await?
        .refused_as("not_found")?;
    Ok(())
}

pub(super) async fn who_is_added_sees_history_only_if_granted(stage: &Stage) -> Result<()> {
    let [ann, bob, cem] = stage.people(["ann", "bob", "cem"]).await?;
    let group = ann.create_group("history", &[]).await?;
    let socket = stage.connect(&ann).await?;
    for body in ["one", "two"] {
        socket.send_group(&group, body).await?.granted()?;
    }
    add(&ann, &group, &bob, "all").await?.granted()?;
    add(&ann, &group, &cem, "none").await?.granted()?;
    socket.send_group(&group, "three").await?.granted()?;
    for (person, visible) in [(&bob, vec![1, 2, 3]), (&cem, vec![3])] {
        let seen = numbers(&person.history_after(&group, 0).await?, "seq")?;
        ensure!(
            seen == visible,
            "{} sees {seen:?}, expected {visible:?}",
            person.username
        );
        let unread = person.room(&group).await?["unread_count"].clone();
        ensure!(
            unread == 1,
            "who is added begins with nothing unread, but {} has {unread}",
            person.username
        );
    }
    Ok(())
}

pub(super) async fn who_left_keeps_reading_up_to_then(stage: &Stage) -> Result<()> {
    let [ann, bob] = stage.people(["ann", "bob"]).await?;
    let group = ann.create_group("farewell", &[&bob]).await?;
    let [ann_socket, bob_socket] = stage.connect_all(&[ann.clone(), bob.clone()]).await?;
    ann_socket.send_group(&group, "before").await?.granted()?;
    remove(&bob, &group, &bob).await?.granted()?;
    let left = ann_socket.inbox().take("member_updated").await?;
    expect(&left, "user_id", bob.user_id.as_str())?;
    expect(&left, "state", "left")?;
    ann_socket.send_group(&group, "after").await?.granted()?;
    let seen = numbers(&bob.history_after(&group, 0).await?, "seq")?;
    ensure!(seen == [1], "Bob sees {seen:?}");
    bob_socket
        .send_group(&group, "but")
        .await?
        .refused_as("not_found")?;
    let rooms = bob.rest.get("/api/v1/rooms").await?.granted()?;
    ensure!(
        list(&rooms, "rooms")?.is_empty(),
        "a left room is still listed: {rooms}"
    );

    add(&ann, &group, &bob, "none").await?.granted()?;
    ann_socket
        .send_group(&group, "welcome back")
        .await?
        .granted()?;
    let seen = numbers(&bob.history_after(&group, 0).await?, "seq")?;
    ensure!(
        seen.last() == Some(&3) && !seen.contains(&2),
        "Bob, back again, sees {seen:?}"
    );
    Ok(())
}

async fn rename(person: &Person, group: &str, name: &str) -> Result<Answer> {
    person
        .rest
        .patch(&format!("/api/v1/rooms/{group}"), json!({ "name": name }))
        .await
}

async fn add(person: &Person, group: &str, whom: &Person, history: &str) -> Result<Answer> {
    let body = json!({ "user_ids": [whom.user_id], "history": history });
    person
        .rest
        .post(&format!("/api/v1/rooms/{group}/members"), body)
        .await
}

async fn remove(person: &Person, group: &str, whom: &Person) -> Result<Answer> {
    person
        .rest
        .delete(&format!("/api/v1/rooms/{group}/members/{}", whom.user_id))
        .await
}

async fn set_role(person: &Person, group: &str, whom: &Person, role: &str) -> Result<Answer> {
    person
        .rest
        .patch(
            &format!("/api/v1/rooms/{group}/members/{}", whom.user_id),
            json!({ "role": role }),
        )
        .await
}
