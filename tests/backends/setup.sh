#!/bin/sh
# Installs the counterparts that these tests run asm-exec against into DIR, and prints DIR's path, the last and only
# line on stdout:
#
#     ASM_EXEC_BACKENDS_DIR=$(tests/backends/setup.sh target/backends) \
#         cargo test --test backends -- --ignored
#
# These are Python packages (requirements.txt beside this file) and the real agent daemon, AWS Workload Credentials
# Provider, which takes some minutes to build. What is already there in these versions is kept, which makes a second
# run immediate. The leak test needs strace, which is installed where apt-get may.
set -eu

agent=aws_workload_credentials_provider
agent_version=3.1.2

if [ $# -ne 1 ]; then
    echo "usage: $0 DIR" >&2
    exit 64
fi
for tool in python3 cargo; do
    if ! command -v "$tool" >/dev/null; then
        echo "$0: $tool is needed to install the backends" >&2
        exit 69
    fi
done

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
mkdir -p "$1"
dir=$(CDPATH='' cd -- "$1" && pwd)

if ! command -v strace >/dev/null; then
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        { apt-get update && apt-get install --yes --no-install-recommends strace; } >&2
    else
        echo "$0: strace is needed for the leak test; install it (Debian: apt-get install strace)" >&2
        exit 69
    fi
fi

# A virtual environment in which every requirement is there in its version.
python_ready() {
    "$dir/venv/bin/python" - "$here/requirements.txt" <<'PYTHON' 2>/dev/null
import re, sys
from importlib.metadata import version

for line in open(sys.argv[1]):
    pin = re.fullmatch(r"([\w-]+)(?:\[\w+\])?==(\S+)\s*", line)
    assert not pin or version(pin[1]) == pin[2], line
import flask
PYTHON
}

if ! python_ready; then
    python3 -m venv "$dir/venv" >&2
    "$dir/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --requirement "$here/requirements.txt" >&2
    if ! python_ready; then
        echo "$0: the packages were installed, but $dir/venv does not hold what requirements.txt says" >&2
        exit 69
    fi
fi

# `--version` prints "aws-workload-credentials-provider 3.1.2".
agent_ready() {
    [ "$("$dir/agent/bin/aws-workload-credentials-provider" --version 2>/dev/null | sed 's/.* //')" = "$agent_version" ]
}

if ! agent_ready; then
    # A target directory of its own: the caller's may be locked by the cargo that waits for this.
    # Not optimised it answers as quickly as a test needs, and is built in much less time.
    CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=64 CARGO_PROFILE_RELEASE_LTO=false \
        CARGO_TARGET_DIR=$dir/agent/target cargo install --locked --force --root "$dir/agent" \
        --version "$agent_version" "$agent" >&2
    rm -rf -- "$dir/agent/target"
    if ! agent_ready; then
        echo "$0: $agent $agent_version was installed, but $dir/agent/bin/aws-workload-credentials-provider does not run" >&2
        exit 69
    fi
fi
printf '%s\n' "$dir"
