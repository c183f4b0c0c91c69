"""Maximum mutual information over word loops, without alignments.

The numerator accepts the reference, the denominator any sequence of the words
of a grammar; silence is optional everywhere. The gradient of their log ratio
is the difference of the two state occupancies, found by forward-backward.
Both graphs have the arcs and costs of the exported HCLr.fst and Gr.fst.

A graph is a row of levels. A level has a hub, an optional silence, and words
that lead from it to a level (to the same one: a loop).
"""

from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import torch

import lexicon

ENTRY = np.array([p.entry_pdf for chain in lexicon.WORDS for p in chain], np.int32)
LOOP = np.array([p.loop_pdf for chain in lexicon.WORDS for p in chain], np.int32)
LENGTH = np.array([len(chain) for chain in lexicon.WORDS], np.int32)
FIRST = np.concatenate([[0], np.cumsum(LENGTH)[:-1]]).astype(np.int32)


@numba.njit(nogil=True, fastmath=True, cache=True)
def occupancy(e, levels, source, target, weight, first, length, entry, loop, post, sign):
    """Adds sign * P(pdf | frame) to `post`; returns log P, or -inf if no path fits.

    `e` holds the exponentiated scores of [frame, pdf]. Words are given by
    `source`/`target` level, `weight` and their range `first`, `length` of the
    positions `entry`, `loop`.
    """
    num_frames = e.shape[0]
    num_words = source.shape[0]
    num_positions = entry.shape[0]
    a_entry = np.zeros((num_frames, num_positions))
    a_loop = np.zeros((num_frames, num_positions))
    s_entry = np.zeros((num_frames, levels))
    s_loop = np.zeros((num_frames, levels))
    hub = np.zeros((num_frames + 1, levels))
    start = np.zeros((num_frames + 1, levels))
    scale = np.zeros(num_frames)
    hub[0, 0] = 1.0
    start[0, 0] = 0.5
    log_p = 0.0
    for t in range(num_frames):
        total = 0.0
        for k in range(levels):
            s_entry[t, k] = 0.5 * hub[t, k] * e[t, 0]
            if t > 0:
                s_loop[t, k] = (s_entry[t - 1, k] + s_loop[t - 1, k]) * e[t, 1]
            total += s_entry[t, k] + s_loop[t, k]
        for w in range(num_words):
            inflow = start[t, source[w]] * weight[w]
            f = 0.0
            s = 0.0
            for p in range(first[w], first[w] + length[w]):
                f = inflow * e[t, entry[p]]
                s = 0.0
                if t > 0:
                    inflow = a_entry[t - 1, p] + a_loop[t - 1, p]
                    s = inflow * e[t, loop[p]]
                else:
                    inflow = 0.0
                a_entry[t, p] = f
                a_loop[t, p] = s
                total += f + s
            hub[t + 1, target[w]] += f + s
        if total <= 0.0:
            return -np.inf
        inverse = 1.0 / total
        scale[t] = inverse
        log_p += np.log(total)
        for w in range(num_words):
            for p in range(first[w], first[w] + length[w]):
                a_entry[t, p] *= inverse
                a_loop[t, p] *= inverse
        for k in range(levels):
            s_entry[t, k] *= inverse
            s_loop[t, k] *= inverse
            hub[t + 1, k] *= inverse
            start[t + 1, k] = 0.5 * hub[t + 1, k] + s_entry[t, k] + s_loop[t, k]
    last = num_frames - 1
    final = hub[num_frames, levels - 1] + s_entry[last, levels - 1] + s_loop[last, levels - 1]
    if final <= 0.0:
        return -np.inf
    log_p += np.log(final)

    # x: value of being in a position after frame t, whichever way it was reached
    x = np.zeros(num_positions)
    x_sil = np.zeros(levels)
    v_hub = np.zeros(levels)
    v_start = np.zeros(levels)
    v_hub[levels - 1] = 1.0 / final
    x_sil[levels - 1] = 1.0 / final
    for w in range(num_words):
        x[first[w] + length[w] - 1] = v_hub[target[w]]
    for t in range(num_frames - 1, -1, -1):
        if t < last:
            c = scale[t + 1]
            for k in range(levels):
                v_start[k] = 0.0
            for w in range(num_words):
                p = first[w]
                v_start[source[w]] += weight[w] * e[t + 1, entry[p]] * x[p] * c
            for k in range(levels):
                v_hub[k] = 0.5 * v_start[k] + 0.5 * e[t + 1, 0] * x_sil[k] * c
                x_sil[k] = e[t + 1, 1] * x_sil[k] * c + v_start[k]
            for w in range(num_words):
                end = first[w] + length[w] - 1
                for p in range(first[w], end):
                    x[p] = (e[t + 1, loop[p]] * x[p] + e[t + 1, entry[p + 1]] * x[p + 1]) * c
                x[end] = e[t + 1, loop[end]] * x[end] * c + v_hub[target[w]]
        for k in range(levels):
            post[t, 0] += sign * s_entry[t, k] * x_sil[k]
            post[t, 1] += sign * s_loop[t, k] * x_sil[k]
        for w in range(num_words):
            for p in range(first[w], first[w] + length[w]):
                post[t, entry[p]] += sign * a_entry[t, p] * x[p]
                post[t, loop[p]] += sign * a_loop[t, p] * x[p]
    return log_p


