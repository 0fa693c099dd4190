#!/bin/sh
# Prepares what the oracle's machine has beyond this one into DIR, and prints DIR's path, the last and only line on stdout:
#
#     ASM_GUARD_ORACLE_DIR=$(tests/oracle/setup.sh target/oracle) \
#         cargo test --test oracle -- --ignored
#
# The packages that cases run and that this machine lacks are unpacked into DIR/layer, never installed: the layer is
# laid over / in a mount namespace, and this machine stays as it is. Beside it, an authority that signs for AWS's
# names. What is already there is kept, which makes a second run immediate.
set -eu

packages='aria2 bc bsdextrautils busybox curl dc ed entr expect file fish gawk gdb-minimal gettext-base git httpie jq ksh less
libcap2-bin libwww-perl ltrace lua5.4 lynx make moreutils ncat netcat-openbsd opendoas openssh-client openssl
parallel perl php-cli php-curl procps psmisc python3 python3-aiohttp python3-httpx python3-requests ruby screen
socat sqlite3 strace sudo tcl telnet time tmux vim w3m wget xxd zsh'

if [ $# -ne 1 ]; then
    echo "usage: $0 DIR" >&2
    exit 64
fi
if [ "$(uname -s)" != Linux ] || [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "$0: the oracle's machine is made of namespaces and Debian packages; run this as root on Debian" >&2
    exit 69
fi
mkdir -p "$1"
dir=$(CDPATH='' cd -- "$1" && pwd)

# The lists and the archives are the layer's own, so that apt's state here is not touched.
apt() {
    apt-get -q --yes --no-install-recommends -o Dir::State::Lists="$dir/apt/lists" -o Dir::Cache="$dir/apt" "$@" >&2
}

if [ "$(cat "$dir/layer.done" 2>/dev/null)" != "$packages" ]; then
    rm -rf -- "$dir/layer" "$dir/apt/archives"
    mkdir -p "$dir/layer/usr/bin" "$dir/layer/usr/local/bin" "$dir/apt/lists/partial" "$dir/apt/archives/partial"
    apt update
    # shellcheck disable=SC2086 # a list of words
    apt install --download-only $packages
    # /bin and its kin are links into /usr where the packages are laid over.
    for name in bin sbin lib lib64; do
        mkdir -p "$dir/layer/usr/$name"
        ln -s "usr/$name" "$dir/layer/$name"
    done
    for archive in "$dir"/apt/archives/*.deb; do
        [ -e "$archive" ] || continue
        dpkg-deb --fsys-tarfile "$archive" | tar -x --keep-directory-symlink --no-same-owner -C "$dir/layer"
    done
    for name in doc info locale man; do
        rm -rf -- "$dir/layer/usr/share/$name" # the layer is kept in memory while cases run
    done
    rm -- "$dir/layer/bin" "$dir/layer/sbin" "$dir/layer/lib" "$dir/layer/lib64"
    # The names that the packages' scripts would have given to their programs.
    while read -r name program; do
        for path in "$dir/layer/usr/bin/"$program "/usr/bin/"$program; do
            if [ -e "$path" ] && [ ! -e "/usr/bin/$name" ]; then
                ln -sf "$(basename "$path")" "$dir/layer/usr/bin/$name"
                break
            fi
        done
    done <<'NAMES'
awk gawk
ksh ksh93
lua lua5.4
nc nc.openbsd
php php8.?
ruby ruby3.?
tclsh tclsh8.?
telnet inetutils-telnet
vim vim.basic
NAMES
    printf '%s\n' "$packages" >"$dir/layer.done"
    rm -rf -- "$dir/apt/archives"
fi

if [ ! -e "$dir/tls/server.pem" ]; then
    rm -rf -- "$dir/tls"
    mkdir -p "$dir/tls"
    (
        cd "$dir/tls"
        names=DNS:*.amazonaws.com,DNS:*.api.aws
        for region in us-east-1 us-east-2 us-west-1 us-west-2 eu-west-1 eu-west-2 eu-central-1 eu-north-1 \
            ap-southeast-1 ap-southeast-2 ap-northeast-1 us-gov-west-1; do
            names=$names,DNS:*.$region.amazonaws.com,DNS:*.$region.api.aws,DNS:*.$region.on.aws
            names=$names,DNS:*.$region.vpce.amazonaws.com,DNS:*.secretsmanager.$region.vpce.amazonaws.com
        done
        names=$names,DNS:*.cn-north-1.amazonaws.com.cn,DNS:*.cn-northwest-1.amazonaws.com.cn
        openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=oracle' -keyout ca.key -out ca.pem
        openssl req -newkey rsa:2048 -nodes -subj '/CN=aws' -keyout server.key -out server.csr
        printf 'subjectAltName=%s\n' "$names" >names
        openssl x509 -req -days 3650 -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile names -out server.part
        cat server.key >>server.part
        mv server.part server.pem
    ) >"$dir/tls.log" 2>&1 || { cat "$dir/tls.log" >&2; exit 69; }
fi
printf '%s\n' "$dir"
