"""Changes to a waveform that log-mel frames cannot imitate: speed, clipping,
companding, telephone band, rooms, microphones, truncation."""

import numpy as np
from scipy.signal import fftconvolve, resample

RATE = 16000


def speed(x, factor):
    """Resamples: tempo and pitch change together."""
    return resample(x, max(int(len(x) / factor), 1))


def clip(x, rng):
    """Overdrives the strongest peaks by 3 to 15 dB."""
    peak = np.abs(x).max() + 1e-9
    limit = peak * 10 ** (-rng.uniform(3, 15) / 20)
    y = np.clip(x, -limit, limit)
    return y * (32767 / limit) if rng.random() < 0.5 else y


def mu_law(x):
    """8-bit G.711-like companding of a signal scaled to full range."""
    gain = 32767 / (np.abs(x).max() + 1e-9)
    y = x * gain / 32768
    code = np.round(np.sign(y) * np.log1p(255 * np.abs(y)) / np.log(256) * 127) / 127
    return np.sign(code) * np.expm1(np.abs(code) * np.log(256)) / 255 * 32768 / gain


def microphone(x, rng):
    """A smooth random frequency response, sometimes with band edges."""
    spectrum = np.fft.rfft(x)
    hz = np.fft.rfftfreq(len(x), 1 / RATE)
    points = np.array([0, 120, 300, 700, 1500, 3000, 5000, 8000])
    db = np.interp(hz, points, rng.normal(0, 4.5, len(points)))
    db += rng.normal(0, 1.5) * np.log2(np.maximum(hz, 60) / 1000)
    if rng.random() < 0.25:
        db -= np.where(hz > 4000 * rng.uniform(0.8, 1.05), 45.0, 0.0)
    if rng.random() < 0.3:
        db -= 12 * np.maximum(np.log2(rng.uniform(100, 350) / np.maximum(hz, 1)), 0)
    return np.fft.irfft(spectrum * 10 ** (db / 20), len(x))


def room(x, rng, responses):
    """One of the recorded responses, or decaying noise of 0.1 to 0.7 s."""
    if rng.random() < 0.5 and responses:
        h = responses[rng.integers(len(responses))]
    else:
        seconds = rng.uniform(0.1, 0.7)
        n = np.arange(int(RATE * seconds))
        h = rng.normal(size=len(n)) * 10 ** (-3 * n / len(n))
        h[: int(rng.uniform(0, 0.01) * RATE)] = 0
        h *= rng.uniform(0.2, 1.2) / np.sqrt((h ** 2).sum())
        h[0] = 1.0
    return fftconvolve(x, h)[: len(x) + RATE // 5]


def vary(x, rng, responses):
    """One random variant of a clip."""
    x = x + rng.normal(0, 0.3, len(x))
    if rng.random() < 0.8:
        x = speed(x, np.exp(rng.uniform(-0.14, 0.14)))
    if rng.random() < 0.35:
        x = room(x, rng, responses)
    if rng.random() < 0.7:
        x = microphone(x, rng)
    if rng.random() < 0.25:
        x = clip(x, rng)
    if rng.random() < 0.12:
        x = mu_law(x)
    if rng.random() < 0.1:
        cut = int(rng.uniform(0, 0.08) * RATE)
        x = x[cut:] if rng.random() < 0.5 else x[: len(x) - cut]
    peak = np.abs(x).max()
    return x * (32000 / peak) if peak > 32000 else x
