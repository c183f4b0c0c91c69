#!/bin/sh
# Installs libvoice for C programs: the library, the header, a pkg-config file and a CMake package.
# usage: [PREFIX=/usr/local] [DESTDIR=] [BUILT=FOLDER] scripts/install.sh [OPTION OF CARGO BUILD ...]
#        [PREFIX=/usr/local] [DESTDIR=] scripts/install.sh --uninstall
#
# BUILT is a folder with a built library. Without it, the script builds one with the options, such as
# --no-default-features --features stt. The installed files can be moved: they contain no absolute paths.
set -eu
cd "$(dirname "$0")/.."

. scripts/prefix.sh
if [ "$kind" = dylib ]; then bare=-x; else bare=--strip-unneeded; fi
abi=$(sed -n 's/^#define VOICE_ABI_VERSION //p' include/voice.h)
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
if [ "$kind" = so ]; then name=libvoice.so.$abi; else name=libvoice.$abi.dylib; fi
lib=$to/lib

if [ "${1:-}" = --uninstall ]; then
    rm -f "$lib/$name" "$lib/libvoice.$kind" "$lib/libvoice.a" "$lib/pkgconfig/voice.pc" "$to/include/voice.h"
    rm -rf "$lib/cmake/voice"
    # voice-server uses them too, and another program may have installed a different engine there.
    for engine in "libvosk.$kind" "libonnxruntime.$kind"; do
        if [ ! -e "$to/bin/voice-server" ] && cmp -s "native/lib/$engine" "$lib/$engine"; then rm "$lib/$engine"; fi
    done
    echo "libvoice is removed from $to"
    exit 0
fi

if [ -z "${BUILT:-}" ]; then
    # One at a time: built together, each would hold what the other exports.
    for type in cdylib staticlib; do
        cargo rustc --profile libvoice --package voice-ffi --lib --crate-type $type "$@"
    done
    BUILT=${CARGO_TARGET_DIR:-target}/libvoice
fi
if [ ! -f "$BUILT/libvoice.$kind" ]; then
    echo "install: $BUILT contains no libvoice.$kind; build voice-ffi first" >&2
    exit 1
fi

# Programs of other users read the files and their folders.
umask 022
mkdir -p "$lib/pkgconfig" "$lib/cmake/voice" "$to/include"

put() { # put FROM TO [OPTION OF STRIP]: as a new file, so that programs that run keep the old one
    rm -f "$2"
    cp "$1" "$2"
    chmod "${4:-644}" "$2"
    # Line numbers for backtraces are most of a library's size, and programs do not need them.
    if [ -n "${3:-}" ] && command -v strip >/dev/null 2>&1; then strip "$3" "$2"; fi
}

put "$BUILT/libvoice.$kind" "$lib/$name" "$bare" 755
ln -sf "$name" "$lib/libvoice.$kind"
[ ! -f "$BUILT/libvoice.a" ] || put "$BUILT/libvoice.a" "$lib/libvoice.a" -S
put include/voice.h "$to/include/voice.h"

# The engines of this build are searched beside libvoice, or with libvoice.a in the folders that the program's
# loader searches.
for engine in vosk onnxruntime; do
    if grep -q "lib$engine" "$BUILT/libvoice.$kind" && [ -f "$BUILT/lib$engine.$kind" ]; then
        put "$BUILT/lib$engine.$kind" "$lib/lib$engine.$kind" "" 755
    fi
done

cat >"$lib/pkgconfig/voice.pc" <<EOF
prefix=\${pcfiledir}/../..
libdir=\${prefix}/lib
includedir=\${prefix}/include

Name: voice
Description: Streaming speech to text and text to speech
Version: $version
Cflags: -I\${includedir}
Libs: -L\${libdir} -lvoice
Libs.private: -Wl,-rpath,\${libdir} -lpthread -ldl -lm
EOF

# find_package(voice) defines voice::voice, the shared library, and voice::static.
cat >"$lib/cmake/voice/voice-config.cmake" <<EOF
get_filename_component(_voice_lib "\${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
get_filename_component(_voice_include "\${_voice_lib}/../include" ABSOLUTE)
if(NOT TARGET voice::voice)
  add_library(voice::voice SHARED IMPORTED)
  set_target_properties(voice::voice PROPERTIES
    IMPORTED_LOCATION "\${_voice_lib}/$name"
    IMPORTED_SONAME "$name"
    INTERFACE_INCLUDE_DIRECTORIES "\${_voice_include}")
endif()
if(NOT TARGET voice::static AND EXISTS "\${_voice_lib}/libvoice.a")
  add_library(voice::static STATIC IMPORTED)
  set_target_properties(voice::static PROPERTIES
    IMPORTED_LOCATION "\${_voice_lib}/libvoice.a"
    INTERFACE_LINK_LIBRARIES "pthread;dl;m"
    INTERFACE_LINK_OPTIONS "LINKER:-rpath,\${_voice_lib}"
    INTERFACE_INCLUDE_DIRECTORIES "\${_voice_include}")
endif()
EOF
# Versions with the same major number are compatible, or with the same minor number while the major number is 0.
cat >"$lib/cmake/voice/voice-config-version.cmake" <<EOF
set(PACKAGE_VERSION "$version")
string(REGEX MATCH "^(0\\\\.[0-9]+|[1-9][0-9]*)" _voice_ours "\${PACKAGE_VERSION}")
string(REGEX MATCH "^(0\\\\.[0-9]+|[1-9][0-9]*)" _voice_wanted "\${PACKAGE_FIND_VERSION}")
if(PACKAGE_FIND_VERSION VERSION_LESS_EQUAL PACKAGE_VERSION AND _voice_ours STREQUAL _voice_wanted)
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
  if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
    set(PACKAGE_VERSION_EXACT TRUE)
  endif()
else()
  set(PACKAGE_VERSION_COMPATIBLE FALSE)
endif()
EOF
echo "libvoice $version is in $to"
