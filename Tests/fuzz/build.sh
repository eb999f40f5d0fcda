#!/bin/sh
# Builds the fuzzers in build/fuzz: the library as ordinary Swift, with the address sanitizer and coverage, and one
# program for each target. What has not changed is not built again.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
out=${I2V_FUZZ_BUILD:-$top/build/fuzz}
mkdir -p "$out"
swift=$(command -v swiftc)
clang=$(dirname "$(readlink -f "$swift")")/clang

modules=$(for folder in "$top"/Sources/C*/; do printf " -I %s" "$folder"; done)
# Internals are reached through -enable-testing; overflow and bounds are checked at -O as everywhere.
flags="-O -g -wmo -parse-as-library -enable-testing -swift-version 6 -sanitize=fuzzer,address $modules -I $out"

# Is TARGET missing or older than any of the sources that follow?
stale() {
    target=$1
    shift
    [ ! -e "$target" ] || [ -n "$(find "$@" -newer "$target" | head -n 1)" ]
}

module() { # NAME, with the folder of that name in Sources
    if stale "$out/$1.o" "$top/Sources" "$here/build.sh"; then
        rm -rf "$out/$1"
        mkdir -p "$out/$1"
        # Two threads make an object of each file, which are put together again.
        # shellcheck disable=SC2046,SC2086
        (cd "$out/$1" && "$swift" $flags -num-threads 2 -module-name "$1" -emit-module \
            -emit-module-path "$out/$1.swiftmodule" -c $(find "$top/Sources/$1" -name '*.swift' | sort))
        ld -r "$out/$1"/*.o -o "$out/$1.o"
    fi
}

c() { # OBJECT SOURCE
    if stale "$1" "$2" "$here"/*.h "$top/include" "$here/build.sh"; then
        "$clang" -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror -fsanitize=fuzzer-no-link,address \
            -I "$top/include" -I "$here" -I "$out" -c "$2" -o "$1"
    fi
}

program() { # NAME OBJECT...
    name=$1
    shift
    if stale "$out/$name" "$@" "$out/Image2Video.o" "$out/Image2VideoC.o"; then
        # shellcheck disable=SC2086
        "$swift" -use-ld=lld -sanitize=fuzzer,address "$@" "$out/Image2Video.o" "$out/Image2VideoC.o" \
            -lcurl -ljansson -lcrypto -lsqlite3 -lz -lm -o "$out/$name"
    fi
}

module Image2Video
module Image2VideoC

if stale "$out/readers.c" "$here/generate.py" "$top/include"; then
    python3 "$here/generate.py" "$top/include/image2video.h" "$out"
fi
c "$out/support.o" "$here/support.c"
c "$out/readers.o" "$out/readers.c"
c "$out/server.o" "$here/server.c"
c "$out/mutator.o" "$here/mutator.c"

if stale "$out/decoders.o" "$here/decoders.swift" "$out/Image2Video.o" "$out/Image2VideoC.o"; then
    # shellcheck disable=SC2086
    "$swift" $flags -module-name Decoders -c "$here/decoders.swift" -o "$out/decoders.o"
fi
program decoders "$out/decoders.o" "$out/mutator.o" "$out/readers.o" "$out/support.o"
c "$out/webhooks.o" "$here/webhooks.c"
program webhooks "$out/webhooks.o" "$out/mutator.o" "$out/readers.o" "$out/support.o"
c "$out/answers.o" "$here/answers.c"
program answers "$out/answers.o" "$out/server.o" "$out/readers.o" "$out/support.o"
c "$out/calls.o" "$out/calls.c"
c "$out/boundary.o" "$here/boundary.c"
program boundary "$out/boundary.o" "$out/calls.o" "$out/server.o" "$out/readers.o" "$out/support.o"
c "$out/ledger.o" "$here/ledger.c"
program ledger "$out/ledger.o" "$out/server.o" "$out/readers.o" "$out/support.o"
