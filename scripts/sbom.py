#!/usr/bin/env python3
"""Writes the software bill of materials of one crate for one target, as CycloneDX 1.6 JSON.

    scripts/sbom.py [--package voice-server] [--target x86_64-unknown-linux-gnu] [-o sbom.cdx.json]

It lists what ends up in the product: crates that are linked in (not those that only build or test it), and the
native libraries of scripts/native.py by hash. The same inputs give the same bytes.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import uuid

import native

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Rust's names of systems to the names in native.py.
SYSTEMS = {"linux": "Linux", "darwin": "Darwin"}
MACHINES = {"Linux": {}, "Darwin": {"aarch64": "arm64"}}
# From the wheels' metadata. libvosk contains Kaldi and OpenFst (Apache-2.0) and OpenBLAS (BSD-3-Clause).
NATIVE_LICENSES = {"vosk": "Apache-2.0 AND BSD-3-Clause", "onnxruntime": "MIT"}
# Loaded if it is installed, never part of the product.
OPTIONAL = {"type": "library", "bom-ref": "system:espeak-ng", "name": "espeak-ng", "scope": "optional",
            "licenses": [{"expression": "GPL-3.0-or-later"}]}


def metadata(target):
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


def linked(graph, root):
    """The ids of the packages that are linked into `root`, each with its direct dependencies."""
    nodes = {node["id"]: node for node in graph["resolve"]["nodes"]}
    macros = {p["id"] for p in graph["packages"] if any("proc-macro" in t["kind"] for t in p["targets"])}
    found, ahead = {}, [root]
    while ahead:
        at = ahead.pop()
        if at not in found:
            normal = (d["pkg"] for d in nodes[at]["deps"] if any(kind["kind"] is None for kind in d["dep_kinds"]))
            found[at] = sorted(set(normal) - macros)
            ahead += found[at]
    return found


def ref(package):
    return f"crate:{package['name']}@{package['version']}"


def crate(package, hashes):
    component = {"type": "library", "bom-ref": ref(package), "name": package["name"], "version": package["version"],
                 "licenses": [{"expression": package["license"].replace("/", " OR ")}]}
    if package["source"]:
        component["purl"] = f"pkg:cargo/{package['name']}@{package['version']}"
        component["hashes"] = [{"alg": "SHA-256", "content": hashes[package["name"], package["version"]]}]
    return component


def lock_hashes():
    """The SHA-256 of each crate's archive, by name and version."""
    hashes, name, version = {}, None, None
    for line in (ROOT / "Cargo.lock").read_text().splitlines():
        key, _, value = line.partition(" = ")
        value = value.strip('"')
        if key == "name":
            name = value
        elif key == "version":
            version = value
        elif key == "checksum":
            hashes[name, version] = value
    return hashes


def natives(target):
    machine, system = target.split("-")[0], next(SYSTEMS[word] for word in target.split("-") if word in SYSTEMS)
    key = (system, MACHINES[system].get(machine, machine))
    for file, (requirement, tag, sha256, _) in native.PLATFORMS[key].items():
        name, version = requirement.split("==")
        yield {"type": "library", "bom-ref": f"native:{file}", "name": file, "version": version,
               "description": f"from the wheel for {tag}, whose hash this is", "purl": f"pkg:pypi/{name}@{version}",
               "hashes": [{"alg": "SHA-256", "content": sha256}], "licenses": [{"expression": NATIVE_LICENSES[name]}]}


def bill(package, target):
    graph = metadata(target)
    packages = {p["id"]: p for p in graph["packages"]}
    root = next(p["id"] for p in graph["packages"] if p["name"] == package and p["id"] in graph["workspace_members"])
    edges = linked(graph, root)
    hashes = lock_hashes()
    libraries = [*natives(target), OPTIONAL]
    components = [crate(packages[id], hashes) for id in sorted(edges) if id != root] + libraries
    depends = {ref(packages[id]): [ref(packages[other]) for other in edges[id]] for id in sorted(edges)}
    core = next(at for at in depends if at.startswith("crate:voice-core@"))
    depends[core] += [library["bom-ref"] for library in libraries]
    body = {"metadata": {"component": {**crate(packages[root], hashes), "type": "application"},
                         "properties": [{"name": "target", "value": target}]},
            "components": components,
            "dependencies": [{"ref": at, "dependsOn": others} for at, others in depends.items()]}
    # The serial number depends only on the content, not on time or chance.
    serial = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(body, sort_keys=True))
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": f"urn:uuid:{serial}", "version": 1, **body}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--package", default="voice-server")
    parser.add_argument("--target", default="x86_64-unknown-linux-gnu")
    parser.add_argument("-o", "--output", type=pathlib.Path)
    arguments = parser.parse_args()
    text = json.dumps(bill(arguments.package, arguments.target), indent=1) + "\n"
    if arguments.output:
        arguments.output.parent.mkdir(parents=True, exist_ok=True)
        arguments.output.write_text(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
