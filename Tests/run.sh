#!/bin/sh
# Every test of the project, one step after the other, each with its time. Output goes to build/test-logs; what
# a failing step said is shown. Usage: run.sh [STEP...] (all steps without arguments)
set -u
cd "$(dirname "$0")/.."
top=$(pwd)
logs=$top/build/test-logs
mkdir -p "$logs"

version=$(sed -n 's/^#define I2V_VERSION "\(.*\)"/\1/p' include/image2video.h)
export I2V_VERSION="$version"
export I2V_SANDBOX="$top/tools/.build/debug/Sandbox"
export I2V_INCLUDE="$top/include" I2V_LIB="$top/build/lib" I2V_BUILD="$top/build/tests" I2V_STAGE="$top/build/stage"
export LSAN_OPTIONS="suppressions=$top/Tests/sanitizers/leaks.supp:print_suppressions=0"
python=$top/.venv/bin/python

# --- the steps -------------------------------------------------------------------------------------------

step_setup() { packaging/setup.sh test; }
step_library() { make --no-print-directory stage; }
step_library_static() { make --no-print-directory lib RUNTIME=static; }
step_sandbox() { swift build --package-path tools --product Sandbox; }
step_abi() { make --no-print-directory abi-check; }
step_tools() { swift test --package-path tools; }
step_format() {
    swift format lint --strict --recursive Package.swift Sources Tests/Image2VideoTests examples/swift/Package.swift \
        examples/swift/Sources tools/Package.swift tools/Sources tools/Tests
}
step_swift() { swift test; }
step_swift_thread_sanitizer() { swift test --sanitize=thread --scratch-path .build-thread; }
step_swift_address_sanitizer() { swift test --sanitize=address --scratch-path .build-address; }
step_fuzz() { Tests/fuzz/run.sh quick; }
step_header() { Tests/header/run.sh; }
step_docs() { make --no-print-directory docs; }
step_service_table() { python3 Tests/docs/check_service.py; }
step_c() { Tests/c/run.sh; }
step_c_archive() { Tests/c/run.sh --static; }
step_c_static_runtime() { I2V_LIB="$top/build/lib-static" I2V_BUILD="$I2V_BUILD/static-runtime" Tests/c/run.sh; }
step_c_valgrind() { Tests/c/run.sh --valgrind; }
step_economy() { Tests/c/run.sh --economy; }
step_crash_rounds() { Tests/reliability/run.sh crash-quick; }
step_fault_matrix() { Tests/reliability/run.sh matrix --check; }
step_sandbox_tests() { "$python" -m pytest -q -n 4 Tests/sandbox; }
step_install() { Tests/install/run.sh; }
step_examples() { Tests/examples/run.sh; }

step_python_setup() {
    [ -x "$python" ] || python3 -m venv .venv
    "$python" -m pip install -q --disable-pip-version-check pytest pytest-xdist mypy "pyright[nodejs]" pdoc rich setuptools wheel
}
step_python() {
    (cd bindings/python && IMAGE2VIDEO_LIBRARY="$I2V_LIB/libimage2video.so.0" PYTHONPATH=src "$python" -m pytest -q -n 4)
}
step_python_types() {
    (cd bindings/python && "$python" -m mypy --strict src tests ../../examples/python \
        && "$top/.venv/bin/pyright" --pythonpath "$python")
}
step_python_wheel() { packaging/wheel.sh "$I2V_LIB" "$top/build/wheel" --check; }

all="setup library sandbox python_setup abi format swift fuzz header docs service_table c economy_begin c_archive sandbox_tests python
 python_types python_wheel examples install crash_rounds fault_matrix library_static c_static_runtime tools swift_thread_sanitizer
 swift_address_sanitizer c_valgrind economy_end"

# --- running them ----------------------------------------------------------------------------------------

passed=0 failed=0 failures=""

report() { # NAME CODE SECONDS
    if [ "$2" = 0 ]; then
        passed=$((passed + 1))
        echo "ok      $1 ($3 s)$(grep -hE '[0-9]+ (passed|tests .*passed)|: passed$' "$logs/$1.log" | tail -n 1 | cut -c1-90 | sed 's/^/  /')"
    else
        failed=$((failed + 1)) failures="$failures $1"
        echo "FAILED  $1 ($3 s), from build/test-logs/$1.log:"
        tail -n 60 "$logs/$1.log" | sed 's/^/        /'
    fi
}

run() {
    echo "...     $1"
    begin=$(date +%s)
    "step_$1" >"$logs/$1.log" 2>&1 </dev/null
    code=$?
    report "$1" $code $(($(date +%s) - begin))
}

# A hundred jobs of a minute each take more than a minute of doing nothing: they do it beside the rest.
economy_begin() {
    economy_start=$(date +%s)
    (
        step_economy >"$logs/economy.log" 2>&1 </dev/null
        echo $? >"$logs/economy.code"
    ) &
    economy=$!
}
economy_end() {
    wait $economy
    report economy "$(cat "$logs/economy.code")" $(($(date +%s) - economy_start))
}

for name in ${*:-$all}; do
    case $name in
    economy_begin | economy_end) $name ;;
    *) run "$name" ;;
    esac
    # Without these nothing that follows means anything.
    case $name in setup | library | sandbox) [ $failed = 0 ] || break ;; esac
done

[ -z "$failures" ] || echo "failed:$failures"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
