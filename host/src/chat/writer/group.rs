//! Changes of groups: making, renaming, members and their roles. Each in a transaction of its own.

use super::{
    GroupJob, Task, failed,
    membership::{joining, plan_ban, plan_remove, plan_role, plan_unban},
    rooms::CachedRoom,
};
use crate::{
    chat::{ChatError, publisher::Publication},
    guard::Guard,
    model::{Member, MemberRole, RoomBan, RoomId, RoomKind, Timestamp, UserId},
    store::{MemberRow, NewAuditEntry, NewRoom, StoreError, WriteTx},
};

/// What is asked of a group.
#[derive(Clone, Debug)]
pub(crate) enum GroupChange {
    /// Make it; whoever asks owns it.
    Create { name: String, members: Vec<UserId> },
    /// Give it another name.
    Rename(String),
    /// Take people in.
    Add {
        people: Vec<UserId>,
        history: History,
    },
    /// Take a person out; oneself: leave.
    Remove(UserId),
    /// Give a member another role.
    SetRole(UserId, MemberRole),
    /// Take a person out and keep them out, with a note.
    Ban(UserId, Option<String>),
    /// Let them be taken in again.
    Unban(UserId),
}

/// What a new member sees of the time before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum History {
    /// Messages from the join on.
    #[default]
    None,
    /// Everything that whoever adds them may see.
    All,
}

/// What a change does to the rows.
#[derive(Default)]
pub(super) struct GroupPlan {
    pub(super) rename: Option<String>,
    /// New state of touched members; their `rev` is given out when they are written.
    pub(super) rows: Vec<MemberRow>,
    /// Those of them to whom the room is new.
    pub(super) newcomers: Vec<UserId>,
    pub(super) ban: BanChange,
    /// The line for the audit log, if the change is to be in it.
    pub(super) audit: Option<NewAuditEntry>,
}

/// What becomes of a ban.
#[derive(Default)]
pub(super) enum BanChange {
    #[default]
    None,
    Put(RoomBan),
    Remove(UserId),
}

pub(super) type Planned = Result<GroupPlan, ChatError>;

impl Task {
    /// Commits one change and answers it.
    pub(super) async fn commit_group(&mut self, job: GroupJob) {
        let GroupJob {
            by,
            room_id,
            change,
            audit,
            reply,
        } = job;
        if self.outage.noticed {
            return drop(reply.send(Err(ChatError::Overloaded)));
        }
        let outcome = match self.try_group(by, room_id, change, audit).await {
            Ok(Ok((members, publications))) => {
                self.publish(publications).await;
                Ok(members)
            }
            Ok(Err(refusal)) => Err(refusal),
            Err(error) => {
                tracing::error!(%error, "a change of a group was not committed");
                self.note_failure(&error);
                self.places.forget_roles();
                Err(failed(&error))
            }
        };
        // A caller that went away does not need the answer.
        let _ = reply.send(outcome);
    }

    async fn try_group(
        &mut self,
        by: UserId,
        room_id: RoomId,
        change: GroupChange,
        audit: Option<NewAuditEntry>,
    ) -> Result<Result<(Vec<Member>, Vec<Publication>), ChatError>, StoreError> {
        let creates = matches!(change, GroupChange::Create { .. });
        self.rooms.load(&self.store, room_id).await?;
        let former = self.store.members(room_id).await?;
        let mut tx = self.store.begin().await?;
        let planned = match change {
            GroupChange::Create { name, members } => {
                self.plan_create(&mut tx, by, room_id, name, members)
                    .await?
            }
            other => {
                self.plan_change(&mut tx, by, room_id, other, &former)
                    .await?
            }
        };
        let mut plan = match planned {
            Ok(plan) => plan,
            Err(refusal) => return Ok(Err(refusal)),
        };
        match change_ban(&mut tx, room_id, &plan.ban).await? {
            Ok(()) => {}
            Err(refusal) => return Ok(Err(refusal)),
        }
        let audit = plan.audit.take().or(audit);
        let changes_nothing = plan.rename.is_none() && plan.rows.is_empty();
        let rows = match creates {
            _ if changes_nothing => None,
            true => Some(write_create(&mut tx, by, room_id, plan).await?),
            false => Some(write_change(&mut tx, room_id, plan).await?),
        };
        if let Some(entry) = &audit {
            tx.append_audit(entry).await?;
        }
        let Some(rows) = rows else {
            tx.commit().await?;
            return Ok(Ok((Vec::new(), Vec::new())));
        };
        if let Err(error) = tx.commit().await {
            if error.has_no_answer() {
                let members = former.iter().chain(&rows.rows).map(|it| it.user_id);
                self.note_lost_commit(members);
            }
            return Err(error);
        }
        Ok(Ok(self.take_over(room_id, rows)))
    }

