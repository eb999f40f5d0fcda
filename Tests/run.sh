#!/bin/sh
# Every test of the project, as steps, each with its time. Output goes to build/test-logs; what a failing step said
# is shown. Usage: run.sh [STEP...] (all steps without arguments, in two lanes side by side; the Makefile has names for
# some, together with those that they need)
set -u
cd "$(dirname "$0")/.."
top=$(pwd)
logs=$top/build/test-logs
mkdir -p "$logs"

version=$(sed -n 's/^#define I2V_VERSION "\(.*\)"/\1/p' include/image2video.h)
export I2V_VERSION="$version"
export I2V_SANDBOX="$top/build/tests/Sandbox"
export I2V_INCLUDE="$top/include" I2V_LIB="$top/build/lib" I2V_BUILD="$top/build/tests" I2V_STAGE="$top/build/stage"
export LSAN_OPTIONS="suppressions=$top/Tests/sanitizers/leaks.supp:print_suppressions=0"
python=$top/.venv/bin/python

# --- the steps -------------------------------------------------------------------------------------------

step_setup() { packaging/setup.sh test; }
step_library() { make --no-print-directory stage; }
step_library_static() { make --no-print-directory lib RUNTIME=static; }
# A copy, since others build where it was built while it is running.
step_sandbox() {
    swift build --package-path tools --product Sandbox && mkdir -p "$I2V_BUILD" && cp -f tools/.build/debug/Sandbox "$I2V_SANDBOX"
}
step_abi() { make --no-print-directory abi-check; }
step_tools() { swift test --package-path tools; }
step_format() {
    swift format lint --strict --recursive Package.swift Sources Tests/Image2VideoTests examples/swift/Package.swift \
        examples/swift/Sources tools/Package.swift tools/Sources tools/Tests
}
step_swift() { swift test; }
step_swift_thread_sanitizer() { swift_sanitizer thread ThreadSanitizer; }
step_swift_address_sanitizer() { swift_sanitizer address AddressSanitizer; }
# First with a fault that is planted: a sanitizer that does not find it would find no others.
swift_sanitizer() { # SANITIZER ITS_NAME
    set -- "$1" "$2" "$logs/swift_$1_planted.log"
    swift build --build-tests --sanitize="$1" --scratch-path ".build-$1" || return
    if I2V_PLANTED=1 swift test --skip-build --sanitize="$1" --scratch-path ".build-$1" --filter "PlantedTests/$1" >"$3" 2>&1 \
        || ! grep -qs "$2" "$3"; then
        cat "$3"
        echo "a planted fault was not found by the $1 sanitizer: FAILED"
        return 1
    fi
    echo "planted, and found by the $1 sanitizer"
    swift test --skip-build --sanitize="$1" --scratch-path ".build-$1"
}
step_fuzz() { Tests/fuzz/run.sh quick; }
step_header() { Tests/header/run.sh; }
step_docs() { make --no-print-directory docs; }
step_service_table() { python3 Tests/docs/check_service.py; }
step_c() { Tests/c/run.sh; }
step_c_archive() { Tests/c/run.sh --static; }
step_c_static_runtime() { I2V_LIB="$top/build/lib-static" I2V_BUILD="$I2V_BUILD/static-runtime" Tests/c/run.sh; }
step_library_address_sanitizer() { make --no-print-directory lib RUNTIME=embedded-address; }
step_library_thread_sanitizer() { make --no-print-directory lib RUNTIME=embedded-thread; }
step_c_address_sanitizer() { Tests/sanitizers/run.sh address Tests/c/run.sh; }
step_c_thread_sanitizer() { Tests/sanitizers/run.sh thread Tests/c/run.sh; }
step_fault_matrix_address_sanitizer() { Tests/sanitizers/run.sh address Tests/reliability/run.sh matrix --check; }
step_fault_matrix_thread_sanitizer() { Tests/sanitizers/run.sh thread Tests/reliability/run.sh matrix --check; }
step_proxies_address_sanitizer() { Tests/sanitizers/run.sh address Tests/reliability/run.sh proxies --check; }
step_proxies_thread_sanitizer() { Tests/sanitizers/run.sh thread Tests/reliability/run.sh proxies --check; }
step_fault_matrix_valgrind() { Tests/reliability/run.sh matrix-valgrind; }
step_python_address_sanitizer() { I2V_PYTHON="$python" Tests/sanitizers/run.sh address Tests/sanitizers/python.sh; }
step_c_valgrind() { Tests/c/run.sh --valgrind; }
# What searches for the key, the token and the secret wherever they must not be.
step_secrets() {
    for test in leaks secrets redirect; do Tests/c/run.sh "$test" || return; done
    (cd bindings/python && IMAGE2VIDEO_LIBRARY="$I2V_LIB/libimage2video.so.0" PYTHONPATH=src "$python" -m pytest -q -k secret)
}
step_tls() { Tests/c/run.sh tls; }
step_economy() { Tests/c/run.sh --economy; }
# They look for lost creates, so that what the list has must be found.
step_crash_rounds() { Tests/reliability/run.sh crash-quick --reconcile; }
step_power_loss() { Tests/reliability/run.sh power-quick; }
step_fault_matrix() { Tests/reliability/run.sh matrix --check; }
step_fault_matrix_proxied() { Tests/reliability/run.sh matrix --check --proxied; }
step_proxies() { Tests/reliability/run.sh proxies --check; }
step_sandbox_tests() { "$python" -m pytest -q -n 4 Tests/sandbox; }
# Misbehaving servers, frame by frame, and a real nginx.
step_connections() { "$python" -m pytest -q -n 2 Tests/connections; }
step_install() { Tests/install/run.sh; }
step_examples() { Tests/examples/run.sh; }

