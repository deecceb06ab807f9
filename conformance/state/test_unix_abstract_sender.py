"""With which name the datagrams of a socket come that has an abstract one."""

from __future__ import annotations

from sockspec.address import Unix
from sockspec.spec import DGRAM, MAN, POSIX, UNIX, UNSPECIFIED, rule

NAMED = rule(
    "state.unix-abstract-sender.named",
    "Whether a datagram comes with the abstract name of its sender is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.unix(7, "abstract", "an abstract socket address is distinguished"),
        POSIX.recvfrom("DESCRIPTION", "source address of the received message shall be stored"),
    ],
    behaviours={
        "its-name": "it comes with the name, byte for byte",
        "another-name": "it comes with another name",
        "unnamed": "it comes without a name",
    },
    needs=["unix-abstract", "unix-dgram"],
)


@NAMED.case(family=UNIX, type=DGRAM, name=("plain", "with-nul"))
def test_named(sockets, see, case):
    middle = b"\0" if case["name"] == "with-nul" else b"-"
    name = b"\0" + sockets.path() + middle + b"sender"
    receiver, sender = sockets.bound(), sockets.new()
    sender.bind(Unix(name))
    sender.send_to(b"x", receiver.local_addr())
    address = receiver.recv_from(4)[1]
    if address is None or not address.path:
        see("unnamed")
    else:
        see("its-name" if address.path == name else "another-name")
