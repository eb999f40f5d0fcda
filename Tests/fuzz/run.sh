#!/bin/sh
# Fuzzes the library with libFuzzer and the address and leak sanitizers, in its ordinary (not Embedded) build.
#
#   run.sh quick            every committed input, then a fixed number of new ones from a fixed seed (for every test run)
#   run.sh long [TARGET]    ten million executions and more over all targets, on two cores (I2V_FUZZ_SHARE=N: a part
#                           in N of them)
#   run.sh reproduce TARGET FILE...    runs inputs that were found (I2V_FUZZ_TRACE=1 prints the calls of boundary)
#   run.sh minimise         puts the smallest inputs that reach all that is reached so far into corpus/
#
# A crash, a broken promise of the header, an input that takes longer than its bound, a leak and memory beyond the
# limit end it with the input in build/fuzz/found.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
out=${I2V_FUZZ_BUILD:-$top/build/fuzz}
corpus=$here/corpus
found=$out/found
targets="decoders webhooks answers boundary ledger"

# What a crash prints is enough; Swift's own backtracer would wait for a terminal.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=detect_stack_use_after_return=0:allocator_may_return_null=1 LSAN_OPTIONS=print_suppressions=0
unset I2V_SANDBOX 2>/dev/null || true

mkdir -p "$found"
options="-timeout=20 -rss_limit_mb=2048 -max_len=4096 -artifact_prefix=$found/ -print_final_stats=1 -verbosity=0"

quick_runs() {
    case $1 in
        decoders) echo 15000 ;;
        webhooks) echo 20000 ;;
        answers) echo 500 ;;
        boundary) echo 500 ;;
        ledger) echo 500 ;;
    esac
}

long_runs() {
    case $1 in
        decoders) echo 5000000 ;;
        webhooks) echo 5000000 ;;
        answers) echo 40000 ;;
        boundary) echo 30000 ;;
        ledger) echo 60000 ;;
    esac
}

# Those with threads look for leaks themselves.
leaks() {
    case $1 in
        answers | boundary | ledger) echo -detect_leaks=0 ;;
        *) echo -detect_leaks=1 ;;
    esac
}

# What takes long for each input is kept for what it reaches alone, not also for how often.
kept() {
    case $1 in
        ledger) echo -use_counters=0 ;;
    esac
}

# Runs a target; what it says goes to a log, which is shown when it fails. Adds its count to the sum.
fuzz() { # TARGET LOG OPTION...
    target=$1 log=$2
    shift 2
    code=0
    # shellcheck disable=SC2046,SC2086
    (cd "$out" && "./$target" $options $(leaks "$target") "$@") >"$log" 2>&1 || code=$?
    if [ $code != 0 ]; then
        tail -n 60 "$log" | cut -c1-300
        echo "$target: FAILED, code $code; its input is in $found, the whole log is $log"
        return 1
    fi
    sed -n 's/^stat::number_of_executed_units: *//p' "$log" >"$log.count"
    echo "$target: $(cat "$log.count") executions"
}

quick() {
    begin=$(date +%s)
    failed=0 jobs=""
    # These take about as long as those.
    for group in "decoders answers" "webhooks boundary ledger"; do
        (for target in $group; do
            # What is new goes to a folder that is thrown away: the committed inputs are not written to.
            rm -rf "$out/quick/$target"
            mkdir -p "$out/quick/$target"
            fuzz "$target" "$out/$target.quick.log" -seed=20261125 -runs="$(quick_runs "$target")" \
                -dict="$out/seeds/dictionary" "$out/quick/$target" "$corpus/$target" || exit 1
        done) &
        jobs="$jobs $!"
    done
    for job in $jobs; do wait "$job" || failed=1; done
    [ $failed = 0 ] || exit 1
    echo "$(cat "$out"/*.quick.log.count | awk '{ sum += $1 } END { print sum }') executions in $(($(date +%s) - begin)) s: passed"
}

# One worker: its own corpus begins with everything that is known.
worker() { # TARGET NUMBER RUNS
    mkdir -p "$out/work/$1"
    fuzz "$1" "$out/$1.long$2.log" -seed=$((7001 * $2)) -runs="$3" -reload=1 -dict="$out/seeds/dictionary" \
        "$out/work/$1" "$corpus/$1" "$out/seeds/$1"
}

long() {
    begin=$(date +%s)
    failed=0
    rm -f "$out"/*.long*.count
    for target in ${1:-$targets}; do
        half=$(($(long_runs "$target") / ${I2V_FUZZ_SHARE:-1} / 2))
        worker "$target" 1 $half &
        first=$!
        worker "$target" 2 $half &
        second=$!
        wait $first || failed=1
        wait $second || failed=1
        [ $failed = 0 ] || exit 1
        echo "$target: $(cat "$out/$target".long*.count | awk '{ sum += $1 } END { print sum }') executions together," \
            "$(($(date +%s) - begin)) s so far"
    done
    echo "$(cat "$out"/*.long*.count | awk '{ sum += $1 } END { print sum }') executions in $(($(date +%s) - begin)) s: passed"
}

minimise() {
    for target in $targets; do
        mkdir -p "$out/work/$target" "$out/merged"
        rm -rf "$out/merged/$target"
        mkdir -p "$out/merged/$target"
        # Large inputs reach little that small ones do not; the corpus is to stay small.
        # shellcheck disable=SC2046
        (cd "$out" && "./$target" -set_cover_merge=1 -max_len=1536 -timeout=20 $(leaks "$target") $(kept "$target") "merged/$target" \
            "seeds/$target" "$corpus/$target" "work/$target") >"$out/$target.merge.log" 2>&1 || { tail "$out/$target.merge.log"; exit 1; }
        mkdir -p "$corpus/$target"
        find "$corpus/$target" -type f -delete
        cp "$out/merged/$target"/* "$corpus/$target"/
        echo "$target: $(ls "$corpus/$target" | wc -l) inputs, $(cat "$corpus/$target"/* | wc -c) bytes"
    done
}

# A second run in the same folder would delete what the first one works with.
exec 7>"$out/.lock"
case "${1:-}" in
    quick | long | reproduce | minimise) ;;
    *) sed -n '2,13p' "$0"; exit 2 ;;
esac
flock 7
mkdir -p "$corpus"
for target in $targets; do mkdir -p "$corpus/$target"; done
"$here/build.sh"
python3 "$here/seeds.py" "$out/seeds"
flock -u 7

case $1 in
    quick) quick ;;
    long) long "${2:-}" ;;
    minimise) minimise ;;
    reproduce)
        target=$2
        shift 2
        # shellcheck disable=SC2046
        exec "$out/$target" $(leaks "$target") -timeout=20 "$@" ;;
esac
