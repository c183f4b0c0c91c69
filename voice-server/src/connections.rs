//! The open connections: how many each address has, and which ones are closed to make room.
//!
//! If an address has reached its limit, its next connection replaces its own connection that has been idle longest. If
//! the table is full, the next connection replaces an idle connection of the address with the most connections; among
//! several such addresses, the connection that has been idle longest. So one address or a few cannot keep other
//! addresses out. Connections with sessions are never closed: sessions have their own limits.

mod activity;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::http::Extensions;
use parking_lot::Mutex;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use voice_core::{Error, ErrorKind};

pub(crate) use self::activity::{Activity, ActivityBody};
use crate::refusal::Refusal;
use crate::security::client::client_ip::IpKey;

/// How often the log reports that connections are short.
const WARNING_INTERVAL: Duration = Duration::from_mins(1);

/// Connections that sessions leave free for health checks and the operator, if there are enough.
const RESERVED: usize = 8;

/// Limits on open connections.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConnectionLimits {
    pub(crate) all: usize,
    pub(crate) per_address: usize,
    /// The peer is a proxy that carries the connections of many clients. The clients that it names are limited, not the
    /// peer.
    pub(crate) behind_proxies: bool,
}

/// The metrics of connections.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConnectionCounts {
    pub(crate) open: Gauge,
    /// Closed to make room.
    pub(crate) displaced: Counter,
}

pub(crate) struct Connections {
    limits: ConnectionLimits,
    counts: ConnectionCounts,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    next_id: u64,
    open: HashMap<u64, Row>,
    by_address: HashMap<IpKey, usize>,
    sessions: usize,
    /// Counts since the last log message.
    refused: u64,
    closed: u64,
    told: Option<Instant>,
}

struct Row {
    address: IpKey,
    activity: Arc<Activity>,
}

/// A slot of one connection. An upgraded connection lives on in its session, which holds the slot until it ends.
#[derive(Clone)]
pub(crate) struct ConnectionSlot(Arc<Slot>);

struct Slot {
    id: u64,
    activity: Arc<Activity>,
    connections: Arc<Connections>,
}

/// A slot whose connection has a session and therefore stays open.
pub(crate) struct SessionConnection(ConnectionSlot);

impl Connections {
    pub(crate) fn new(limits: ConnectionLimits, counts: ConnectionCounts) -> Self {
        Self { limits, counts, table: Mutex::default() }
    }

    /// A slot for a connection of this peer; `None` if there is no room.
    pub(crate) fn admit(self: &Arc<Self>, peer: IpKey) -> Option<ConnectionSlot> {
        let mut table = self.table.lock();
        let of_peer = table.count(peer);
        let has_room = if !self.limits.behind_proxies && of_peer >= self.limits.per_address {
            self.make_room(&mut table, |_, _, row| row.address == peer)
        } else if table.open.len() >= self.limits.all {
            let most = table.most();
            most >= of_peer && self.make_room(&mut table, |table, _, row| table.count(row.address) == most)
        } else {
            true
        };
        if !has_room {
            table.refused += 1;
            table.tell();
            return None;
        }
        let id = table.next_id;
        table.next_id += 1;
        let activity = Arc::new(Activity::new());
        table.open.insert(id, Row { address: peer, activity: Arc::clone(&activity) });
        *table.by_address.entry(peer).or_default() += 1;
        drop(table);
        self.counts.open.inc();
        Some(ConnectionSlot(Arc::new(Slot { id, activity, connections: Arc::clone(self) })))
    }

    /// The number of open connections, including those of sessions.
    pub(crate) fn open(&self) -> usize {
        self.table.lock().open.len()
    }

    /// Logs the counts since the last message. To be called each minute.
    pub(crate) fn tick(&self) {
        let mut table = self.table.lock();
        if table.closed + table.refused > 0 {
            table.tell();
        }
    }

