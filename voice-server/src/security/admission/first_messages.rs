//! Clients that were admitted to send a token as their first message. Their number is bounded, and a flood of them
//! displaces its own members.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::security::client::client_ip::IpKey;

/// Such clients in total, and per address.
const MAX: usize = 64;
const MAX_PER_ADDRESS: usize = 16;

/// The waiting clients, oldest first.
#[derive(Default)]
pub(crate) struct FirstMessages(Mutex<VecDeque<Row>>);

struct Row {
    address: IpKey,
    displaced: Arc<Notify>,
}

/// A slot of one waiting client, released when dropped.
pub(crate) struct FirstMessageSlot {
    displaced: Arc<Notify>,
    places: Arc<FirstMessages>,
}

impl FirstMessages {
    /// A slot for a client of this address; `None` if the address is at its limit. If all slots are taken, the client
    /// displaces the longest waiting one of the address with the most, in the network with the most.
    pub(crate) fn admit(self: &Arc<Self>, address: IpKey) -> Option<FirstMessageSlot> {
        let mut rows = self.0.lock();
        if count(&rows, |row| row.address == address) >= MAX_PER_ADDRESS {
            return None;
        }
        if rows.len() >= MAX {
            let share = |index: &usize| {
                let of = rows[*index].address;
                let in_network = count(&rows, |row| row.address.network() == of.network());
                (in_network, count(&rows, |row| row.address == of))
            };
            // Of equal ones the last is taken, which is the oldest.
            let longest = (0..rows.len()).rev().max_by_key(share);
            if let Some(row) = longest.and_then(|index| rows.remove(index)) {
                row.displaced.notify_one();
            }
        }
        let displaced = Arc::new(Notify::new());
        rows.push_back(Row { address, displaced: Arc::clone(&displaced) });
        Some(FirstMessageSlot { displaced, places: Arc::clone(self) })
    }
}

fn count(rows: &VecDeque<Row>, is: impl Fn(&Row) -> bool) -> usize {
    rows.iter().filter(|row| is(row)).count()
}

impl FirstMessageSlot {
    /// Completes when the slot is needed for another client.
    pub(crate) async fn displaced(&self) {
        self.displaced.notified().await;
    }
}

impl Drop for FirstMessageSlot {
    fn drop(&mut self) {
        self.places.0.lock().retain(|row| !Arc::ptr_eq(&row.displaced, &self.displaced));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The clients that still have their slots.
    fn waiting(clients: &[FirstMessageSlot]) -> Vec<usize> {
        let has_place = |client: &FirstMessageSlot| {
            client.places.0.lock().iter().any(|row| Arc::ptr_eq(&row.displaced, &client.displaced))
        };
        (0..clients.len()).filter(|index| has_place(&clients[*index])).collect()
    }

    #[test]
    fn network_with_the_most_makes_room() {
        let places = Arc::new(FirstMessages::default());
        let v4 = |network: u32, host: u32| IpKey::V4(network << 8 | host);
        // One client in each of two networks, and many /64 of one /48.
        let mut clients = vec![places.admit(v4(1, 1)).unwrap(), places.admit(v4(2, 1)).unwrap()];
        clients.extend((0..1_000).map(|number| places.admit(IpKey::V6(7 << 16 | number)).unwrap()));
        assert_eq!(waiting(&clients), [0, 1].into_iter().chain(1_002 - 62..1_002).collect::<Vec<_>>());
        clients.push(places.admit(v4(3, 1)).unwrap());
        assert_eq!(waiting(&clients), [0, 1].into_iter().chain(1_002 - 61..1_003).collect::<Vec<_>>());
        drop(clients);
        assert!(places.0.lock().is_empty());
    }

    #[test]
    fn within_a_network_the_address_with_the_most_makes_room() {
        let places = Arc::new(FirstMessages::default());
        let admit = |host: u32, count: usize| {
            (0..count).map_while(|_| places.admit(IpKey::V4(host))).collect::<Vec<_>>()
        };
        let mut clients = admit(1, 1);
        assert_eq!(clients.len(), 1);
        for host in 2..6 {
            clients.extend(admit(host, 99));
        }
        assert_eq!(clients.len(), 1 + 4 * MAX_PER_ADDRESS);
        // The oldest client of an address with 16, not the oldest of all.
        assert_eq!(waiting(&clients), [0].into_iter().chain(2..65).collect::<Vec<_>>());
    }
}
