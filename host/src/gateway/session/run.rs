//! The loop of one session: wait for the next thing, do it, send what came of it.

use std::{
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use serde::Serialize;
use tokio::time::{Sleep, sleep_until};
use tracing::Instrument as _;

use super::{
    Sessions,
    codec::{AckTo, Codec, Incoming},
    event::{ClientEvent, RegisterUser, Registered},
    in_flight::InFlight,
    rate::{Admission, Pace},
};
use crate::{
    accounts::Identity,
    calls::{Caller, Device},
    chat::Author,
    delivery::{CloseReason, Outbound, Subscription},
    gateway::{
        error::ApiError,
        socketio::MAIN,
        transport::{Closed, Payload, Transport},
    },
    guard::Guard,
    model::{AccountStatus, ServerEvent, SessionId, Timestamp, UserRole},
};

/// Events taken from the mailbox at once: they go out in one write.
const PUSH_BATCH: usize = 64;

/// Tokens that may be refused until one is accepted: each costs a signature's check. Chosen, not standard: a client that
/// renews its token and tries again needs two.
const REFUSED_TOKENS: u32 = 5;

/// Why a session ended.
#[derive(Debug)]
pub(super) enum End {
    /// The transport is closed or broken.
    Closed(Closed),
    /// The client left in order.
    ByClient,
    /// The server ends it and says why.
    ByServer(CloseReason),
    /// The client does not read; there is nobody to tell.
    Cut,
}

/// The session's state.
pub(super) struct Session<'a> {
    shared: &'a Arc<Sessions>,
    session_id: SessionId,
    transport: Transport,
    codec: Codec,
    user: Option<User>,
    in_flight: InFlight,
    out: Vec<Payload>,
    pace: Pace,
    refused_tokens: u32,
    /// Until when the session must have said who it is, or has a valid token. Kept from one wait to the next: arming a timer
    /// takes a lock that all sessions share.
    deadline: Pin<Box<Sleep>>,
}

/// Who the session belongs to, once it said so.
struct User {
    identity: Identity,
    status: AccountStatus,
    role: UserRole,
    subscription: Subscription,
}

