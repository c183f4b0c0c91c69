"""Viterbi search over the word loop: what libvosk should find with the same net.

Used to watch training and to check that the exported model agrees with the net.
"""

import numba
import numpy as np
import torch

import features
import mmi
import net as nets


@numba.njit(cache=True)
def _viterbi(scores, ids, weight, first, length, entry, loop, out):
    """Best word sequence into `out`; returns its length. Histories are kept as a
    list of (word, previous) links."""
    frames = scores.shape[0]
    positions = entry.shape[0]
    minus = -1e30
    half = np.log(0.5)
    best = np.full(positions, minus)
    back = np.full(positions, -1)
    silence, silence_back = minus, -1
    hub, hub_back = 0.0, -1
    start, start_back = half, -1
    link_word = np.zeros(frames * len(ids) + 1, np.int32)
    link_previous = np.zeros(frames * len(ids) + 1, np.int32)
    links = 0
    for t in range(frames):
        new_silence, new_silence_back = silence + scores[t, 1], silence_back
        enter = hub + half + scores[t, 0]
        if enter > new_silence:
            new_silence, new_silence_back = enter, hub_back
        new_hub, new_hub_back = minus, -1
        for w in range(len(ids)):
            for p in range(first[w] + length[w] - 1, first[w] - 1, -1):
                stay = best[p] + scores[t, loop[p]]
                if p > first[w]:
                    come, come_back = best[p - 1] + scores[t, entry[p]], back[p - 1]
                else:
                    come, come_back = start + weight[w] + scores[t, entry[p]], -1
                if come > stay:
                    best[p] = come
                    if p == first[w]:
                        link_word[links] = ids[w]
                        link_previous[links] = start_back
                        come_back = links
                        links += 1
                    back[p] = come_back
                else:
                    best[p] = stay
            end = first[w] + length[w] - 1
            if best[end] > new_hub:
                new_hub, new_hub_back = best[end], back[end]
        silence, silence_back = new_silence, new_silence_back
        hub, hub_back = new_hub, new_hub_back
        start, start_back = hub + half, hub_back
        if silence > start:
            start, start_back = silence, silence_back
    link = hub_back if hub > silence else silence_back
    count = 0
    while link >= 0:
        out[count] = link_word[link]
        count += 1
        link = link_previous[link]
    return count


def viterbi(scores, grammar):
    """Word ids of [outputs, pdfs]."""
    ids = np.array(grammar)
    weight = np.full(len(ids), -np.log(len(ids)))
    out = np.zeros(len(scores) + 1, np.int32)
    count = _viterbi(scores.astype(np.float64), ids, weight, mmi.FIRST[ids], mmi.LENGTH[ids],
                     mmi.ENTRY, mmi.LOOP, out)
    return out[:count][::-1].tolist()


@torch.no_grad()
def scores(net, mfcc):
    """[outputs, pdfs] of one utterance of MFCC."""
    x = torch.from_numpy(np.ascontiguousarray(mfcc))
    return net(nets.pad(x, len(x))[None])[0].numpy()


def mfcc(samples):
    return (features.log_mel(samples) @ features.MFCC.T).astype(np.float32)
