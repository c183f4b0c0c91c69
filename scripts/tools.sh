#!/bin/sh
# Makes sure that the tools the build needs are there, and installs what is missing where it can.
# usage: scripts/tools.sh
set -eu

need() { # need COMMAND DEBIAN_PACKAGE
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}

missing=
need cc build-essential
need c++ build-essential
need python3 python3
python3 -m pip --version >/dev/null 2>&1 || missing="$missing python3-pip"

if ! command -v cargo >/dev/null 2>&1; then
    echo "setup: cargo is missing; install Rust 1.92 or later, see https://rustup.rs" >&2
    exit 1
fi

[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "setup: please install:$missing (names are Debian's)" >&2
    exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1; then
    as_root=sudo
else
    echo "setup: please install as root: apt-get install$missing" >&2
    exit 1
fi
echo "setup: installing$missing"
$as_root apt-get update -qq
# shellcheck disable=SC2086 # a list of package names
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing
