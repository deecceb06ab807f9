"""What a poll() of one socket says, in a word."""

from __future__ import annotations

from sockspec.spec import INET, UNIX

READABLE = {"readable": "POLLIN is there", "not-readable": "POLLIN is not there"}
WRITABLE = {"writable": "POLLOUT is there", "not-writable": "POLLOUT is not there"}

ANY = (*INET, UNIX)


def readable(sock, within=0.0):
    return "readable" if "POLLIN" in sock.poll("POLLIN", within) else "not-readable"


def writable(sock, within=0.0):
    return "writable" if "POLLOUT" in sock.poll("POLLOUT", within) else "not-writable"
