//! Swaps under load, and how long things take.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::{
    super::{asked::Asked, generation::Outcome},
    *,
};
use crate::model::DecisionId;

#[tokio::test(flavor = "multi_thread")]
async fn each_event_is_judged_by_one_version_during_swaps() {
    const SWAPS: u64 = 10;
    let site = Site::start().await;
    site.install("word_filter", "p", "[config]\nwords = [\"one\"]")
        .await;
    let done = Arc::new(AtomicBool::new(false));
    let load = tokio::spawn({
        let (policies, done) = (Arc::clone(&site.policies), Arc::clone(&done));
        async move {
            let mut judged = 0;
            while !done.load(Ordering::Relaxed) {
                let decision = policies.before_message(&message("one two")).await.unwrap();
                // Whichever version: it refuses, and it is one of the two words.
                let Verdict::Reject(rejection) = decision.verdict else {
                    panic!("{decision:?}");
                };
                assert!(decision.judged, "{rejection:?}");
                judged += 1;
            }
            judged
        }
    });
    for swap in 0..SWAPS {
        let word = if swap % 2 == 0 { "two" } else { "one" };
        site.write(
            "p.toml",
            format!("[config]\nwords = [\"{word}\"]").as_bytes(),
        );
        site.until("p", |it| it.generation == swap + 2).await;
    }
    done.store(true, Ordering::Relaxed);
    let judged: u64 = load.await.unwrap();
    assert!(judged > SWAPS, "{judged}");
    println!("{judged} events during {SWAPS} swaps");
}

#[tokio::test]
async fn a_cached_set_loads_quickly() {
    let mut site = Site::start().await;
    for (plugin, name) in [("everything", "a"), ("word_filter", "b"), ("state_1", "c")] {
        site.install(plugin, name, "").await;
    }
    site.stop().await;
    let began = Instant::now();
    let started = start(&site.store, &site.metrics, &site.options).await;
    let took = began.elapsed();
    (site.policies, site.tasks) = (started.policies, Some(started.tasks));
    println!(
        "a start with three cached plugins took {took:?}, {:?} of it for the files to settle",
        site.options.settle
    );
    assert_eq!(site.policies.statuses().len(), 3);
    // Generous: the machine may be busy. `cargo xtask bench policy` measures.
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test]
async fn a_call_of_a_reused_instance_takes_microseconds() {
    const CALLS: usize = 20_000;
    let site = Site::start().await;
    site.install("everything", "e", "").await;
    let snapshot = site.policies.snapshot.load_full();
    let generation = Arc::clone(snapshot.get("e").unwrap());
    // 200 bytes, as in the notes of what wasmtime takes by itself.
    let asked = Asked::Message(message(&"hello ".repeat(33)));
    let measuring = site.policies.runtime.spawn(async move {
        let mut nanos = Vec::with_capacity(CALLS);
        for _ in 0..CALLS {
            let began = Instant::now();
            let deadline = Duration::from_millis(50);
            let answered = generation
                .ask(&asked, DecisionId::generate(), Timestamp(0), deadline)
                .await;
            nanos.push(began.elapsed().as_nanos());
            assert!(matches!(answered.0, Outcome::Answered { .. }));
        }
        nanos.sort_unstable();
        nanos
    });
    let nanos = measuring.await.unwrap();
    let (p50, p99) = (nanos[CALLS / 2], nanos[CALLS * 99 / 100]);
    println!(
        "a call on the policy thread, from typed event to typed verdict: p50 {p50} ns, p99 {p99} ns"
    );
    let mut hops = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let began = Instant::now();
        site.judge("hello").await;
        hops.push(began.elapsed().as_nanos());
    }
    hops.sort_unstable();
    println!(
        "with the way there and back: p50 {} ns, p99 {} ns",
        hops[CALLS / 2],
        hops[CALLS * 99 / 100]
    );
    // Generous: not optimised, on a busy machine.
    assert!(p50 < 100_000, "{p50}");
}
