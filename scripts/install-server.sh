#!/bin/sh
# Installs voice-server: the program, the engines, the shipped models, manual pages and completions for shells.
# usage: [PREFIX=/usr/local] [DESTDIR=] [BUILT=FOLDER] scripts/install-server.sh [OPTION OF CARGO BUILD ...]
#        [PREFIX=/usr/local] [DESTDIR=] scripts/install-server.sh --uninstall
#
# BUILT is a folder with a built voice-server. Without it, the script builds one with the options. The program runs once,
# to write the manual pages and completions.
set -eu
cd "$(dirname "$0")/.."

. scripts/prefix.sh
bash=$to/share/bash-completion/completions/voice-server
zsh=$to/share/zsh/site-functions/_voice-server
fish=$to/share/fish/vendor_completions.d/voice-server.fish
man=$to/share/man/man1

if [ "${1:-}" = --uninstall ]; then
    rm -f "$to/bin/voice-server" "$bash" "$zsh" "$fish" "$man/voice-server.1" "$man"/voice-server-*.1
    rm -rf "$to/share/voice/models/ar-commands" "$to/share/voice/models/manifest.toml" "$to/share/doc/voice"
    rmdir "$to/share/voice/models" "$to/share/voice" 2>/dev/null || true
    # libvoice uses them too, and another program may have installed a different engine there.
    for engine in "libvosk.$kind" "libonnxruntime.$kind"; do
        if [ ! -e "$to/lib/libvoice.$kind" ] && cmp -s "native/lib/$engine" "$to/lib/$engine"; then rm "$to/lib/$engine"; fi
    done
    echo "voice-server is removed from $to"
    exit 0
fi

if [ -z "${BUILT:-}" ]; then
    cargo build --release --locked --package voice-server "$@"
    BUILT=${CARGO_TARGET_DIR:-target}/release
fi
if [ ! -x "$BUILT/voice-server" ]; then
    echo "install: $BUILT contains no voice-server; build it first" >&2
    exit 1
fi

# The service runs as another user, who must be able to read the files and their folders.
umask 022

put() { # put MODE FROM TO: as a new file, so that programs that run keep the old one
    mkdir -p "$(dirname "$3")"
    rm -f "$3"
    cp "$2" "$3"
    chmod "$1" "$3"
}

put 755 "$BUILT/voice-server" "$to/bin/voice-server"
put 644 LICENSE "$to/share/doc/voice/LICENSE"
for engine in vosk onnxruntime; do
    [ ! -f "native/lib/lib$engine.$kind" ] || put 644 "native/lib/lib$engine.$kind" "$to/lib/lib$engine.$kind"
done

mkdir -p "$to/share/voice/models" "$man" "$(dirname "$bash")" "$(dirname "$zsh")" "$(dirname "$fish")"
rm -rf "$to/share/voice/models/ar-commands"
cp -R models/manifest.toml models/ar-commands "$to/share/voice/models/"
chmod -R a+rX "$to/share/voice"
"$to/bin/voice-server" man "$man"
"$to/bin/voice-server" completions bash >"$bash"
"$to/bin/voice-server" completions zsh >"$zsh"
"$to/bin/voice-server" completions fish >"$fish"
echo "voice-server is in $to/bin"
