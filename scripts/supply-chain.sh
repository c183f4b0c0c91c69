#!/bin/sh
# Checks the dependencies of the project against deny.toml: licences, bans, sources, known vulnerabilities.
# usage: scripts/supply-chain.sh
#
# The first run builds cargo-deny in target/tools, which takes minutes. Its version is pinned here.
# With VOICE_REQUIRE_ADVISORIES=1 it fails if the advisories cannot be fetched.
set -eu
cd "$(dirname "$0")/.."

version=0.20.2
tools=target/tools
deny=$tools/bin/cargo-deny

if [ "$("$deny" --version 2>/dev/null || true)" != "cargo-deny $version" ]; then
    echo "supply-chain: building cargo-deny $version"
    cargo install --quiet --locked --root "$tools" --target-dir "$tools/build" "cargo-deny@$version"
    rm -rf "$tools/build"
fi

for workspace in . fuzz; do
    "$deny" --log-level error --manifest-path "$workspace/Cargo.toml" --config deny.toml --all-features --locked \
        check bans licenses sources
done

# The advisory database is a separate repository, which some networks do not allow to reach.
log=$tools/advisories.log
if "$deny" --all-features --locked check advisories >"$log" 2>&1 &&
    "$deny" --manifest-path fuzz/Cargo.toml --config deny.toml --all-features --locked check advisories >"$log" 2>&1; then
    echo "advisories ok"
elif grep -q "failed to fetch advisory database" "$log"; then
    echo "supply-chain: advisories NOT CHECKED, their database cannot be fetched: $(grep -m 1 "^fatal: " "$log")" >&2
    [ -z "${VOICE_REQUIRE_ADVISORIES:-}" ] || exit 1
else
    cat "$log" >&2
    exit 1
fi
