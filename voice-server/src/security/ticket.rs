//! Tickets: a token exchanged for something that can stand in a URL, because it is good once and for half
//! a minute.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{self, SystemRandom};

use super::jwt::Claims;
use crate::digest::{Hash, sha256};

/// How long a ticket is good.
pub(crate) const LIFETIME: Duration = Duration::from_secs(30);

/// Random bytes of a ticket.
const BYTES: usize = 24;

/// Characters of a ticket.
const LENGTH: usize = BYTES / 3 * 4;

/// Expired tickets that an operation removes at most, so that none waits for the work of many.
const SWEEP: usize = 16;

/// A new ticket. Has no `Debug`: it must not reach a log.
pub(crate) struct Ticket(String);

/// What is kept of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TicketHash(Hash);

/// Tickets that are out. Only their hashes are kept, so that nobody can take one from here.
pub(crate) struct Tickets {
    capacity: usize,
    out: Mutex<Out>,
}

/// As many tickets are out as there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TicketsFull;

#[derive(Default)]
struct Out {
    claims: HashMap<TicketHash, (Claims, Instant)>,
    /// All live just as long, so the first is the first to expire.
    order: VecDeque<(TicketHash, Instant)>,
}

impl Ticket {
    /// `None` if the system gives no random numbers.
    pub(crate) fn draw(random: &SystemRandom) -> Option<Self> {
        let bytes: [u8; BYTES] = rand::generate(random).ok()?.expose();
        Some(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn hash(&self) -> TicketHash {
        TicketHash(sha256(self.0.as_bytes()))
    }
}

impl TicketHash {
    /// `None` for what has not even the length of a ticket.
    pub(crate) fn of(text: &str) -> Option<Self> {
        (text.len() == LENGTH).then(|| Self(sha256(text.as_bytes())))
    }

    #[cfg(feature = "redis")]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Tickets {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, out: Mutex::default() }
    }

    /// Gives out a ticket for these claims.
    pub(crate) fn put(&self, ticket: TicketHash, claims: Claims, now: Instant) -> Result<(), TicketsFull> {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.sweep(now);
        if out.order.len() >= self.capacity {
            return Err(TicketsFull);
        }
        let end = now + LIFETIME;
        out.claims.insert(ticket, (claims, end));
        out.order.push_back((ticket, end));
        Ok(())
    }

    /// The claims that the ticket was given for. It is worth nothing from then on.
    pub(crate) fn take(&self, ticket: TicketHash, now: Instant) -> Option<Claims> {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.sweep(now);
        let (claims, end) = out.claims.remove(&ticket)?;
        (now < end).then_some(claims)
    }
}

impl Out {
    fn sweep(&mut self, now: Instant) {
        for _ in 0..SWEEP {
            let Some((ticket, _)) = self.order.front().filter(|(_, end)| *end <= now) else { break };
            self.claims.remove(ticket);
            self.order.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(subject: &str) -> Claims {
        Claims {
            iss: "voice".to_owned(),
            aud: "clients".to_owned(),
            sub: subject.to_owned(),
            iat: 0,
            nbf: 0,
            exp: 600,
            jti: "j".to_owned(),
            scope: String::new(),
        }
    }

    fn draw() -> Ticket {
        Ticket::draw(&SystemRandom::new()).unwrap()
    }

    fn take(tickets: &Tickets, text: &str, now: Instant) -> Option<String> {
        TicketHash::of(text).and_then(|hash| tickets.take(hash, now)).map(|claims| claims.sub)
    }

    #[test]
    fn a_ticket_is_good_once_and_for_thirty_seconds() {
        let (tickets, now) = (Tickets::new(10), Instant::now());
        let (first, second, third) = (draw(), draw(), draw());
        for (ticket, subject) in [(&first, "a"), (&second, "b"), (&third, "c")] {
            tickets.put(ticket.hash(), claims(subject), now).unwrap();
        }
        assert_eq!(take(&tickets, second.as_str(), now).as_deref(), Some("b"));
        assert_eq!(take(&tickets, second.as_str(), now), None);
        let last_moment = now + Duration::from_millis(29_999);
        assert_eq!(take(&tickets, first.as_str(), last_moment).as_deref(), Some("a"));
        assert_eq!(take(&tickets, third.as_str(), now + LIFETIME), None);
    }

    #[test]
    fn what_is_no_ticket_opens_nothing() {
        let (tickets, now) = (Tickets::new(10), Instant::now());
        let ticket = draw();
        tickets.put(ticket.hash(), claims("a"), now).unwrap();
        let text = ticket.as_str();
        assert_eq!(text.len(), LENGTH);
        let long = format!("{text}A");
        for wrong in
            ["", "null", &text[1..], &long, &text.to_ascii_uppercase(), &"ش".repeat(16), draw().as_str()]
        {
            assert_eq!(take(&tickets, wrong, now), None, "{wrong}");
        }
        assert!(take(&tickets, text, now).is_some());
    }

    #[test]
    fn of_many_who_hold_one_ticket_one_comes_in() {
        let (tickets, now) = (Tickets::new(1_000), Instant::now());
        for _ in 0..100 {
            let ticket = draw();
            tickets.put(ticket.hash(), claims("a"), now).unwrap();
            let come_in = std::thread::scope(|scope| {
                let threads: Vec<_> =
                    (0..8).map(|_| scope.spawn(|| take(&tickets, ticket.as_str(), now).is_some())).collect();
                threads.into_iter().filter_map(|thread| thread.join().unwrap().then_some(())).count()
            });
            assert_eq!(come_in, 1);
        }
    }

    #[test]
    fn their_number_is_bounded_and_comes_back() {
        let (tickets, mut now) = (Tickets::new(1_000), Instant::now());
        for _ in 0..1_000 {
            tickets.put(draw().hash(), claims("a"), now).unwrap();
        }
        assert_eq!(tickets.put(draw().hash(), claims("a"), now), Err(TicketsFull));
        // No operation removes more than a few, and still all of them are gone before they are needed.
        now += LIFETIME;
        for _ in 0..1_000 {
            tickets.put(draw().hash(), claims("b"), now).unwrap();
        }
        let out = tickets.out.lock().unwrap();
        assert_eq!((out.order.len(), out.claims.len()), (1_000, 1_000));
        assert!(out.claims.values().all(|(claims, _)| claims.sub == "b"));
    }
}
