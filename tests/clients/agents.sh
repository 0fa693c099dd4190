#!/bin/sh
# Installs an agent's client that these tests are written against into a folder of
# DIR, and prints the path of its program, the last and only line on stdout:
#
#     ASM_GUARD_CODEX=$(tests/clients/agents.sh codex target/agents) \
#         cargo test --test clients -- --ignored agents::codex
#
# Gemini CLI runs on Node 20 or later; the others are native. A version that is already
# there is kept, which makes a second run immediate.
set -eu

if [ $# -ne 2 ]; then
    echo "usage: $0 codex|copilot|gemini DIR" >&2
    exit 64
fi
. "$(dirname -- "$0")/npm.sh"
find_platform "$1"

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

make_dir "$2/$1"

# Sets `found` to the program of the version that is wanted.
installed() {
    there=$(npm pkg get version --prefix "$dir/node_modules/$package" 2>/dev/null) || return 1
    [ "$there" = "\"$version\"" ] || return 1
    for found in "$dir/node_modules/$package"/$program; do
        [ -f "$found" ] && return 0
    done
    return 1
}

install_package "$source"
printf '%s\n' "$found"
