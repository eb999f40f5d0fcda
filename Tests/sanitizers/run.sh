#!/bin/sh
# Runs a command of the tests on what ships, but with a sanitizer in it and in the C of the tests: the address and leak
# sanitizers or the thread sanitizer, each together with the one for undefined behaviour. Their reports fail the command
# whichever process they come from. First come faults that are planted: a sanitizer that does not find them would not
# find others.
#
#   run.sh address|thread COMMAND [ARGUMENT...]    after make lib RUNTIME=embedded-address or embedded-thread
#
# I2V_INCLUDE  folder of image2video.h        I2V_BUILD  folder to build in
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
export I2V_SANITIZER="$1" I2V_LIB="$top/build/lib-$1" I2V_BUILD="${I2V_BUILD:?}/$1"
shift

# The parts of the sanitizer as the library has them. A program that is not made for it, as python3, gets them beforehand.
parts=$(ldd "$I2V_LIB/libimage2video.so" | awk '/clang_rt|libdispatch|libBlocksRuntime/ { print $3 }')
I2V_PRELOAD=$(echo "$parts" | paste -sd:)
export I2V_PRELOAD
runtime=$(dirname "${parts%%.so*}")
CC=$(dirname "$(readlink -f "$(command -v swiftc)")")/clang
export CC CFLAGS="-O1 -fno-omit-frame-pointer -fsanitize=$I2V_SANITIZER,undefined -shared-libsan -fuse-ld=lld -Wl,-rpath,$runtime"
# It is all slower.
export I2V_TEST_SLACK="${I2V_TEST_SLACK:-2}"

reports=$I2V_BUILD/reports
rm -rf "$reports"
mkdir -p "$reports"
common=log_path=$reports/report
# A test preloads a library of its own, which then comes before the sanitizer's.
export ASAN_OPTIONS="$common:verify_asan_link_order=0:detect_stack_use_after_return=1"
export LSAN_OPTIONS="suppressions=$here/leaks.supp:print_suppressions=0"
export UBSAN_OPTIONS="$common:halt_on_error=1:print_stacktrace=1"
# Children that are forked off in mid-flight start threads. Threads that exit halts are never joined. Programs end while
# jobs run, and need not wait a second for what their threads do meanwhile.
export TSAN_OPTIONS="$common:die_after_fork=0:report_thread_leaks=0:atexit_sleep_ms=50"

# Fails unless the sanitizer finds the fault, says so in those words, and ends the program with an error: built, started
# and reported as what is tested is.
find_planted() { # FAULT WORDS COMMAND [ARGUMENT...]
    fault=$1 words=$2 code=0
    shift 2
    "$@" >"$I2V_BUILD/planted.log" 2>&1 || code=$?
    if [ $code = 0 ] || ! grep -qs "$words" "$reports"/*; then
        cat "$I2V_BUILD/planted.log"
        echo "a planted fault was not found by the $I2V_SANITIZER sanitizer: $fault: FAILED"
        exit 1
    fi
    rm -rf "${reports:?}"/*
    found="${found:+$found, }$fault"
}

planted=$I2V_BUILD/planted
# shellcheck disable=SC2086
"$CC" -std=c99 -Wall -Wextra -pedantic -Werror -g $CFLAGS -I"${I2V_INCLUDE:?}" "$here/planted.c" -o "$planted" \
    -L"$I2V_LIB" -Wl,-rpath,"$I2V_LIB" -limage2video -lpthread
found=""
find_planted overflow 'runtime error: signed integer overflow' "$planted" overflow
# The library's own code is in the first line of these traces.
inside='#0 .*\(swift_\|Image2Video\|libimage2video\)'
case $I2V_SANITIZER in
    address)
        find_planted overrun 'heap-buffer-overflow' "$planted" overrun
        find_planted "stale handle" "$inside" "$planted" stale
        find_planted leak 'detected memory leaks' "$planted" leak
        find_planted "leak below python" 'detected memory leaks' \
            env LD_PRELOAD="$I2V_PRELOAD" "$(python3 -c 'import sys; print(sys.executable)')" "$top/Tests/reliability/matrix/leak.py" ;;
    thread)
        find_planted race 'data race' "$planted" race
        find_planted "race in the library" "$inside" "$planted" inner-race ;;
esac
echo "planted, and found by the $I2V_SANITIZER sanitizer: $found"

code=0
"$@" || code=$?
[ -n "$(ls "$reports")" ] || exit $code
for report in $(ls "$reports" | head -n 3); do
    head -n 60 "$reports/$report"
done
echo "$(ls "$reports" | wc -l) reports in $reports: FAILED"
exit 1
