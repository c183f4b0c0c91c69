//! Tickets, for which clients exchange tokens. A ticket may be part of a URL, because it works once and expires after
//! half a minute.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use ring::rand::{self, SystemRandom};

use super::jwt::Claims;
use crate::digest::{Hash, sha256};

/// How long a ticket is valid.
pub(crate) const LIFETIME: Duration = Duration::from_secs(30);

/// Random bytes of a ticket.
const BYTES: usize = 24;

/// Characters of a ticket.
const LENGTH: usize = BYTES / 3 * 4;

/// The most expired tickets that one operation removes, so that no operation takes long.
const SWEEP: usize = 16;

/// A new ticket. It has no `Debug`, because a ticket must not reach a log.
pub(crate) struct Ticket(String);

/// The stored form of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TicketHash(Hash);

/// The unused tickets. Only their hashes are stored, so that none can be taken from here.
pub(crate) struct Tickets {
    capacity: usize,
    out: Mutex<Out>,
}

/// The limit of unused tickets is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TicketsFull;

#[derive(Default)]
struct Out {
    claims: HashMap<TicketHash, (Claims, Instant)>,
    /// All have the same lifetime, so the first one expires first.
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
    /// `None` if the text does not have the length of a ticket.
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

    /// Stores a ticket for these claims.
    pub(crate) fn put(&self, ticket: TicketHash, claims: Claims, now: Instant) -> Result<(), TicketsFull> {
        let mut out = self.out.lock();
        out.sweep(now);
        if out.order.len() >= self.capacity {
            return Err(TicketsFull);
        }
        let end = now + LIFETIME;
        out.claims.insert(ticket, (claims, end));
        out.order.push_back((ticket, end));
        Ok(())
    }

    /// Redeems the ticket for its claims. Each ticket works once.
    pub(crate) fn take(&self, ticket: TicketHash, now: Instant) -> Option<Claims> {
        let mut out = self.out.lock();
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
    fn ticket_works_once_for_thirty_seconds() {
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
    fn other_text_is_not_a_ticket() {
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
    fn concurrent_redemptions_admit_one() {
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
    fn number_of_tickets_is_bounded() {
        let (tickets, mut now) = (Tickets::new(1_000), Instant::now());
        for _ in 0..1_000 {
            tickets.put(draw().hash(), claims("a"), now).unwrap();
        }
        assert_eq!(tickets.put(draw().hash(), claims("a"), now), Err(TicketsFull));
        // No operation removes more than a few, and still all are removed before their room is needed.
        now += LIFETIME;
        for _ in 0..1_000 {
            tickets.put(draw().hash(), claims("b"), now).unwrap();
        }
        let out = tickets.out.lock();
        assert_eq!((out.order.len(), out.claims.len()), (1_000, 1_000));
        assert!(out.claims.values().all(|(claims, _)| claims.sub == "b"));
    }
}
