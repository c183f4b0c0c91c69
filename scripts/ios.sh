#!/bin/sh
# Builds libvoice for iOS and packs it for the Swift package: examples/swift/CVoice.xcframework.
# usage: scripts/ios.sh        on a Mac with Xcode and rustup
#   VOSK   a folder with aarch64-apple-ios/libvosk.a and aarch64-apple-ios-sim/libvosk.a. Without it: speech synthesis only
# See docs/ios.md.
set -eu
cd "$(dirname "$0")/.."

targets="aarch64-apple-ios aarch64-apple-ios-sim"
work=$PWD/target/ios
framework=$PWD/examples/swift/CVoice.xcframework

fail() {
    echo "ios: $1" >&2
    exit 1
}

command -v xcodebuild >/dev/null || fail "Xcode is needed to package for iOS"
export IPHONEOS_DEPLOYMENT_TARGET="${IPHONEOS_DEPLOYMENT_TARGET:-16.0}"

rm -rf "$work" "$framework"
mkdir -p "$work/headers"
cp include/voice.h "$work/headers/"
cat >"$work/headers/module.modulemap" <<'MAP'
module CVoice {
    header "voice.h"
    link "c++"
    link framework "Accelerate"
    export *
}
MAP

vosk=
[ -z "${VOSK:-}" ] || vosk=$(cd "$VOSK" && pwd)

set --
for target in $targets; do
    rustup target add "$target"
    mkdir -p "$work/$target"
    features="--no-default-features --features download,tts"
    parts=${CARGO_TARGET_DIR:-target}/$target/libvoice/libvoice.a
    if [ -n "${VOSK:-}" ]; then
        [ -f "$vosk/$target/libvosk.a" ] || fail "$VOSK/$target/libvosk.a is missing"
        features="--features vosk-linked"
        parts="$parts $vosk/$target/libvosk.a"
    fi
    # shellcheck disable=SC2086 # lists of arguments and of files
    {
        VOICE_NATIVE_DIR="$vosk/$target" \
            cargo rustc --profile libvoice --package voice-ffi --target "$target" --crate-type staticlib $features
        libtool -static -o "$work/$target/libvoice.a" $parts
    }
    set -- "$@" -library "$work/$target/libvoice.a" -headers "$work/headers"
done
xcodebuild -create-xcframework "$@" -output "$framework"
echo "ios: $framework; swift build and Xcode find it there"
