# Sourced by setup.sh and agents.sh: installs a client from npm into a folder. A version that is already there is kept, and
# no package's own script runs.

# name -> $platform, as packages of native programs are called (`linux-x64`).
find_platform() {
    if ! command -v npm >/dev/null; then
        echo "$0: npm is needed to install $1; install Node.js, which brings it" >&2
        exit 69
    fi
    case $(uname -s) in
        Linux) platform=linux ;;
        Darwin) platform=darwin ;;
        *) echo "$0: no $1 for $(uname -s)" >&2; exit 69 ;;
    esac
    case $(uname -m) in
        x86_64 | amd64) platform=$platform-x64 ;;
        aarch64 | arm64) platform=$platform-arm64 ;;
        *) echo "$0: no $1 for $(uname -m)" >&2; exit 69 ;;
    esac
}

# folder -> $dir, its absolute path; it is made where it is not there.
make_dir() {
    mkdir -p "$1"
    dir=$(CDPATH='' cd -- "$1" && pwd)
}

# source -> the package in $dir, where the function `installed` does not find it there. It is asked again afterwards.
install_package() {
    installed && return
    npm install --prefix "$dir" --no-save --no-audit --no-fund --ignore-scripts "$1" >&2
    if ! installed; then
        echo "$0: $1 was installed into $dir, but its program is not there, does not run, or is of another version" >&2
        exit 69
    fi
}
