"""The cases of the corpora that a shell runs."""
from __future__ import annotations

import glob
import json
import os
from dataclasses import dataclass, field

# Tools whose `command` is a line for a shell, as for Bash.
SHELL_TOOLS = ("Bash", "Monitor", "run_shell_command")


@dataclass
class Case:
    place: str
    command: str
    expect: str
    skipped: str | None = None
    files: dict = field(default_factory=dict)


def read(folder):
    """Every case of a folder's *.jsonl."""
    found = []
    for path in sorted(glob.glob(os.path.join(folder, "*.jsonl"))):
        with open(path) as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    found.extend(case_of(json.loads(line), f"{os.path.basename(path)}:{number}"))
    return found


def case_of(row, place):
    command = row.get("bash")
    if command is None and row.get("tool") in SHELL_TOOLS:
        command = row["input"].get("command")
    if not isinstance(command, str):
        return
    word, _, reason = row.get("oracle", "").partition(": ")
    if word not in ("", "skip"):
        raise SystemExit(f"{place}: `oracle` is \"skip: REASON\", not {row['oracle']!r}")
    yield Case(place, command, row["expect"], reason or None, row.get("files", {}))
