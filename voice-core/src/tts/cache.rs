//! Clauses that were rendered before: prompts that repeat cost nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use super::voice::{Speech, Style};

/// Rendered clauses, the least recently used going first. Shared by the sessions of an engine.
pub struct ClauseCache {
    shelf: Mutex<Shelf>,
    capacity: usize,
}

struct Shelf {
    clauses: LruCache<Key, Arc<[f32]>>,
    bytes: usize,
}

/// Everything that the sound of a clause depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    voice: String,
    speech: Vec<Speech>,
    /// The style in numbers that can be compared: the bits of its floats.
    style: [u32; 4],
}

impl Key {
    pub(super) fn new(voice: &str, speech: &[Speech], style: &Style) -> Self {
        let style = [
            style.speed.to_bits(),
            style.pitch.to_bits(),
            style.speaker.map_or(u32::MAX, |speaker| speaker),
            style.noise.map_or(u32::MAX, f32::to_bits),
        ];
        Self { voice: voice.to_owned(), speech: speech.to_vec(), style }
    }
}

impl ClauseCache {
    /// The size that a cache has if nothing else is said: about six minutes of speech.
    pub const DEFAULT_BYTES: usize = 32 << 20;

    /// A cache of at most `capacity` bytes of samples; 0 keeps nothing.
    pub fn new(capacity: usize) -> Self {
        Self { shelf: Mutex::new(Shelf { clauses: LruCache::unbounded(), bytes: 0 }), capacity }
    }

    pub(super) fn get(&self, key: &Key) -> Option<Arc<[f32]>> {
        self.lock().clauses.get(key).cloned()
    }

    /// Keeps a clause, unless it would take more than a quarter of the room.
    pub(super) fn put(&self, key: Key, samples: &[f32]) {
        let size = size_of_val(samples);
        if size > self.capacity / 4 {
            return;
        }
        let mut kept = self.lock();
        kept.bytes += size;
        if let Some(old) = kept.clauses.put(key, samples.into()) {
            kept.bytes -= size_of_val(&*old);
        }
        while kept.bytes > self.capacity {
            let Some((_, oldest)) = kept.clauses.pop_lru() else { return };
            kept.bytes -= size_of_val(&*oldest);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ClauseCache {
    fn default() -> Self {
        Self::new(Self::DEFAULT_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        Key::new("voice", &[Speech::Text(text.into())], &Style::default())
    }

    #[test]
    fn the_least_recently_used_goes_first_and_the_size_is_bounded() {
        let cache = ClauseCache::new(4_000);
        let clause = [0.5; 250];
        for text in ["a", "b", "c", "d"] {
            cache.put(key(text), &clause);
        }
        assert!(cache.get(&key("a")).is_some());
        cache.put(key("e"), &clause);
        assert!(cache.get(&key("b")).is_none() && cache.get(&key("a")).is_some());
        cache.put(key("e"), &clause);
        assert_eq!(cache.lock().bytes, 4_000);
    }

    #[test]
    fn what_sounds_different_has_another_key() {
        let cache = ClauseCache::new(4_000);
        cache.put(key("a"), &[0.5; 10]);
        let text = [Speech::Text("a".into())];
        for style in [Style { speed: 1.5, ..Style::default() }, Style { pitch: 1.5, ..Style::default() }] {
            assert!(cache.get(&Key::new("voice", &text, &style)).is_none());
        }
        assert!(cache.get(&Key::new("other", &text, &Style::default())).is_none());
        assert!(
            cache
                .get(&Key::new(
                    "voice",
                    &[Speech::Phonemes { ipa: "a".into(), written: String::new() }],
                    &Style::default()
                ))
                .is_none()
        );
    }

    #[test]
    fn what_is_too_large_and_what_is_not_wanted_is_not_kept() {
        let cache = ClauseCache::new(4_000);
        cache.put(key("long"), &[0.5; 300]);
        assert!(cache.get(&key("long")).is_none());
        let none = ClauseCache::new(0);
        none.put(key("a"), &[0.5]);
        assert!(none.get(&key("a")).is_none());
    }
}
