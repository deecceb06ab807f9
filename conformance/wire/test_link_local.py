"""Addresses of one link alone, and the scope that says which one."""

from __future__ import annotations

import ipaddress

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    MAN,
    RFC,
    SHOULD,
    STREAM,
    UNSPECIFIED,
    V6,
    outcome,
    rule,
)

SCOPE = MAN.ipv6(7, "Address format", "sin6_scope_id is an ID depending on the scope")
NO_DEVICE = MAN.ipv6(7, "ENODEV", "is not a valid interface index")
SCOPED = RFC(3493, "3.3", "set of interfaces is left to implementation")
ARRIVES = {
    "arrives": "it arrives at the far end of that link",
    "EINVAL": "the call is refused",
    "lost": "the call succeeds, and it does not arrive",
}


def _listening(sockets, case, at):
    """A socket of the far end at a link's address of its interface."""
    far = sockets.other()
    far.bind(sockets.scoped(at.local, 0, at.index))
    if case["type"] == STREAM:
        far.listen(4)
    return far


def _reaches(sockets, case, ours, far, target):
    """Whether what is sent, or a connection, arrives at a socket of the far end."""
    ours.set_nonblocking(True)
    how = outcome(ours.connect, target)
    if how not in {"succeeds", "EINPROGRESS"}:
        return how
    if case["type"] == DGRAM:
        ours.send(b"x")
    return "arrives" if far.poll("POLLIN", 0.3) else "lost"


REACHED = rule(
    "wire.link-local.with-scope",
    "Whether an address of one link is reached through the interface of its scope is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[SCOPE, SCOPED],
    behaviours=ARRIVES,
    needs=["interfaces"],
)
WRONG = rule(
    "wire.link-local.wrong-scope",
    "Whether an address of one link is reached with the scope of another is unspecified.",
    level=UNSPECIFIED,
    sources=[SCOPE, SCOPED],
    behaviours=ARRIVES,
    needs=["interfaces"],
)
UNSCOPED = rule(
    "wire.link-local.without-scope",
    "Whether an address of one link can be connected to without a scope is unspecified.",
    level=UNSPECIFIED,
    sources=[SCOPE, SCOPED],
    behaviours=ARRIVES,
    needs=["interfaces"],
)
BY_DEVICE = rule(
    "wire.link-local.scope-of-device",
    "Whether the device of a socket stands for the scope of an address is unspecified.",
    level=UNSPECIFIED,
    sources=[
        SCOPE,
        MAN.socket(7, "SO_BINDTODEVICE", "Bind this socket to a particular device"),
    ],
    behaviours=ARRIVES,
    needs=["interfaces", "device"],
)
BY_BOUND = rule(
    "wire.link-local.scope-of-bound",
    "Whether the scope that a socket is bound with stands for that of an address is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[SCOPE, SCOPED],
    behaviours=ARRIVES,
    needs=["interfaces"],
)


@REACHED.case(scope="right", through=("first", "second"), family=V6, type=(STREAM, DGRAM))
@WRONG.case(scope=("other", "loopback"), through="first", family=V6, type=(STREAM, DGRAM))
@UNSCOPED.case(scope="without", through="first", family=V6, type=(STREAM, DGRAM))
@BY_DEVICE.case(scope="device", through=("first", "second"), family=V6, type=(STREAM, DGRAM))
@BY_BOUND.case(scope="bound", through=("first", "second"), family=V6, type=(STREAM, DGRAM))
def test_scope(sockets, see, case):
    first, second = sockets.ends(), sockets.second_ends()
    here, there = first if case["through"] == "first" else second
    far, ours = _listening(sockets, case, there), sockets.new()
    scopes = {"right": here.index, "other": second[0].index, "loopback": 1}
    if case["scope"] == "device":
        ours.bind_device(here.name.encode())
    elif case["scope"] == "bound":
        ours.bind(sockets.scoped(here.local, 0, here.index))
    target = sockets.scoped(there.local, far.local_addr().port, scopes.get(case["scope"], 0))
    see(_reaches(sockets, case, ours, far, target))


OWN = rule(
    "wire.link-local.own-address",
    "What is connected to an address of one link has an address of that link itself.",
    level=SHOULD,
    sources=[RFC(6724, "5", "Prefer appropriate scope.")],
    behaviours={"of-the-link": CONFORMS, "of-more": "it has one that reaches further"},
    needs=["link"],
)
NAMED = rule(
    "wire.link-local.names",
    "Whether the names of a connection within one link have the scope of its interface is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[SCOPE],
    behaviours={
        "scoped": "all have",
        "unscoped": "none has",
        "partly-scoped": "some have",
    },
    needs=["link"],
)


@OWN.case(family=V6, type=(STREAM, DGRAM))
@NAMED.case(family=V6, type=(STREAM, DGRAM), asks="scope")
def test_names(sockets, see, case):
    here, there = sockets.ends()
    far, ours = _listening(sockets, case, there), sockets.new()
    ours.connect(sockets.scoped(there.local, far.local_addr().port, here.index))
    names = [ours.local_addr(), ours.peer_addr()]
    if case.get("asks"):
        scopes = {each.scope_id == here.index for each in names}
        see({(True,): "scoped", (False,): "unscoped"}.get(tuple(scopes), "partly-scoped"))
    else:
        local = ipaddress.ip_address(names[0].host).is_link_local
        see("of-the-link" if local else "of-more", names=str(names))


SENDER = rule(
    "wire.link-local.sender",
    "Whether the sender of what comes from one link has the scope of its interface is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[SCOPE],
    behaviours={"scoped": NAMED.behaviours["scoped"], "unscoped": NAMED.behaviours["unscoped"]},
    needs=["interfaces"],
)


@SENDER.case(by=("recvfrom", "accept"), through=("first", "second"), family=V6)
def test_sender(sockets, see, case):
    first, second = sockets.ends(), sockets.second_ends()
    here, there = first if case["through"] == "first" else second
    type_ = DGRAM if case["by"] == "recvfrom" else STREAM
    ours, far = sockets.new(type=type_), sockets.other(type=type_)
    ours.bind(sockets.scoped(here.local, 0, here.index))
    target = sockets.scoped(here.local, ours.local_addr().port, there.index)
    if type_ == STREAM:
        ours.listen(4)
        far.connect(target)
        accepted, sender = ours.accept()
        sockets.keep(accepted)
    else:
        far.send_to(b"x", target)
        sockets.wait(ours, "POLLIN")
        _data, sender = ours.recv_from(8)
    see("scoped" if sender.scope_id == here.index else "unscoped", sender=str(sender))


BIND = rule(
    "wire.link-local.bind",
    "Whether a socket can be bound to an address of one link, by its scope, is unspecified.",
    level=UNSPECIFIED,
    sources=[SCOPE, NO_DEVICE],
    behaviours={"bound": "it can"},
    needs=["interfaces"],
)


@BIND.case(scope=("right", "other", "without", "no-interface"), family=V6, type=(STREAM, DGRAM))
def test_bind(sockets, see, case):
    here, other = sockets.ends()[0], sockets.second_ends()[0]
    scopes = {"right": here.index, "other": other.index, "without": 0, "no-interface": 9999}
    target = sockets.scoped(here.local, 0, scopes[case["scope"]])
    see(outcome(sockets.new().bind, target, ok="bound"))
