"""Build the extension: the core for this system, and the Python layer over it."""

from __future__ import annotations

import sys
import sysconfig

from setuptools import Extension, setup

CORE = ("buffer", "core", "constants", "select")
PER_SYSTEM = ("beyond", "errors", "message", "os")
LAYER = (
    *("address", "arguments", "batch", "data", "handle", "life", "message", "module"),
    *("naming", "raw", "waiting", "options", "outcome"),
)

windows = sys.platform == "win32"
system = "win" if windows else "posix"
only = () if windows else ("raw", "waiting")

# The limited API does not exist in the free-threaded build.
stable = not sysconfig.get_config_var("Py_GIL_DISABLED")

extension = Extension(
    "sockspec_c._core",
    sources=[
        *(f"core/{name}.c" for name in CORE),
        *(f"core/{name}_{system}.c" for name in (*PER_SYSTEM, *only)),
        *(f"python/{name}.c" for name in LAYER),
    ],
    depends=["core/os.h", "core/core.h", "core/constants.h", "python/module.h"],
    include_dirs=["core"],
    define_macros=[("Py_LIMITED_API", "0x030b0000")] if stable else [],
    py_limited_api=stable,
    libraries=["ws2_32"] if windows else [],
    extra_compile_args=["/std:c11"] if windows else ["-std=c11", "-fvisibility=hidden"],
)

setup(
    ext_modules=[extension],
    options={"bdist_wheel": {"py_limited_api": "cp311"}} if stable else {},
)
