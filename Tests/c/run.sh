#!/bin/sh
# Builds the C suite against a built library and runs it. Needs a C compiler, the headers of libjansson and
# OpenSSL, openssl, ffmpeg.
#
#   run.sh [TEST]      the suite, or the tests whose name or file contains TEST
#   run.sh --valgrind  the same under valgrind
#   run.sh --static    the same, linked with the static archive
#   run.sh --economy   100 videos of a minute each: how many requests, how late (takes 70 s)
#
# I2V_INCLUDE  folder of image2video.h        I2V_LIB      folder of the library
# I2V_BUILD    folder to build in             I2V_SANDBOX  the sandbox's executable
set -eu
here=$(cd "$(dirname "$0")" && pwd)
for name in I2V_INCLUDE I2V_LIB I2V_BUILD I2V_SANDBOX; do
    eval "value=\${$name:-}"
    [ -n "$value" ] || { echo "run.sh: set $name" >&2; exit 2; }
done
export I2V_SANDBOX

mode=suite
case "${1:-}" in
    --valgrind | --static | --economy) mode=${1#--}; shift ;;
    --*) echo "run.sh: unknown option $1" >&2; exit 2 ;;
esac

libs="-L$I2V_LIB -Wl,-rpath,$I2V_LIB -limage2video -ljansson -lssl -lcrypto"
if [ "$mode" = static ]; then libs="$I2V_LIB/libimage2video.a -lcurl -ljansson -lssl -lcrypto -lsqlite3 -lz -lm"; fi
mkdir -p "$I2V_BUILD"
program=$I2V_BUILD/c-$mode

# Builds the program from a file with main and what every program shares.
build() {
    # shellcheck disable=SC2086
    ${CC:-cc} -std=c99 -Wall -Wextra -pedantic -Werror -g ${CFLAGS:-} -I"$I2V_INCLUDE" "$@" \
        "$here/support.c" "$here/check.c" "$here/server.c" "$here/service.c" "$here/tls.c" -o "$program" $libs -lpthread
}

# The libraries that tests preload into programs, in the folder that I2V_PRELOADS names.
build_preloads() {
    export I2V_PRELOADS="$I2V_BUILD"
    for name in clock-shift clock-fast recorder disk-full plain-files; do
        ${CC:-cc} -std=c99 -Wall -Wextra -pedantic -Werror -shared -fPIC "$here/$name.c" -o "$I2V_PRELOADS/$name.so" -ldl
    done
}

# Locales with other decimal points than the usual one, which a machine need not have.
build_locales() {
    export I2V_LOCALES="$I2V_BUILD/locales"
    mkdir -p "$I2V_LOCALES"
    for name in de_DE ps_AF; do
        [ -d "$I2V_LOCALES/$name.UTF-8" ] || localedef -i "$name" -f UTF-8 "$I2V_LOCALES/$name.UTF-8"
    done
}

# Runs the suite in processes side by side, each with a sandbox of its own, and shows what they say one after the other.
processes=${I2V_TEST_PROCESSES:-6}
run_shared() { # PROGRAM [ARGUMENT...]
    export I2V_TEST_SHARE="$program.share"
    rm -rf "$program".[0-9]*.log "$I2V_TEST_SHARE"
    mkdir "$I2V_TEST_SHARE"
    numbers=$(seq "$processes")
    for number in $numbers; do
        "$@" >"$program.$number.log" 2>&1 &
        eval "pid_$number=$!"
    done
    code=0
    for number in $numbers; do
        eval "wait \$pid_$number" || code=$?
        sed '/^[0-9]* passed, [0-9]* failed/d' "$program.$number.log"
    done
    cat "$program".[0-9]*.log | awk '/^[0-9]+ passed, [0-9]+ failed/ { passed += $1; failed += $3; part += $5 }
        END { printf "%d passed, %d failed%s\n", passed, failed, part ? ", " part " in part" : ""; exit passed == 0 }' || code=1
    exit "$code"
}

case $mode in
    economy)
        build "$here/economy.c"
        exec "$program" "$@" ;;
    valgrind)
        build "$here/main.c" "$here"/test_*.c
        build_preloads
        build_locales
        export I2V_TEST_SLACK="${I2V_TEST_SLACK:-10}"
        run_shared valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite,possible \
            --show-leak-kinds=definite,possible --error-exitcode=99 --trace-children=no \
            --child-silent-after-fork=yes --fair-sched=yes "$program" "$@" ;;
    *)
        build "$here/main.c" "$here"/test_*.c
        build_preloads
        build_locales
        run_shared "$program" "$@" ;;
esac
