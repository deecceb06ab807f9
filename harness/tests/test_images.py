"""Containers: an image that cannot be had is told, and whose fault it is."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sockspec.errors import UsageError
from sockspec.targets.image import Image
from sockspec.targets.target import Room


class Empty(BaseHTTPRequestHandler):
    """A registry without an image (OCI distribution specification: end-1, end-2)."""

    def do_GET(self):
        known = self.path == "/v2/"
        told = {} if known else {"errors": [{"code": "MANIFEST_UNKNOWN", "message": "none"}]}
        body = json.dumps(told).encode()
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 - so http.server wants it

    def log_message(self, *_words):
        """Say nothing."""


@contextmanager
def registry():
    """The port of a registry of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Empty)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def target(port):
    found = Image(
        version=1,
        name="tested",
        title="An image that nobody has",
        group="system",
        image=f"127.0.0.1:{port}/sockspec-tested:1",
        command=("true",),
    )
    missing = found.missing()
    if missing and "registry" not in missing:
        pytest.skip(f"not run: {missing}")
    return found


def test_a_registry_that_is_not_reached_is_what_is_missing():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # and nobody listens
        port = bound.getsockname()[1]
        told = target(port).missing()
    assert f"does not reach the registry of 127.0.0.1:{port}/sockspec-tested:1: " in told


def test_an_image_that_its_registry_has_not_fails_when_it_is_pulled(tmp_path):
    with registry() as port:
        found = target(port)
        assert found.missing() == ""
        with pytest.raises(UsageError, match="sockspec-tested:1 cannot be pulled: "):
            found.prepare(Room(tmp_path, tmp_path / "agent.pyz", print))
