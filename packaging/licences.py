"""Prints the licences of everything in the programs, with their texts, which most of them ask to be handed on.

    python3 packaging/licences.py >THIRD-PARTY-LICENSES
"""

from pathlib import Path

import crates

NAMES = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "COPYRIGHT", "UNLICENSE")
RULE = "=" * 79


def texts(package):
    """The files in a crate that hold its licence, by name."""
    folder = Path(package["manifest_path"]).parent
    files = [file for file in folder.iterdir() if file.is_file() and file.name.upper().startswith(NAMES)]
    return [file.read_text(encoding="utf-8", errors="replace").strip() for file in sorted(files)]


def main():
    # A text is said once, with all whose it is.
    whose = {}
    print("asm-guard and asm-exec hold code of these crates, each under its own licence.\n")
    for package in sorted(crates.linked()[1:], key=lambda one: (one["name"], one["version"])):
        name = f"{package['name']} {package['version']}"
        print(f"{name}: {crates.licence(package)}")
        for text in texts(package):
            whose.setdefault(text, []).append(name)
    for text, names in whose.items():
        print(f"\n{RULE}\n{', '.join(names)}\n{RULE}\n\n{text}")


if __name__ == "__main__":
    main()