    async fn plan_create(
        &self,
        tx: &mut WriteTx,
        by: UserId,
        room_id: RoomId,
        name: String,
        mut members: Vec<UserId>,
    ) -> Result<Planned, StoreError> {
        members.push(by);
        members.sort_unstable();
        members.dedup();
        if members.len() > self.limits.group_members {
            return Ok(Err(self.too_many(members.len())));
        }
        if tx.active_users(&members).await?.len() != members.len() {
            return Ok(Err(ChatError::NotFound("user")));
        }
        let rows = members
            .iter()
            .map(|&user_id| MemberRow {
                role: if user_id == by {
                    MemberRole::Owner
                } else {
                    MemberRole::Member
                },
                ..joining(room_id, user_id, 0, 1)
            })
            .collect();
        Ok(Ok(GroupPlan {
            rename: Some(name),
            rows,
            newcomers: members,
            ..GroupPlan::default()
        }))
    }

    async fn plan_change(
        &mut self,
        tx: &mut WriteTx,
        by: UserId,
        room_id: RoomId,
        change: GroupChange,
        rows: &[MemberRow],
    ) -> Result<Planned, StoreError> {
        let Some(room) = self.rooms.get_mut(room_id) else {
            return Ok(Err(ChatError::NotFound("room")));
        };
        let (kind, last_seq) = (room.kind, room.last_seq);
        let present: Vec<MemberRow> = rows
            .iter()
            .filter(|it| it.left_seq.is_none())
            .copied()
            .collect();
        let Some(me) = present.iter().find(|it| it.user_id == by).copied() else {
            return Ok(Err(ChatError::NotFound("room")));
        };
        if kind == RoomKind::Direct {
            return Ok(Err(ChatError::Forbidden(
                "a direct room has no name, no roles, and nobody joins or leaves",
            )));
        }
        Ok(match change {
            GroupChange::Add { people, history } => {
                if !Guard::AddingAdmin.admits(me.role >= MemberRole::Admin) {
                    return Ok(Err(ChatError::Forbidden("only admins add members")));
                }
                let mut people: Vec<UserId> = people
                    .into_iter()
                    .filter(|it| !present.iter().any(|row| row.user_id == *it))
                    .collect();
                people.sort_unstable();
                people.dedup();
                let count = present.len() + people.len();
                if count > self.limits.group_members {
                    return Ok(Err(self.too_many(count)));
                }
                if tx.active_users(&people).await?.len() != people.len() {
                    return Ok(Err(ChatError::NotFound("user")));
                }
                let is_unbanned = !tx.any_banned(room_id, &people).await?;
                if !Guard::UnbannedNewcomer.admits(is_unbanned) {
                    return Ok(Err(ChatError::Conflict(
                        "somebody of them is banned from the group",
                    )));
                }
                // Nobody shows others more than they may see themselves.
                let visible_from_seq = match history {
                    History::None => last_seq + 1,
                    History::All => me.visible_from_seq,
                };
                let join = |&user_id| joining(room_id, user_id, last_seq, visible_from_seq);
                let rows = people.iter().map(join).collect();
                Ok(GroupPlan {
                    rows,
                    newcomers: people,
                    ..GroupPlan::default()
                })
            }
            GroupChange::Remove(user_id) => plan_remove(me, &present, user_id, last_seq),
            GroupChange::SetRole(user_id, role) => plan_role(me, &present, user_id, role),
            GroupChange::Ban(user_id, reason) => {
                plan_ban(me, &present, (user_id, reason), last_seq)
            }
            GroupChange::Unban(user_id) => plan_unban(me, user_id),
            GroupChange::Rename(_)
                if !Guard::RenamingAdmin.admits(me.role >= MemberRole::Admin) =>
            {
                Err(ChatError::Forbidden("only admins rename a group"))
            }
            GroupChange::Rename(name) => Ok(GroupPlan {
                rename: Some(name),
                ..GroupPlan::default()
            }),
            GroupChange::Create { .. } => Err(ChatError::Conflict("the room exists already")),
        })
    }

