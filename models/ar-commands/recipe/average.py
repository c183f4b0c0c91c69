"""Averages nets of one line of training: a later one and where it came from.

    python average.py --net early.pt 0.35 --net late.pt 0.65 --store store --out net.pt

Each cycle of the learning rate ends in another corner of the same basin, and their
mean hears voices that none of them has heard better than any of them. Batch
normalisation statistics are estimated again for it.
M. Wortsman et al., Model soups, ICML 2022.
"""

import argparse
from pathlib import Path

import torch

import batches
import net as nets
import train


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../../../../shared/data"))
    parser.add_argument("--store", type=Path, default=Path("store"))
    parser.add_argument("--net", nargs=2, action="append", metavar=("FILE", "WEIGHT"), required=True)
    parser.add_argument("--everything", action="store_true", help="the nets were trained with nothing held out")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()

    saved = [(torch.load(path), float(weight)) for path, weight in args.net]
    total = sum(weight for _, weight in saved)
    last = saved[-1][0]
    mean = {
        name: sum(one["net"][name] * (weight / total) for one, weight in saved) if value.dtype.is_floating_point else value
        for name, value in last["net"].items()
    }
    net = nets.Net(last["width"], last["bottleneck"], 0.0)
    net.load_state_dict(mean)
    keep = (lambda clip: True) if args.everything else (lambda clip: not train.held_out(clip))
    store = batches.Store(args.store, None)
    train.refresh_norms(net, batches.stream(store, args.data, batches.Mix(), args.seed, keep, 48))
    torch.save({**last, "net": net.state_dict()}, args.out)


if __name__ == "__main__":
    main()
