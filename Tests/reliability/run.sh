#!/bin/sh
# Proofs of "never twice, never lost". Needs a C compiler and python3, behind proxies also openssl.
# Usage: run.sh MODE [OPTION...]
#
#   crash-quick  hosts that are killed at random, 25 rounds, and one with a host that is stopped: under a minute
#   crash-long   the same, 300 rounds with thousands of videos: some minutes
#   crash-shared two and three hosts on one ledger, 50 rounds with slow syncs, 30 with a host that is stopped
#   power-quick  the power is lost at a thousand moments: under a minute
#   power-long   the same, at tens of thousands of moments: some minutes
#   matrix       every operation under every fault; compares with the table in docs/reliability.md
#                (matrix --write writes it, matrix --proxied plays it behind a proxy)
#   proxies      every way in which a proxy fails; compares with its table there (proxies --write writes it)
#   matrix-valgrind  matrix and proxies under valgrind, without comparing, and with a leak planted first; takes some
#                minutes
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

build_host() { # NAME
    mkdir -p "$I2V_BUILD"
    # shellcheck disable=SC2086
    ${CC:-cc} -std=c99 -Wall -Wextra -pedantic -Werror -g ${CFLAGS:-} -I"$I2V_INCLUDE" "$here/$1/host.c" \
        -o "$I2V_BUILD/$1-host" -L"$I2V_LIB" -Wl,-rpath,"$I2V_LIB" -limage2video -lpthread -ldl
}

# The pressures that tests preload into hosts, in the folder that I2V_PRELOADS names.
build_preloads() {
    export I2V_PRELOADS="$I2V_BUILD"
    mkdir -p "$I2V_PRELOADS"
    for source in "$here"/preload/*.c; do
        ${CC:-cc} -std=c99 -Wall -Wextra -pedantic -Werror -shared -fPIC "$source" \
            -o "$I2V_PRELOADS/$(basename "$source" .c).so" -ldl
    done
    # A lease runs out in 2.5 seconds instead of a minute.
    ${CC:-cc} -std=c99 -Wall -Wextra -pedantic -Werror -shared -fPIC -DFACTOR=24 "$here/../c/clock-fast.c" \
        -o "$I2V_PRELOADS/clock-fast.so"
}

# What the library needs to be there before the program. python3 may be a script that finds the real one.
play() { # PROGRAM [OPTION...]
    exec env LD_PRELOAD="${I2V_PRELOAD:-}" "$(python3 -c 'import sys; print(sys.executable)')" "$@"
}

# Runs a script under valgrind, as Tests/c does its programs.
watch() { # PROGRAM [OPTION...]
    PYTHONMALLOC=malloc valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite,possible \
        --show-leak-kinds=definite,possible --fair-sched=yes --log-file="$reports/%p" \
        "$(python3 -c 'import sys; print(sys.executable)')" "$@"
}

# What valgrind says of Python is Python's; of the library it must not say anything. Memory that a callback in Python took
# is Python's, too: there libffi stands before the library.
said_of_library() {
    cat "$reports"/[0-9]* | sed 's/^==[0-9]*== \{0,1\}//' | awk 'BEGIN { RS = ""; ORS = "\n\n" }
        { whose = $0 } / lost in loss record / { sub(/libffi.*/, "", whose) } whose ~ /libimage2video/'
}

mode=${1:-}
[ $# = 0 ] || shift
case $mode in
    crash-quick)
        build_host crash
        build_preloads
        play "$here/crash/crash.py" --host "$I2V_BUILD/crash-host" --rounds 25 --stopped 1 "$@" ;;
    crash-long)
        build_host crash
        build_preloads
        play "$here/crash/crash.py" --host "$I2V_BUILD/crash-host" --rounds 300 "$@" ;;
    crash-shared)
        build_host crash
        build_preloads
        play "$here/crash/crash.py" --host "$I2V_BUILD/crash-host" --rounds 50 --hosts 3 --pressure slow \
            --stopped 30 "$@" ;;
    power-quick)
        build_host power
        build_preloads
        play "$here/power/power.py" --host "$I2V_BUILD/power-host" "$@" ;;
    power-long)
        build_host power
        build_preloads
        play "$here/power/power.py" --host "$I2V_BUILD/power-host" --recordings 12 --moments 2000 --going-on 30 "$@" ;;
    matrix | proxies)
        play "$here/matrix/$mode.py" "$@" ;;
    matrix-valgrind)
        reports=$(mktemp -d)
        trap 'rm -rf "$reports"' EXIT
        watch "$here/matrix/leak.py"
        said_of_library >"$reports/said"
        grep -q 'definitely lost' "$reports/said" || { echo "a planted leak was not found: FAILED"; exit 1; }
        rm "$reports"/*
        code=0
        export I2V_SANITIZER=valgrind
        for table in matrix proxies; do watch "$here/matrix/$table.py" --judge "$@" || code=$?; done
        echo "$(ls "$reports" | wc -l) processes under valgrind, after one whose planted leak was found"
        said_of_library >"$reports/said"
        [ ! -s "$reports/said" ] || { cat "$reports/said"; echo "valgrind has something to say: FAILED"; exit 1; }
        exit $code ;;
    *)
        echo "run.sh: crash-quick, crash-long, crash-shared, power-quick, power-long, matrix, proxies or matrix-valgrind" >&2
        exit 2 ;;
esac
