#!/usr/bin/env python3
"""A host that forgets what the library gave it. What looks for leaks must say so."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import support

_, library = support.load_library()
library.i2v_request_create()
