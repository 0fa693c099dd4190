#!/bin/sh
# Unpacks Debian packages that have many shell scripts, their maintainers' scripts included, into DIR/scripts, and prints
# that path, the last and only line on stdout. Nothing is installed; what is already there is kept.
set -eu

packages='acpid aide-common apt-listchanges autoconf autopkgtest bash-completion byobu ca-certificates-java
cloud-guest-utils cloud-init console-setup cron cron-apt cryptsetup-initramfs debhelper dehydrated devscripts dkms
dracut-core etckeeper fail2ban firewalld git grub-common initramfs-tools-core keepalived libtool live-boot live-tools
logcheck logrotate logwatch lsb-base lvm2 mdadm monit munin-node netcat-openbsd network-manager nginx-common ntpsec
open-iscsi openvpn os-prober pm-utils postfix postgresql-common ppp pppoeconf rkhunter rsyslog samba shorewall
snapd sysvinit-core sysvinit-utils tlp ufw unattended-upgrades x11-common xdg-utils xen-utils-common zfsutils-linux'

if [ $# -ne 1 ]; then
    echo "usage: $0 DIR" >&2
    exit 64
fi
mkdir -p "$1"
dir=$(CDPATH='' cd -- "$1" && pwd)

# A list and archives of its own, so that apt's state here is not touched.
apt() {
    apt-get -q -o Dir::State::Lists="$dir/apt/lists" -o Dir::Cache="$dir/apt" "$@" >&2
}

if [ "$(cat "$dir/scripts.done" 2>/dev/null)" != "$packages" ]; then
    rm -rf -- "$dir/scripts"
    mkdir -p "$dir/scripts" "$dir/apt/lists/partial" "$dir/apt/archives/partial" "$dir/apt/scripts"
    [ -n "$(find "$dir/apt/lists" -name '*Packages*' | head -n 1)" ] || apt update
    # A package that this release of Debian lacks is left out.
    available=$(apt-cache -o Dir::State::Lists="$dir/apt/lists" -o Dir::Cache="$dir/apt" show --no-all-versions $packages \
        2>/dev/null | sed -n 's/^Package: //p' | sort -u)
    # shellcheck disable=SC2086 # a list of words
    (cd "$dir/apt/scripts" && apt download $available)
    for archive in "$dir"/apt/scripts/*.deb; do
        name=$(basename "$archive" .deb)
        dpkg-deb -x "$archive" "$dir/scripts/$name"
        dpkg-deb -e "$archive" "$dir/scripts/$name/control"
    done
    rm -rf -- "$dir/apt/scripts"
    printf '%s\n' "$packages" >"$dir/scripts.done"
fi
printf '%s\n' "$dir/scripts"