def numerator(reference, num_grammar):
    """Graph of word ids in order; a run of [unk] means one or more of them."""
    source, target, ids = [], [], []
    level = 0
    for index, word in enumerate(reference):
        if word == lexicon.UNK_ID:
            if index and reference[index - 1] == word:
                continue
            source.append(level)
            target.append(level)
            ids.append(word)
        source.append(level)
        target.append(level + 1)
        ids.append(word)
        level += 1
    # Each occurrence needs positions of its own.
    length = LENGTH[ids] if ids else np.zeros(0, np.int32)
    first = (np.cumsum(length) - length).astype(np.int32)
    index = [np.arange(FIRST[w], FIRST[w] + LENGTH[w]) for w in ids]
    index = np.concatenate(index) if index else np.zeros(0, int)
    weight = np.full(len(ids), 1.0 / num_grammar)
    return (level + 1, np.array(source, np.int32), np.array(target, np.int32), weight,
            first, length, ENTRY[index], LOOP[index])


def denominator(reference, grammar, margin):
    """Loop of `grammar`. Words absent from the reference weigh exp(margin) more,
    so they must lose by that margin (boosted MMI)."""
    ids = np.array(grammar)
    weight = np.full(len(ids), 1.0 / len(ids))
    weight[~np.isin(ids, reference)] *= np.exp(margin)
    zeros = np.zeros(len(ids), np.int32)
    return (1, zeros, zeros, weight, FIRST[ids], LENGTH[ids], ENTRY, LOOP)


def _one(scores, reference, grammar, margin):
    """(loss, gradient) of one utterance; a reference that does not fit is skipped."""
    e = np.exp((scores - scores.max(axis=1, keepdims=True)).astype(np.float64))
    post = np.zeros(scores.shape)
    log_num = occupancy(e, *numerator(reference, len(grammar)), post, 1.0)
    if not np.isfinite(log_num):
        return 0.0, np.zeros_like(scores), False
    log_den = occupancy(e, *denominator(reference, grammar, margin), post, -1.0)
    return log_den - log_num, (-post).astype(np.float32), True


class _Mmi(torch.autograd.Function):
    pool = ThreadPoolExecutor(2)

    @staticmethod
    def forward(ctx, scores, frames, references, grammars, margin):
        values = scores.detach().numpy()
        jobs = [_Mmi.pool.submit(_one, values[i, :n], references[i], grammars[i], margin)
                for i, n in enumerate(frames)]
        gradient = np.zeros_like(values)
        loss = used = 0.0
        for i, (n, job) in enumerate(zip(frames, jobs)):
            value, part, fits = job.result()
            if fits:
                loss += value
                used += n
                gradient[i, :n] = part
        used = max(used, 1.0)
        ctx.save_for_backward(torch.from_numpy(gradient / np.float32(used)))
        return scores.new_tensor(loss / used)

    @staticmethod
    def backward(ctx, grad):
        (gradient,) = ctx.saved_tensors
        return gradient * grad, None, None, None, None


def mmi_loss(scores, frames, references, grammars, margin=0.0):
    """Mean loss per frame. `scores` is [utterance, frame, pdf], `frames` the true
    lengths, `references` and `grammars` lists of word ids."""
    return _Mmi.apply(scores, frames, references, grammars, margin)
