#!/bin/sh
# Measures how quick things are, each beside another measurement of the same run, and prints both with their ratio.
# Nothing fails by it: times are the machine's. The tests hold the library to conditions, counts and wide bounds alone.
#
# The variables are those of Tests/c/run.sh.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tests=$here/../c
mkdir -p "$I2V_BUILD"
${CC:-cc} -std=c99 -Wall -Wextra -pedantic -Werror -I"$I2V_INCLUDE" -I"$tests" "$here/bench.c" "$tests/support.c" \
    "$tests/check.c" "$tests/server.c" "$tests/service.c" "$tests/tls.c" -o "$I2V_BUILD/bench" \
    -L"$I2V_LIB" -Wl,-rpath,"$I2V_LIB" -limage2video -ljansson -lssl -lcrypto -lpthread
printf '%-61s %-51s %s\n' "what" "beside" "ratio"
"$I2V_BUILD/bench"
IMAGE2VIDEO_LIBRARY="$I2V_LIB/libimage2video.so.0" python3 "$here/bench.py"
