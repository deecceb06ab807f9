"""A connection with urgent data on it, and how a receive of that data went."""

from __future__ import annotations

from sockspec.spec import outcome


def urgent(sockets, *, before=b"ab", data=b"X", after=b"cd", inline=False):
    """Send normal, urgent and normal data; the urgent data has arrived: (ours, theirs)."""
    ours, theirs = sockets.connected()
    if inline:
        ours.set_out_of_band_inline(True)
    theirs.set_nodelay(True)  # each send is a segment, and leaves at once
    if before:
        theirs.send(before)
    theirs.send_out_of_band(data)
    if after:
        theirs.send(after)
    sockets.wait(ours, "POLLPRI")
    return ours, theirs


def receive_urgent(sock, names, *, peek=False):
    """How a receive with MSG_OOB went: the name of the bytes that it returned, or its error."""
    got = []
    how = outcome(lambda: got.append(_receive(sock, peek)))
    return names.get(got[0], "other-bytes") if got else how


def _receive(sock, peek):
    if peek:
        return sock.recv_with_flags(8, ("MSG_OOB", "MSG_PEEK"))
    return sock.recv_out_of_band(8)


def read_all(ours, theirs=None):
    """What receives without MSG_OOB return, piece by piece; `theirs` is shut down before."""
    if theirs is not None:
        theirs.shutdown("SHUT_WR")
    pieces = []
    while piece := ours.recv(64):
        pieces.append(piece)
    return pieces
