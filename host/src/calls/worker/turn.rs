//! The worker's loop. A turn: what came in, commands, time, and everything out in batches.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        mpsc::{Receiver, TryRecvError},
    },
    time::{Duration, Instant},
};

use mio::{Events, Interest, Poll, Token, Waker};
use natter_sfu::{Counters, Event, Options, Sfu, Tapped, Transmit};
use tokio::sync::mpsc::{Sender, error::TrySendError};

use super::{MediaError, MediaOptions, command::Command, tcp::Tcp, udp::Udp};

/// Commands of one turn: each may take a millisecond, while media waits.
const COMMANDS_PER_TURN: usize = 1;
/// Batches of datagrams of one turn and socket: what came meanwhile waits in the kernel.
const BATCHES_PER_TURN: usize = 4;
/// The loop looks up at least so often, also when nothing happens.
const LONGEST_WAIT: Duration = Duration::from_millis(500);
/// How often connections are looked over.
const CLEANING: Duration = Duration::from_secs(1);

const WAKER: Token = Token(0);
/// A listener's connections have the tokens after it.
const TCP_TOKENS: usize = 1 << 32;

/// What the sockets counted since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IoCounters {
    /// Turns of the loop.
    pub turns: u64,
    /// Packets that the kernel, or a client's queue, did not take.
    pub unsent: u64,
}

/// What the worker counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// By the router.
    pub router: Counters,
    /// By its sockets.
    pub io: IoCounters,
}

pub(super) struct Worker {
    sfu: Sfu,
    poll: Poll,
    waker: Arc<Waker>,
    udp: Vec<Udp>,
    tcp: Vec<Tcp>,
    commands: Receiver<Command>,
    events: Sender<Event>,
    tapped: Sender<Tapped>,
    /// An event, and a frame, that found no room.
    waiting_event: Option<Event>,
    waiting_frame: Option<Tapped>,
    transmits: Vec<Transmit>,
    counters: IoCounters,
    next_cleaning: Instant,
}

/// Whether the worker goes on.
enum Next {
    Turn,
    /// Nobody can command it any more.
    End,
}

