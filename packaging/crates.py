"""The crates that are in the programs, as cargo knows them."""

import functools
import json
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


@functools.cache
def metadata():
    return json.loads(cargo("metadata", "--locked", "--format-version=1"))


def linked():
    """Every crate that is in the programs on one of their systems, or writes code of theirs as a macro; ours first."""
    packages = {(one["name"], one["version"]): one for one in metadata()["packages"]}
    with open(ROOT / "packaging" / "deny.toml", "rb") as file:
        targets = tomllib.load(file)["graph"]["targets"]
    found = {}
    for target in targets:
        lines = cargo("tree", "--locked", "--prefix=none", "--edges=normal", "--format={p}", "--target", target)
        for line in lines.splitlines():
            name, version = line.split()[:2]
            found[name, version.removeprefix("v")] = None
    return [packages[crate] for crate in found]


def checksums():
    """By name and version, the SHA-256 of what was fetched."""
    with open(ROOT / "Cargo.lock", "rb") as file:
        locked = tomllib.load(file)["package"]
    return {(one["name"], one["version"]): one["checksum"] for one in locked if "checksum" in one}


def licence(package):
    """As SPDX has it: older crates have a slash for OR."""
    return " OR ".join(part.strip() for part in package["license"].split("/"))
