#!/bin/sh
# Installs the Claude Code that these tests are written against into DIR, and
# prints the path of its binary, the last and only line on stdout:
#
#     ASM_GUARD_CLAUDE=$(tests/clients/setup.sh target/claude-code) \
#         cargo test --test clients -- --ignored
#
# The package holds a native binary, so nothing of Node but npm is needed. A version
# that is already there is kept, which makes a second run immediate.
set -eu

version=2.1.330

if [ $# -ne 1 ]; then
    echo "usage: $0 DIR" >&2
    exit 64
fi
if ! command -v npm >/dev/null; then
    echo "$0: npm is needed to install Claude Code $version; install Node.js, which brings it" >&2
    exit 69
fi

case $(uname -s) in
    Linux) system=linux ;;
    Darwin) system=darwin ;;
    *) echo "$0: no Claude Code binary for $(uname -s)" >&2; exit 69 ;;
esac
case $(uname -m) in
    x86_64 | amd64) machine=x64 ;;
    aarch64 | arm64) machine=arm64 ;;
    *) echo "$0: no Claude Code binary for $(uname -m)" >&2; exit 69 ;;
esac

mkdir -p "$1"
dir=$(CDPATH='' cd -- "$1" && pwd)
package=@anthropic-ai/claude-code-$system-$machine
binary=$dir/node_modules/$package/claude

# `claude --version` prints "2.1.330 (Claude Code)".
installed() {
    [ "$(HOME=$dir "$binary" --version 2>/dev/null | cut -d ' ' -f 1)" = "$version" ]
}

if ! installed; then
    npm install --prefix "$dir" --no-save --no-audit --no-fund --ignore-scripts \
        "$package@$version" >&2
    if ! installed; then
        echo "$0: $package@$version was installed, but $binary does not run" >&2
        exit 69
    fi
fi
printf '%s\n' "$binary"
