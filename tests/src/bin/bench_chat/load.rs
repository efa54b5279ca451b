//! The load: messages sent by many, counted as they arrive.
//!
//! A message is done when it is acknowledged, everybody has it, and, where receipts are on, both came back to its sender.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::socket::Socket;
use crate::wire::{Heard, Sending, To, Wire};

/// Connections opened at the same time.
pub(crate) const CONNECTING: usize = 16;
/// People whom each person writes to. Their rooms exist before anything is measured.
const PARTNERS: usize = 4;
/// After this long without progress a run is given up.
const STALLED: Duration = Duration::from_secs(20);

/// Who is there, on one server.
#[derive(Clone, Debug)]
pub(crate) struct People {
    pub(crate) address: SocketAddr,
    /// What registers each: a token, or the user's number.
    pub(crate) credentials: Vec<String>,
    /// How messages name each.
    pub(crate) ids: Vec<String>,
    /// Groups of 50: the first one has the first 50 people, and so on.
    pub(crate) groups: Vec<String>,
}

/// Members of each group.
pub(crate) const GROUP_MEMBERS: usize = 50;

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Traffic {
    Private,
    /// Delivered and read travel back.
    PrivateWithReceipts,
    /// To this many of the groups.
    Group {
        groups: usize,
    },
}

/// How fast.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// So many are under way at any time.
    Outstanding(usize),
    /// So many a second, whatever the server does.
    PerSecond(f64),
}

/// Messages under way, and what became of those that are done.
pub(crate) struct Load {
    wire: Wire,
    people: People,
    traffic: Traffic,
    run: u32,
    sockets: Vec<Rc<Socket>>,
    messages: RefCell<Vec<Sent>>,
    receipts: RefCell<HashMap<u64, u32>>,
    closed_loop: Cell<bool>,
    /// Counts deals: partners and groups take turns.
    turn: Cell<usize>,
    done: Cell<u64>,
    arrivals_us: RefCell<Vec<u32>>,
    finishes_us: RefCell<Vec<u32>>,
    out: RefCell<(Vec<u8>, Vec<u8>)>,
    failure: RefCell<Option<anyhow::Error>>,
    reading: RefCell<Vec<tokio::task::AbortHandle>>,
}

struct Sent {
    at: Instant,
    copies_left: u16,
    others_left: u16,
}

impl Load {
    /// Connects everybody.
    pub(crate) async fn connect(
        people: People,
        wire: Wire,
        traffic: Traffic,
        run: u32,
    ) -> Result<Rc<Self>> {
        let address = people.address;
        let connecting = people
            .credentials
            .iter()
            .map(|who| Socket::connect(address, wire, who));
        let sockets = stream::iter(connecting)
            .buffered(CONNECTING)
            .try_collect()
            .await?;
        let load = Rc::new(Self {
            wire,
            people,
            traffic,
            run,
            sockets,
            messages: RefCell::default(),
            receipts: RefCell::default(),
            closed_loop: Cell::new(false),
            turn: Cell::new(0),
            done: Cell::new(0),
            arrivals_us: RefCell::default(),
            finishes_us: RefCell::default(),
            out: RefCell::default(),
            failure: RefCell::default(),
            reading: RefCell::default(),
        });
        let buffer = Rc::new(RefCell::new(Vec::new()));
        for socket in &load.sockets {
            let hearing = Rc::clone(&load);
            let reading = Rc::clone(socket).read(Rc::clone(&buffer), move |text, answers| {
                hearing.hear(text, answers)
            });
            let noting = Rc::clone(&load);
            let task = tokio::task::spawn_local(async move {
                let ended = reading.await;
                noting.note(ended);
            });
            load.reading.borrow_mut().push(task.abort_handle());
        }
        Ok(load)
    }

    /// Closes the connections.
    pub(crate) fn close(&self) {
        self.reading
            .borrow()
            .iter()
            .for_each(tokio::task::AbortHandle::abort);
    }

    /// One message for each room that will be used, so that all exist.
    pub(crate) async fn open_rooms(&self) -> Result<()> {
        let rooms = match self.traffic {
            Traffic::Group { groups } => groups,
            _ => self.people.ids.len() * PARTNERS,
        };
        for _ in 0..rooms {
            self.send();
            self.until_under_way_is_below(32).await?;
        }
        self.until_under_way_is_below(1).await
    }