    /// Closes the longest idle connections among those that may be closed. Returns false if there are none.
    fn make_room(&self, table: &mut Table, may_close: impl Fn(&Table, u64, &Row) -> bool) -> bool {
        let rows = table.open.iter().filter(|(id, row)| may_close(table, **id, row));
        let mut ranked: Vec<_> = rows.filter_map(|(id, row)| Some((row.activity.rank()?, *id))).collect();
        if ranked.is_empty() {
            return false;
        }
        // In a large table several are closed at once, so that a flood does not cause a search for each connection.
        let count = ranked.len().div_ceil(256);
        ranked.select_nth_unstable(count - 1);
        for (_, id) in &ranked[..count] {
            if let Some(row) = table.remove(*id) {
                row.activity.displace();
                self.counts.displaced.inc();
                table.closed += 1;
            }
        }
        table.tell();
        true
    }
}

impl Table {
    fn count(&self, address: IpKey) -> usize {
        self.by_address.get(&address).copied().unwrap_or(0)
    }

    /// The largest number of connections of one address that has a connection to close; 0 if there is none.
    fn most(&self) -> usize {
        let can_close = self.open.values().filter(|row| row.activity.rank().is_some());
        can_close.map(|row| self.count(row.address)).max().unwrap_or(0)
    }

    fn remove(&mut self, id: u64) -> Option<Row> {
        let row = self.open.remove(&id)?;
        self.leave(row.address);
        Some(row)
    }

    fn leave(&mut self, address: IpKey) {
        if let Some(count) = self.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&address);
            }
        }
    }

    /// Logs, once a minute, that connections are short.
    fn tell(&mut self) {
        let now = Instant::now();
        if self.told.is_some_and(|told| now < told + WARNING_INTERVAL) {
            return;
        }
        tracing::warn!(
            open = self.open.len(),
            closed = self.closed,
            refused = self.refused,
            "too many connections: idle ones are closed, or new ones refused; \
             see VOICE_MAX_CONNECTIONS and VOICE_CONNECTIONS_PER_IP"
        );
        (self.told, self.closed, self.refused) = (Some(now), 0, 0);
    }
}

impl ConnectionSlot {
    pub(crate) fn activity(&self) -> &Arc<Activity> {
        &self.0.activity
    }

    /// Counts the connection as one of this client, if the peer is a proxy.
    pub(crate) fn serves(&self, client: IpKey) {
        let Slot { id, connections, .. } = &*self.0;
        if !connections.limits.behind_proxies {
            return;
        }
        let mut table = connections.table.lock();
        let Some(row) = table.open.get_mut(id) else { return };
        let before = std::mem::replace(&mut row.address, client);
        if before == client {
            return;
        }
        table.leave(before);
        *table.by_address.entry(client).or_default() += 1;
        if table.count(client) > connections.limits.per_address {
            connections.make_room(&mut table, |_, other, row| row.address == client && other != *id);
        }
    }

    /// Keeps the connection of the request with these extensions open for a session.
    pub(crate) fn for_session(extensions: &Extensions) -> Result<SessionConnection, Refusal> {
        let slot = extensions.get::<Self>().and_then(Self::hold_session);
        slot.ok_or_else(|| {
            let message = "sessions use all connections that they may use; try again in a moment";
            let error = Error::new(ErrorKind::SessionLimit, message);
            Refusal::of(&error, None)
        })
    }

    /// Keeps the connection open for a session; `None` if sessions already use all connections but the reserved ones.
    fn hold_session(&self) -> Option<SessionConnection> {
        let Slot { activity, connections, .. } = &*self.0;
        let mut table = connections.table.lock();
        let all = connections.limits.all;
        if table.sessions >= all - RESERVED.min(all / 8) {
            return None;
        }
        table.sessions += 1;
        activity.add_session();
        Some(SessionConnection(self.clone()))
    }
}

