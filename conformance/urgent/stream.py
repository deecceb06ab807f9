"""A stream with urgent data in it, for the tests to read."""

from __future__ import annotations

OOB = ["oob"]


def urgent(sockets, data=b"!", before=b"", after=b"", inline=False):
    """A receiver of `before`, then `data` as urgent, then `after`; all of it has arrived."""
    ours, theirs = sockets.connected()
    if inline:
        ours.set_out_of_band_inline(True)
    if before:
        theirs.send(before)
    theirs.send_out_of_band(data)
    sockets.wait(ours, "POLLPRI")
    if after:
        theirs.send(after)
    # The end of the stream comes after everything else: wait for it, not for time.
    theirs.shutdown("SHUT_WR")
    sockets.wait(ours, "POLLRDHUP")
    return ours


def read_all(sock):
    """Everything that in-band reading yields, piece by piece, until the end."""
    pieces = []
    while piece := sock.recv(64):
        pieces.append(piece)
    return pieces
