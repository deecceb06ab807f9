"""listen() of the socket2 document."""

from __future__ import annotations

from sockspec.spec import CONFORMS, INET, MUST, SOCKET2, UNIX, rule

from .calls import ending

ALREADY = SOCKET2.listen(3, "if listen or connect has already been called on this builder")

LISTEN_TWICE = rule(
    "contracts.listen.already-listening",
    "Listening on a socket that already listens fails.",
    level=MUST,
    sources=[ALREADY],
    behaviours={"fails": CONFORMS},
    aliases=["state.listen.listening"],
    renamed={"refused": "fails", "accepted": "succeeds", "listens": "succeeds"},
)


@LISTEN_TWICE.case(family=(*INET, UNIX))
def test_listen_twice(sockets, see, case):
    see(ending(sockets.listener().listen, 4))
