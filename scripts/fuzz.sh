#!/usr/bin/env bash
# Runs the fuzz targets of fuzz/src/bin, on stable Rust.
# usage: scripts/fuzz.sh TARGET|all SECONDS     runs each target for SECONDS, two at a time (FUZZ_JOBS)
#        scripts/fuzz.sh replay TARGET FILE     runs the target once, on a saved input
#        scripts/fuzz.sh lint                   runs rustfmt and clippy in the same build folder
set -euo pipefail
cd "$(dirname "$0")/.."

host=$(rustc -vV | sed -n 's/^host: //p')
# The rest of the project is built with other flags. In a shared folder each build would invalidate the other.
work=${VOICE_FUZZ_DIR:-${CARGO_TARGET_DIR:-target}/fuzz}
case $work in /*) ;; *) work=$PWD/$work ;; esac
# Exported for the runs that this one starts.
export VOICE_FUZZ_DIR=$work CARGO_TARGET_DIR=$work
programs=$work/$host/release
# Where the targets find the engines.
export LD_LIBRARY_PATH=${VOICE_NATIVE_DIR:-$PWD/native/lib}${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}

# The flags that cargo-fuzz passes, all of them stable: they count edges and trace comparisons. The last two keep short
# comparisons as calls, which the fuzzer traces too. Expanded into loads they would hide the keywords of a format.
sancov() { printf -- '-Cllvm-args=-%s ' "$@"; }
flags="--cfg fuzzing -Cpasses=sancov-module $(sancov \
    sanitizer-coverage-level=4 sanitizer-coverage-inline-8bit-counters sanitizer-coverage-pc-table \
    sanitizer-coverage-trace-compares max-loads-per-memcmp=0 max-loads-per-memcmp-opt-size=0)"

# The folder for files that the targets write, removed when this run ends. Nested runs use a folder inside it.
memory=/dev/shm
[ -w "$memory" ] || memory=${TMPDIR:-/tmp}
VOICE_FUZZ_SCRATCH=$(mktemp -d "${VOICE_FUZZ_SCRATCH:-$memory}/voice-fuzz.XXXXXX")
export VOICE_FUZZ_SCRATCH
trap 'rm -rf "$VOICE_FUZZ_SCRATCH"' EXIT

build() {
    # With --target the flags are for the targets only, not for build scripts and macros.
    RUSTFLAGS=$flags cargo build --quiet --release --manifest-path fuzz/Cargo.toml --target "$host" "$@"
}

targets() {
    for file in fuzz/src/bin/*.rs; do basename "$file" .rs; done
}

run() { # run TARGET SECONDS
    local name=$1 seconds=$2 found=$work/found/$1 corpus=$work/corpus/$1 log=$work/log/$1
    local known=fuzz/regressions/$1
    mkdir -p "$found" "$corpus" "$work/log"
    rm -f "$found"/*
    VOICE_FUZZ_PLANT=$corpus "$programs/$name" >"$log" 2>&1 || { cat "$log" >&2; return 1; }
    local words=()
    [ ! -s "$corpus.words" ] || words=(-dict="$corpus.words")
    local folders=("$corpus")
    [ ! -d "$known" ] || folders+=("$known")
    if "$programs/$name" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=2048 -print_final_stats=1 \
        "${words[@]}" -artifact_prefix="$found/" "${folders[@]}" >"$log" 2>&1; then
        local runs edges
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
        printf 'fuzz: %-14s %9s runs, %5s edges\n' "$name" "$runs" "$edges"
        return
    fi
    local input
    input=$(find "$found" -type f | head -n 1)
    {
        grep -v '^#' "$log" | grep -m 1 -A 12 -e 'panicked at' -e 'ERROR: libFuzzer' || tail -n 20 "$log"
        echo "fuzz: $name FAILED; its log is $log"
        [ -z "$input" ] || echo "fuzz: replay with: scripts/fuzz.sh replay $name $input"
    } >&2
    return 1
}

case "${1:-}:$#" in
lint:1)
    cargo fmt --manifest-path fuzz/Cargo.toml --check
    RUSTFLAGS="--cfg fuzzing" cargo clippy --quiet --manifest-path fuzz/Cargo.toml --lib --bins -- -D warnings
    ;;
replay:3)
    build --bin "$2"
    "$programs/$2" -timeout=25 "$3"
    ;;
run:3) run "$2" "$3" ;;
all:2)
    build
    # Failing inputs are found by chance, so a later run may not find them again.
    targets | xargs -P "${FUZZ_JOBS:-2}" -I{} "$0" run {} "$2" || { echo "fuzz: a target failed" >&2; exit 1; }
    ;;
:*)
    sed -n 's/^# \{0,1\}//p' "$0" | sed -n '2,5p' >&2
    exit 2
    ;;
*:2)
    [ -f "fuzz/src/bin/$1.rs" ] || { echo "fuzz: no target $1; the targets are:" $(targets) >&2; exit 2; }
    build --bin "$1"
    run "$1" "$2"
    ;;
*)
    echo "usage: scripts/fuzz.sh TARGET|all SECONDS" >&2
    exit 2
    ;;
esac
