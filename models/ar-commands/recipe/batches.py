"""Endless training utterances, put together in the log-mel domain.

Each is 0 to 5 clips of one speaker with gaps, warped, filtered, mixed with
noise and brought to a random level; its grammar is drawn too, and words
outside the grammar become [unk]. That is what teaches [unk] to win whenever
the word spoken is not among those allowed.
"""

import multiprocessing
from dataclasses import dataclass

import numba
import numpy as np

import features
import lexicon
import mmi
import noises

ALL = list(range(len(lexicon.WORDS)))
BINS = features.NUM_BINS


@dataclass
class Mix:
    """Shares of the sampled material."""

    digits: float = 0.28  # arabic-digits: other microphones, levels, cuts
    espeak: float = 0.03
    speech: float = 0.08  # utterances of [unk] only
    noise: float = 0.05  # utterances of nothing
    splice: float = 0.05  # word slots filled with reversed or half words
    yes_no: float = 0.06  # word slots kept for نعم and لا, which sound most alike
    open_grammar: float = 0.5
    single: float = 0.45  # utterances of one word


@numba.njit(cache=True, fastmath=True)
def reverberate(power, decay, share):
    """Adds an exponentially decaying tail of past frames, in place."""
    tail = np.zeros(power.shape[1], power.dtype)
    for t in range(power.shape[0]):
        for b in range(power.shape[1]):
            now = power[t, b]
            power[t, b] += share * tail[b]
            tail[b] = decay * (tail[b] + now)


def warp_matrix(low, high):
    """Moves energy along the mel axis as a longer vocal tract would: by the factor
    `low` at its bottom, `high` at its top, since throat and mouth do not grow alike."""
    hz = 1127 * np.log1p(np.array([20, 7600]) / 700)
    mel = np.linspace(*hz, BINS + 2)[1:-1]
    factor = np.exp(np.linspace(np.log(low), np.log(high), BINS))
    source = 1127 * np.log1p(700 * np.expm1(mel / 1127) / factor / 700)
    position = np.clip((source - mel[0]) / (mel[1] - mel[0]), 0, BINS - 1.001)
    matrix = np.zeros((BINS, BINS), np.float32)
    low = position.astype(int)
    matrix[np.arange(BINS), low] = 1 - (position - low)
    matrix[np.arange(BINS), low + 1] = position - low
    return matrix.T.copy()


def align(length, begin, end, word):
    """Position of each frame, from 1 (0 is silence), as if all phones of a word
    were equally long: enough to start the training from."""
    label = np.zeros(length, np.int32)
    # speech_span leaves a margin around the speech
    begin, end = (begin + 5, end - 7) if end - begin > 24 else (begin, end)
    steps = np.arange(end - begin) * mmi.LENGTH[word] // max(end - begin, 1)
    label[begin:end] = mmi.FIRST[word] + steps + 1
    return label


def pdfs(label):
    """Outputs, one per three frames, of a rough alignment."""
    label = label[::3]
    entered = np.diff(label, prepend=-1) != 0
    entry, loop = np.append(0, mmi.ENTRY)[label], np.append(1, mmi.LOOP)[label]
    return np.where(entered, entry, loop)