impl Worker {
    pub(super) fn new(
        options: &MediaOptions,
        commands: Receiver<Command>,
        events: Sender<Event>,
        tapped: Sender<Tapped>,
    ) -> Result<Self, MediaError> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let mut udp = Vec::new();
        let mut udp_port = options.udp_port;
        for (index, address) in options.bind.iter().enumerate() {
            let mut socket = Udp::bind(SocketAddr::new(*address, udp_port))?;
            // The other family gets the port that the first one found.
            udp_port = socket.port();
            socket.advertise(options.advertised_for(*address));
            let token = Token(1 + index);
            poll.registry()
                .register(&mut socket.socket, token, Interest::READABLE)?;
            udp.push(socket);
        }
        let mut tcp = Vec::new();
        let mut tcp_port = options.tcp_port;
        for (index, address) in options.bind.iter().enumerate() {
            let Some(port) = tcp_port else {
                break;
            };
            let token = Token((1 + index) * TCP_TOKENS);
            let mut listener = Tcp::bind(SocketAddr::new(*address, port), token, poll.registry())?;
            tcp_port = Some(listener.port());
            listener.advertise(options.advertised_for(*address));
            tcp.push(listener);
        }
        let sfu = Sfu::new(Options {
            advertised: options.candidates(udp_port, tcp_port),
            participants_per_room: options.participants_per_room,
        })?;
        Ok(Self {
            sfu,
            poll,
            waker,
            udp,
            tcp,
            commands,
            events,
            tapped,
            waiting_event: None,
            waiting_frame: None,
            transmits: Vec::new(),
            counters: IoCounters::default(),
            next_cleaning: Instant::now(),
        })
    }

    pub(super) fn waker(&self) -> Arc<Waker> {
        Arc::clone(&self.waker)
    }

    pub(super) fn udp_port(&self) -> u16 {
        self.udp.first().map_or(0, Udp::port)
    }

    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(256);
        let mut ready = Vec::new();
        let mut more = false;
        loop {
            let wait = if more { Duration::ZERO } else { self.wait() };
            if let Err(error) = self.poll.poll(&mut events, Some(wait))
                && error.kind() != std::io::ErrorKind::Interrupted
            {
                tracing::error!(%error, "media sockets failed; all calls are over");
                return;
            }
            ready.clear();
            ready.extend(events.iter().map(mio::event::Event::token));
            match self.turn(&ready, &mut more) {
                Next::Turn => {}
                Next::End => {
                    self.sfu.close(Instant::now());
                    self.send();
                    self.tell();
                    return;
                }
            }
        }
    }

    fn turn(&mut self, ready: &[Token], more: &mut bool) -> Next {
        self.counters.turns += 1;
        let now = Instant::now();
        *more = self.receive(now, ready);
        let next = self.take_commands(now, more);
        self.sfu.handle_timeout(now);
        if now >= self.next_cleaning {
            self.next_cleaning = now + CLEANING;
            for listener in &mut self.tcp {
                listener.clean(now, self.poll.registry());
            }
        }
        self.send();
        self.tell();
        next
    }

    /// Whether sockets may have more.
    fn receive(&mut self, now: Instant, ready: &[Token]) -> bool {
        let Self {
            sfu,
            udp,
            tcp,
            poll,
            ..
        } = self;
        let mut more = false;
        for socket in udp {
            for batch in 1..=BATCHES_PER_TURN {
                match socket.receive(|packet| sfu.handle_packet(now, packet)) {
                    Ok(true) => more |= batch == BATCHES_PER_TURN,
                    Ok(false) => break,
                    Err(error) => {
                        tracing::warn!(%error, "cannot receive media");
                        break;
                    }
                }
            }
        }
        for listener in tcp {
            let within = |token: &&Token| token.0 / TCP_TOKENS == listener.token().0 / TCP_TOKENS;
            let theirs: Vec<Token> = ready.iter().filter(within).copied().collect();
            for token in theirs {
                listener.handle(now, token, poll.registry(), sfu);
            }
        }
        more
    }

    fn take_commands(&mut self, now: Instant, more: &mut bool) -> Next {
        for _ in 0..COMMANDS_PER_TURN {
            if self.waiting_event.is_some() {
                return Next::Turn;
            }
            match self.commands.try_recv() {
                Ok(command) => {
                    let mut io = self.counters;
                    io.unsent += self.tcp.iter().map(|tcp| tcp.dropped).sum::<u64>();
                    command.carry_out(now, &mut self.sfu, |sfu| Report {
                        router: sfu.counters(),
                        io,
                    });
                    *more = true;
                }
                Err(TryRecvError::Empty) => return Next::Turn,
                Err(TryRecvError::Disconnected) => return Next::End,
            }
        }
        Next::Turn
    }

    fn send(&mut self) {
        self.sfu.take_transmits(&mut self.transmits);
        for socket in &mut self.udp {
            let carried = |packet: &&Transmit| socket.carries(packet.route);
            let packets: Vec<&Transmit> = self.transmits.iter().filter(carried).collect();
            if !packets.is_empty() {
                self.counters.unsent += socket.send(&packets);
            }
        }
        for listener in &mut self.tcp {
            for packet in &self.transmits {
                if listener.carries(packet.route) {
                    listener.queue(packet);
                }
            }
            listener.end_turn();
        }
        self.transmits.clear();
    }

    /// Hands events and frames out, as far as there is room.
    fn tell(&mut self) {
        while let Some(event) = self.waiting_event.take().or_else(|| self.sfu.poll_event()) {
            if let Err(TrySendError::Full(event)) = self.events.try_send(event) {
                self.waiting_event = Some(event);
                break;
            }
        }
        while let Some(frame) = self.waiting_frame.take().or_else(|| self.sfu.poll_tap()) {
            if let Err(TrySendError::Full(frame)) = self.tapped.try_send(frame) {
                self.waiting_frame = Some(frame);
                break;
            }
        }
    }

    fn wait(&self) -> Duration {
        let now = Instant::now();
        let deadline = self.sfu.poll_timeout(now);
        let wait = deadline.map(|deadline| deadline.saturating_duration_since(now));
        wait.map_or(LONGEST_WAIT, |wait| wait.min(LONGEST_WAIT))
    }
}
