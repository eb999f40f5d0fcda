#!/bin/sh
# The tests of the Python package on the library with the address sanitizer in it, below run.sh: what the package does
# with handles, callbacks and texts. Leaks are not looked for: a Python that ends gives back nothing of what its last
# objects hold. (Those of the library are found by the C suite and by the matrix, which gives back everything.)
#
# I2V_PYTHON  a python3 that has pytest
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)

# What is preloaded is for Python, not for the sandbox that the tests start.
bare=$I2V_BUILD/Sandbox
printf '#!/bin/sh\nunset LD_PRELOAD\nexec "%s" "$@"\n' "$I2V_SANDBOX" >"$bare"
chmod +x "$bare"
export I2V_SANDBOX="$bare" IMAGE2VIDEO_LIBRARY="$I2V_LIB/libimage2video.so.0" PYTHONPATH=src
export ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0"
cd "$top/bindings/python"
# What builds the docs has nothing to do with the library.
left_out="tests/test_docs.py::test_the_docs_build_without_a_warning"
code=0
# shellcheck disable=SC2046
LD_PRELOAD="$I2V_PRELOAD" "$I2V_PYTHON" -m pytest -q -n 4 -rs $(printf -- '--deselect %s ' $left_out) "$@" || code=$?
for test in $left_out; do echo "left out under the address sanitizer: $test"; done
exit $code
