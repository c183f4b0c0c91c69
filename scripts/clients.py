#!/usr/bin/env python3
"""Download the WebSocket libraries for tests/all/other_clients.rs.

    scripts/clients.py           download what is missing, print the folder
    scripts/clients.py --path    print the folder only

Two libraries that Python programs use, each a wheel pinned by version and
SHA-256. Python imports them from the wheel, so nothing is installed. They are
kept in libvoice/clients below the user's cache folder.

Without a network the script says so and succeeds; the tests are then skipped
with a printed reason. With CI set it fails instead.
"""

import sys
import tempfile

import wheels

# (requirement, SHA-256 of the wheel)
WHEELS = [
    ("websocket-client==1.9.0", "af248a825037ef591efbf6ed20cc5faa03d3b47b9e5a2230a529eeee1c1fc3ef"),
    ("websockets==15.0.1", "f7a866fbc1e97b5c617ee4116daaa09b722101d4a3c170c787450ba409f9736f"),
]


def main():
    target = wheels.cache("clients")
    if "--path" not in sys.argv[1:]:
        target.mkdir(parents=True, exist_ok=True)
        here = {wheels.sha256_of(wheel) for wheel in target.glob("*.whl")}
        for requirement, sha256 in WHEELS:
            if sha256 not in here:
                print(f"clients: downloading {requirement} to {target}", file=sys.stderr)
                with tempfile.TemporaryDirectory(dir=target) as scratch:
                    wheel = wheels.bring(requirement, sha256, scratch, "--implementation", "py", "--abi", "none",
                                         "--platform", "any")
                    wheel.replace(target / wheel.name)
    print(target)


if __name__ == "__main__":
    wheels.run_or_skip(main, "clients", "tests with Python's WebSocket libraries")
