#!/bin/sh
# Trains models/ar-commands from the recordings, about 75 minutes on two cores; with --long twice the time and better figures.
# usage: run.sh [--long] [DATA_FOLDER] [WORK_FOLDER]
set -eu
cd "$(dirname "$0")"
long=
[ "${1:-}" != --long ] || { long=yes; shift; }
data=${1:-../../../../shared/data}
work=${2:-../../../target/ar-commands}
mkdir -p "$work"
command -v espeak-ng >/dev/null || { echo "run.sh: espeak-ng is missing; install it" >&2; exit 1; }
[ -x "$work/venv/bin/python" ] || python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --requirement requirements.txt
# Spinning threads become very slow when other processes run.
export OMP_WAIT_POLICY=PASSIVE
python="$work/venv/bin/python"
train() { "$python" train.py --data "$data" --store "$work/store" "$@"; }

"$python" data.py --data "$data" --store "$work/store" --variants 6
train --out "$work/start.pt" --steps 2500 --open-grammar 0.6
train --out "$work/held.pt" --init "$work/start.pt" --steps 8000 --rate 1.8e-3 --seed 11 &
held=$!
# The shipped net: trained on all recordings, those of the test included.
train --out "$work/all.pt" --init "$work/start.pt" --steps 8000 --rate 1.8e-3 --seed 12 --everything
wait $held
if [ -n "$long" ]; then
    # A second cycle of the learning rate, and the mean of the nets of both cycles.
    train --out "$work/held-2.pt" --init "$work/held.pt" --steps 7400 --rate 1.5e-3 --seed 21 &
    held=$!
    train --out "$work/all-2.pt" --init "$work/all.pt" --steps 7400 --rate 1.5e-3 --seed 22 --everything
    wait $held
    average() { "$python" average.py --data "$data" --store "$work/store" "$@"; }
    average --net "$work/held.pt" 0.35 --net "$work/held-2.pt" 0.65 --out "$work/held.pt"
    average --net "$work/all.pt" 0.35 --net "$work/all-2.pt" 0.65 --out "$work/all.pt" --everything
fi
"$python" export.py --net "$work/held.pt" --out "$work/held"
"$python" evaluate.py --data "$data" --model "$work/held"
"$python" export.py --net "$work/all.pt" --out ..
