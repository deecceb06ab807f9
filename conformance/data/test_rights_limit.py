"""Descriptors that arrive in a process that can have no more of them."""

from __future__ import annotations

from sockspec.errors import NotReached
from sockspec.spec import MAN, POSIX, SEQPACKET, STREAM, UNIX, UNSPECIFIED, outcome, rule

from .rights import received, rights

RIGHTS = rule(
    "data.rights-limit.excess",
    "Whether a message whose descriptors do not fit the limit is received is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.unix(7, "SCM_RIGHTS", "the excess file descriptors are"),
        POSIX.recvmsg("MSG_CTRUNC", "Control data was truncated"),
    ],
    behaviours={
        "none-and-marked": "with its data, no descriptor, and MSG_CTRUNC",
        "some-and-marked": "with its data, those descriptors that fit, and MSG_CTRUNC",
        "none-unmarked": "with its data, no descriptor, and no MSG_CTRUNC",
        "some-unmarked": "with its data, those descriptors that fit, and no MSG_CTRUNC",
    },
    needs=["descriptor-limit", "messages", "pair"],
)


@RIGHTS.case(spare=("0", "1"), family=UNIX, type=(STREAM, SEQPACKET))
def test_rights(sockets, see, case):
    ours, theirs = sockets.connected()
    passed = sockets.bound(), sockets.bound()
    theirs.sendmsg([b"x"], rights(sockets, *passed))
    sockets.wait(ours, "POLLIN")
    sockets.backend.limit_descriptors(int(case["spare"]))
    got = []
    how = outcome(lambda: got.append(sockets.backend.recvmsg(ours.handle, [1], 64, 0)))
    if how != "succeeds":
        see(how)
        return
    message = got[0]
    count = len(received(sockets, message))
    marked = "and-marked" if message.flags & sockets.number("MSG_CTRUNC") else "unmarked"
    see(f"{'some' if count else 'none'}-{marked}", received=count)


DISCARDED = rule(
    "data.rights-limit.discarded",
    "Whether a descriptor that did not fit the limit of its receiver is closed is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.unix(7, "SCM_RIGHTS", "are automatically closed in the receiving process")],
    behaviours={
        "closed": "nothing holds what was passed any more",
        "held": "what was passed stays open",
    },
    needs=["descriptor-limit", "messages", "pair"],
)


@DISCARDED.case(family=UNIX)
def test_rights_discarded(sockets, see, case):
    ours, theirs = sockets.connected()
    passed, peer = sockets.connected()
    theirs.sendmsg([b"x"], rights(sockets, passed))
    passed.close()
    sockets.backend.limit_descriptors(0)
    message = sockets.backend.recvmsg(ours.handle, [1], 64, 0)
    if received(sockets, message):
        raise NotReached("a descriptor that does not fit")
    see("closed" if peer.poll("POLLIN", 0.2) else "held")
