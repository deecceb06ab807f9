"""Sending with MSG_OOB."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    INET,
    MAN,
    MUST,
    POSIX,
    RFC,
    SOCKET2,
    UNSPECIFIED,
    outcome,
    rule,
)

from .stream import read_all, urgent

LAST_BYTE = rule(
    "urgent.send.last-byte",
    "Whether only the last of several bytes sent with MSG_OOB is urgent is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.send(
            "DESCRIPTION, MSG_OOB", "semantics of out-of-band data are protocol-specific"
        ),
        RFC(9293, "3.8.5", "MUST support a sequence of urgent data of any length"),
        MAN.tcp(7, "Sockets API", "in the form of (a single byte of) urgent data"),
    ],
    behaviours={
        "last": "the last byte is urgent, the others are normal data",
        "all": "all are received with MSG_OOB",
        "divided-differently": "another part of them is received with MSG_OOB",
    },
    renamed={"other": "divided-differently"},
    needs=["oob"],
)


@LAST_BYTE.case(family=INET)
def test_last_byte(sockets, see, case):
    ours, theirs = urgent(sockets, before=b"", data=b"xyz", after=b"")
    band, rest = ours.recv_out_of_band(8), b"".join(read_all(ours, theirs))
    names = {(b"z", b"xy"): "last", (b"xyz", b""): "all"}
    see(names.get((band, rest), "divided-differently"), band=band, rest=rest)


COUNTED = rule(
    "urgent.send.count",
    "A send with MSG_OOB returns the number of all its bytes.",
    level=MUST,
    sources=[
        POSIX.send("RETURN VALUE", "send() shall return the number of bytes sent"),
        SOCKET2.send_out_of_band(1, "Sends out-of-band (OOB) data on the socket"),
    ],
    behaviours={"all-counted": CONFORMS, "miscounted": "it returns another number"},
    renamed={"all": "all-counted", "some": "miscounted"},
    needs=["oob"],
)


@COUNTED.case(family=INET)
def test_counted(sockets, see, case):
    _ours, theirs = sockets.connected()
    count = theirs.send_out_of_band(b"abc")
    see("all-counted" if count == 3 else "miscounted", count=count)


AFTER_SHUT = rule(
    "urgent.send.after-shutdown",
    "A send with MSG_OOB fails with EPIPE after the socket was shut down for writing.",
    level=MUST,
    sources=[POSIX.send("EPIPE", "The socket is shut down for writing")],
    behaviours={"EPIPE": CONFORMS, "sent": "it succeeds"},
)


@AFTER_SHUT.case(family=INET)
def test_after_shutdown(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.shutdown("SHUT_WR")
    see(outcome(ours.send_out_of_band, b"!", ok="sent"))
