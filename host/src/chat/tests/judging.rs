//! Messages under policies, with real plugins: order, retries, and what a hook costs others.

use std::time::Instant;

use tempfile::TempDir;

use super::*;
use crate::policy::{
    BreakerOptions, KvLimits, PolicyOptions, PolicyTasks, RecordDecisions, Started,
};

on_both_databases![
    a_slow_hook_keeps_one_senders_order_and_nobody_else_waits,
    no_free_instance_is_an_error_that_may_be_tried_again,
    a_retry_hears_the_first_answer,
    what_was_held_is_not_stored_by_a_retry_when_no_policy_is_left,
    who_left_a_group_is_refused_at_once,
];

/// Running policies with one plugin, in a folder of their own.
struct Judges {
    started: Started,
    _folder: TempDir,
}

impl Judges {
    async fn new(store: &Store, plugin: &str, change: impl FnOnce(&mut PolicyOptions)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let built = std::env::var("NATTER_TEST_PLUGINS")
            .expect("`cargo xtask test --only unit` builds the plugins and sets it");
        let plugins = folder.path().join("plugins");
        std::fs::create_dir(&plugins).unwrap();
        let built = std::path::Path::new(&built).join(format!("{plugin}.wasm"));
        std::fs::copy(built, plugins.join("p.wasm")).unwrap();
        std::fs::write(plugins.join("p.toml"), "on_failure.messages = \"allow\"").unwrap();
        let mut options = options(folder.path());
        change(&mut options);
        let metrics = Metrics::new().policy;
        let started = Policies::start(store.clone(), metrics, options).await;
        Self {
            started: started.unwrap(),
            _folder: folder,
        }
    }

    async fn stop(self) {
        let tasks: PolicyTasks = self.started.tasks;
        tasks.stop(Duration::from_secs(5)).await;
    }
}

fn options(folder: &std::path::Path) -> PolicyOptions {
    PolicyOptions {
        folder: folder.join("plugins"),
        private_folder: folder.join("private"),
        threads: 2,
        settle: Duration::from_millis(20),
        deadline: Duration::from_millis(300),
        chain_budget: Duration::from_secs(5),
        instance_wait: Duration::from_secs(5),
        instances: 4,
        memory_bytes: 64 << 20,
        body_bytes: 64 << 10,
        after_queue_events: 64,
        breaker: BreakerOptions {
            failures: 1_000,
            window: Duration::from_secs(10),
            pause: Duration::from_secs(30),
        },
        kv: KvLimits {
            keys: 100,
            bytes: 1 << 20,
        },
        record: RecordDecisions::Notable,
        record_days: 30,
    }
}

impl House {
    /// The same with a plugin that judges messages.
    async fn judged_by(
        self,
        plugin: &str,
        change: impl FnOnce(&mut PolicyOptions),
    ) -> (Self, Judges) {
        let judges = Judges::new(&self.store, plugin, change).await;
        let policies = Arc::clone(&judges.started.policies);
        (self.restarted_under(policies).await, judges)
    }

    async fn start(&self, from: UserId, new: NewMessage) -> Pending<Submitted> {
        self.chat.submit(by(from), new).await.unwrap()
    }
}

/// `hostile` does what a message says: `loop` takes all of its deadline, and is then allowed.
async fn a_slow_hook_keeps_one_senders_order_and_nobody_else_waits(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let (house, judges) = house.judged_by("hostile", |_| ()).await;
    let mut anns = Vec::new();
    for (id, body) in [("1", "loop"), ("2", "two"), ("3", "three")] {
        anns.push(house.start(ann, private(ann, id, body)).await);
    }
    for nth in 0..5 {
        let mut bobs = house
            .start(bob, private(bob, &nth.to_string(), "quick"))
            .await;
        bobs.outcome().await.unwrap();
    }
    assert!(anns.iter_mut().all(|it| it.outcome_now().is_none()));
    for (seq, mut pending) in (1..).zip(anns) {
        assert_eq!(sent(pending.outcome().await.unwrap()).seq, seq);
    }
    judges.stop().await;
}

