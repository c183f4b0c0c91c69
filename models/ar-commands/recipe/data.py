"""Builds the feature store: log-mel frames of all recordings, and of several
waveform variants of each.

    python data.py --data ../../../../shared/data --store store --variants 4

A store holds meta.json (one entry per clip: kind, word, speaker) and, per
variant, frames-V.npy and index-V.npy (offset, length, first and last speech
frame, level). Variant 0 is the recording itself.
"""

import argparse
import hashlib
import io
import json
import subprocess
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import soundfile

import augment
import features
import lexicon
import synthetic

DIGIT_BLOCK = 10  # consecutive recordings of arabic-digits are mostly one speaker


def read(path):
    """Mono float samples at 16 kHz in the range of int16."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    samples = samples.mean(axis=1) * 32768
    if rate != 16000:
        samples = augment.resample(samples, int(len(samples) * 16000 / rate))
    return samples


def list_clips(data):
    """Every clip with what it is; `text` stands for speech still to be synthesised."""
    clips = []
    for part in ("train", "val"):
        for path in sorted((data / "arabic-commands" / part).glob("*/*/*.*")):
            clips.append(dict(kind=part, word=lexicon.WORD_ID[path.parts[-2]],
                              speaker=path.parts[-3], path=str(path)))
    seen = set()
    for path in sorted((data / "arabic-digits").glob("*/*.flac")):
        digest = hashlib.sha256(path.read_bytes()).digest()
        if digest in seen:  # 28 files are copies of the one before
            continue
        seen.add(digest)
        block = int(path.stem) // DIGIT_BLOCK
        clips.append(dict(kind="digits", word=lexicon.WORD_ID[path.parts[-2]],
                          speaker=f"block{block}", path=str(path)))
    for path in sorted((data / "english-speech").glob("*.flac")):
        if path.stem in TRAIN_SPEECH:
            clips.append(dict(kind="speech", word=lexicon.UNK_ID, speaker=path.stem, path=str(path)))
    return clips + synthetic.clips(data)


# The other recordings of connected speech are for the test.
TRAIN_SPEECH = ("LJ001-0001", "LJ001-0002", "LJ001-0003", "LJ001-0004", "2412-153948-0000")


def load(clip):
    if "text" in clip:
        wav = subprocess.run(synthetic.command(clip), capture_output=True, check=True).stdout
        return read(io.BytesIO(wav))
    return read(clip["path"])


def speech_span(frames):
    """First and last frame of speech, by energy, with a margin for soft edges."""
    energy = np.logaddexp.reduce(frames, axis=1)
    energy = np.convolve(np.pad(energy, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    low, high = np.percentile(energy, [5, 97])
    loud = np.nonzero(energy > max(low + 0.25 * (high - low), high - 5.0))[0]
    begin = max(loud[0] - 7, 0)
    end = min(loud[-1] + 10, len(frames))
    level = np.logaddexp.reduce(energy[loud]) - np.log(len(loud))
    return begin, end, level


_state = {}


def _setup(data):
    _state["rooms"] = [read(p) / 32768 for p in sorted((Path(data) / "noise").glob("rir*.wav"))]
    for i, h in enumerate(_state["rooms"]):
        peak = int(np.abs(h).argmax())
        _state["rooms"][i] = h[peak: peak + augment.RATE // 2] / np.abs(h[peak])


def _features(job):
    index, variant, clip = job
    samples = load(clip)
    if variant:
        rng = np.random.default_rng([index, variant])
        samples = augment.vary(samples, rng, _state["rooms"])
    frames = features.log_mel(np.clip(samples, -32768, 32767))
    begin, end, level = speech_span(frames)
    return frames.astype(np.float16), (begin, end, level)


def build(data, store, variant, processes):
    clips = list_clips(data)
    (store / "meta.json").write_text(json.dumps(clips, ensure_ascii=False))
    jobs = [(i, variant, clip) for i, clip in enumerate(clips)]
    with Pool(processes, _setup, (data,)) as pool:
        results = pool.map(_features, jobs, chunksize=64)
    index, offset = [], 0
    for frames, (begin, end, level) in results:
        index.append((offset, len(frames), begin, end, level))
        offset += len(frames)
    np.save(store / f"frames-{variant}.npy", np.concatenate([r[0] for r in results]))
    np.save(store / f"index-{variant}.npy", np.array(index, np.float64))
    print(f"variant {variant}: {len(clips)} clips, {offset / 100:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../../../../shared/data"))
    parser.add_argument("--store", type=Path, default=Path("store"))
    parser.add_argument("--variants", type=int, default=4, help="besides the recording itself")
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    args.store.mkdir(parents=True, exist_ok=True)
    for variant in range(args.variants + 1):
        if not (args.store / f"index-{variant}.npy").exists():
            build(args.data, args.store, variant, args.processes)


if __name__ == "__main__":
    main()
