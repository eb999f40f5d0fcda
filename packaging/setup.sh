#!/bin/sh
# Installs what is missing on a Debian machine. Usage: setup.sh build|demo|test
# Needs nothing but a shell; asks apt only for what is not there, so that it is quick when all is.
set -eu
purpose=${1:-build}

need_command() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need_library() { pkg-config --exists "$1" 2>/dev/null || missing="$missing $2"; }

find_missing() {
    missing=""
    need_command cc gcc
    need_command make make
    need_command pkg-config pkgconf
    need_command python3 python3
    need_library libcurl libcurl4-openssl-dev
    need_library jansson libjansson-dev
    need_library libcrypto libssl-dev
    need_library sqlite3 libsqlite3-dev
    need_library zlib zlib1g-dev
    [ "$purpose" = build ] && return
    need_command ffmpeg ffmpeg
    need_command ffprobe ffmpeg
    [ "$purpose" = demo ] && return
    need_command g++ g++
    need_command openssl openssl
    need_command valgrind valgrind
    need_command doxygen doxygen
    need_command cmake cmake
    [ -e /usr/share/i18n/locales/de_DE ] || missing="$missing locales"
    # Where others than root may have no path to it.
    [ -x /usr/sbin/nginx ] || need_command nginx nginx-light
    python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
}

if ! command -v swift >/dev/null 2>&1; then
    echo "setup: the Swift toolchain (tested with 6.3) is not on the PATH; get it from https://swift.org/install" >&2
    exit 1
fi

find_missing
[ -z "$missing" ] && exit 0

echo "setup: installing$missing"
root=""
[ "$(id -u)" = 0 ] || root=sudo
$root apt-get update -qq
# In this runlevel nothing that is installed is started: the tests run an nginx of their own.
# shellcheck disable=SC2086
$root env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null

find_missing
if [ -n "$missing" ]; then
    echo "setup: still missing after apt-get:$missing" >&2
    exit 1
fi
