"""Checks that libvosk decodes an exported net as the net itself would.

    python agree.py --net e.pt
"""

import argparse
import tempfile
from pathlib import Path

import vosk

import batches
import data
import decode
import export
import lexicon
from evaluate import Decoder
from train import held_out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../../../../shared/data"))
    parser.add_argument("--net", type=Path, required=True)
    parser.add_argument("--every", type=int, default=9)
    args = parser.parse_args()
    vosk.SetLogLevel(-1)
    net = export.load(args.net)
    with tempfile.TemporaryDirectory() as folder:
        # Without the costs that decode.py does not know.
        export.export(net, Path(folder), unk_cost=0.0, no_cost=0.0, edge_cost=0.0)
        decoder = Decoder(folder)
    clips = [c for c in data.list_clips(args.data) if held_out(c)][:: args.every]
    differ = 0
    for clip in clips:
        samples = data.load(clip)
        found = decoder(samples)
        ids = decode.viterbi(decode.scores(net, decode.mfcc(samples)), batches.ALL)
        if found != [lexicon.SPELLINGS[i] for i in ids]:
            differ += 1
            print(clip["path"], found, [lexicon.SPELLINGS[i] for i in ids])
    print(f"{differ} of {len(clips)} decoded differently")


if __name__ == "__main__":
    main()
