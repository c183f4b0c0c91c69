"""Measures a model directory with libvosk itself on recordings held out.

    python evaluate.py --model ../ --data ../../../../shared/data

Every figure comes with its 95 % Wilson interval. Word strings are joined from
recordings of one speaker, cut to their speech, with gaps of 80 to 500 ms.
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import vosk

import data
import lexicon
from features import log_mel
from train import HELD_BLOCKS, held_out

CHUNK = 2400  # samples: 150 ms
UNK = lexicon.UNK
SPELL = lexicon.SPELLINGS
DIGIT_WORDS = [SPELL[i] for i in lexicon.DIGITS]


def wilson(right, total):
    if not total:
        return "no data"
    z, p = 1.96, right / total
    centre = (p + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return f"{100 * p:.2f} % ({right}/{total}, {100 * (centre - half):.2f}-{100 * (centre + half):.2f})"


class Decoder:
    """Recognises whole recordings in small pieces; keeps count of the time spent."""

    def __init__(self, folder):
        self.model = vosk.Model(str(folder))
        self.recognizers = {}
        self.audio = self.spent = 0.0

    def recognizer(self, grammar):
        if grammar not in self.recognizers:
            words = [] if grammar is None else [json.dumps(list(grammar), ensure_ascii=False)]
            self.recognizers[grammar] = vosk.KaldiRecognizer(self.model, 16000, *words)
        return self.recognizers[grammar]

    def __call__(self, samples, grammar=None):
        """Words of float samples in the range of int16."""
        recognizer = self.recognizer(grammar)
        pcm = np.clip(np.rint(samples), -32768, 32767).astype("<i2").tobytes()
        before = time.process_time()
        texts = []
        for at in range(0, len(pcm), 2 * CHUNK):
            if recognizer.AcceptWaveform(pcm[at: at + 2 * CHUNK]):
                texts.append(json.loads(recognizer.Result())["text"])
        texts.append(json.loads(recognizer.FinalResult())["text"])
        self.spent += time.process_time() - before
        self.audio += len(samples) / 16000
        return [w for text in texts for w in text.split()]


def known(words):
    return [w for w in words if w != UNK]


def edits(reference, found):
    row = list(range(len(found) + 1))
    for i, a in enumerate(reference, 1):
        previous, row[0] = row[0], i
        for j, b in enumerate(found, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (a != b))
    return row[-1]


def grammar(words):
    return tuple(words) + (UNK,)


def isolated(decoder, clips, chosen=None):
    """Right answers with [unk] counted as a word, and the confusions."""
    right, wrong = 0, {}
    for clip in clips:
        words = decoder(data.load(clip), chosen)
        if words == [SPELL[clip["word"]]]:
            right += 1
        else:
            key = f"{SPELL[clip['word']]} as {' '.join(words) or 'nothing'}"
            wrong[key] = wrong.get(key, 0) + 1
    return right, len(clips), sorted(wrong.items(), key=lambda kv: -kv[1])


def show(title, result, confusions=8):
    right, total, wrong = result
    print(f"{title}: {wilson(right, total)}")
    if wrong and confusions:
        print("    " + "; ".join(f"{k} {n}" for k, n in wrong[:confusions]), flush=True)


def strings(clips, rng, count, words, size=4):
    """(samples, word ids) of `size` words by one speaker."""
    by_speaker = {}
    for clip in clips:
        by_speaker.setdefault(clip["speaker"], {}).setdefault(clip["word"], []).append(clip)
    speakers = sorted(by_speaker)
    for i in range(count):
        speaker = by_speaker[speakers[i % len(speakers)]]
        chosen = rng.choice(words, size)
        parts = [np.zeros(4000)]
        for word in chosen:
            samples = data.load(speaker[word][rng.integers(len(speaker[word]))])
            begin, end, _ = data.speech_span(log_mel(samples))
            parts += [samples[begin * 160: end * 160 + 240], np.zeros(int(rng.uniform(0.08, 0.5) * 16000))]
        samples = np.concatenate(parts + [np.zeros(4000)])
        yield samples + rng.normal(0, 8, len(samples)), chosen.tolist()


def string_errors(decoder, found, chosen=None):
    wrong = total = whole = count = 0
    for samples, ids in found:
        reference = [SPELL[i] for i in ids]
        words = known(decoder(samples, chosen))
        wrong += edits(reference, words)
        total += len(ids)
        whole += words == reference
        count += 1
    return wrong, total, whole, count


def false_words(decoder, recordings, chosen=None):
    """Known words heard where there are none, and the minutes heard."""
    seconds, heard = 0.0, []
    for name, samples in recordings:
        words = known(decoder(samples, chosen))
        seconds += len(samples) / 16000
        heard += [(name, w) for w in words]
    return heard, seconds / 60


def noises(folder):
    for path in sorted((folder / "noise").glob("*.wav")):
        if not path.stem.startswith("rir"):
            samples = data.read(path)
            yield path.stem, samples[len(samples) // 2:]


def speech(folder, language):
    for path in sorted((folder / f"{language}-speech").glob("*.[wf][al][va]*")):
        if path.stem not in data.TRAIN_SPEECH and path.stem != "vosk-test8k":
            yield path.stem, data.read(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../../../../shared/data"))
    parser.add_argument("--model", type=Path, default=Path(".."))
    parser.add_argument("--every", type=int, default=1, help="use one of so many recordings")
    args = parser.parse_args()
    vosk.SetLogLevel(-1)
    decoder = Decoder(args.model)
    clips = [c for c in data.list_clips(args.data) if held_out(c)]
    whole_val = [c for c in clips if c["kind"] == "val"]
    val = whole_val[:: args.every]
    digits = [c for c in clips if c["kind"] == "digits"][:: args.every]
    digit_val = [c for c in val if c["word"] in lexicon.DIGITS]
    other_val = [c for c in val if c["word"] not in lexicon.DIGITS]
    yes_no = [c for c in val if c["word"] in lexicon.YES_NO]
    by_digit = grammar(DIGIT_WORDS)

    show("isolated, open", isolated(decoder, val))
    by_speaker = sorted({c["speaker"] for c in val})
    for speaker in by_speaker:
        show(f"  speaker {speaker}", isolated(decoder, [c for c in val if c["speaker"] == speaker]), 3)
    show("arabic-digits, digits + [unk]", isolated(decoder, digits, by_digit))
    show("arabic-digits, digits alone", isolated(decoder, digits, tuple(DIGIT_WORDS)))
    show("arabic-digits, open", isolated(decoder, digits))
    for block in HELD_BLOCKS:
        show(f"  {block}", isolated(decoder, [c for c in digits if c["speaker"] == block], by_digit), 4)

    for title, words, chosen in (("words, open", range(lexicon.UNK_ID), None),
                                 ("digits, open", range(10), None),
                                 ("digits, digits + [unk]", range(10), by_digit)):
        rng = np.random.default_rng(7)
        words = [w for w in words if w != lexicon.WORD_ID["ten"]]
        wrong, total, whole, count = string_errors(
            decoder, strings(whole_val, rng, 300 // args.every, words), chosen)
        print(f"strings of 4 {title}: word errors {wilson(wrong, total)}, right {wilson(whole, count)}", flush=True)

    show("val digits, digits + [unk]", isolated(decoder, digit_val, by_digit))
    accepted = sum(bool(known(decoder(data.load(c), by_digit))) for c in other_val)
    print(f"other commands taken for a digit: {wilson(accepted, len(other_val))}")
    by_yes_no = grammar([SPELL[i] for i in lexicon.YES_NO])
    neither = [c for c in val if c["word"] not in lexicon.YES_NO]
    accepted = sum(bool(known(decoder(data.load(c), by_yes_no))) for c in neither)
    print(f"other words taken for yes or no: {wilson(accepted, len(neither))}", flush=True)

    for word in lexicon.YES_NO:
        subset = [c for c in yes_no if c["word"] == word]
        show(f"{SPELL[word]}, open", isolated(decoder, subset))
        show(f"{SPELL[word]}, yes/no + [unk]", isolated(decoder, subset, by_yes_no))

    for title, recordings in (("noise", list(noises(args.data))),
                              ("Arabic speech", list(speech(args.data, "arabic"))),
                              ("English speech", list(speech(args.data, "english")))):
        for name, chosen in (("open", None), ("digits + [unk]", by_digit)):
            heard, minutes = false_words(decoder, recordings, chosen)
            print(f"false words in {title}, {name}: {len(heard)} in {minutes:.2f} min "
                  f"({' '.join(w for _, w in heard)})", flush=True)
    print(f"real-time factor {decoder.spent / decoder.audio:.4f} of {decoder.audio:.0f} s")
    size = sum(p.stat().st_size for n in ("am", "conf", "graph") for p in (args.model / n).rglob("*.*"))
    print(f"size {size} bytes")


if __name__ == "__main__":
    main()
