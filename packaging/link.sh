#!/bin/sh
# Links the shared library and makes the static archive from what the compiler left in one archive.
# Usage: link.sh embedded|embedded-address|embedded-thread|static ARCHIVE VERSION OUTPUT_FOLDER
set -eu
runtime=$1 archive=$2 version=$3 out=$4
here=$(dirname "$0")
major=${version%%.*}
shared=libimage2video.so.$version
toolchain=$(dirname "$(readlink -f "$(command -v swift)")")
libraries="-lcurl -ljansson -lcrypto -lsqlite3 -lz -lm"

mkdir -p "$out"
target_info() { swiftc -print-target-info | tr -d ' ",' | sed -n "s/^$1://p" | head -n 1; }

hardening="-Wl,-soname,libimage2video.so.$major -Wl,--version-script=$here/image2video.map \
 -Wl,-z,defs -Wl,-z,now -Wl,-z,relro -Wl,-z,nodelete -Wl,-z,noexecstack -Wl,-z,pack-relative-relocs -Wl,--gc-sections -Wl,--icf=safe"

# What Embedded Swift needs of its library beyond the compiler's own output: the tables behind String.
swift=$(target_info runtimeResourcePath)
tables=$swift/embedded/$(target_info unversionedTriple)/libswiftUnicodeDataTables.a

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

link_embedded() { # [FLAG...]
    # shellcheck disable=SC2086
    "$toolchain/clang" -shared -fuse-ld=lld -o "$out/$shared" $hardening "$@" -Wl,--as-needed \
        -Wl,--whole-archive "$archive" -Wl,--no-whole-archive "$tables" $libraries
}

# One object in which only the exported functions have names: whatever else a program links, even other Swift code,
# cannot clash with it.
make_archive() {
    sed -n 's/^\(i2v_[a-z0-9_]*\) .*/\1/p' "$here/symbols.txt" >"$work/exported"
    "$toolchain/clang" -r -nostdlib -fuse-ld=lld -o "$work/all.o" \
        -Wl,--whole-archive "$archive" -Wl,--no-whole-archive "$tables"
    objcopy --strip-debug --keep-global-symbols="$work/exported" "$work/all.o" "$work/image2video.o"
    rm -f "$out/libimage2video.a"
    ar rcs "$out/libimage2video.a" "$work/image2video.o"
}

case $runtime in
    embedded)
        link_embedded -Wl,-s
        make_archive ;;
    embedded-*)
        # Keeps its names, which reports want, and brings the sanitizer along. Swift's thread sanitizer needs the rest.
        clang_runtime=$(dirname "$("$toolchain/clang" -print-file-name="libclang_rt.asan-$(uname -m).so")")
        link_embedded "-fsanitize=${runtime#embedded-},undefined" -shared-libsan -L"$swift/linux" -ldispatch -lBlocksRuntime \
            "-Wl,-rpath,$clang_runtime,-rpath,$swift/linux" ;;
    static)
        # The compiler knows where its static runtime is, but takes objects only.
        "$toolchain/clang" -r -nostdlib -fuse-ld=lld -o "$work/all.o" -Wl,--whole-archive "$archive"
        # shellcheck disable=SC2046
        swiftc -emit-library -static-stdlib -use-ld=lld -o "$out/$shared" "$work/all.o" $libraries -Xlinker -s \
            $(for flag in $hardening; do echo "$flag" | sed 's/^-Wl,/-Xlinker /; s/,/ -Xlinker /g'; done) ;;
esac

ln -sf "$shared" "$out/libimage2video.so.$major"
ln -sf "libimage2video.so.$major" "$out/libimage2video.so"