    /// Brings what is remembered up to date with what was committed, and says whom to tell what.
    fn take_over(&mut self, room_id: RoomId, written: Written) -> (Vec<Member>, Vec<Publication>) {
        let Written {
            rows,
            newcomers,
            news,
            room_rev,
            last_rev,
        } = written;
        if self.rooms.get_mut(room_id).is_none() {
            let room = CachedRoom::new(RoomKind::Group, (0, last_rev), rows.iter());
            self.rooms.remember(room_id, room);
        }
        let Some(room) = self.rooms.get_mut(room_id) else {
            return (Vec::new(), Vec::new());
        };
        room.last_rev = last_rev;
        for row in &rows {
            room.put(row);
        }
        let mut everybody = room.audience.to_vec();
        // Who was taken out hears of that, and then nothing more.
        everybody.extend(
            rows.iter()
                .filter(|it| it.left_seq.is_some())
                .map(|it| it.user_id),
        );
        let news_to = if news == News::Renamed {
            room.audience.to_vec()
        } else {
            newcomers
        };
        let members: Vec<Member> = rows.into_iter().map(Member::from).collect();
        self.places.changed(&members);
        let mut publications = Vec::new();
        if !news_to.is_empty() {
            publications.push(Publication::Room {
                room_id,
                rev: room_rev,
                to: news_to,
            });
        }
        // To the members of a new group everything is new: they are told of the room, not n times of n people.
        if news == News::Members {
            publications.push(Publication::Members {
                changes: members.clone(),
                to: everybody,
            });
        }
        (members, publications)
    }

    fn too_many(&self, actual: usize) -> ChatError {
        ChatError::TooLarge {
            what: "members of the group",
            actual,
            limit: self.limits.group_members,
        }
    }
}

/// What was written.
struct Written {
    rows: Vec<MemberRow>,
    newcomers: Vec<UserId>,
    news: News,
    /// The rev under which the room is told: what is told next rises from there.
    room_rev: i64,
    /// The room's newest rev.
    last_rev: i64,
}

/// What kind of change it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    Created,
    Renamed,
    Members,
}

async fn change_ban(
    tx: &mut WriteTx,
    room_id: RoomId,
    change: &BanChange,
) -> Result<Result<(), ChatError>, StoreError> {
    match change {
        BanChange::None => {}
        BanChange::Put(ban) => match tx.put_ban(ban).await {
            Err(StoreError::MissingReference) => return Ok(Err(ChatError::NotFound("user"))),
            put => put?,
        },
        BanChange::Remove(user_id) if !tx.remove_ban(room_id, *user_id).await? => {
            return Ok(Err(ChatError::NotFound("ban")));
        }
        BanChange::Remove(_) => {}
    }
    Ok(Ok(()))
}

async fn write_create(
    tx: &mut WriteTx,
    by: UserId,
    room_id: RoomId,
    plan: GroupPlan,
) -> Result<Written, StoreError> {
    // Each member has a rev of their own, and the room the last one: `sync` pages by rev.
    let nth = |index: usize| i64::try_from(index + 1).unwrap_or(i64::MAX);
    let last_rev = nth(plan.rows.len());
    let room = NewRoom {
        room_id,
        kind: RoomKind::Group,
        name: plan.rename,
        direct_key: None,
        created_by: by,
        created_at: Timestamp::now(),
        first_rev: last_rev,
    };
    tx.insert_room(&room).await?;
    let rows = write_members(tx, plan.rows, &plan.newcomers, nth).await?;
    Ok(Written {
        rows,
        newcomers: plan.newcomers,
        news: News::Created,
        room_rev: last_rev,
        last_rev,
    })
}

async fn write_change(
    tx: &mut WriteTx,
    room_id: RoomId,
    plan: GroupPlan,
) -> Result<Written, StoreError> {
    let news = match plan.rename {
        Some(_) => News::Renamed,
        None => News::Members,
    };
    let changes = plan.rows.len() + usize::from(news == News::Renamed);
    let revs = i64::try_from(changes).unwrap_or(i64::MAX);
    let last_rev = tx.raise_room_rev(room_id, revs).await?;
    if let Some(name) = &plan.rename {
        tx.rename_room(room_id, name, last_rev).await?;
    }
    let first_rev = last_rev - revs + 1;
    let rev_of = |index: usize| first_rev + i64::try_from(index).unwrap_or(0);
    let rows = write_members(tx, plan.rows, &plan.newcomers, rev_of).await?;
    Ok(Written {
        rows,
        newcomers: plan.newcomers,
        news,
        room_rev: match news {
            // To newcomers their own joining is the first change.
            News::Members => first_rev - 1,
            News::Created | News::Renamed => last_rev,
        },
        last_rev,
    })
}

async fn write_members(
    tx: &mut WriteTx,
    mut rows: Vec<MemberRow>,
    newcomers: &[UserId],
    rev_of: impl Fn(usize) -> i64,
) -> Result<Vec<MemberRow>, StoreError> {
    for (index, row) in rows.iter_mut().enumerate() {
        row.rev = rev_of(index);
        // Gaining and losing a room shows in the user's own rev; a change of role does not.
        if newcomers.contains(&row.user_id) {
            row.joined_user_rev = tx.raise_user_rev(row.user_id).await?;
        } else if row.left_seq.is_some() {
            tx.raise_user_rev(row.user_id).await?;
        }
    }
    if !rows.is_empty() {
        tx.put_members(&rows).await?;
    }
    Ok(rows)
}
