#!/usr/bin/env python3
"""Download the TypeScript compiler for tests/all/browser_client.rs.

    scripts/typescript.py           download it if it is missing, print its program
    scripts/typescript.py --path    print the program only

One package of npm, pinned by version and SHA-256, with `npm pack`. It is kept
in libvoice/typescript below the user's cache folder, and run by Node.js. It
checks the types of examples/browser/voice-client.

Without Node.js or a network the script says so and succeeds; the test is then
skipped with a printed reason.
"""

import pathlib
import subprocess
import sys
import tarfile
import tempfile

import wheels

VERSION = "5.9.3"
SHA256 = "10e108c9cf7d5f2879053dff18515fb405abf2ccef63eaaf017d9c571687a1d3"


def download(target):
    with tempfile.TemporaryDirectory() as scratch:
        command = ["npm", "pack", "--silent", f"typescript@{VERSION}"]
        try:
            done = subprocess.run(command, cwd=scratch, capture_output=True, text=True)
        except FileNotFoundError:
            raise wheels.SetupError("npm is missing (Debian: apt-get install npm)") from None
        if done.returncode != 0:
            raise wheels.SetupError(f"cannot download typescript {VERSION} with npm")
        archive = next(pathlib.Path(scratch).glob("*.tgz"))
        found = wheels.sha256_of(archive)
        if found != SHA256:
            raise wheels.SetupError(f"hash mismatch for {archive.name}: expected {SHA256}, found {found}")
        unpacked = pathlib.Path(scratch) / "unpacked"
        with tarfile.open(archive) as content:
            content.extractall(unpacked, filter="data")
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as place:
            moved = pathlib.Path(place) / "package"
            subprocess.run(["cp", "-R", str(unpacked / "package"), str(moved)], check=True)
            moved.rename(target)


def main():
    target = wheels.cache("typescript") / VERSION
    if "--path" not in sys.argv[1:] and not target.exists():
        print(f"typescript: downloading typescript {VERSION} to {target}", file=sys.stderr)
        download(target)
    print(target / "lib/tsc.js")


if __name__ == "__main__":
    try:
        main()
    except (wheels.SetupError, OSError) as error:
        print(f"typescript: {error}; the check of types is skipped", file=sys.stderr)