/// What happens next.
enum Input {
    Payload(Result<Option<Payload>, Closed>),
    Pushes(Result<Vec<Arc<Outbound>>, CloseReason>),
    Acked(Option<Payload>),
    Deadline,
    Stopping,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        shared: &'a Arc<Sessions>,
        session_id: SessionId,
        transport: Transport,
        codec: Codec,
    ) -> Self {
        let now = Instant::now();
        Self {
            shared,
            session_id,
            transport,
            codec,
            user: None,
            in_flight: InFlight::new(shared.limits.in_flight),
            out: Vec::new(),
            pace: Pace::new(shared.limits.rate, now),
            refused_tokens: 0,
            deadline: Box::pin(sleep_until((now + shared.limits.register_timeout).into())),
        }
    }

    pub(super) fn into_transport(self) -> Transport {
        self.transport
    }

    /// Runs until the session ends.
    pub(super) async fn run(&mut self) -> End {
        loop {
            let step = match self.select().await {
                Input::Payload(Ok(Some(payload))) => self.receive(payload).await,
                // A ping or a pong: nobody waits for an answer, but it must be paid for.
                Input::Payload(Ok(None)) => self.admit(1).map(drop),
                Input::Payload(Err(closed)) => Err(End::Closed(closed)),
                Input::Pushes(Ok(pushes)) => {
                    self.push(&pushes);
                    Ok(())
                }
                Input::Pushes(Err(reason)) => {
                    if reason == CloseReason::Draining {
                        // The writer has finished: every ack is there.
                        self.in_flight.finish(&mut self.out).await;
                    }
                    Err(End::ByServer(reason))
                }
                Input::Acked(answer) => {
                    self.out.extend(answer);
                    Ok(())
                }
                Input::Stopping => Err(End::ByServer(CloseReason::Draining)),
                Input::Deadline if self.user.is_some() => {
                    Err(End::ByServer(CloseReason::TokenExpired))
                }
                Input::Deadline => Err(End::ByServer(CloseReason::RegisterTimeout)),
            };
            let flushed = self.flush().await;
            if let Err(end) = step.and(flushed) {
                return end;
            }
        }
    }

    /// Waits for the next input. Pushes and the client's frames take turns by chance, so that neither starves the other.
    async fn select(&mut self) -> Input {
        let Self {
            user,
            in_flight,
            transport,
            deadline,
            shared,
            ..
        } = self;
        let has_room = in_flight.has_room();
        let talk = async {
            tokio::select! {
                pushes = pushes(user.as_ref()), if user.is_some() => Input::Pushes(pushes),
                payload = transport.recv(), if has_room => Input::Payload(payload),
                else => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = deadline.as_mut() => Input::Deadline,
            () = shared.stopping.cancelled(), if user.is_none() => Input::Stopping,
            answer = in_flight.next(), if in_flight.wants_waiting() => Input::Acked(answer),
            input = talk => input,
        }
    }

    /// Sends what waits, and with it what has become ready since; the mailbox may cut it short.
    async fn flush(&mut self) -> Result<(), End> {
        if self.out.is_empty() {
            return Ok(());
        }
        self.in_flight.take_ready(&mut self.out);
        if let Some(user) = &self.user {
            let pushes = user.subscription.mailbox.take_ready(PUSH_BATCH);
            self.push(&pushes);
        }
        let sent = self.transport.send(&mut self.out);
        match &self.user {
            None => sent.await.map_err(End::Closed),
            Some(user) => tokio::select! {
                biased;
                sent = sent => sent.map_err(End::Closed),
                _ = user.subscription.mailbox.cut() => Err(End::Cut),
            },
        }
    }

    fn push(&mut self, pushes: &[Arc<Outbound>]) {
        for outbound in pushes {
            if let (ServerEvent::AccountStatusChanged(change), Some(user)) =
                (&outbound.event, &mut self.user)
            {
                user.status = change.status;
            }
            self.out.push(self.codec.push(outbound));
        }
        self.shared.metrics.pushes.inc_by(pushes.len() as u64);
    }

    /// Every payload must be paid for, whatever it turns out to be.
    async fn receive(&mut self, payload: Payload) -> Result<(), End> {
        let is_ending = |user: &User| user.subscription.mailbox.is_closed();
        if self.user.as_ref().is_some_and(is_ending) {
            // A session that is to end takes no more events.
            return Ok(());
        }
        let incoming = self.codec.decode(payload);
        let refusal = self.admit(incoming.price())?;
        match incoming {
            Incoming::Event {
                ack_to,
                name,
                data_json,
            } => {
                self.shared.metrics.events_received.inc();
                match refusal {
                    None => self.event(ack_to, &name, &data_json).await,
                    Some(refusal) => {
                        self.answer::<()>(ack_to, Err(refusal));
                        Ok(())
                    }
                }
            }
            Incoming::Connect { token } => match refusal {
                None => self.connect(token).await,
                Some(refusal) => {
                    self.refuse_connect(&refusal);
                    Ok(())
                }
            },
            Incoming::Disconnect => Err(End::ByClient),
            Incoming::Answer(payload) => {
                self.out.push(payload);
                Ok(())
            }
            Incoming::Nothing => Ok(()),
            Incoming::Broken => Err(End::ByServer(CloseReason::BadFrame)),
        }
    }

    /// None if a payload may pass, else what to tell the client.
    fn admit(&mut self, price: u32) -> Result<Option<ApiError>, End> {
        match self.pace.admit(price, Instant::now()) {
            Admission::Pass => Ok(None),
            Admission::Wait { retry_after_ms } => {
                self.shared.metrics.rate_limited.inc();
                Ok(Some(ApiError::rate_limited(retry_after_ms)))
            }
            Admission::Flood => Err(End::ByServer(CloseReason::Flood)),
        }
    }

    async fn event(&mut self, ack_to: AckTo, name: &str, data_json: &str) -> Result<(), End> {
        match ClientEvent::parse(name, data_json) {
            Ok(ClientEvent::RegisterUser(RegisterUser { token })) => {
                self.in_flight.finish(&mut self.out).await;
                let span = self.span();
                let outcome = self.register(&token).instrument(span).await;
                let verdict = self.count_refused(&outcome);
                self.answer(ack_to, outcome);
                return verdict;
            }
            Ok(event) => match self.author() {
                Ok(author) => self.act(author, ack_to, event).await,
                Err(refusal) => self.answer::<()>(ack_to, Err(refusal)),
            },
            Err(refusal) => self.answer::<()>(ack_to, Err(refusal)),
        }
        Ok(())
    }

    /// Carries out the event of an active user.
    async fn act(&mut self, author: Author, ack_to: AckTo, event: ClientEvent) {
        let chat = &self.shared.chat;
        match event {
            ClientEvent::Send(new) => match chat.submit(author, new).await {
                Ok(pending) => self.in_flight.sent(ack_to, pending),
                Err(error) => self.answer::<()>(ack_to, Err(error.into())),
            },
            ClientEvent::MessageStatusUpdate(it) => {
                match chat.submit_receipt(author, it.room_id, it.up_to_seq, it.status) {
                    Ok(pending) => self.in_flight.receipt(ack_to, pending),
                    Err(error) => self.answer::<()>(ack_to, Err(error.into())),
                }
            }
            ClientEvent::Typing(it) => {
                self.in_flight.finish(&mut self.out).await;
                let typing = self.shared.chat.typing(author, it.room_id, it.typing);
                let outcome = typing.instrument(self.span()).await;
                self.answer(
                    ack_to,
                    outcome
                        .map(|()| serde_json::json!({}))
                        .map_err(ApiError::from),
                );
            }
            ClientEvent::DeleteMessage(it) => {
                self.in_flight.finish(&mut self.out).await;
                let deleting = self
                    .shared
                    .chat
                    .delete_message(author, it.room_id, it.message_id);
                let outcome = deleting.instrument(self.span()).await;
                self.answer(ack_to, outcome.map_err(ApiError::from));
            }
            ClientEvent::Sync(request) => {
                self.in_flight.finish(&mut self.out).await;
                let sync = self.shared.chat.sync(author.user_id, request);
                let outcome = sync.instrument(self.span()).await;
                self.answer(ack_to, outcome.map_err(ApiError::from));
            }
            ClientEvent::Call(event) => {
                self.in_flight.finish(&mut self.out).await;
                let Some(device) = self.device() else { return };
                let by = Caller {
                    device,
                    account_role: author.account_role,
                };
                let acting = event.carry_out(&self.shared.calls, by);
                let outcome = acting.instrument(self.span()).await;
                self.answer(ack_to, outcome.map_err(ApiError::from));
            }
            ClientEvent::RegisterUser(_) => {}
        }
    }

    /// The socket as calls know it; none before it said who it is.
    pub(super) fn device(&self) -> Option<Device> {
        self.user.as_ref().map(|user| Device {
            user_id: user.identity.user_id,
            device_id: user.identity.device_id,
            session_id: user.subscription.session_id,
        })
    }

    /// Who may act: a registered user whose account is active.
    fn author(&self) -> Result<Author, ApiError> {
        match &self.user {
            None => Err(ApiError::unauthenticated(
                "The first event is register_user",
            )),
            Some(user) if Guard::ActiveSession.admits(user.status == AccountStatus::Active) => {
                Ok(Author {
                    user_id: user.identity.user_id,
                    account_role: user.role,
                    session_id: Some(user.subscription.session_id),
                })
            }
            Some(_) => Err(ApiError::account_pending()),
        }
    }

    /// A Socket.IO client joins: with a token it is registered at once.
    async fn connect(&mut self, token: Option<String>) -> Result<(), End> {
        let registered = match token {
            None => None,
            Some(token) => {
                let span = self.span();
                let outcome = self.register(&token).instrument(span).await;
                let verdict = self.count_refused(&outcome);
                match outcome {
                    Ok(registered) => Some(registered),
                    Err(error) => {
                        self.refuse_connect(&error);
                        return verdict;
                    }
                }
            }
        };
        let sid = self.session_id.to_string();
        let accepted = self.with_connection(|it| it.accept(MAIN, &sid));
        self.out.extend(accepted);
        if let Some(registered) = registered {
            self.out.extend(self.codec.registered(&registered).ok());
        }
        Ok(())
    }

    fn refuse_connect(&mut self, error: &ApiError) {
        let data = serde_json::to_string(error).ok();
        let refusal =
            self.with_connection(|it| it.refuse(MAIN, error.code.as_str(), data.as_deref()));
        self.out.extend(refusal);
    }

    /// Ends the session at the last token that may be refused. What may succeed later is no refusal of the token.
    fn count_refused(&mut self, outcome: &Result<Registered, ApiError>) -> Result<(), End> {
        match outcome {
            Ok(_) => self.refused_tokens = 0,
            Err(error) if error.retryable => {}
            Err(_) => self.refused_tokens += 1,
        }
        if self.refused_tokens < REFUSED_TOKENS {
            Ok(())
        } else {
            Err(End::ByServer(CloseReason::Flood))
        }
    }

    /// What goes wrong here is logged with the session's id, which `register_user` answers. Not around a session's whole
    /// life: each turn would pay for it, and each idle session.
    fn span(&self) -> tracing::Span {
        tracing::info_span!("session", session_id = %self.session_id)
    }

    fn with_connection(
        &mut self,
        act: impl FnOnce(&mut crate::gateway::socketio::Connection) -> Payload,
    ) -> Option<Payload> {
        match &mut self.codec {
            Codec::Plain => None,
            Codec::SocketIo(connection) => Some(act(connection)),
        }
    }

    /// Makes the session its user's, or extends it with a fresh token.
    async fn register(&mut self, token: &str) -> Result<Registered, ApiError> {
        let (identity, _) = self.shared.accounts.authenticate(token).await?;
        let (user_id, device_id) = (identity.user_id, identity.device_id);
        let subscribed = match &self.user {
            None => Some(
                self.shared
                    .delivery
                    .subscribe(user_id, device_id, self.session_id),
            ),
            // What waits in the mailbox belongs to the device that subscribed.
            Some(user) if !Guard::SameDevice.admits(user.identity.device_id == device_id) => {
                return Err(ApiError::forbidden("The session belongs to another device"));
            }
            Some(_) => None,
        };
        let is_new = subscribed.is_some();
        // Read again: what changed before the session was subscribed was not pushed to it.
        let (identity, account) = self.shared.accounts.authenticate(token).await?;
        let Some(subscription) =
            subscribed.or_else(|| self.user.take().map(|user| user.subscription))
        else {
            return Err(ApiError::internal(
                &"a registered session has no subscription",
            ));
        };
        let left_ms = u64::try_from(identity.expires_at.0 - Timestamp::now().0).unwrap_or(0);
        let deadline = Instant::now() + Duration::from_millis(left_ms);
        self.deadline.as_mut().reset(deadline.into());
        let registered = Registered {
            device_id: identity.device_id,
            session_id: subscription.session_id,
            user_rev: account.user_rev,
            expires_at: identity.expires_at,
            ice_servers: self.shared.calls.ice_servers(user_id),
            user: account,
        };
        self.user = Some(User {
            identity,
            status: registered.user.status,
            role: registered.user.role,
            subscription,
        });
        if let Some(device) = self.device().filter(|_| is_new) {
            self.shared.calls.device_came(device).await;
        }
        Ok(registered)
    }

    fn answer<T: Serialize>(&mut self, ack_to: AckTo, outcome: Result<T, ApiError>) {
        self.out.extend(ack_to.answer(outcome));
    }
}

/// The mailbox's next events; never, without a mailbox.
async fn pushes(user: Option<&User>) -> Result<Vec<Arc<Outbound>>, CloseReason> {
    match user {
        Some(user) => user.subscription.mailbox.take(PUSH_BATCH).await,
        None => std::future::pending().await,
    }
}
