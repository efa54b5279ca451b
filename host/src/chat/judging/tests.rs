//! Lanes, without policies: what waits for what.
#![expect(clippy::unwrap_used, reason = "tests")]

use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{super::Pending, *};
use crate::model::{CommandReply, MessageId, RoomId, SentMessage, UserId, UserRole};

const LIMIT: usize = 10;

/// A message to be judged, and where its answer arrives.
fn submission(
    sender: UserId,
    room_id: RoomId,
    client_msg_id: &str,
    body: &str,
) -> (Submission, Pending<Submitted>) {
    let (reply, pending) = Pending::new();
    let share = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
    let submission = Submission {
        from: Author {
            user_id: sender,
            account_role: UserRole::Member,
            session_id: None,
        },
        new: NewMessage {
            target: SendTarget::Group(room_id),
            client_msg_id: client_msg_id.to_owned(),
            body: body.to_owned(),
            reply_to: None,
        },
        message_id: MessageId::generate(),
        // Different texts are different requests.
        request_hash: Uuid::from_u128(body.len() as u128),
        is_retry: false,
        share,
        reply: SendReply::plain(reply),
    };
    (submission, pending)
}

fn sent() -> Submitted {
    Submitted::Sent(SentMessage {
        message_id: MessageId::generate(),
        room_id: RoomId::generate(),
        seq: 1,
        rev: 1,
        created_at: Timestamp(0),
        body: None,
        deduplicated: false,
    })
}

fn refusal() -> ChatError {
    ChatError::Refused(Box::new(Refusal {
        code: "no".to_owned(),
        reason: "No.".to_owned(),
        plugin: None,
        decision_id: None,
    }))
}

struct Scene {
    lanes: Arc<Lanes>,
    ann: UserId,
    here: RoomId,
}

impl Scene {
    fn new() -> Self {
        Self {
            lanes: Arc::default(),
            ann: UserId::generate(),
            here: RoomId::generate(),
        }
    }

    /// Ann says something here.
    fn enter(&self, id: &str, body: &str) -> (Result<Entered, ChatError>, Pending<Submitted>) {
        let (submission, pending) = submission(self.ann, self.here, id, body);
        (self.lanes.enter(submission, LIMIT), pending)
    }

    fn key(&self) -> LaneKey {
        (self.ann, SendTarget::Group(self.here))
    }

    fn next(&self) -> Submission {
        self.lanes.next(self.key()).unwrap()
    }
}

#[tokio::test]
async fn a_lane_is_of_one_sender_and_one_room_and_keeps_its_order() {
    let scene = Scene::new();
    assert!(!scene.lanes.concern(scene.ann, "0"));
    let mut pendings = Vec::new();
    for (nth, id) in ["1", "2", "3"].into_iter().enumerate() {
        let (entered, pending) = scene.enter(id, id);
        match entered.unwrap() {
            Entered::NewLane(key) => assert_eq!((nth, key), (0, scene.key())),
            Entered::Queued => assert!(nth > 0),
            Entered::Retry => panic!("{id} is no retry"),
        }
        pendings.push(pending);
    }
    for (sender, room_id) in [
        (UserId::generate(), scene.here),
        (scene.ann, RoomId::generate()),
    ] {
        let (other, _pending) = submission(sender, room_id, "other", "other");
        let entered = scene.lanes.enter(other, LIMIT);
        assert!(matches!(entered, Ok(Entered::NewLane(_))), "{entered:?}");
    }
    assert!(
        scene.lanes.concern(UserId::generate(), "0"),
        "nothing may overtake"
    );
    for (id, mut pending) in ["1", "2", "3"].into_iter().zip(pendings) {
        let submission = scene.next();
        assert_eq!(submission.new.client_msg_id, id);
        submission.reply.answer(Ok(sent()));
        assert!(pending.outcome().await.is_ok());
    }
    assert!(scene.lanes.next(scene.key()).is_none());
}

#[tokio::test]
async fn a_retry_hears_what_the_first_try_hears() {
    let scene = Scene::new();
    let (_, mut first) = scene.enter("1", "a");
    let (entered, mut retry) = scene.enter("1", "a");
    assert!(matches!(entered, Ok(Entered::Retry)));
    let (other, _pending) = scene.enter("1", "other");
    assert!(matches!(other, Err(ChatError::IdempotencyConflict)));
    scene.next().reply.answer(Err(refusal()));
    for pending in [&mut first, &mut retry] {
        let outcome = pending.outcome().await;
        assert!(matches!(outcome, Err(ChatError::Refused(_))), "{outcome:?}");
    }
    assert!(scene.lanes.next(scene.key()).is_none());
    // Later, too, and whether or not a policy is there.
    assert!(scene.lanes.concern(scene.ann, "1") && !scene.lanes.concern(scene.ann, "2"));
    let (entered, mut late) = scene.enter("1", "a");
    assert!(matches!(entered, Ok(Entered::Retry)));
    let outcome = late.outcome().await;
    assert!(matches!(outcome, Err(ChatError::Refused(_))), "{outcome:?}");
    let (other, _pending) = scene.enter("1", "other");
    assert!(matches!(other, Err(ChatError::IdempotencyConflict)));
}

#[tokio::test]
async fn a_command_is_answered_again_and_what_has_a_row_from_it() {
    let scene = Scene::new();
    let (_, _first) = scene.enter("1", "/greet");
    let reply = CommandReply {
        reply: Some("Hello".to_owned()),
        deduplicated: false,
    };
    let submission = scene.next();
    submission.reply.answer(Ok(Submitted::Command(reply)));
    let (_, mut again) = scene.enter("1", "/greet");
    let Ok(Submitted::Command(reply)) = again.outcome().await else {
        panic!("it was a command");
    };
    assert_eq!(
        (reply.reply.as_deref(), reply.deduplicated),
        (Some("Hello"), true)
    );
    assert!(scene.lanes.next(scene.key()).is_none());

    let (_, _first) = scene.enter("2", "hello");
    let submission = scene.next();
    assert!(!submission.is_retry);
    submission.reply.answer(Ok(sent()));
    assert!(scene.lanes.next(scene.key()).is_none());
    let (entered, _again) = scene.enter("2", "hello");
    assert!(matches!(entered, Ok(Entered::NewLane(_))), "{entered:?}");
    assert!(scene.next().is_retry, "its row has the answer");
}

#[tokio::test]
async fn too_many_are_refused_and_what_is_given_up_may_be_tried_again() {
    let scene = Scene::new();
    let mut pendings = Vec::new();
    for nth in 0..LIMIT {
        pendings.push(scene.enter(&nth.to_string(), "a").1);
    }
    let (entered, _pending) = scene.enter("more", "a");
    assert!(matches!(entered, Err(ChatError::Overloaded)), "{entered:?}");
    let (_, mut retry) = scene.enter("0", "a");
    drop(scene.next());
    for pending in [&mut pendings[0], &mut retry] {
        let outcome = pending.outcome().await;
        assert!(matches!(outcome, Err(ChatError::Overloaded)), "{outcome:?}");
    }
    let (entered, _pending) = scene.enter("0", "a");
    assert!(matches!(entered, Ok(Entered::Queued)), "{entered:?}");
}