class Sampler:
    def __init__(self, store, data, mix, seed, keep):
        """`keep(clip)` says which clips may be used."""
        self.mix = mix
        self.rng = np.random.default_rng(seed)
        self.frames, self.index = store.frames, store.index
        self.by_speaker = {"commands": {}, "digits": {}, "espeak": {}}
        self.speech = []
        for number, clip in enumerate(store.meta):
            if not keep(clip):
                continue
            if clip["kind"] == "speech":
                self.speech.append(number)
            else:
                group = clip["kind"] if clip["kind"] in self.by_speaker else "commands"
                words = self.by_speaker[group].setdefault(clip["speaker"], {})
                words.setdefault(clip["word"], []).append(number)
        self.noises = noises.pool(data)
        self.rounding = noises.rounding()
        middle = np.clip(self.rng.normal(0, 0.11, 300), -0.28, 0.28)
        slope = self.rng.normal(0, 0.045, 300)
        self.warps = [warp_matrix(*pair) for pair in np.exp([middle - slope, middle + slope]).T]
        self.level = float(np.median(self.index[0][:7200, 4]))

    def clip(self, number):
        """(frames at the common level, begin and end of speech) of a random variant."""
        rng = self.rng
        variant = 0 if rng.random() < 0.25 else rng.integers(len(self.frames))
        offset, length, begin, end, level = self.index[variant][number]
        offset, length = int(offset), int(length)
        frames = self.frames[variant][offset: offset + length].astype(np.float32)
        return frames + np.float32(self.level - level), int(begin), int(end)

    def word(self, number, word):
        """A clip, whole or cut to its speech with random margins, and its rough alignment."""
        rng = self.rng
        frames, begin, end = self.clip(number)
        label = align(len(frames), begin, end, word)
        draw = rng.random()
        if draw < 0.3:
            part = slice(None)
        elif draw < 0.9:
            part = slice(max(begin - rng.integers(0, 20), 0), end + rng.integers(0, 25))
        else:  # cut short, as by a late microphone or an early stop
            part = slice(begin + rng.integers(0, 10), end - rng.integers(0, 12))
        frames, label = frames[part], label[part]
        if len(frames) > 20 and rng.random() < 0.4:  # hurried and drawled words
            frames, label = self.stretch(frames, label, rng.uniform(0.7, 1.25))
        return frames, label

    def splice(self, words):
        """Speech that is no keyword: reversed, or short pieces of several words."""
        rng = self.rng
        draw = rng.random()
        numbers = [number for word in words.values() for number in word]
        pieces = []
        for _ in range(1 if draw < 0.5 else rng.integers(2, 5)):
            frames, begin, end = self.clip(rng.choice(numbers))
            speech = frames[begin:end]
            if draw < 0.3:
                pieces.append(speech[::-1])
                continue
            size = max(int(len(speech) * rng.uniform(0.25, 0.5)), 8)
            at = rng.integers(0, max(len(speech) - size, 0) + 1)
            pieces.append(speech[at: at + size])
        return self.unknown(np.concatenate(pieces))

    def unknown(self, frames):
        return frames, align(len(frames), 0, len(frames), lexicon.UNK_ID)

    def grammar(self):
        rng = self.rng
        draw = rng.random()
        if draw < self.mix.open_grammar:
            return ALL
        rest = (draw - self.mix.open_grammar) / (1 - self.mix.open_grammar)
        if rest < 0.45:
            return lexicon.DIGITS[:10 + (rng.random() < 0.7)] + [lexicon.UNK_ID]
        if rest < 0.6:
            return lexicon.YES_NO + [lexicon.UNK_ID]
        size = rng.integers(2, 20)
        return sorted(rng.permutation(lexicon.UNK_ID)[:size].tolist()) + [lexicon.UNK_ID]

    def words(self, grammar):
        """(pieces, word ids) of one speaker."""
        rng, mix = self.rng, self.mix
        draw = rng.random()
        group = "digits" if draw < mix.digits else "espeak" if draw < mix.digits + mix.espeak else "commands"
        speakers = self.by_speaker[group]
        words = speakers[list(speakers)[rng.integers(len(speakers))]]
        count = 1 if rng.random() < mix.single else rng.integers(2, 6)
        digits_only = count > 1 and rng.random() < 0.5
        pieces, ids = [], []
        for _ in range(count):
            if rng.random() < mix.splice:
                pieces.append(self.splice(words))
                ids.append(lexicon.UNK_ID)
                continue
            choice = list(words)
            if len(grammar) < len(ALL) and rng.random() < 0.45 or digits_only:
                allowed = grammar if len(grammar) < len(ALL) and not digits_only else lexicon.DIGITS
                choice = [w for w in choice if w in allowed] or choice
            if rng.random() < mix.yes_no and not digits_only:
                choice = [w for w in lexicon.YES_NO if w in words] or choice
            word = choice[rng.integers(len(choice))]
            pieces.append(self.word(words[word][rng.integers(len(words[word]))], word))
            ids.append(word)
        return pieces, ids

    def other_speech(self):
        """A stretch of connected speech, real, synthetic, or a babble of pieces."""
        rng = self.rng
        if rng.random() < 0.35:
            words = list(self.by_speaker["commands"].values())[rng.integers(len(self.by_speaker["commands"]))]
            return [self.splice(words) for _ in range(rng.integers(1, 5))], [lexicon.UNK_ID]
        frames, begin, end = self.clip(rng.choice(self.speech))
        size = rng.integers(80, 300)
        at = rng.integers(begin, max(end - size, begin) + 1)
        return [self.unknown(frames[at: at + size])], [lexicon.UNK_ID]

    def join(self, pieces):
        """The pieces with gaps between them, and the alignment of the whole."""
        rng = self.rng
        parts, labels = [], []

        def gap(n):
            parts.append(np.full((n, BINS), features.FLOOR, np.float32))
            labels.append(np.zeros(n, np.int32))

        gap(rng.integers(0, 40))
        for i, (piece, label) in enumerate(pieces):
            draw = rng.random()
            if i and draw < 0.15 and len(parts[-1]) > 12 and len(piece) > 12:
                # neighbours that run into each other
                n = rng.integers(2, 7)
                parts[-1][-n:] = np.logaddexp(parts[-1][-n:], piece[:n])
                piece, label = piece[n:], label[n:]
            elif i:
                gap(rng.integers(0, 7) if draw < 0.45 else rng.integers(5, 60))
            parts.append(piece + np.float32(rng.normal(0, 0.5)))
            labels.append(label)
        gap(rng.integers(0, 45))
        return np.concatenate(parts), np.concatenate(labels)

    def stretch(self, x, label, factor):
        t = np.linspace(0, len(x) - 1, max(int(len(x) * factor), 2))
        low = np.minimum(t.astype(int), len(x) - 2)
        share = (t - low)[:, None].astype(np.float32)
        return x[low] * (1 - share) + x[low + 1] * share, label[low]

    def channel(self):
        """A smooth random response with tilt and band edges, as a row of 40."""
        rng = self.rng
        curve = np.zeros(BINS)
        if rng.random() < 0.75:
            curve = np.interp(np.arange(BINS), np.linspace(0, BINS - 1, 7), rng.normal(0, 0.9, 7))
            curve += rng.normal(0, 0.9) * np.linspace(-1, 1, BINS)
        if rng.random() < 0.12:
            curve[rng.integers(24, 38):] -= rng.uniform(2, 9)
        if rng.random() < 0.12:
            curve[: rng.integers(1, 8)] -= rng.uniform(2, 8)
        return curve.astype(np.float32)

    def noise(self, frames):
        rng = self.rng
        if rng.random() < 0.15:  # babble of three talkers
            speakers = list(self.by_speaker["commands"].values())
            total = np.full((frames, BINS), -10, np.float32)
            for _ in range(3):
                words = speakers[rng.integers(len(speakers))]
                row = np.concatenate([self.clip(words[w][rng.integers(len(words[w]))])[0]
                                      for w in rng.choice(list(words), 3)])
                total = np.logaddexp(total, np.resize(np.roll(row, rng.integers(len(row)), 0), total.shape))
            return total
        source = self.noises[rng.integers(len(self.noises))]
        at = rng.integers(len(source))
        return np.take(source, np.arange(at, at + frames), axis=0, mode="wrap")

    def utterance(self):
        """(MFCC, word ids, grammar, rough alignment to outputs)."""
        rng, mix = self.rng, self.mix
        grammar = self.grammar()
        draw = rng.random()
        if draw < mix.noise:
            x = np.full((rng.integers(50, 300), BINS), features.FLOOR, np.float32)
            ids, label = [], np.zeros(len(x), np.int32)
        else:
            pieces, ids = self.other_speech() if draw < mix.noise + mix.speech else self.words(grammar)
            x, label = self.join(pieces)
            if rng.random() < 0.8:
                x = x @ self.warps[rng.integers(len(self.warps))]
            if rng.random() < 0.5:
                x, label = self.stretch(x, label, rng.uniform(0.82, 1.22))
            if rng.random() < 0.25:
                power = np.exp(x)
                reverberate(power, np.float32(np.exp(-0.138 / rng.uniform(0.1, 0.8))),
                            np.float32(rng.uniform(0.01, 0.12)))
                x = np.log(power)
        after = rng.random() < 0.7
        if after:
            x = x + self.channel()
        if not ids or rng.random() < 0.6:
            noise = self.noise(len(x))
            snr = rng.uniform(0, 12) if rng.random() < 0.25 else rng.uniform(8, 32)
            level = np.log(np.exp(noise).sum(axis=1).mean())
            x = np.logaddexp(x, noise + np.float32(self.level - level - snr * 0.23))
        if not after:
            x = x + self.channel()
        decibel = rng.uniform(-42, 10) if rng.random() < 0.5 else rng.normal(0, 7)
        x = x + np.float32(0.23 * decibel)
        if rng.random() < 0.75:  # the others are digitally silent between words
            at = rng.integers(0, len(self.rounding) - len(x))
            x = np.logaddexp(x, self.rounding[at: at + len(x)] + np.float32(rng.uniform(0, 3)))
        x = np.maximum(x, np.float32(features.FLOOR))
        self.mask(x)
        ids = [word if word in grammar else lexicon.UNK_ID for word in ids]
        return (x @ features.MFCC.T).astype(np.float32), ids, grammar, pdfs(label)

    def mask(self, x):
        rng = self.rng
        if rng.random() < 0.3:
            for _ in range(rng.integers(1, 3)):
                at = rng.integers(len(x))
                x[at: at + rng.integers(1, 6)] = x.mean(axis=0)
        if rng.random() < 0.35:
            for _ in range(rng.integers(1, 3)):
                at = rng.integers(BINS)
                band = slice(at, at + rng.integers(1, 6))
                x[:, band] = x[:, band].mean()

    def group(self, count, batches):
        """`batches` lists of utterances of similar length and equal total duration."""
        found = sorted((self.utterance() for _ in range(count * batches)), key=lambda u: len(u[0]))
        ends = np.cumsum([len(u[0]) for u in found])
        which = np.minimum(ends * batches // (ends[-1] + 1), batches - 1)
        return [[u for u, w in zip(found, which) if w == i] for i in self.rng.permutation(batches)]


class Store:
    """The files of data.py, in memory."""

    def __init__(self, folder, variants=None):
        import json

        self.meta = json.loads((folder / "meta.json").read_text())
        found = sorted(folder.glob("index-*.npy"))[:variants]
        self.index = [np.load(p) for p in found]
        self.frames = [np.load(str(p).replace("index", "frames")) for p in found]


def _run(queue, arguments, count):
    import torch

    torch.set_num_threads(1)
    sampler = Sampler(*arguments)
    while True:
        for batch in sampler.group(count, 4):
            queue.put(batch)


def stream(store, data, mix, seed, keep, count):
    """Batches from a worker process, in the order fixed by the seed."""
    context = multiprocessing.get_context("fork")
    queue = context.Queue(6)
    worker = context.Process(target=_run, args=(queue, (store, data, mix, seed, keep), count), daemon=True)
    worker.start()
    while True:
        yield queue.get()
