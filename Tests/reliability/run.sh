#!/bin/sh
# Proofs of "never twice, never lost". Needs a C compiler and python3, nothing else.
# Usage: run.sh MODE [OPTION...]
#
#   crash-quick  hosts that are killed at random, 25 rounds: under a minute
#   crash-long   the same, 300 rounds with thousands of videos: some minutes
#   matrix       every operation under every fault; compares with the table in docs/reliability.md
#                (matrix --write writes it)
#   matrix-valgrind  the same under valgrind, without comparing; takes two minutes
#
# I2V_INCLUDE  folder of image2video.h        I2V_LIB      folder of the library
# I2V_BUILD    folder to build in             I2V_SANDBOX  the sandbox's executable
set -eu
here=$(cd "$(dirname "$0")" && pwd)
for name in I2V_INCLUDE I2V_LIB I2V_BUILD I2V_SANDBOX; do
    eval "value=\${$name:-}"
    [ -n "$value" ] || { echo "run.sh: set $name" >&2; exit 2; }
done
export I2V_INCLUDE I2V_LIB I2V_BUILD I2V_SANDBOX
# Nothing is left in the source tree.
export PYTHONDONTWRITEBYTECODE=1

build_host() {
    mkdir -p "$I2V_BUILD"
    # shellcheck disable=SC2086
    ${CC:-cc} -std=c99 -Wall -Wextra -pedantic -Werror -g ${CFLAGS:-} -I"$I2V_INCLUDE" "$here/crash/host.c" \
        -o "$I2V_BUILD/crash-host" -L"$I2V_LIB" -Wl,-rpath,"$I2V_LIB" -limage2video
}

# What the library needs to be there before the program. python3 may be a script that finds the real one.
play() { # PROGRAM [OPTION...]
    exec env LD_PRELOAD="${I2V_PRELOAD:-}" "$(python3 -c 'import sys; print(sys.executable)')" "$@"
}

mode=${1:-}
[ $# = 0 ] || shift
case $mode in
    crash-quick)
        build_host
        play "$here/crash/crash.py" --host "$I2V_BUILD/crash-host" --rounds 25 "$@" ;;
    crash-long)
        build_host
        play "$here/crash/crash.py" --host "$I2V_BUILD/crash-host" --rounds 300 "$@" ;;
    matrix)
        play "$here/matrix/matrix.py" "$@" ;;
    matrix-valgrind)
        # What valgrind says of Python is Python's; of the library it must not say anything.
        reports=$(mktemp -d)
        trap 'rm -rf "$reports"' EXIT
        code=0
        I2V_SANITIZER=valgrind PYTHONMALLOC=malloc valgrind --quiet --log-file="$reports/%p" --fair-sched=yes \
            "$(python3 -c 'import sys; print(sys.executable)')" "$here/matrix/matrix.py" --judge "$@" || code=$?
        echo "$(ls "$reports" | wc -l) processes under valgrind"
        if grep -h -B20 libimage2video "$reports"/*; then code=1; fi
        exit $code ;;
    *)
        echo "run.sh: crash-quick, crash-long, matrix or matrix-valgrind" >&2
        exit 2 ;;
esac