async fn no_free_instance_is_an_error_that_may_be_tried_again(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let one = |options: &mut PolicyOptions| {
        options.instances = 1;
        options.instance_wait = Duration::from_millis(1);
    };
    let (house, judges) = house.judged_by("hostile", one).await;
    let mut slow = house.start(ann, private(ann, "1", "loop")).await;
    let started = Instant::now();
    let refused = loop {
        // Until the only instance is taken, others are judged.
        let id = started.elapsed().as_nanos().to_string();
        let mut pending = house.start(bob, private(bob, &id, "quick")).await;
        match pending.outcome().await {
            Ok(_) => assert!(started.elapsed() < Duration::from_secs(5)),
            Err(error) => break (error, id),
        }
    };
    assert!(
        matches!(refused.0, ChatError::PoliciesOverloaded(_)),
        "{refused:?}"
    );
    slow.outcome().await.unwrap();
    let again = house.send(bob, private(bob, &refused.1, "quick")).await;
    assert!(!again.unwrap().deduplicated);
    judges.stop().await;
}

fn decision_of(outcome: Result<Submitted, ChatError>) -> crate::model::DecisionId {
    match outcome {
        Err(ChatError::Refused(refusal)) => refusal.decision_id.unwrap(),
        other => panic!("{other:?}"),
    }
}

async fn a_retry_hears_the_first_answer(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let (house, judges) = house.judged_by("everything", |_| ()).await;
    let say = async |id: &str, body: &str| {
        let submitting = house.chat.submit(by(ann), private(bob, id, body));
        submitting.await?.outcome().await
    };
    let first = decision_of(say("1", "reject no").await);
    assert_eq!(decision_of(say("1", "reject no").await), first);
    let other = say("1", "reject yes").await;
    assert!(matches!(other, Err(ChatError::IdempotencyConflict)));
    assert_ne!(decision_of(say("2", "reject no").await), first);
    for again in [false, true] {
        let Ok(Submitted::Command(reply)) = say("3", "/greet Bob").await else {
            panic!("it is a command");
        };
        assert_eq!(reply.deduplicated, again);
    }
    let count = async |id: &str| match say(id, "count calls").await {
        Err(ChatError::Refused(refusal)) => refusal.reason,
        other => panic!("{other:?}"),
    };
    let counted = [count("4").await, count("4").await, count("5").await];
    assert_eq!(counted, ["1", "1", "2"]);
    judges.stop().await;
}

async fn what_was_held_is_not_stored_by_a_retry_when_no_policy_is_left(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    house.send(ann, private(bob, "0", "hello")).await.unwrap();
    let (house, judges) = house.judged_by("everything", |_| ()).await;
    let held = house
        .start(ann, private(bob, "1", "hold me"))
        .await
        .outcome()
        .await;
    let Ok(Submitted::Held(held)) = held else {
        panic!("{held:?}");
    };
    judges.stop().await;
    let house = house.restarted().await;
    let retry = async || {
        let mut pending = house.start(ann, private(bob, "1", "hold me")).await;
        pending.outcome().await
    };
    let again = retry().await;
    assert!(
        matches!(&again, Ok(Submitted::Held(it)) if it.message_id == held.message_id && it.deduplicated),
        "{again:?}"
    );
    // Others of theirs take the short way.
    assert_eq!(
        house
            .send(ann, private(bob, "2", "next"))
            .await
            .unwrap()
            .seq,
        2
    );
    let released = house.chat.release_held(bob, held.message_id).await.unwrap();
    assert_eq!(released.seq, 3);
    let again = sent(retry().await.unwrap());
    assert_eq!((again.seq, again.deduplicated), (3, true));
}

async fn who_left_a_group_is_refused_at_once(on: Kind) {
    let house = House::new(on).await;
    let [ann, bob] = house.people(["ann", "bob"]).await;
    let (house, judges) = house.judged_by("everything", |_| ()).await;
    let name = "Tea".to_owned();
    let room = house.chat.create_group(ann, name, vec![bob]).await.unwrap();
    let room_id = room.room.room_id;
    house.send(bob, group(room_id, "1", "plain")).await.unwrap();
    house.chat.remove_member(ann, room_id, bob).await.unwrap();
    // The policy is not asked any more: it would refuse otherwise.
    let refused = house.send(bob, group(room_id, "2", "reject no")).await;
    assert!(
        matches!(refused, Err(ChatError::NotFound("room"))),
        "{refused:?}"
    );
    let again = house.send(bob, group(room_id, "1", "plain")).await.unwrap();
    assert_eq!((again.seq, again.deduplicated), (1, true));
    let room = house
        .chat
        .add_members(ann, room_id, vec![bob], History::None);
    assert_eq!(room.await.unwrap().len(), 1);
    house.send(bob, group(room_id, "3", "plain")).await.unwrap();
    judges.stop().await;
}
