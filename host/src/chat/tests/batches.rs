//! What shares a batch: retries, new rooms, receipts, and two writers at once.

use super::*;
use crate::chat::Pending;

on_both_databases![
    who_left_still_hears_the_first_answer_to_a_retry,
    a_retry_delays_its_neighbours_and_leaves_no_gap,
    the_right_retry_is_not_judged_by_a_wrong_neighbour,
    a_retry_beside_a_new_room_undoes_nothing_for_good,
    what_is_delivered_and_read_at_once_has_both_times,
    one_id_to_two_rooms_is_stored_once,
];

impl House {
    /// Submits all at once, so that they share a batch, or nearly; the test runs on one thread.
    async fn submit<const N: usize>(
        &self,
        jobs: [(UserId, NewMessage); N],
    ) -> [Pending<Submitted>; N] {
        let mut pending = Vec::new();
        for (from, new) in jobs {
            pending.push(self.chat.submit(by(from), new).await.unwrap());
        }
        pending.try_into().unwrap()
    }

    async fn friends(&self, owner: UserId, members: &[UserId]) -> RoomId {
        let members = members.to_vec();
        let made = self.chat.create_group(owner, "friends".into(), members);
        made.await.unwrap().room.room_id
    }
}

async fn who_left_still_hears_the_first_answer_to_a_retry(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let room_id = house.friends(ann, &[bob]).await;
    let sent = house.send(bob, group(room_id, "1", "hello")).await.unwrap();
    house.chat.remove_member(ann, room_id, bob).await.unwrap();
    let again = house.send(bob, group(room_id, "1", "hello")).await.unwrap();
    assert_eq!(
        (again.seq, again.message_id, again.deduplicated),
        (sent.seq, sent.message_id, true)
    );
    let new = house.send(bob, group(room_id, "2", "hello")).await;
    assert!(matches!(new, Err(ChatError::NotFound("room"))), "{new:?}");
}

async fn a_retry_delays_its_neighbours_and_leaves_no_gap(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let (here, there) = (
        house.friends(ann, &[bob]).await,
        house.friends(ann, &[bob]).await,
    );
    house.send(ann, group(here, "1", "one")).await.unwrap();
    let bobs = house.listen(bob);
    let mut pending = house
        .submit([
            (bob, group(here, "2", "two")),
            (ann, group(here, "1", "one")),
            (ann, group(there, "3", "elsewhere")),
            (ann, group(here, "4", "three")),
        ])
        .await;
    let mut outcomes = Vec::new();
    for pending in &mut pending {
        let sent = sent(pending.outcome().await.unwrap());
        outcomes.push((sent.seq, sent.deduplicated));
    }
    assert_eq!(outcomes, [(2, false), (1, true), (1, false), (3, false)]);
    let mut told = heard(&bobs, 3).await;
    // The rooms may have different writers.
    told.sort();
    assert_eq!(
        told,
        [
            "message 1 elsewhere",
            "message 2 two (own)",
            "message 3 three"
        ]
    );
}

async fn the_right_retry_is_not_judged_by_a_wrong_neighbour(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    house.send(ann, private(bob, "1", "right")).await.unwrap();
    let [mut wrong, mut right] = house
        .submit([
            (ann, private(bob, "1", "wrong")),
            (ann, private(bob, "1", "right")),
        ])
        .await;
    let wrong = wrong.outcome().await;
    assert!(
        matches!(wrong, Err(ChatError::IdempotencyConflict)),
        "{wrong:?}"
    );
    assert!(sent(right.outcome().await.unwrap()).deduplicated);
}

async fn a_retry_beside_a_new_room_undoes_nothing_for_good(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob, cem] = house.people(["ann", "bob", "cem"]).await;
    let old = house.send(ann, private(bob, "1", "one")).await.unwrap();
    let [mut again, mut new] = house
        .submit([
            (ann, private(bob, "1", "one")),
            (ann, private(cem, "2", "two")),
        ])
        .await;
    let read = house.receipt(bob, old.room_id, 1, ReceiptStatus::Read);
    assert_eq!(read.await.unwrap().read_seq, 1);
    assert!(sent(again.outcome().await.unwrap()).deduplicated);
    assert_eq!(sent(new.outcome().await.unwrap()).seq, 1);
    assert_eq!(house.chat.rooms(cem).await.unwrap().rooms.len(), 1);
}

async fn what_is_delivered_and_read_at_once_has_both_times(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob, cem] = house.people(["ann", "bob", "cem"]).await;
    let room_id = house.friends(ann, &[bob, cem]).await;
    let anns = house.listen(ann);
    for nth in ["1", "2"] {
        house.send(ann, group(room_id, nth, nth)).await.unwrap();
    }
    let message_id = {
        let page = house.chat.history(ann, room_id, Page::Newest, 1).await;
        page.unwrap().messages[0].message_id
    };
    let submit = |reader, status| {
        let submitted = house.chat.submit_receipt(by(reader), room_id, 2, status);
        submitted.unwrap()
    };
    let mut pending = [
        submit(bob, ReceiptStatus::Delivered),
        submit(bob, ReceiptStatus::Read),
        submit(cem, ReceiptStatus::Delivered),
    ];
    for pending in &mut pending {
        pending.outcome().await.unwrap();
    }
    let receipts = house.chat.receipts(ann, room_id, message_id).await.unwrap();
    let times = receipts
        .iter()
        .map(|it| (it.user_id, it.delivered_at.is_some(), it.read_at.is_some()));
    let mut times: Vec<_> = times.collect();
    let mut expected = [(bob, true, true), (cem, true, false)];
    times.sort_unstable();
    expected.sort_unstable();
    assert_eq!(times, expected);
    let told = heard(&anns, 5).await;
    assert_eq!(
        told.iter()
            .filter(|it| it.starts_with("Delivered 2"))
            .count(),
        2
    );
    assert_eq!(told.iter().filter(|it| it.starts_with("Read 2")).count(), 1);
}

/// On PostgreSQL most pairs of rooms have different writers, which meet at the sender's ids.
async fn one_id_to_two_rooms_is_stored_once(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let mut rooms = Vec::new();
    for _ in 0..4 {
        rooms.push(house.friends(ann, &[bob]).await);
    }
    for round in 0..20 {
        let (k1, k2) = (format!("{round} a"), format!("{round} b"));
        let (one, other) = (rooms[round % 4], rooms[(round + 1) % 4]);
        let outcomes = house
            .submit([
                (ann, group(one, &k1, "x")),
                (ann, group(one, &k2, "x")),
                (ann, group(other, &k2, "x")),
                (ann, group(other, &k1, "x")),
            ])
            .await;
        let (mut stored, mut refused) = (0, 0);
        for mut pending in outcomes {
            match pending.outcome().await.map(sent) {
                Ok(sent) if !sent.deduplicated => stored += 1,
                Err(ChatError::IdempotencyConflict) => refused += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((stored, refused), (2, 2));
    }
}
