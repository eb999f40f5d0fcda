#!/bin/sh
# Builds the Python wheel with the library inside; with --check also installs it into a fresh environment and
# loads it there. Usage: wheel.sh BUILT_LIBRARY_FOLDER OUTPUT_FOLDER [--check]
set -eu
built=$1 out=$2 check=${3:-}
top=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-$top/.venv/bin/python}
[ -x "$python" ] || python=python3

# From a copy, so that neither the library nor setuptools' leavings get into the source tree.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$top/bindings/python/." "$work/"
rm -rf "$work/build" "$work"/src/*.egg-info
mkdir -p "$work/src/image2video/lib"
cp -L "$built/libimage2video.so.0" "$work/src/image2video/lib/"

rm -rf "$out"
mkdir -p "$out"
"$python" -m pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation -w "$out" "$work"
ls "$out"/*.whl

[ "$check" = --check ] || exit 0
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check --no-index "$out"/*.whl
cd "$work" && env -u IMAGE2VIDEO_LIBRARY "$work/venv/bin/python" - <<'P'
import image2video
from image2video import Client

with Client(api_key="key", base_url="http://127.0.0.1:9") as client:
    assert client.fileno() >= 0
print("the wheel's own library works:", image2video.__version__)
P
