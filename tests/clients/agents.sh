#!/bin/sh
# Installs an agent's client that these tests are written against into a folder of
# DIR, and prints the path of its program, the last and only line on stdout:
#
#     ASM_GUARD_CODEX=$(tests/clients/agents.sh codex target/agents) \
#         cargo test --test clients -- --ignored agents::codex
#
# Gemini CLI runs on Node 20 or later; the others are native. No package's own script
# runs. A version that is already there is kept, which makes a second run immediate.
set -eu

if [ $# -ne 2 ]; then
    echo "usage: $0 codex|copilot|gemini DIR" >&2
    exit 64
fi
if ! command -v npm >/dev/null; then
    echo "$0: npm is needed to install $1; install Node.js, which brings it" >&2
    exit 69
fi

case $(uname -s) in
    Linux) system=linux ;;
    Darwin) system=darwin ;;
    *) echo "$0: no $1 for $(uname -s)" >&2; exit 69 ;;
esac
case $(uname -m) in
    x86_64 | amd64) machine=x64 ;;
    aarch64 | arm64) machine=arm64 ;;
    *) echo "$0: no $1 for $(uname -m)" >&2; exit 69 ;;
esac
platform=$system-$machine

case $1 in
    codex)
        package=@openai/codex-$platform
        # Its platforms are versions of one package.
        version=0.169.0-$platform
        source=$package@npm:@openai/codex@$version
        program='vendor/*/bin/codex'
        ;;
    copilot)
        package=@github/copilot-$platform
        version=1.0.102
        source=$package@$version
        program=copilot
        ;;
    gemini)
        package=@google/gemini-cli
        version=0.61.0
        source=$package@$version
        program=bundle/gemini.js
        ;;
    *)
        echo "$0: no agent is called '$1'; there are: codex, copilot, gemini" >&2
        exit 64
        ;;
esac

mkdir -p "$2/$1"
dir=$(CDPATH='' cd -- "$2/$1" && pwd)

# Sets `found` to the program of the version that is wanted.
installed() {
    there=$(npm pkg get version --prefix "$dir/node_modules/$package" 2>/dev/null) || return 1
    [ "$there" = "\"$version\"" ] || return 1
    for found in "$dir/node_modules/$package"/$program; do
        [ -f "$found" ] && return 0
    done
    return 1
}

if ! installed; then
    npm install --prefix "$dir" --no-save --no-audit --no-fund --ignore-scripts "$source" >&2
    if ! installed; then
        echo "$0: $source was installed, but there is no $package/$program of version $version" >&2
        exit 69
    fi
fi
printf '%s\n' "$found"
