# For scripts that install: sets PREFIX, `to`, the folder that is written, and `kind`, the ending of shared libraries.
# shellcheck shell=sh
PREFIX=${PREFIX:-/usr/local}
case $PREFIX in
/*) ;;
*)
    echo "install: PREFIX is $PREFIX; give an absolute path" >&2
    exit 1
    ;;
esac
to=${DESTDIR:-}$PREFIX
if [ "$(uname)" = Darwin ]; then kind=dylib; else kind=so; fi
