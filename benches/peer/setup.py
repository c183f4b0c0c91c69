#!/usr/bin/env python3
"""Set up the Python environment of the peer server in target/bench-peer.

Needs Python 3.10 or newer with venv, and the network on the first run. A second
run finds everything in place and does nothing.
"""

import os
import pathlib
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or HERE.parent.parent / "target") / "bench-peer"


def main():
    wanted = (HERE / "requirements.txt").read_text()
    stamp = TARGET / "requirements.txt"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"benches: setting up {TARGET}")
    venv.create(TARGET, with_pip=True, clear=True)
    subprocess.run(
        [TARGET / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--requirement", HERE / "requirements.txt"],
        check=True, timeout=600)
    stamp.write_text(wanted)


if __name__ == "__main__":
    try:
        main()
    except (OSError, subprocess.SubprocessError) as error:
        sys.exit(f"benches: {error}; check the network and that Python has venv")
