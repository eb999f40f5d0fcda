#!/bin/sh
# Installs into a DESTDIR, checks the places, and uses the installed library as programs do: through pkg-config
# with plain cc, against the archive, and through CMake.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

make -s --no-print-directory -C "$top" install PREFIX=/opt/i2v DESTDIR="$work/destdir" LIBDIR=lib/here
for file in include/image2video.h lib/here/libimage2video.so lib/here/libimage2video.so.0 \
    "lib/here/libimage2video.so.$I2V_VERSION" lib/here/libimage2video.a lib/here/pkgconfig/image2video.pc \
    lib/here/cmake/image2video/image2video-config.cmake; do
    [ -e "$work/destdir/opt/i2v/$file" ] || { echo "not installed: $file"; exit 1; }
done
grep -q "^prefix=/opt/i2v$" "$work/destdir/opt/i2v/lib/here/pkgconfig/image2video.pc"
make -s --no-print-directory -C "$top" uninstall PREFIX=/opt/i2v DESTDIR="$work/destdir" LIBDIR=lib/here
left=$(find "$work/destdir" -not -type d)
[ -z "$left" ] || { echo "left after uninstall: $left"; exit 1; }
echo "install and uninstall: passed"

make -s --no-print-directory -C "$top" install PREFIX="$work/prefix"
cat >"$work/main.c" <<'C'
#include <image2video.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    puts(i2v_library_get_version());
    return strcmp(i2v_library_get_version(), I2V_VERSION) != 0;
}
C
export PKG_CONFIG_PATH="$work/prefix/lib/pkgconfig"
[ "$(pkg-config --modversion image2video)" = "$I2V_VERSION" ]
# shellcheck disable=SC2046
cc "$work/main.c" -o "$work/shared" $(pkg-config --cflags --libs image2video)
LD_LIBRARY_PATH="$work/prefix/lib" "$work/shared"
# shellcheck disable=SC2046
cc "$work/main.c" -o "$work/static" $(pkg-config --cflags image2video) "$work/prefix/lib/libimage2video.a" \
    $(pkg-config --libs libcurl jansson libcrypto sqlite3 zlib) -lm
"$work/static"
echo "pkg-config: passed"

mkdir "$work/cmake"
cat >"$work/cmake/CMakeLists.txt" <<'C'
cmake_minimum_required(VERSION 3.16)
project(use C)
find_package(image2video 0.1 REQUIRED)
add_executable(shared ../main.c)
target_link_libraries(shared image2video::image2video)
add_executable(archive ../main.c)
target_link_libraries(archive image2video::static)
enable_testing()
add_test(NAME shared COMMAND shared)
add_test(NAME archive COMMAND archive)
C
cmake -S "$work/cmake" -B "$work/cmake/build" -DCMAKE_PREFIX_PATH="$work/prefix" >"$work/cmake.log" 2>&1 \
    || { cat "$work/cmake.log"; exit 1; }
cmake --build "$work/cmake/build" >"$work/cmake.log" 2>&1 || { cat "$work/cmake.log"; exit 1; }
(cd "$work/cmake/build" && ctest --output-on-failure) || exit 1
echo "cmake: passed"
