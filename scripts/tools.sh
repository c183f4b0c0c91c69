#!/bin/sh
# Checks for the tools that the build needs, and installs missing ones if it can.
# usage: scripts/tools.sh [tests]        tests: includes the tools that only tests need, on Debian
set -eu

need() { # need COMMAND DEBIAN_PACKAGE
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}

missing=
need cc build-essential
need c++ build-essential
need python3 python3
python3 -m pip --version >/dev/null 2>&1 || missing="$missing python3-pip"

if [ "${1:-}" = tests ] && command -v apt-get >/dev/null 2>&1; then
    need cmake cmake
    need pkg-config pkg-config
    need valgrind valgrind
    need localedef libc-bin
    need ffmpeg ffmpeg
    need sox sox
    need flac flac
    need opusenc opus-tools
    need oggenc vorbis-tools
    need lame lame
    need chromium chromium
    need groff groff-base
    need javac default-jdk-headless
    need mvn maven
    [ -d /usr/share/i18n/locales ] || missing="$missing locales"
fi

# Loaded at run time if it is installed, never linked: its licence is the GPL. Everything else works without it.
wanted=
command -v espeak-ng >/dev/null 2>&1 || wanted=" espeak-ng"
# For tests of several servers that share limits. The program does not need it.
command -v redis-server >/dev/null 2>&1 || wanted="$wanted redis-server"
# For tests of the store of interviews.
command -v postgres >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || wanted="$wanted postgresql"

oldest=1.94
found=$(rustc --version 2>/dev/null | cut -d ' ' -f 2) || true
if [ "$(printf '%s\n%s\n' "$oldest" "${found:-0}" | sort -V | head -n 1)" != "$oldest" ]; then
    echo "setup: Rust $oldest or later is needed, found ${found:-none}; see https://rustup.rs" >&2
    exit 1
fi
for tool in fmt clippy; do
    cargo "$tool" --version >/dev/null 2>&1 && continue
    echo "setup: cargo $tool is missing, and make test needs it; run rustup component add clippy rustfmt" >&2
done

[ -n "$missing$wanted" ] || exit 0

give_up() { # give_up HOW: an error if the build needs a missing tool, else a note on the missing optional tools
    if [ -n "$missing" ]; then
        echo "setup: please install$1$missing$wanted" >&2
        exit 1
    fi
    echo "setup: espeak-ng gives neural voices their phonemes, redis-server and postgresql are for tests; install$1$wanted" >&2
    exit 0
}

if ! command -v apt-get >/dev/null 2>&1; then
    if [ -n "$wanted" ] && command -v brew >/dev/null 2>&1; then
        echo "setup: installing$wanted"
        # shellcheck disable=SC2046 # a list of package names; Homebrew has another name for one
        brew install --quiet $(echo "$wanted" | sed 's/redis-server/redis/') && wanted=
        [ -n "$missing$wanted" ] || exit 0
    fi
    give_up " (names are Debian's):"
fi
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1; then
    as_root=sudo
else
    give_up " as root: apt-get install"
fi
echo "setup: installing$missing$wanted"
# shellcheck disable=SC2086 # a list of package names
install() {
    $as_root apt-get update -qq &&
        DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing$wanted
}
install || give_up ", as that failed:"
