#!/bin/sh
# Trains models/ar-commands from the recordings, about an hour on two cores.
# usage: run.sh [DATA_FOLDER] [WORK_FOLDER]
set -eu
cd "$(dirname "$0")"
data=${1:-../../../../shared/data}
work=${2:-../../../target/ar-commands}
mkdir -p "$work"
command -v espeak-ng >/dev/null || { echo "run.sh: espeak-ng is missing; install it" >&2; exit 1; }
[ -x "$work/venv/bin/python" ] || python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --requirement requirements.txt
# Spinning threads crawl as soon as anything else runs beside them.
export OMP_WAIT_POLICY=PASSIVE
python="$work/venv/bin/python"

"$python" data.py --data "$data" --store "$work/store" --variants 5
"$python" train.py --data "$data" --store "$work/store" --out "$work/start.pt" --steps 1600 --minutes 16
"$python" train.py --data "$data" --store "$work/store" --out "$work/held.pt" --init "$work/start.pt" --steps 2556 --minutes 26 \
    --rate 1.6e-3 --seed 2
"$python" export.py --net "$work/held.pt" --out "$work/held"
"$python" evaluate.py --data "$data" --model "$work/held"
"$python" train.py --data "$data" --store "$work/store" --out "$work/all.pt" --init "$work/held.pt" --everything \
    --steps 1000 --minutes 9 --rate 6e-4
"$python" export.py --net "$work/all.pt" --out ..