    /// Keeps the pace for so long.
    pub(crate) async fn run(&self, pace: Pace, time: Duration) -> Result<()> {
        let end = Instant::now() + time;
        match pace {
            Pace::Outstanding(count) => {
                self.closed_loop.set(true);
                (0..count).for_each(|_| self.send());
                tokio::time::sleep_until(end.into()).await;
                self.closed_loop.set(false);
            }
            Pace::PerSecond(rate) => {
                let started = Instant::now();
                let mut sent = 0.0;
                while Instant::now() < end {
                    let due = started.elapsed().as_secs_f64() * rate;
                    while sent < due {
                        self.send();
                        sent += 1.0;
                    }
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        }
        self.check()
    }

    /// Forgets what was measured so far.
    pub(crate) fn restart_measures(&self) {
        self.done.set(0);
        self.arrivals_us.borrow_mut().clear();
        self.finishes_us.borrow_mut().clear();
    }

    /// Messages done since.
    pub(crate) fn done(&self) -> u64 {
        self.done.get()
    }

    /// From send to the last receiver, sorted.
    pub(crate) fn arrivals_us(&self) -> Vec<u32> {
        sorted(&self.arrivals_us)
    }

    /// From send to the last thing that belongs to the message, sorted.
    pub(crate) fn finishes_us(&self) -> Vec<u32> {
        sorted(&self.finishes_us)
    }

    /// Waits until few enough are under way.
    pub(crate) async fn until_under_way_is_below(&self, count: usize) -> Result<()> {
        let started = Instant::now();
        loop {
            self.check()?;
            let open = |it: &&Sent| it.copies_left + it.others_left > 0;
            let under_way = {
                let messages = self.messages.borrow();
                let newest = messages.iter().rev().take(10_000);
                newest.filter(open).count()
            };
            if under_way < count {
                return Ok(());
            }
            ensure!(
                started.elapsed() < STALLED,
                "{under_way} messages were not finished"
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn check(&self) -> Result<()> {
        self.failure.borrow_mut().take().map_or(Ok(()), Err)
    }

    fn note(&self, ended: Result<()>) {
        if let Err(error) = ended {
            self.failure.borrow_mut().get_or_insert(error);
        }
    }

    fn send(&self) {
        let turn = self.turn.replace(self.turn.get() + 1);
        let people = self.people.ids.len();
        let (from, to, copies, others) = match self.traffic {
            Traffic::Group { groups } => {
                let group = turn % groups;
                let from = group * GROUP_MEMBERS + turn / groups % GROUP_MEMBERS;
                (
                    from,
                    To::Group(&self.people.groups[group]),
                    GROUP_MEMBERS - 1,
                    1,
                )
            }
            traffic => {
                let from = turn % people;
                let partner = (from + 1 + turn / people % PARTNERS) % people;
                let others = if traffic == Traffic::Private { 1 } else { 3 };
                (from, To::User(&self.people.ids[partner]), 1, others)
            }
        };
        let mut messages = self.messages.borrow_mut();
        let number = u32::try_from(messages.len()).expect("a run is short");
        messages.push(Sent {
            at: Instant::now(),
            copies_left: u16::try_from(copies).expect("groups are small"),
            others_left: others,
        });
        drop(messages);
        let mut out = self.out.borrow_mut();
        let (payload, frame) = &mut *out;
        payload.clear();
        frame.clear();
        let run = self.run;
        self.wire.put_send(payload, Sending { run, number, to });
        Socket::frame(frame, payload);
        self.note(self.sockets[from].write(frame));
    }

    fn hear(&self, text: &[u8], answers: &mut Vec<u8>) -> Result<()> {
        match self.wire.hear(text)? {
            Heard::Ack(number) => self.progress(number, false),
            Heard::Received { number, receipt } => {
                if self.traffic == Traffic::PrivateWithReceipts {
                    self.receipts.borrow_mut().insert(receipt.key(), number);
                    for status in ["delivered", "read"] {
                        let mut payload = Vec::with_capacity(160);
                        self.wire.put_receipt(&mut payload, receipt, status);
                        Socket::frame(answers, &payload);
                    }
                }
                self.progress(number, true)
            }
            Heard::Status(key) => {
                let number = self.receipts.borrow().get(&key).copied();
                self.progress(number.context("a receipt of an unknown message")?, false)
            }
            Heard::Ping => {
                Socket::frame(answers, b"3");
                Ok(())
            }
            Heard::Other => Ok(()),
        }
    }

    /// A copy arrived, or something else that belongs to the message.
    fn progress(&self, number: u32, is_copy: bool) -> Result<()> {
        let mut messages = self.messages.borrow_mut();
        let sent = messages
            .get_mut(usize::try_from(number)?)
            .context("a message that was not sent")?;
        let left = if is_copy {
            &mut sent.copies_left
        } else {
            &mut sent.others_left
        };
        *left = left
            .checked_sub(1)
            .context("more came back than belongs to a message")?;
        let us = u32::try_from(sent.at.elapsed().as_micros())?;
        if is_copy && sent.copies_left == 0 {
            self.arrivals_us.borrow_mut().push(us);
        }
        if sent.copies_left + sent.others_left > 0 {
            return Ok(());
        }
        drop(messages);
        self.finishes_us.borrow_mut().push(us);
        self.done.set(self.done.get() + 1);
        if self.closed_loop.get() {
            self.send();
        }
        Ok(())
    }
}

fn sorted(values: &RefCell<Vec<u32>>) -> Vec<u32> {
    let mut values = values.borrow().clone();
    values.sort_unstable();
    values
}
