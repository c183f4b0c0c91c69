//! The cache of rendered clauses, so that repeated prompts are not rendered again.

use std::hash::{Hash, Hasher};
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, TryLockError, Weak};
use std::time::Duration;

use lru::LruCache;

use super::voice::{Speech, Style, Voice};

/// An LRU cache of rendered clauses, shared by the sessions of an engine.
pub struct ClauseCache {
    shelf: Mutex<Shelf>,
    capacity: usize,
}

struct Shelf {
    clauses: LruCache<Key, Arc<[f32]>>,
    bytes: usize,
}

/// Everything that the audio of a clause depends on.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    voice: Loaded,
    speech: Vec<Speech>,
    style: StyleBits,
}

/// A style with its floats as bits, which can be compared.
#[derive(Clone, PartialEq, Eq, Hash)]
struct StyleBits {
    speed: u32,
    pitch: u32,
    speaker: Option<u32>,
    noise: Option<u32>,
}

impl Key {
    pub(super) fn new(voice: &Arc<dyn Voice>, speech: &[Speech], style: &Style) -> Self {
        // `whole` changes the chunks and not the audio.
        let Style { speed, pitch, speaker, noise, whole: _ } = *style;
        let style = StyleBits {
            speed: speed.to_bits(),
            pitch: pitch.to_bits(),
            speaker,
            noise: noise.map(f32::to_bits),
        };
        Self { voice: Loaded(Arc::downgrade(voice)), speech: speech.to_vec(), style }
    }

    /// Its size in bytes.
    fn size(&self) -> usize {
        let parts = self.speech.iter().map(|part| match part {
            Speech::Text(text) => text.len(),
            Speech::Phonemes { ipa, written } => ipa.len() + written.len(),
        });
        size_of::<Self>() + size_of_val(&*self.speech) + parts.sum::<usize>()
    }
}

/// The identity of a loaded voice. Files of the same name differ, and a file may differ before and after a reload.
///
/// Reserves the voice's address in memory, so that no other voice gets it, without keeping the voice's data.
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
    /// The default size: about six minutes of speech.
    pub const DEFAULT_BYTES: usize = 32 << 20;

    /// A cache of at most `capacity` bytes of samples and their text; 0 disables it.
    pub fn new(capacity: usize) -> Self {
        Self { shelf: Mutex::new(Shelf { clauses: LruCache::unbounded(), bytes: 0 }), capacity }
    }

    pub(super) fn get(&self, key: &Key) -> Option<Arc<[f32]>> {
        self.lock()?.clauses.get(key).cloned()
    }

    /// Stores a clause, unless it is silent or larger than a quarter of the capacity.
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

    /// Waits at most some milliseconds. In a process that was forked while a thread held the lock, it is never
    /// released; the clause is rendered instead.
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
            unreachable!("only its key is used")
        }
    }

    fn voice() -> Arc<dyn Voice> {
        Arc::new(Named(VoiceInfo {
            name: "voice".into(),
            engine: "scripted",
            language: "en".parse().unwrap(),
            sample_rate: 8_000,
            speakers: Vec::new(),
            streams: true,
        }))
    }

    fn key(voice: &Arc<dyn Voice>, text: &str) -> Key {
        Key::new(voice, &[Speech::Text(text.into())], &Style::default())
    }

    #[test]
    fn least_recently_used_clause_is_evicted() {
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
    fn different_audio_has_a_different_key() {
        let (cache, voice) = (ClauseCache::new(4_000), voice());
        cache.put(key(&voice, "a"), &[0.5; 10]);
        let text = [Speech::Text("a".into())];
        let own = Style::default();
        for style in [
            Style { speed: 1.5, ..own },
            Style { pitch: 1.5, ..own },
            Style { speaker: Some(u32::MAX), ..own },
            Style { noise: Some(0.0), ..own },
        ] {
            assert!(cache.get(&Key::new(&voice, &text, &style)).is_none());
        }
        assert!(cache.get(&key(&self::voice(), "a")).is_none());
        let sounds = [Speech::Phonemes { ipa: "a".into(), written: String::new() }];
        assert!(cache.get(&Key::new(&voice, &sounds, &Style::default())).is_none());
        assert!(cache.get(&key(&voice, "a")).is_some());
    }

    #[test]
    fn silent_clauses_are_not_stored_and_text_counts() {
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
    fn too_large_clauses_are_not_stored() {
        let (cache, voice) = (ClauseCache::new(4_000), voice());
        cache.put(key(&voice, "long"), &[0.5; 300]);
        assert!(cache.get(&key(&voice, "long")).is_none());
        let none = ClauseCache::new(0);
        none.put(key(&voice, "a"), &[0.5]);
        assert!(none.get(&key(&voice, "a")).is_none());
    }
}
