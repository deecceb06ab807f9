"""my-stack as sockspec calls it: its sockets, through Python.

    sockspec smoke
    sockspec run --out run.jsonl

This file makes the calls on Python's own `socket` module. Put yours in its place: a module
that stands in for it (`module = my_stack`), or override the methods of the calls that you
have. What a method raises is a `SocketError` with the symbol and number of the error, or
`Unsupported` for what is not there. See `sockspec.backend.Backend` for each call.
"""

from __future__ import annotations

import socket
from typing import Any

from sockspec import platform
from sockspec.backends.stdlib import Stdlib


class Adapter(Stdlib):
    """The sockets that are tested."""

    name = "my-stack"
    version = "0.1"
    label = "my-stack 0.1"  # heads the reports; say what it runs on
    implementation = "my-stack 0.1"

    module = socket  # yours: what makes the sockets
    stands_in_for = "stdlib"  # "" if it does not share the policies of Python's module

    def facts(self) -> dict[str, Any]:
        return {**platform.facts(), "profile": "my-stack"}
