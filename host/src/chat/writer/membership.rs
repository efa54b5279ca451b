//! Who may take whom out of a group, give which role, and ban whom.

use super::group::{BanChange, GroupPlan, Planned};
use crate::{
    chat::ChatError,
    guard::Guard,
    model::{MemberRole, RoomBan, RoomId, Timestamp, UserId},
    store::{MemberRow, NewAuditEntry},
};

/// Somebody leaves, or is taken out by an admin, an admin by the owner. A leaving owner hands the group on: to the admin who
/// joined first, or else to the member who did.
pub(super) fn plan_remove(
    me: MemberRow,
    present: &[MemberRow],
    user_id: UserId,
    last_seq: i64,
) -> Planned {
    let target = present
        .iter()
        .find(|it| it.user_id == user_id)
        .ok_or(ChatError::NotFound("member"))?;
    let leaves = me.user_id == user_id;
    let stands_above = me.role >= MemberRole::Admin && me.role > target.role;
    if !leaves && !Guard::RemovingAdmin.admits(stands_above) {
        return Err(ChatError::Forbidden(
            "only admins remove members, and only the owner removes admins",
        ));
    }
    let mut rows = vec![MemberRow {
        left_seq: Some(last_seq),
        ..*target
    }];
    if target.role == MemberRole::Owner {
        let heir = present
            .iter()
            .filter(|it| it.user_id != user_id)
            .max_by_key(|it| (it.role, std::cmp::Reverse((it.joined_at, it.user_id))));
        rows[0].role = MemberRole::Member;
        rows.extend(heir.map(|it| MemberRow {
            role: MemberRole::Owner,
            ..*it
        }));
    }
    Ok(GroupPlan {
        rows,
        ..GroupPlan::default()
    })
}

/// The owner makes and unmakes admins; giving the ownership away leaves them an admin.
pub(super) fn plan_role(
    me: MemberRow,
    present: &[MemberRow],
    user_id: UserId,
    role: MemberRole,
) -> Planned {
    let target = present
        .iter()
        .find(|it| it.user_id == user_id)
        .ok_or(ChatError::NotFound("member"))?;
    if !Guard::OwningRoleGiver.admits(me.role == MemberRole::Owner) {
        return Err(ChatError::Forbidden("only the owner changes roles"));
    }
    if me.user_id == user_id {
        return Err(ChatError::Conflict(
            "the owner's role changes by making somebody else the owner",
        ));
    }
    let mut rows = vec![MemberRow { role, ..*target }];
    if role == MemberRole::Owner {
        rows.push(MemberRow {
            role: MemberRole::Admin,
            ..me
        });
    }
    if target.role == role {
        rows.clear();
    }
    Ok(GroupPlan {
        rows,
        ..GroupPlan::default()
    })
}

/// The row of a person who joins after `last_seq`. Receipts start at the join.
pub(super) fn joining(
    room_id: RoomId,
    user_id: UserId,
    last_seq: i64,
    visible_from_seq: i64,
) -> MemberRow {
    MemberRow {
        room_id,
        user_id,
        role: MemberRole::Member,
        joined_at: Timestamp::now(),
        joined_user_rev: 0,
        visible_from_seq,
        left_seq: None,
        rev: 0,
        delivered_seq: last_seq,
        read_seq: last_seq,
        hidden: false,
    }
}

/// An admin keeps somebody out of the group, who is taken out of it if they belong to it.
pub(super) fn plan_ban(
    me: MemberRow,
    present: &[MemberRow],
    (user_id, reason): (UserId, Option<String>),
    last_seq: i64,
) -> Planned {
    if !Guard::BanningAdmin.admits(me.role >= MemberRole::Admin) {
        return Err(ChatError::Forbidden("only admins ban"));
    }
    if me.user_id == user_id {
        return Err(ChatError::Conflict("nobody bans themselves"));
    }
    let plan = match present.iter().any(|it| it.user_id == user_id) {
        true => plan_remove(me, present, user_id, last_seq)?,
        false => GroupPlan::default(),
    };
    Ok(GroupPlan {
        audit: Some(ban_entry(me, "ban_member", (user_id, reason.clone()))),
        ban: BanChange::Put(RoomBan {
            room_id: me.room_id,
            user_id,
            banned_by: me.user_id,
            reason,
            created_at: Timestamp::now(),
        }),
        ..plan
    })
}

fn ban_entry(
    me: MemberRow,
    action: &'static str,
    (user_id, reason): (UserId, Option<String>),
) -> NewAuditEntry {
    NewAuditEntry {
        at: Timestamp::now(),
        actor_id: Some(me.user_id),
        action,
        target_id: Some(user_id),
        reason,
        detail: Some(format!("from room {}", me.room_id)),
    }
}

/// An admin lifts a ban.
pub(super) fn plan_unban(me: MemberRow, user_id: UserId) -> Planned {
    if !Guard::UnbanningAdmin.admits(me.role >= MemberRole::Admin) {
        return Err(ChatError::Forbidden("only admins lift bans"));
    }
    Ok(GroupPlan {
        audit: Some(ban_entry(me, "unban_member", (user_id, None))),
        ban: BanChange::Remove(user_id),
        ..GroupPlan::default()
    })
}
