//! Where a client is reached, and whether it is still there.
//!
//! Rule: the library verifies and answers checks, on every route; what follows from an answer is decided here. The library itself would
//! stay with the first route that a client nominated until the whole connection fails, and take nothing but checks on that one for a sign of life
//! (0.21.1, `agent_selector::handle_binding_request`): a client that changes networks would be black for as long.
//!
//! Invariant: a route was proven before packets go there: the library answers a nomination only where the client answered a check of ours.

use std::time::{Duration, Instant};

use crate::net::{
    guard::Guard,
    route::{Received, Route, Transmit},
    stun::{self, Check},
};

/// Without a check of the client for so long, the connection is lost. Browsers check every 2.5 s (RFC 7675: 30 s).
const SILENCE: Duration = Duration::from_secs(15);

#[derive(Debug, Default)]
pub(super) struct Reach {
    /// On which the client's last nomination was answered.
    route: Option<Route>,
    answered_at: Option<Instant>,
    checking: Option<Checking>,
}

/// A check that the library looks at.
#[derive(Clone, Copy, Debug)]
struct Checking {
    route: Route,
    at: Instant,
    nominates: bool,
}

impl Reach {
    /// Where packets go; `None` until the client nominated a route.
    pub(super) fn route(&self) -> Option<Route> {
        self.route
    }

    /// When the connection is lost, unless another check is answered before.
    pub(super) fn lost_at(&self) -> Option<Instant> {
        Some(self.answered_at? + SILENCE)
    }

    /// This packet goes to the library.
    pub(super) fn expect(&mut self, now: Instant, packet: &Received) {
        self.checking = Check::read(&packet.bytes).map(|check| Checking {
            route: packet.route,
            at: now,
            nominates: check.nominates,
        });
    }

    /// Directs what the library then wants sent. The route of a check that it took for genuine: it answers it, or checks back.
    pub(super) fn direct(
        &mut self,
        transmits: &mut [Transmit],
        guard: &mut Guard,
    ) -> Option<Route> {
        let checking = self.checking.take();
        let (mut genuine, mut answered) = (None, None);
        for packet in transmits.iter_mut() {
            let is_check = stun::is_stun(&packet.bytes);
            match checking.filter(|it| is_check && it.route == packet.route) {
                Some(checking) => {
                    guard.note_peer(checking.route);
                    genuine = Some(checking.route);
                    if stun::is_success(&packet.bytes) {
                        answered = Some(checking);
                    }
                }
                None if is_check => {}
                None => packet.route = self.route.unwrap_or(packet.route),
            }
        }
        if let Some(Checking {
            route,
            at,
            nominates,
        }) = answered
        {
            self.answered_at = Some(at);
            if nominates {
                self.route = Some(route);
            }
        }
        genuine
    }
}
