#!/bin/sh
# Prints the size of libvoice with each set of engines, in MB, as `scripts/install.sh` installs it.
# usage: scripts/size.sh [FEATURES ...]        default: download,stt,tts stt,tts stt tts espeak
set -eu
cd "$(dirname "$0")/.."

# A separate folder, because the last build has the fewest features.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/size"
[ $# -gt 0 ] || set -- download,stt,tts stt,tts stt tts espeak
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

mb() { # mb FILE
    [ ! -f "$1" ] || wc -c <"$1" | awk '{ printf "%.1f", $1 / 1e6 }'
}

echo "| features | libvoice.so | libvoice.a | a program with libvoice.a | libvosk.so | libonnxruntime.so |"
echo "|---|---|---|---|---|---|"
for features; do
    PREFIX=/ DESTDIR=$folder/$features scripts/install.sh --quiet --no-default-features --features "$features" >/dev/null
    lib=$folder/$features/lib
    cc -O2 -Iinclude examples/c/transcribe.c -o "$folder/program" "$lib/libvoice.a" -lpthread -ldl -lm \
        -Wl,--gc-sections -s
    echo "| $features | $(mb "$lib/libvoice.so") | $(mb "$lib/libvoice.a") | $(mb "$folder/program") | $(mb "$lib/libvosk.so") | $(mb "$lib/libonnxruntime.so") |"
done
