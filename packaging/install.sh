#!/bin/sh
# Installs header, library, static archive, pkg-config file and CMake package.
# Usage: install.sh BUILT_LIBRARY_FOLDER VERSION PREFIX LIBDIR DESTDIR
set -eu
built=$1 version=$2 prefix=$3 libdir=$4 destdir=$5
top=$(dirname "$0")/..
major=${version%%.*}
lib=$destdir$prefix/$libdir
up=$(echo "$libdir/cmake/image2video" | sed 's#[^/][^/]*#..#g')

fill() {
    sed -e "s#@PREFIX@#$prefix#g" -e "s#@LIBDIR@#$libdir#g" -e "s#@VERSION@#$version#g" \
        -e "s#@MAJOR@#$major#g" -e "s#@PREFIX_FROM_CMAKE@#$up#g" "$top/bindings/c/$1.in" >"$2/$1"
    chmod 644 "$2/$1"
}

install -d "$destdir$prefix/include" "$lib/pkgconfig" "$lib/cmake/image2video"
install -m 644 "$top/include/image2video.h" "$destdir$prefix/include/"
install -m 755 "$built/libimage2video.so.$version" "$lib/"
ln -sf "libimage2video.so.$version" "$lib/libimage2video.so.$major"
ln -sf "libimage2video.so.$major" "$lib/libimage2video.so"
if [ -f "$built/libimage2video.a" ]; then install -m 644 "$built/libimage2video.a" "$lib/"; fi
fill image2video.pc "$lib/pkgconfig"
fill image2video-config.cmake "$lib/cmake/image2video"
fill image2video-config-version.cmake "$lib/cmake/image2video"
