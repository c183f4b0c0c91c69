#!/bin/sh
# Packs the crates for a registry, and compiles what is in the packages.
#
# `cargo package` could compile them itself, but it keeps the first voice-core of a version that it has unpacked for the others.
set -eu
cd "$(dirname "$0")/.."

cargo package --quiet --allow-dirty --no-verify --workspace --exclude voice-tests --exclude voice-bench
target=${CARGO_TARGET_DIR:-target}
case $target in /*) ;; *) target=$PWD/$target ;; esac
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for name in voice-core voice-ffi voice-server; do
    tar -xf "$target/package/$name-$version.crate" -C "$folder"
    cargo check --quiet --manifest-path "$folder/$name-$version/Cargo.toml" --target-dir "$target" \
        --config "patch.crates-io.voice-core.path = '$folder/voice-core-$version'"
done
