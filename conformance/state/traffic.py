"""What a stream still delivers, and whether anything gets through it."""

from __future__ import annotations

from sockspec.spec import outcome

WITHIN = 2.0  # seconds; over loopback everything has come by then

ENDINGS = {
    "end-of-stream": "recv() returns 0",
    "stays-open": "neither data nor an end comes",
}
"""The meanings of what `delivered` and `carries` name, but for errors."""


def delivered(sock):
    """All that a stream delivers, and what comes after it: one of ENDINGS, or an error."""
    got = b""
    while sock.poll("POLLIN", WITHIN):
        pieces = []
        how = outcome(lambda into: into.append(sock.recv(64)), pieces)
        if how != "succeeds":
            return got, how
        if not pieces[0]:
            return got, "end-of-stream"
        got += pieces[0]
    return got, "stays-open"


def carries(sender, receiver):
    """`works` when a message gets from one socket to the other; else what happened."""
    how = outcome(sender.send, b"still here")
    if how != "succeeds":
        return how
    sender.shutdown("SHUT_WR")
    got, how = delivered(receiver)
    return "works" if got == b"still here" else how
