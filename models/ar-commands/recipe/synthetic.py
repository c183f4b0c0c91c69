"""Speech from espeak-ng: connected Arabic and English for [unk], and some
keywords, so that a synthetic voice alone is no sign of [unk]."""

import csv
import gzip
import json
import random
import re

import lexicon

ARABIC_SENTENCES = 260
ENGLISH_SENTENCES = 8
KEYWORD_VOICES = 6
VARIANTS = ["", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7", "+f1", "+f2", "+f3", "+f4", "+f5",
            "+croak", "+whisper", "+klatt2", "+klatt4"]


def _bare(word):
    """Letters without vowel marks, article, conjunctions and hamza forms."""
    word = re.sub("[\u064b-\u0652\u0640]", "", word)
    return re.sub("[أإآ]", "ا", word)


def _holds_keyword(words):
    keywords = {_bare(s) for s in lexicon.SPELLINGS[:-1]}
    return any(_bare(w).removeprefix(p) in keywords for w in words for p in ("", "ال", "و", "ف", "ب"))


def _sentences(data, rng):
    with gzip.open(data / "lexicon" / "ar-aligned-phones.jsonl.gz", "rt", encoding="utf-8") as f:
        lines = [json.loads(line) for line in f if line.strip()]
    texts = []
    rng.shuffle(lines)
    for line in lines:
        words = [p["word"] for p in line["prons"] if p["word"] != "<eps>"]
        if 2 <= len(words) <= 9 and not _holds_keyword(words):
            texts.append(" ".join(words))
        if len(texts) == ARABIC_SENTENCES:
            break
    return texts


def clips(data):
    rng = random.Random(1)
    voice = lambda language: dict(voice=language + rng.choice(VARIANTS), pitch=rng.randint(15, 85),
                                  rate=rng.randint(110, 220))
    found = []
    for text in _sentences(data, rng):
        found.append(dict(kind="speech", word=lexicon.UNK_ID, speaker="espeak", text=text, **voice("ar")))
    with open(data / "english-speech" / "ljspeech-metadata.csv", encoding="utf-8") as f:
        texts = [row[-1] for row in csv.reader(f, delimiter="|", quoting=csv.QUOTE_NONE)]
    for text in texts[:ENGLISH_SENTENCES]:
        for language in ("en-us", "de", "fr", "tr"):
            found.append(dict(kind="speech", word=lexicon.UNK_ID, speaker="espeak", text=text[:90],
                              **voice(language)))
    for number in range(KEYWORD_VOICES):
        settings = voice("ar")
        for word, name in enumerate(lexicon.NAMES):
            found.append(dict(kind="espeak", word=word, speaker=f"espeak{number}",
                              text=lexicon.SPELLINGS[word], **settings))
    return found


def command(clip):
    return ["espeak-ng", "--stdout", "-v", clip["voice"], "-p", str(clip["pitch"]),
            "-s", str(clip["rate"]), clip["text"]]
