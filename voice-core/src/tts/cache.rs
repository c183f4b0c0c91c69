//! Clauses that were rendered before: prompts that repeat cost nothing.

use std::hash::{Hash, Hasher};
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, TryLockError, Weak};
use std::time::Duration;

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
    voice: Loaded,
    speech: Vec<Speech>,
    /// The style in numbers that can be compared: the bits of its floats.
    style: [u32; 4],
}

impl Key {
    pub(super) fn new(voice: &Arc<dyn Voice>, speech: &[Speech], style: &Style) -> Self {
        let style = [
            style.speed.to_bits(),
            style.pitch.to_bits(),
            style.speaker.map_or(u32::MAX, |speaker| speaker),
            style.noise.map_or(u32::MAX, f32::to_bits),
        ];
        Self { voice: Loaded(Arc::downgrade(voice)), speech: speech.to_vec(), style }
    }

    /// Bytes that it takes.
    fn size(&self) -> usize {
        let parts = self.speech.iter().map(|part| match part {
            Speech::Text(text) => text.len(),
            Speech::Phonemes { ipa, written } => ipa.len() + written.len(),
        });
        size_of::<Self>() + size_of_val(&*self.speech) + parts.sum::<usize>()
    }
}

/// Which voice it was, as it was loaded: files of one name differ, and so does one file before and after a reload.
///
/// Keeps the place of the voice in memory from being given to another, and nothing of what it holds.
#[derive(Clone)]
struct Loaded(Weak<dyn Voice>);

impl PartialEq for Loaded {
    fn eq(&self, other: &Self) -> bool {
        ptr::addr_eq(self.0.as_ptr(), other.0.as_ptr())
    }
}

impl Eq for Loaded {}

impl Hash for Loaded {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_ptr().cast::<()>().hash(state);
    }
}

impl ClauseCache {
    /// The size that a cache has if nothing else is said: about six minutes of speech.
    pub const DEFAULT_BYTES: usize = 32 << 20;

    /// A cache of at most `capacity` bytes of samples and of the text that they say; 0 keeps nothing.
    pub fn new(capacity: usize) -> Self {
        Self { shelf: Mutex::new(Shelf { clauses: LruCache::unbounded(), bytes: 0 }), capacity }
    }

    pub(super) fn get(&self, key: &Key) -> Option<Arc<[f32]>> {
        self.lock()?.clauses.get(key).cloned()
    }

    /// Keeps a clause, unless it is silent or would take more than a quarter of the room.
    pub(super) fn put(&self, key: Key, samples: &[f32]) {
        let key_size = key.size();
        let size = key_size + size_of_val(samples);
        if samples.is_empty() || size > self.capacity / 4 {
            return;
        }
        let samples = samples.into();
        let Some(mut kept) = self.lock() else { return };
        kept.bytes += size;
        if let Some(old) = kept.clauses.put(key, samples) {
            kept.bytes -= key_size + size_of_val(&*old);
        }
        while kept.bytes > self.capacity {
            let Some((key, oldest)) = kept.clauses.pop_lru() else { return };
            kept.bytes -= key.size() + size_of_val(&*oldest);
        }
    }

    /// Waits for some milliseconds at most: in a process that was forked while a thread had the lock, it is never
    /// released, and a clause can be rendered as well.
    fn lock(&self) -> Option<MutexGuard<'_, Shelf>> {
        for _ in 0..20 {
            match self.shelf.try_lock() {
                Ok(kept) => return Some(kept),
                Err(TryLockError::Poisoned(kept)) => return Some(kept.into_inner()),
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_micros(500)),
            }
        }
        None
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

    struct Named(VoiceInfo);

    impl Voice for Named {
        fn info(&self) -> &VoiceInfo {
            &self.0
        }

        fn render(self: Arc<Self>, _: &[Speech], _: &Style, _: &Canceller) -> Result<Box<dyn Rendering>> {
            unreachable!("only its key is wanted")
        }
    }

    fn voice() -> Arc<dyn Voice> {
        Arc::new(Named(VoiceInfo {
            name: "voice".into(),
            engine: "scripted",
            language: "en".into(),
            sample_rate: 8_000,
            speakers: Vec::new(),
            streams: true,
        }))
    }

    fn key(voice: &Arc<dyn Voice>, text: &str) -> Key {
        Key::new(voice, &[Speech::Text(text.into())], &Style::default())
    }

    #[test]
    fn the_least_recently_used_goes_first_and_the_size_is_bounded() {
        let voice = voice();
        let clause = [0.5; 250];
        let capacity = 4 * (1_000 + key(&voice, "a").size());
        let cache = ClauseCache::new(capacity);
        for text in ["a", "b", "c", "d"] {
            cache.put(key(&voice, text), &clause);
        }
        assert!(cache.get(&key(&voice, "a")).is_some());
        cache.put(key(&voice, "e"), &clause);
        assert!(cache.get(&key(&voice, "b")).is_none() && cache.get(&key(&voice, "a")).is_some());
        cache.put(key(&voice, "e"), &clause);
        assert_eq!(cache.lock().unwrap().bytes, capacity);
    }

    #[test]
    fn what_sounds_different_has_another_key() {
        let (cache, voice) = (ClauseCache::new(4_000), voice());
        cache.put(key(&voice, "a"), &[0.5; 10]);
        let text = [Speech::Text("a".into())];
        for style in [Style { speed: 1.5, ..Style::default() }, Style { pitch: 1.5, ..Style::default() }] {
            assert!(cache.get(&Key::new(&voice, &text, &style)).is_none());
        }
        assert!(cache.get(&key(&self::voice(), "a")).is_none());
        let sounds = [Speech::Phonemes { ipa: "a".into(), written: String::new() }];
        assert!(cache.get(&Key::new(&voice, &sounds, &Style::default())).is_none());
        assert!(cache.get(&key(&voice, "a")).is_some());
    }

    #[test]
    fn clauses_without_sound_take_no_place_and_long_texts_take_theirs() {
        let voice = voice();
        for capacity in [0, 4_000] {
            let cache = ClauseCache::new(capacity);
            (0..100).for_each(|number| cache.put(key(&voice, &number.to_string()), &[]));
            assert_eq!(cache.lock().unwrap().clauses.len(), 0);
        }
        let cache = ClauseCache::new(4_000);
        (0..100).for_each(|number| cache.put(key(&voice, &format!("{number:0500}")), &[0.5]));
        let kept = cache.lock().unwrap();
        assert!((1..8).contains(&kept.clauses.len()) && kept.bytes <= 4_000);
    }

    #[test]
    fn what_is_too_large_and_what_is_not_wanted_is_not_kept() {
        let (cache, voice) = (ClauseCache::new(4_000), voice());
        cache.put(key(&voice, "long"), &[0.5; 300]);
        assert!(cache.get(&key(&voice, "long")).is_none());
        let none = ClauseCache::new(0);
        none.put(key(&voice, "a"), &[0.5]);
        assert!(none.get(&key(&voice, "a")).is_none());
    }
}
