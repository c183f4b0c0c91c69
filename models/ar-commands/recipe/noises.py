"""A pool of background noises as log-mel frames: recorded and generated.

Only the first half of each recording is used, the second is for the test.
"""

import numpy as np

import augment
import features
from data import read

RATE = augment.RATE


def _coloured(rng, seconds, slope):
    n = int(RATE * seconds)
    hz = np.maximum(np.fft.rfftfreq(n, 1 / RATE), 20)
    spectrum = np.fft.rfft(rng.normal(size=n)) * (hz / 1000) ** (slope / 2)
    x = np.fft.irfft(spectrum, n)
    return x / x.std() * 2000


def _hum(rng, seconds):
    t = np.arange(int(RATE * seconds)) / RATE
    base = rng.choice([50, 60]) * rng.choice([1, 2])
    x = sum(rng.uniform(0, 1) / k * np.sin(2 * np.pi * base * k * t + rng.uniform(0, 6)) for k in range(1, 30))
    return x / x.std() * 2000 + rng.normal(0, rng.uniform(5, 200), len(t))


def _tones(rng, seconds):
    """Beeps and melodies: steady, warbling or plucked harmonics."""
    parts = []
    while sum(map(len, parts)) < RATE * seconds:
        t = np.arange(int(RATE * rng.uniform(0.05, 0.8))) / RATE
        hz = rng.uniform(100, 2500) * (1 + rng.uniform(0, 0.03) * np.sin(2 * np.pi * rng.uniform(2, 9) * t))
        phase = 2 * np.pi * np.cumsum(hz) / RATE
        x = sum(rng.uniform(0, 1) / k * np.sin(k * phase) for k in range(1, rng.integers(2, 10)))
        parts.append(x * np.exp(-t * rng.uniform(0, 8)) * rng.uniform(300, 6000))
        parts.append(np.zeros(int(RATE * rng.uniform(0, 0.4))))
    return np.concatenate(parts) + rng.normal(0, 3, sum(map(len, parts)))


def _bursts(rng, seconds):
    """Clicks, knocks and puffs: short coloured noises on a faint floor."""
    x = rng.normal(0, rng.uniform(2, 40), int(RATE * seconds))
    for _ in range(int(seconds * rng.uniform(0.5, 5))):
        burst = _coloured(rng, rng.uniform(0.01, 0.5), rng.uniform(-2.5, 1))
        burst *= np.exp(-np.arange(len(burst)) / RATE * rng.uniform(3, 60)) * rng.uniform(0.05, 4)
        at = rng.integers(len(x) - len(burst))
        x[at: at + len(burst)] += burst
    return x


def _modulated(rng, seconds):
    x = _coloured(rng, seconds, rng.uniform(-2, 0.5))
    knots = np.linspace(0, len(x), int(seconds * rng.uniform(1, 8)) + 2)
    return x * 10 ** (np.interp(np.arange(len(x)), knots, rng.normal(0, 12, len(knots))) / 20)


def pool(data, seed=0):
    """List of [frames, 40] arrays of float32."""
    rng = np.random.default_rng(seed)
    found = []
    for path in sorted((data / "noise").glob("*.wav")):
        if not path.stem.startswith("rir"):
            samples = read(path)
            samples = samples[: len(samples) // 2]
            for _ in range(2):
                found.append(augment.speed(samples, np.exp(rng.uniform(-0.2, 0.2))))
    for slope in (0, 0, -1, -1, -2, -2, 1):
        found.append(_coloured(rng, 15, slope))
    found += [_hum(rng, 8) for _ in range(6)]
    found += [make(rng, 12) for make in (_tones, _bursts, _modulated) for _ in range(8)]
    return [features.log_mel(x, dither=0.3) for x in found]


def rounding(seed=0, seconds=120):
    """Frames of what rounding to 16 bits adds."""
    samples = np.random.default_rng(seed).uniform(-0.5, 0.5, RATE * seconds)
    return features.log_mel(samples)
