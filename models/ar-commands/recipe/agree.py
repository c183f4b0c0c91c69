"""Checks that libvosk decodes an exported model as the net itself would.

    python agree.py --net e.pt --model ../ --unk-penalty 2
"""

import argparse
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
    parser.add_argument("--model", type=Path, default=Path(".."))
    parser.add_argument("--unk-penalty", type=float, default=0.0)
    parser.add_argument("--every", type=int, default=9)
    args = parser.parse_args()
    vosk.SetLogLevel(-1)
    decoder, net = Decoder(args.model), export.load(args.net)
    clips = [c for c in data.list_clips(args.data) if held_out(c)][:: args.every]
    differ = 0
    for clip in clips:
        samples = data.load(clip)
        found = decoder(samples)
        ids = decode.viterbi(decode.scores(net, decode.mfcc(samples)), batches.ALL, args.unk_penalty)
        if found != [lexicon.SPELLINGS[i] for i in ids]:
            differ += 1
            print(clip["path"], found, [lexicon.SPELLINGS[i] for i in ids])
    print(f"{differ} of {len(clips)} decoded differently")


if __name__ == "__main__":
    main()
