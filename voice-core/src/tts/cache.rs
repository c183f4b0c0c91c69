//! Clauses that were rendered before: prompts that repeat cost nothing.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use lru::LruCache;

use super::voice::{Speech, Style, Voice};

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
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    voice: Identity,
    speech: Vec<Speech>,
    /// The style in numbers that can be compared: the bits of its floats.
    style: [u32; 4],
}

/// Which loaded voice it is, since files may change under a name. Its memory is not used again while somebody
/// holds this.
#[derive(Clone)]
struct Identity(Weak<dyn Voice>);

impl Identity {
    fn address(&self) -> *const () {
        self.0.as_ptr().cast()
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.address() == other.address()
    }
}

impl Eq for Identity {}

impl Hash for Identity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.address().hash(state);
    }
}

impl Key {
    pub(super) fn new(voice: &Arc<dyn Voice>, speech: &[Speech], style: &Style) -> Self {
        let style = [
            style.speed.to_bits(),
            style.pitch.to_bits(),
            style.speaker.map_or(u32::MAX, |speaker| speaker),
            style.noise.map_or(u32::MAX, f32::to_bits),
        ];
        Self { voice: Identity(Arc::downgrade(voice)), speech: speech.to_vec(), style }
    }

    fn bytes(&self) -> usize {
        let words = self.speech.iter().map(|speech| match speech {
            Speech::Text(text) => text.len(),
            Speech::Phonemes { ipa, written } => ipa.len() + written.len(),
        });
        size_of::<Self>() + words.sum::<usize>()
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
        let size = |key: &Key, samples: &[f32]| key.bytes() + size_of_val(samples);
        let (added, key_bytes) = (size(&key, samples), key.bytes());
        if added > self.capacity / 4 {
            return;
        }
        let mut kept = self.lock();
        kept.bytes += added;
        if let Some(old) = kept.clauses.put(key, samples.into()) {
            kept.bytes -= key_bytes + size_of_val(&*old);
        }
        while kept.bytes > self.capacity {
            let Some((key, oldest)) = kept.clauses.pop_lru() else { return };
            kept.bytes -= size(&key, &oldest);
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
    use crate::error::Result;
    use crate::tts::voice::{Canceller, Rendering, VoiceInfo};

    struct Nobody;

    impl Voice for Nobody {
        fn info(&self) -> &VoiceInfo {
            unreachable!("the cache asks nothing")
        }

        fn render(self: Arc<Self>, _: &[Speech], _: &Style, _: &Canceller) -> Result<Box<dyn Rendering>> {
            unreachable!("the cache asks nothing")
        }
    }

    fn voice() -> Arc<dyn Voice> {
        Arc::new(Nobody)
    }

    fn said(text: &str) -> [Speech; 1] {
        [Speech::Text(text.into())]
    }

    /// What one clause of 250 samples and its key take.
    fn size() -> usize {
        1_000 + Key::new(&voice(), &said("a"), &Style::default()).bytes()
    }

    #[test]
    fn the_least_recently_used_goes_first_and_the_size_is_bounded() {
        let (cache, voice) = (ClauseCache::new(4 * size()), voice());
        let key = |text| Key::new(&voice, &said(text), &Style::default());
        let clause = [0.5; 250];
        for text in ["a", "b", "c", "d"] {
            cache.put(key(text), &clause);
        }
        assert!(cache.get(&key("a")).is_some());
        cache.put(key("e"), &clause);
        assert!(cache.get(&key("b")).is_none() && cache.get(&key("a")).is_some());
        cache.put(key("e"), &clause);
        assert_eq!(cache.lock().bytes, 4 * size());
    }

    #[test]
    fn clauses_without_sound_take_room_too() {
        let (cache, voice) = (ClauseCache::new(4 * size()), voice());
        for n in 0..1_000 {
            cache.put(Key::new(&voice, &said(&n.to_string()), &Style::default()), &[]);
        }
        let kept = cache.lock();
        assert!(kept.clauses.len() < 100 && kept.bytes <= 4 * size(), "{} clauses", kept.clauses.len());
    }

    #[test]
    fn what_sounds_different_has_another_key() {
        let (cache, voice) = (ClauseCache::new(4 * size()), voice());
        let plain = Style::default();
        cache.put(Key::new(&voice, &said("a"), &plain), &[0.5; 10]);
        assert!(cache.get(&Key::new(&voice, &said("a"), &plain)).is_some());
        let faster = Style { speed: 1.5, ..plain };
        assert!(cache.get(&Key::new(&voice, &said("a"), &faster)).is_none());
        // Another voice, or the same one loaded anew.
        assert!(cache.get(&Key::new(&self::voice(), &said("a"), &plain)).is_none());
        let sounds = [Speech::Phonemes { ipa: "a".into(), written: String::new() }];
        assert!(cache.get(&Key::new(&voice, &sounds, &plain)).is_none());
    }

    #[test]
    fn what_is_too_large_and_what_is_not_wanted_is_not_kept() {
        let (cache, voice) = (ClauseCache::new(4 * size()), voice());
        let key = |text| Key::new(&voice, &said(text), &Style::default());
        cache.put(key("long"), &[0.5; 300]);
        assert!(cache.get(&key("long")).is_none());
        let none = ClauseCache::new(0);
        none.put(key("a"), &[]);
        assert!(none.get(&key("a")).is_none());
    }
}
