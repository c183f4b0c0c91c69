#!/usr/bin/env python3
"""Set up the native engines (libvosk, ONNX Runtime) in native/lib, and link them beside the programs that cargo builds.

The libraries are from the projects' own Python wheels, each pinned by
version and SHA-256. Needs Python 3 and pip only. Nothing is installed outside
native/ and cargo's target folder; a second run finds everything in place.
VOICE_NATIVE_DIR names a folder with other builds of them.
"""

import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

import symbolic
import wheels

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIB = pathlib.Path(os.environ.get("VOICE_NATIVE_DIR") or ROOT / "native" / "lib").absolute()
TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")

# (system, machine) -> library file -> (requirement, wheel platform tag, sha256 of the wheel, member prefix)
ORT = "onnxruntime==1.32.0"  # newer ones are faster; the `ort` crate takes any from its feature api-NN on
PLATFORMS = {
    ("Linux", "x86_64"): {
        "libvosk.so": (
            "vosk==0.3.45", "manylinux_2_12_x86_64",
            "25e025093c4399d7278f543568ed8cc5460ac3a4bf48c23673ace1e25d26619f", "vosk/libvosk.so"),
        "libonnxruntime.so": (
            ORT, "manylinux_2_28_x86_64",
            "02ea12a28c069ea8510093d95a7f6ff8126bfd9fc5c0d3381c03b80fb2b424ba", "onnxruntime/capi/libonnxruntime.so."),
    },
    ("Linux", "aarch64"): {
        "libvosk.so": (
            "vosk==0.3.45", "manylinux2014_aarch64",
            "54efb47dd890e544e9e20f0316413acec7f8680d04ec095c6140ab4e70262704", "vosk/libvosk.so"),
        "libonnxruntime.so": (
            ORT, "manylinux_2_28_aarch64",
            "54d02baff2df38777b4c3cc7af326406fe8b8a48f54720f4c446d2d327920a79", "onnxruntime/capi/libonnxruntime.so."),
    },
    # The last macOS wheel of vosk is 0.3.44; its C API is the same.
    ("Darwin", "arm64"): {
        "libvosk.dylib": (
            "vosk==0.3.44", "macosx_10_6_universal2",
            "029d0b3d6a5cff874c575b8a5814a4cccfb37608cff52e846c02a8c67a882801", "vosk/libvosk.dyld"),
        "libonnxruntime.dylib": (
            ORT, "macosx_14_0_arm64",
            "27bf5dad46355a8a435c9c4e1556464d99ca834ea44e0f452909712068b8821b", "onnxruntime/capi/libonnxruntime."),
    },
    # ONNX Runtime publishes no wheel for Intel Macs any more: speech-to-text only there.
    ("Darwin", "x86_64"): {
        "libvosk.dylib": (
            "vosk==0.3.44", "macosx_10_6_universal2",
            "029d0b3d6a5cff874c575b8a5814a4cccfb37608cff52e846c02a8c67a882801", "vosk/libvosk.dyld"),
    },
}


def unpack(wheel, member_prefix, target):
    """Write the wheel's one matching member to `target`, atomically."""
    with zipfile.ZipFile(wheel) as archive:
        members = [name for name in archive.namelist() if name.startswith(member_prefix)]
        if not members:
            raise wheels.SetupError(f"{wheel.name} contains no {member_prefix}*")
        partial = target.with_suffix(".part")
        with archive.open(members[0]) as source, open(partial, "wb") as sink:
            shutil.copyfileobj(source, sink)
    if target.suffix == ".dylib":
        # The wheels' install names are not valid paths; with @rpath the binaries find the file beside them.
        tool = shutil.which("install_name_tool")
        if tool is None:
            raise wheels.SetupError("install_name_tool is missing; run xcode-select --install")
        subprocess.run([tool, "-id", f"@rpath/{target.name}", str(partial)], check=True)
    if target.name == "libvosk.so":
        symbolic.bind_to_itself(partial)
    partial.chmod(0o755)
    partial.replace(target)


def link_beside_programs():
    """Programs and libvoice look for the engines beside themselves, and C programs for libvoice by its SONAME."""
    header = (ROOT / "include" / "voice.h").read_text()
    abi = re.search(r"#define VOICE_ABI_VERSION (\d+)", header).group(1)
    links = {path.name: path for path in LIB.iterdir() if path.suffix in (".so", ".dylib")}
    if platform.system() == "Linux":
        links[f"libvoice.so.{abi}"] = pathlib.Path("libvoice.so")
    for profile in ("debug", "release", "libvoice"):
        folder = TARGET / profile
        folder.mkdir(parents=True, exist_ok=True)
        for name, path in links.items():
            link = folder / name
            if not link.is_symlink() or link.readlink() != path:
                link.unlink(missing_ok=True)
                link.symlink_to(path)


def set_up():
    if os.environ.get("VOICE_NATIVE_DIR"):
        return
    key = (platform.system(), platform.machine())
    libraries = PLATFORMS.get(key)
    if libraries is None:
        raise wheels.SetupError(f"no pinned libraries for {key[0]} on {key[1]}; "
                                "put libvosk where VOICE_NATIVE_DIR points, or build with --no-default-features")
    LIB.mkdir(parents=True, exist_ok=True)
    for name, (requirement, tag, sha256, member) in libraries.items():
        target, stamp = LIB / name, LIB / f"{name}.set-up"
        if target.exists() and stamp.exists() and stamp.read_text().strip() == sha256:
            continue
        print(f"native: setting up {name} from {requirement}")
        with tempfile.TemporaryDirectory() as folder:
            wheel = wheels.bring(requirement, sha256, folder, "--implementation", "cp", "--python-version", "3.13",
                                 "--abi", "cp313", "--abi", "none", "--platform", tag)
            unpack(wheel, member, target)
        stamp.write_text(sha256 + "\n")


if __name__ == "__main__":
    try:
        set_up()
        link_beside_programs()
    except (wheels.SetupError, symbolic.SymbolicError) as error:
        sys.exit(f"native: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"native: {error.cmd[0]} failed with status {error.returncode}; see its message above")
    except OSError as error:
        sys.exit(f"native: {error.strerror}: {error.filename}; check the folder's permissions and free space")
