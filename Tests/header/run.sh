#!/bin/sh
# Checks the header under every C and C++ it promises to compile under, and that the shipped library holds
# exactly what the header, the version script and the symbol list say, and needs no more than it promises.
#
# I2V_INCLUDE  folder of image2video.h     I2V_LIB  folder of libimage2video.so
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
include=${I2V_INCLUDE:-$root/include}
lib=${I2V_LIB:-$root/build/lib}
header=$include/image2video.h
library=$lib/libimage2video.so
most_bytes=720000
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0
failed=0

# Counts a check: holds it, by the exit code given first; what to call it; what to show if it does not hold.
check() {
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
        echo "ok      $2"
    else
        failed=$((failed + 1))
        echo "FAILED  $2"
        [ -z "${3:-}" ] || printf '%s\n' "$3" | sed 's/^/        /'
    fi
}

# A check that holds when there is nothing to show.
check_none() {
    if [ -z "$2" ]; then check 0 "$1"; else check 1 "$1" "$2"; fi
}

check_equal() {
    if [ "$2" = "$3" ]; then check 0 "$1"; else check 1 "$1" "it is: $2"; fi
}

# ---- The header ----

printf '#include <image2video.h>\nint once(void) { return I2V_OK; }\n' >"$scratch/once.c"
{ echo '#include <image2video.h>'; cat "$scratch/once.c"; } >"$scratch/twice.c"
cat >"$scratch/use.c" <<'END'
#include <image2video.h>
#if I2V_VERSION_NUMBER < 100
#error "no version for the preprocessor"
#endif
static void on_event(i2v_job *job, i2v_event event, void *user_data)
{
    (void)job;
    (void)event;
    (void)user_data;
}
int main(void)
{
    i2v_status status = I2V_ERROR_FILE_EXISTS;
    i2v_event_fn handler = on_event;
    const char *version = I2V_VERSION;
    return handler && version && status == I2V_OK;
}
END
cp "$scratch/once.c" "$scratch/once.cpp"
cp "$scratch/twice.c" "$scratch/twice.cpp"
cp "$scratch/use.c" "$scratch/use.cpp"

compile() {
    program=$1 standard=$2 source=$3
    words=$("$program" -std="$standard" -Wall -Wextra -pedantic -Werror -I"$include" -c "$scratch/$source" \
        -o "$scratch/out.o" 2>&1) && code=0 || code=$?
    check "$code" "$program -std=$standard $source" "$words"
}

found=0
for pair in gcc:g++ clang:clang++; do
    c=${pair%:*} cpp=${pair#*:}
    if command -v "$c" >/dev/null; then
        found=$((found + 1))
        for standard in c99 c11 c17; do
            for source in once.c twice.c use.c; do compile "$c" "$standard" "$source"; done
        done
    else
        echo "MISSING $c: the header is not checked with it" >&2
    fi
    if command -v "$cpp" >/dev/null; then
        found=$((found + 1))
        for standard in c++11 c++17 c++20; do
            for source in once.cpp twice.cpp use.cpp; do compile "$cpp" "$standard" "$source"; done
        done
    else
        echo "MISSING $cpp: the header is not checked with it" >&2
    fi
done
[ "$found" -gt 0 ] || check 1 "there is a compiler: neither gcc nor clang"

includes=$(sed -n 's/^#include <\(.*\)>$/\1/p' "$header" | sort | tr '\n' ' ')
check_equal "the header includes three standard headers" "$includes" "stdbool.h stddef.h stdint.h "

# ---- Its functions, in four places ----

[ -f "$library" ] || { echo "FAILED  there is no $library"; exit 1; }

# The preprocessor takes the comments, which hold examples, away.
${CC:-cc} -E -P -I"$include" "$scratch/once.c" | tr '\n' ' ' | tr ';' '\n' |
    sed -n 's/.*[ *]\(i2v_[a-z0-9_]*\)(.*/\1/p' | sort -u >"$scratch/header"
nm -D --defined-only "$library" >"$scratch/nm"
awk '$2 ~ /^[TDBRVW]$/ { sub(/@.*/, "", $3); print $3 }' "$scratch/nm" | sort -u >"$scratch/library"
sed -n 's/^ *\(i2v_[a-z0-9_]*\);$/\1/p' "$root/packaging/image2video.map" | sort -u >"$scratch/version script"
sed -n 's/^\(i2v_[a-z0-9_]*\) .*/\1/p' "$root/packaging/symbols.txt" | sort -u >"$scratch/symbol list"

# Four empty lists would be equal, too.
functions=$(wc -l <"$scratch/header")
check "$((functions < 50))" "the header declares $functions functions"
for place in "library" "version script" "symbol list"; do
    check_none "the $place has the header's functions" "$(
        comm -23 "$scratch/header" "$scratch/$place" | sed 's/^/only in the header: /'
        comm -13 "$scratch/header" "$scratch/$place" | sed "s/^/only in the $place: /"
    )"
done
check_none "every function has its version" \
    "$(awk '$3 ~ /^i2v_/ && $3 !~ /@@?IMAGE2VIDEO_/ { print $3 }' "$scratch/nm")"

# ---- What the library needs and how it is linked ----

readelf -dW "$library" >"$scratch/dynamic"
readelf -lW "$library" >"$scratch/segments"
soname=$(sed -n 's/.*(SONAME).*\[\(.*\)\].*/\1/p' "$scratch/dynamic")
check_equal "SONAME is libimage2video.so.0" "$soname" libimage2video.so.0
[ -e "$lib/libimage2video.so.0" ] && code=0 || code=1
check "$code" "a file of that name is there"

check_none "it needs only what it promises" "$(
    sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p' "$scratch/dynamic" |
        grep -vE '^(libcurl|libjansson|libm|libc|libcrypto|libsqlite3|libz)\.so|^ld-linux' || true
)"
check_none "no RPATH, no RUNPATH" "$(grep -E '\((RPATH|RUNPATH)\)' "$scratch/dynamic" || true)"
check_none "no text relocations" "$(grep TEXTREL "$scratch/dynamic" || true)"

flags=$(grep -E '\((FLAGS|FLAGS_1|BIND_NOW)\)' "$scratch/dynamic" || true)
for flag in NOW NODELETE; do
    case $flags in *"$flag"*) code=0 ;; *) code=1 ;; esac
    check "$code" "linked with -z $(echo "$flag" | tr '[:upper:]' '[:lower:]')" "$flags"
done
stack=$(awk '$1 == "GNU_STACK" { print $(NF - 1) }' "$scratch/segments")
check_equal "its stack is not executable" "$stack" RW
grep -q GNU_RELRO "$scratch/segments" && code=0 || code=1
check "$code" "its relocations are read-only once done"

bytes=$(wc -c <"$library")
check "$((bytes > most_bytes))" "$bytes bytes, of $most_bytes at most"
check_none "it loads without a Swift or C++ runtime" \
    "$(ldd "$library" | grep -E 'libswift|libstdc\+\+|libdispatch|libFoundation|not found' || true)"
check_none "no folder of the building machine is in it" \
    "$(strings -n 6 "$library" | grep -E '^/(home|root|work|tmp|build|opt|Users)/' | head -5 || true)"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
