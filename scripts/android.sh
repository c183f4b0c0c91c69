#!/bin/sh
# Builds libvoice for Android and packs it with the Kotlin layer: target/android/voice.aar.
# usage: ANDROID_NDK_HOME=/path/to/ndk scripts/android.sh
#   VOSK      a folder with arm64-v8a/libvosk.so and so on, or the AAR of vosk-android. Without it: speech synthesis only
#   ABIS      default: arm64-v8a armeabi-v7a x86_64; empty for the Kotlin layer alone
#   API       the oldest supported Android API level, default: 26
# Needs rustup, Java and Maven. See docs/android.md.
set -eu
cd "$(dirname "$0")/.."

out=$PWD/target/android
api=${API:-26}
abis=${ABIS-arm64-v8a armeabi-v7a x86_64}

fail() {
    echo "android: $1" >&2
    exit 1
}

# Rust's and the NDK compilers' names of an ABI.
rust_target() {
    case $1 in
    arm64-v8a) echo aarch64-linux-android ;;
    armeabi-v7a) echo armv7-linux-androideabi ;;
    x86_64) echo x86_64-linux-android ;;
    *) fail "unknown ABI $1" ;;
    esac
}
clang_target() {
    case $1 in
    armeabi-v7a) echo armv7a-linux-androideabi ;;
    *) rust_target "$1" ;;
    esac
}

check_pages() { # check_pages LIBRARY
    "$tools/llvm-readelf" -lW "$1" | awk '$1 == "LOAD" && $NF ~ /^0x[12]000$/ { bad = 1 } END { exit bad }' ||
        fail "$1 is not aligned for pages of 16 KiB, which Google Play requires"
}

build() { # build ABI
    target=$(rust_target "$1")
    clang=$tools/$(clang_target "$1")$api-clang
    [ -x "$clang" ] || fail "the NDK has no compiler $clang"
    rustup target add "$target"

    features="--no-default-features --features download,tts"
    if [ -n "${VOSK:-}" ]; then
        [ -f "$vosk/$1/libvosk.so" ] || fail "$VOSK contains no libvosk.so for $1"
        features=
    fi
    variable=$(echo "$target" | tr a-z- A-Z_)
    # shellcheck disable=SC2086 # a list of arguments
    env "CARGO_TARGET_${variable}_LINKER=$clang" "CC_$target=$clang" "AR_$target=$tools/llvm-ar" \
        VOICE_NATIVE_DIR="$vosk/$1" \
        cargo rustc --profile libvoice --package voice-ffi --target "$target" --crate-type cdylib $features

    mkdir -p "$out/jni/$1"
    "$tools/llvm-strip" -o "$out/jni/$1/libvoice.so" "${CARGO_TARGET_DIR:-target}/$target/libvoice/libvoice.so"
    [ -n "$features" ] || cp "$vosk/$1/libvosk.so" "$out/jni/$1/"
    case $1 in
    *64*) for library in "$out/jni/$1"/*.so; do check_pages "$library"; done ;;
    esac
}

rm -rf "$out"
mkdir -p "$out/jni"
vosk=$out/vosk
case ${VOSK:-} in
"") ;;
*.aar) python3 -m zipfile -e "$VOSK" "$out/unpacked" && mv "$out/unpacked/jni" "$vosk" ;;
*) vosk=$(cd "$VOSK" && pwd) ;;
esac
if [ -n "$abis" ]; then
    [ -d "${ANDROID_NDK_HOME:-}" ] || fail "ANDROID_NDK_HOME names no NDK"
    tools=$(echo "$ANDROID_NDK_HOME"/toolchains/llvm/prebuilt/*/bin)
    for abi in $abis; do build "$abi"; done
fi
mvn --batch-mode --quiet --file examples/kotlin/pom.xml package -DskipTests -Dvoice.build="$out/kotlin"
python3 scripts/aar.py "$out/kotlin/voice.jar" "$out/jni" "$api" "$out/voice.aar"
echo "android: $out/voice.aar"
