"""Trains the net on an endless stream of assembled utterances.

    python train.py --out e.pt --steps 5000            # val and two digit blocks held out
    python train.py --out s.pt --init e.pt --everything --steps 1200 --rate 6e-4

The saved net is the moving average of the weights, with batch normalisation
statistics estimated again for it.
"""

import argparse
import copy
import math
import time
from pathlib import Path

import numpy as np
import torch

import batches
import decode
import lexicon
import net as nets
from mmi import mmi_loss

# Blocks of ten indices of arabic-digits that only the test sees.
HELD_BLOCKS = ("block1", "block4", "block11")


def held_out(clip):
    return clip["kind"] == "val" or clip["kind"] == "digits" and clip["speaker"] in HELD_BLOCKS


def collate(batch):
    frames = [len(u[0]) for u in batch]
    longest = max(frames)
    padded = torch.stack([nets.pad(torch.from_numpy(u[0]), longest) for u in batch])
    return padded, [nets.num_outputs(n) for n in frames]


def rough_loss(scores, frames, labels):
    """Cross entropy with the rough alignments. Without it the first hundreds of
    steps pass with all speech taken for silence."""
    kept = torch.cat([scores[i, :n] for i, n in enumerate(frames)])
    return torch.nn.functional.cross_entropy(kept, torch.from_numpy(np.concatenate(labels)).long())


def normalise(net, batch):
    """Sets the input mean and scale from one batch."""
    x = np.concatenate([u[0] for u in batch])
    net.mean.copy_(torch.from_numpy(x.mean(0)))
    net.scale.copy_(torch.from_numpy(1 / x.std(0)))


def average(target, source, decay):
    with torch.no_grad():
        for a, b in zip(target.state_dict().values(), source.state_dict().values()):
            if a.dtype.is_floating_point:
                a.lerp_(b, 1 - decay)


def refresh_norms(net, data, count=40):
    """Estimates the normalisation statistics of averaged weights."""
    norms = [m for m in net.modules() if isinstance(m, torch.nn.BatchNorm1d)]
    for m in norms:
        m.reset_running_stats()
        m.momentum = None
        m.train()
    with torch.no_grad():
        for _ in range(count):
            net(collate(next(data))[0])
    net.eval()


def check(net, store, every=8):
    """Share of right answers on recordings held out, isolated words."""
    net.eval()
    result = {}
    for kind in ("val", "digits"):
        grammar = batches.ALL if kind == "val" else lexicon.DIGITS
        right = total = 0
        step = every if kind == "val" else 1
        numbers = [i for i, c in enumerate(store.meta) if c["kind"] == kind and held_out(c)][::step]
        rng = np.random.default_rng(0)
        for i in numbers:
            offset, length = store.index[0][i][:2].astype(int)
            x = store.frames[0][offset: offset + length].astype(np.float32)
            x = np.logaddexp(x, check.rounding[rng.integers(5000) + np.arange(len(x))])
            words = decode.viterbi(decode.scores(net, (x @ batches.features.MFCC.T).astype(np.float32)), grammar)
            right += words == [store.meta[i]["word"]]
            total += 1
        result[kind] = 100 * right / max(total, 1)
    return " ".join(f"{k} {v:.1f}" for k, v in result.items())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../../../../shared/data"))
    parser.add_argument("--store", type=Path, default=Path("store"))
    parser.add_argument("--variants", type=int, help="use only the first variants of the store")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--init", type=Path)
    parser.add_argument("--everything", action="store_true", help="hold nothing out")
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--minutes", type=float, help="end earlier, after so long; the schedule follows")
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--bottleneck", type=int, default=80)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--margin", type=float, default=1.5)
    parser.add_argument("--open-grammar", type=float, default=0.5, help="share of utterances that may be any word")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--report", type=int, default=250)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    store = batches.Store(args.store, args.variants)
    keep = (lambda clip: True) if args.everything else (lambda clip: not held_out(clip))
    data = batches.stream(store, args.data, batches.Mix(open_grammar=args.open_grammar), args.seed, keep, args.batch)
    check.rounding = batches.noises.rounding(seconds=60)

    net = nets.Net(args.width, args.bottleneck, args.dropout)
    if args.init:
        net.load_state_dict(torch.load(args.init)["net"])
    else:
        normalise(net, next(data))
    smooth = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=args.rate, weight_decay=1e-2)
    started, losses, waited = time.time(), [], 0.0
    step, done = 0, 0.0
    while done < 1:
        step += 1
        done = step / args.steps
        if args.minutes:
            done = max(done, (time.time() - started) / 60 / args.minutes)
        for group in optimiser.param_groups:
            group["lr"] = args.rate * min(step / 150, 0.5 + 0.5 * math.cos(math.pi * min(done, 1)) + 0.005)
        net.train()
        before = time.time()
        batch = next(data)
        waited += time.time() - before
        padded, frames = collate(batch)
        with torch.autocast("cpu", torch.bfloat16):
            scores = net(padded).float()
        loss = mmi_loss(scores, frames, [u[1] for u in batch], [u[2] for u in batch], args.margin)
        # A small pull towards zero keeps the scores of unseen voices calibrated.
        total = loss + 1e-4 * scores.square().mean()
        guide = 0.3 * max(1 - 8 * done, 0) * (args.init is None)
        if guide:
            total = total + guide * rough_loss(scores, frames, [u[3] for u in batch])
        optimiser.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimiser.step()
        average(smooth, net, min(0.998, step / (step + 10)))
        losses.append(loss.item())
        if step % args.report == 0 or done >= 1:
            print(f"step {step} loss {np.mean(losses):.4f} {check(smooth, store)} "
                  f"wait {waited:.0f} s of {time.time() - started:.0f} s", flush=True)
            losses.clear()
            torch.save({"net": smooth.state_dict(), "width": args.width, "bottleneck": args.bottleneck}, args.out)
    refresh_norms(smooth, data)
    print("final", check(smooth, store, 1))
    torch.save({"net": smooth.state_dict(), "width": args.width, "bottleneck": args.bottleneck}, args.out)


if __name__ == "__main__":
    main()
