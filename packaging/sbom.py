"""Prints what the programs are made of: a software bill of materials in CycloneDX 1.6 (JSON).

    python3 packaging/sbom.py >asm-guard.cdx.json

It is made of what cargo says of Cargo.lock: every crate that is in the programs on one of the systems they are made for,
or that writes code of theirs as a macro, with the checksum by which it was fetched. Its time is SOURCE_DATE_EPOCH, so the
same sources make the same file.
"""

import json
import os
import sys
import uuid
from datetime import datetime, timezone

import crates


def component(package, checksums):
    name, version = package["name"], package["version"]
    purl = f"pkg:cargo/{name}@{version}"
    said = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl, "scope": "required"}
    if package["description"]:
        said["description"] = " ".join(package["description"].split())
    said["licenses"] = [{"expression": crates.licence(package)}]
    if (name, version) in checksums:
        said["hashes"] = [{"alg": "SHA-256", "content": checksums[name, version]}]
    if package["repository"]:
        said["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return said


def main():
    checksums = crates.checksums()
    nodes = {one["id"]: one for one in crates.metadata()["resolve"]["nodes"]}
    own, *others = crates.linked()
    refs = {one["id"]: f"pkg:cargo/{one['name']}@{one['version']}" for one in [own, *others]}

    def needs(package):
        deps = nodes[package["id"]]["deps"]
        normal = [dep["pkg"] for dep in deps if any(kind["kind"] is None for kind in dep["dep_kinds"])]
        return sorted(refs[wanted] for wanted in normal if wanted in refs)

    program = component(own, checksums) | {"type": "application"}
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": program,
        },
        "components": sorted((component(one, checksums) for one in others), key=lambda one: one["bom-ref"]),
        "dependencies": [
            {"ref": refs[one["id"]], "dependsOn": needs(one)} for one in sorted([own, *others], key=lambda one: one["id"])
        ],
    }
    # A name of the contents: the same bill has the same serial number.
    document["serialNumber"] = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(document, sort_keys=True)).urn
    json.dump(document, sys.stdout, indent=2, sort_keys=True)
    print()


if __name__ == "__main__":
    main()
