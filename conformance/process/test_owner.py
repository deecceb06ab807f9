"""Who gets the signals of a socket: SIGURG for urgent data, SIGIO for what can be done."""

from __future__ import annotations

import time

from sockspec.spec import (
    CONFORMS,
    INET,
    MAN,
    MUST,
    POSIX,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    rule,
)

OWNER = POSIX.fcntl("F_SETOWN", "to receive SIGURG signals when out-of-band data is available")
SIGIO = MAN.socket(7, "SIGIO", "Asynchronous I/O mode means that the SIGIO")
NAMES = {
    "signalled": "the signal is generated",
    "not-signalled": "no signal is generated",
}

_SOON = 0.2  # seconds within which a signal comes


def caught(sockets, signal, *, soon):
    """Name whether a signal was caught; with `soon` one that is yet to come is waited for."""
    number, until = sockets.number(signal), time.monotonic() + _SOON
    while not sockets.backend.signals(number):
        if not soon or time.monotonic() > until:
            return "not-signalled"
    return "signalled"


def count(sockets, signal):
    """Have a signal counted from now on."""
    sockets.backend.on_signal(sockets.number(signal), "count")


URGENT = rule(
    "process.owner.urgent",
    "The owner of a socket gets SIGURG when urgent data arrives.",
    level=MUST,
    sources=[OWNER],
    behaviours={**NAMES, "signalled": CONFORMS},
    needs=["signals", "oob"],
)
NO_OWNER = rule(
    "process.owner.urgent-without-owner",
    "Whether SIGURG is generated for a socket that has no owner is unspecified.",
    level=UNSPECIFIED,
    sources=[OWNER],
    behaviours=NAMES,
    needs=["signals", "oob"],
)
INHERITED = rule(
    "process.owner.accepted",
    "Whether an accepted socket inherits the owner of its listener is unspecified.",
    level=UNSPECIFIED,
    sources=[OWNER, POSIX.accept("DESCRIPTION", "create a new socket with the same socket")],
    behaviours=NAMES,
    needs=["signals", "oob"],
)
ORDINARY = rule(
    "process.owner.ordinary-data",
    "Whether the owner of a socket gets a signal for data that is not urgent is unspecified.",
    level=UNSPECIFIED,
    sources=[OWNER],
    behaviours=NAMES,
    needs=["signals"],
)


def urgent(sockets, ours, theirs, *, soon):
    """Have urgent data arrive, and name whether it is signalled."""
    theirs.send_out_of_band(b"x")
    sockets.wait(ours, "POLLPRI")
    return caught(sockets, "SIGURG", soon=soon)


@URGENT.case(family=INET, of=("socket", "clone"))
def test_urgent(sockets, see, case):
    ours, theirs = sockets.connected()
    count(sockets, "SIGURG")
    owned = sockets.keep(ours.try_clone()) if case["of"] == "clone" else ours
    sockets.backend.set_owner(owned.handle)
    see(urgent(sockets, ours, theirs, soon=True))


@NO_OWNER.case(family=INET)
def test_urgent_without_owner(sockets, see, case):
    ours, theirs = sockets.connected()
    count(sockets, "SIGURG")
    see(urgent(sockets, ours, theirs, soon=False))


@INHERITED.case(family=INET)
def test_accepted(sockets, see, case):
    listener = sockets.listener()
    count(sockets, "SIGURG")
    sockets.backend.set_owner(listener.handle)
    client, accepted = sockets.client_of(listener)
    see(urgent(sockets, accepted, client, soon=False))


@ORDINARY.case(family=INET)
def test_ordinary_data(sockets, see, case):
    ours, theirs = sockets.connected()
    count(sockets, "SIGURG")
    sockets.backend.set_owner(ours.handle)
    theirs.send(b"x")
    sockets.wait(ours, "POLLIN")
    see(caught(sockets, "SIGURG", soon=False))


ASYNC = rule(
    "process.owner.async",
    "Whether the owner of a socket gets SIGIO when there is something to do is unspecified.",
    level=UNSPECIFIED,
    sources=[SIGIO],
    behaviours=NAMES,
    needs=["signals", "ioctl"],
)


def watched(sockets, sock, *, on=True):
    """Have SIGIO generated for a socket (FIOASYNC), or not, and this process own it."""
    # The process that it interrupts makes calls that wait.
    sockets.backend.on_signal(sockets.number("SIGIO"), "restart")
    sockets.backend.set_owner(sock.handle)
    value = int(on).to_bytes(4, sockets.backend.byte_order)
    sockets.backend.ioctl(sock.handle, sockets.number("FIOASYNC"), value)


@ASYNC.case(when=("data", "end", "not-asked"), family=(V4, UNIX))
@ASYNC.case(when="connection", family=(V4, UNIX))
def test_async(sockets, see, case):
    if case["when"] == "connection":
        listener = sockets.listener()
        watched(sockets, listener)
        sockets.new(type=STREAM).connect(listener.local_addr())
        sockets.wait(listener, "POLLIN")
        see(caught(sockets, "SIGIO", soon=True))
        return
    ours, theirs = sockets.connected()
    watched(sockets, ours, on=case["when"] != "not-asked")
    if case["when"] == "end":
        theirs.close()
    else:
        theirs.send(b"x")
    sockets.wait(ours, "POLLIN")
    see(caught(sockets, "SIGIO", soon=case["when"] != "not-asked"))
