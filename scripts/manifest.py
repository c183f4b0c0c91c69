"""Writes the sizes and hashes of a model that ships with the project into models/manifest.toml.

    python3 scripts/manifest.py ar-commands
"""

import hashlib
import re
import sys
from pathlib import Path

MODELS = Path(__file__).resolve().parent.parent / "models"
# The parts of a folder that are the model; recipes and texts are not.
PARTS = ("am", "conf", "graph")


def entries(folder):
    for path in sorted(p for part in PARTS for p in (folder / part).rglob("*") if p.is_file()):
        content = path.read_bytes()
        yield (f'[[model.file]]\npath = "{path.relative_to(folder).as_posix()}"\nsize = {len(content)}\n'
               f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n')


def main():
    if len(sys.argv) != 2 or not (MODELS / sys.argv[1]).is_dir():
        sys.exit(__doc__)
    name = sys.argv[1]
    manifest = MODELS / "manifest.toml"
    blocks = re.split(r"(?m)^(?=\[\[model\]\])", manifest.read_text())
    at = next((i for i, block in enumerate(blocks) if f'\nname = "{name}"\n' in block), None)
    if at is None:
        sys.exit(f"manifest.py: models/manifest.toml has no model called {name}; add its [[model]] first")
    head = blocks[at].split("[[model.file]]")[0]
    blocks[at] = head + "".join(entries(MODELS / name)) + "\n"
    manifest.write_text("".join(blocks))


main()
