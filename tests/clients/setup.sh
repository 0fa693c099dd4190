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
. "$(dirname -- "$0")/npm.sh"
find_platform "Claude Code $version"
make_dir "$1"
package=@anthropic-ai/claude-code-$platform
binary=$dir/node_modules/$package/claude

# `claude --version` prints "2.1.330 (Claude Code)".
installed() {
    [ "$(HOME=$dir "$binary" --version 2>/dev/null | cut -d ' ' -f 1)" = "$version" ]
}

install_package "$package@$version"
printf '%s\n' "$binary"