impl Drop for SessionConnection {
    fn drop(&mut self) {
        let Slot { activity, connections, .. } = &*self.0.0;
        connections.table.lock().sessions -= 1;
        activity.remove_session();
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.connections.table.lock().remove(self.id);
        self.connections.counts.open.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(all: usize, per_address: usize, behind_proxies: bool) -> Arc<Connections> {
        Arc::new(Connections::new(
            ConnectionLimits { all, per_address, behind_proxies },
            ConnectionCounts::default(),
        ))
    }

    fn is_open(connections: &Connections, slot: &ConnectionSlot) -> bool {
        connections.table.lock().open.contains_key(&slot.0.id)
    }

    #[test]
    fn address_at_its_limit_loses_its_oldest_connection() {
        let connections = connections(10, 2, false);
        let slots: Vec<_> = (0..3).map(|_| connections.admit(IpKey::V4(1)).unwrap()).collect();
        assert_eq!(connections.open(), 2);
        assert_eq!(slots.iter().filter(|slot| is_open(&connections, slot)).count(), 2);
        assert!(is_open(&connections, &slots[2]));
        drop(slots);
        assert_eq!((connections.open(), connections.table.lock().by_address.len()), (0, 0));
    }

    #[test]
    fn full_table_closes_connections_of_the_largest_address() {
        let connections = connections(10, 9, false);
        let flood: Vec<_> = (0..9).map(|_| connections.admit(IpKey::V4(1)).unwrap()).collect();
        let others: Vec<_> = (2..8).map(|address| connections.admit(IpKey::V4(address)).unwrap()).collect();
        assert!(others.iter().all(|slot| is_open(&connections, slot)));
        assert_eq!(flood.iter().filter(|slot| is_open(&connections, slot)).count(), 4);
        // The address with the most connections gets none at the expense of others.
        let more = connections.admit(IpKey::V4(1)).unwrap();
        assert!(is_open(&connections, &more) && others.iter().all(|slot| is_open(&connections, slot)));
    }

    #[test]
    fn full_table_closes_the_longest_idle_connection() {
        let connections = connections(10, 9, false);
        let mut slots: Vec<_> =
            (0..10).map(|address| connections.admit(IpKey::V4(address)).unwrap()).collect();
        let _request = slots[3].activity().begin();
        for closed in [0, 1, 2, 4, 5, 6, 7, 8, 9] {
            slots.push(connections.admit(IpKey::V4(100 + closed)).unwrap());
            let open: Vec<_> = (0..10).filter(|slot| is_open(&connections, &slots[*slot])).collect();
            let left = (0..10).filter(|slot| *slot == 3 || *slot > closed as usize);
            assert_eq!(open, left.collect::<Vec<_>>());
        }
    }

    #[test]
    fn sessions_leave_reserved_connections_free() {
        let connections = connections(8, 8, false);
        let slots: Vec<_> = (0..8).map(|_| connections.admit(IpKey::V4(1)).unwrap()).collect();
        let sessions: Vec<_> = slots.iter().filter_map(ConnectionSlot::hold_session).collect();
        assert_eq!(sessions.len(), 7);
        let other = connections.admit(IpKey::V4(2)).unwrap();
        assert!(is_open(&connections, &other));
        assert!(slots[..7].iter().all(|slot| is_open(&connections, slot)));
        drop(sessions);
        assert_eq!(connections.table.lock().sessions, 0);
    }

    #[test]
    fn clients_of_a_proxy_are_limited() {
        let connections = connections(10, 2, true);
        let proxy = IpKey::V4(1);
        let slots: Vec<_> = (0..6).map(|_| connections.admit(proxy).unwrap()).collect();
        assert_eq!(connections.open(), 6);
        for slot in &slots[..3] {
            slot.serves(IpKey::V4(2));
        }
        assert_eq!(connections.open(), 5, "one of three that serve one client");
        assert!(is_open(&connections, &slots[2]), "not the one that serves it now");
    }
}
