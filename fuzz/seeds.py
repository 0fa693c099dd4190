#!/usr/bin/env python3
"""Writes the fuzzers' seeds: what the tests' corpora hold, as each target takes it.

    python3 fuzz/seeds.py FOLDER    one folder a target in it, one file a seed, named after what it holds
"""

import hashlib
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Longer inputs only slow the fuzzers down; the whole corpora are judged by the tests.
LONGEST = 4096
URL = re.compile(r"[a-z]+://[^\s'\"\\<>|;)]+")


def commands():
    """The cases of tests/corpus."""
    for file in sorted(ROOT.glob("tests/corpus/*.jsonl")):
        for line in file.read_text().splitlines():
            yield json.loads(line)


def programs():
    """The programs of tests/code, each with the name of its language."""
    for file in sorted(ROOT.glob("tests/code/*.txt")):
        for case in file.read_text().split("\n=== ")[1:]:
            yield file.stem, case.partition("\n")[2].partition("\n---")[0]


def seeds():
    """Pairs of a target and a seed for it."""
    for case in commands():
        command = case.get("bash")
        tool, given = ("Bash", {"command": command}) if command else (case["tool"], case["input"])
        event = {"hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": given}
        yield "event", json.dumps(event)
        if command:
            yield "shell", command
        if command and "{{resolve" in command:
            yield "exec", command
        for url in URL.findall(command or json.dumps(given)):
            yield "url", url
    languages = sorted({language for language, _ in programs()})
    for language, program in programs():
        yield "code", chr(ord("a") + languages.index(language)) + program
    for file in sorted(ROOT.glob("rules/rules/*.toml")):
        for rule in file.read_text().split("[[rule]]")[1:]:
            yield "rules", "[[rule]]" + rule


def main():
    folder = pathlib.Path(sys.argv[1])
    for target, seed in seeds():
        content = seed.encode()
        if len(content) > LONGEST:
            continue
        file = folder / target / hashlib.sha1(content).hexdigest()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


main()