step_python_setup() {
    [ -x "$python" ] || python3 -m venv .venv
    "$python" -m pip install -q --disable-pip-version-check h2 pytest pytest-xdist mypy "pyright[nodejs]" pdoc rich setuptools wheel
}
step_python() {
    (cd bindings/python && IMAGE2VIDEO_LIBRARY="$I2V_LIB/libimage2video.so.0" PYTHONPATH=src "$python" -m pytest -q -n 4)
}
step_python_types() {
    (cd bindings/python && "$python" -m mypy --strict src tests ../../examples/python \
        && "$top/.venv/bin/pyright" --pythonpath "$python")
}
step_python_wheel() { packaging/wheel.sh "$I2V_LIB" "$top/build/wheel" --check; }

# First what everything else needs; nothing that follows means anything without it.
first="setup library sandbox python_setup"
# Then two lanes side by side: what waits most of the time, and measures it, and what compiles, which gives way to it.
waiting="header docs service_table c c_archive sandbox_tests connections python python_types python_wheel examples install crash_rounds
 power_loss fault_matrix fault_matrix_proxied proxies economy c_static_runtime"
compiling="library_static library_address_sanitizer library_thread_sanitizer swift abi format fuzz tools swift_thread_sanitizer
 swift_address_sanitizer"
# Last what keeps all processors busy, and would disturb who measures.
# (fault_matrix_valgrind is not among them: how long it takes depends too much on the machine. Nor are secrets and tls,
# which are parts of c and python.)
last="c_address_sanitizer c_thread_sanitizer fault_matrix_address_sanitizer fault_matrix_thread_sanitizer
 proxies_address_sanitizer proxies_thread_sanitizer python_address_sanitizer c_valgrind"

# --- running them ----------------------------------------------------------------------------------------

# What the suites say of tests that failed: C in blocks that end with the word, pytest, Swift, compilers and others in
# lines of their own.
what_failed() { # LOG
    awk '/^[^ ]/ { block = "" } { block = block $0 "\n" } /^ +FAILED/ { printf "%s", block; block = "" }' "$1"
    grep -E '^(FAILED|ERROR) |^E  |^✘|: FAILED|error:|^never: |No such file|Traceback|^[A-Za-z.]*Error:' "$1"
}

run() {
    echo "...     $1"
    begin=$(date +%s)
    code=0
    "step_$1" >"$logs/$1.log" 2>&1 </dev/null || code=$?
    echo $code >"$logs/$1.code"
    seconds=$(($(date +%s) - begin))
    if [ $code = 0 ]; then
        echo "ok      $1 ($seconds s)$(grep -hE '[0-9]+ (passed|tests .*passed)|: passed$' "$logs/$1.log" | tail -n 1 | cut -c1-90 | sed 's/^/  /')"
    else
        echo "FAILED  $1 ($seconds s), from build/test-logs/$1.log:"
        { what_failed "$logs/$1.log" | tail -n 60; echo "..."; tail -n 15 "$logs/$1.log"; } | sed 's/^/        /'
    fi
    return $code
}

lane() {
    for name; do run "$name" || true; done
}

all() {
    for name in $first; do run "$name" || return; done
    # shellcheck disable=SC2086
    lane $waiting &
    # shellcheck disable=SC2086
    nice -n 19 "$top/Tests/run.sh" --lane $compiling
    wait
    # shellcheck disable=SC2086
    lane $last
    # A lane that was cut off is a failure of what it did not come to.
    for name in $waiting $compiling $last; do [ -s "$logs/$name.code" ] || echo none >"$logs/$name.code"; done
}

case "${1:-}" in
    --lane)
        shift
        lane "$@"
        exit ;;
esac
rm -f "$logs"/*.code
if [ $# -gt 0 ]; then lane "$@"; else all; fi

failures=$(cd "$logs" && grep -Lx 0 ./*.code | sed 's#^./##; s#.code$##' | tr '\n' ' ')
# Once more at the end, where it is seen.
for name in $failures; do
    echo "failed: $name"
    [ ! -s "$logs/$name.log" ] || what_failed "$logs/$name.log" | grep -v '^E  ' | cut -c1-160 | head -n 20 | sed 's/^/        /'
done
echo "$(cat "$logs"/*.code | grep -cx 0) passed, $(echo "$failures" | wc -w) failed"
[ -z "$failures" ]
