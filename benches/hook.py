#!/usr/bin/env python3
"""The yardstick in Python: a hook of the usual size and shape, to be timed beside asm-guard.

It reads the event on stdin, tries a handful of regular expressions on the command and prints nothing when
none matches. It judges by words, as such hooks do, so it is no example to follow: only its cost is of interest.
"""

import json
import re
import sys

FETCH = re.compile(
    r"""
    \baws(?:\.exe)?\s+                      # the program
    (?:--?[\w-]+(?:[=\s]\S+)?\s+)*          # options before the service
    secretsmanager\s+
    (?:--?[\w-]+(?:[=\s]\S+)?\s+)*          # options before the operation
    (?:batch-)?get-secret-value\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
DAEMON = re.compile(
    r"https?://(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]):2773/(?!ping\b)\S*", re.IGNORECASE
)
SDK_CALL = re.compile(r"\.\s*(?:batch_)?get_secret_value\s*\(|\bGetSecretValueCommand\b")
RAW_TARGET = re.compile(r"x-amz-target\s*:\s*secretsmanager\.(?:Batch)?GetSecretValue", re.IGNORECASE)
INTERPRETER = re.compile(r"\b(?:python[\d.]*|node|ruby|perl|php)\s+(?:-\w+\s+)*-[ce]\b")
HELP = re.compile(r"\s(?:help|--generate-cli-skeleton)\b")

SHELL_TOOLS = {"Bash", "Monitor", "run_shell_command"}


def strings(value):
    """Every string inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def verdict(text):
    """The reason to deny this text, or None."""
    fetch = FETCH.search(text)
    if fetch and not HELP.search(text, fetch.end()):
        return "fetches a secret with the AWS CLI"
    if DAEMON.search(text):
        return "reads a secret from the agent on loopback"
    if SDK_CALL.search(text) and INTERPRETER.search(text):
        return "fetches a secret from inline code"
    if RAW_TARGET.search(text):
        return "fetches a secret over HTTPS"
    return None


def main():
    try:
        event = json.load(sys.stdin)
    except ValueError as error:
        print(f"the event is not JSON: {error}", file=sys.stderr)
        return 2
    tool, given = event.get("tool_name", ""), event.get("tool_input", {})
    texts = [given.get("command", "")] if tool in SHELL_TOOLS else list(strings(given))
    for text in texts:
        reason = verdict(text)
        if reason:
            answer = {
                "hookEventName": "PreToolUse",
                "permissionDecision": "deny",
                "permissionDecisionReason": reason,
            }
            json.dump({"hookSpecificOutput": answer}, sys.stdout)
            print(reason, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
