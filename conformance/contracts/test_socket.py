"""What the socket2 document says of `Socket` as a whole: its traits and its example."""

from __future__ import annotations

from sockspec.spec import (
    ALONE,
    CONFORMS,
    INET,
    MUST,
    POSIX,
    SOCKET2,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    rule,
)

from .calls import attempt, ending

TWO_ADDRESSES = rule(
    "contracts.socket.two-addresses",
    "Whether a listener bound to [::1] with IPV6_V6ONLY off is reached through 127.0.0.1 is "
    "unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[SOCKET2.page("example", "create a TCP listener bound to two addresses")],
    behaviours={
        "reached": "a connect to 127.0.0.1 and its port succeeds",
        "not-reached": "a connect to 127.0.0.1 and its port fails",
    },
    needs=["dual-stack"],
    aliases=["contracts.example.two-addresses"],
    renamed={"two": "reached", "one": "not-reached"},
)


@TWO_ADDRESSES.case()
def test_two_addresses(sockets, see, case):
    listener = sockets.new(V6)
    listener.set_only_v6(False)
    listener.bind(sockets.loopback(V6))
    listener.listen(4)
    address = sockets.loopback(V4, listener.local_addr().port)
    how = ending(sockets.new(V4).connect, address)
    see({"succeeds": "reached", "fails": "not-reached"}.get(how, how))


THREADS = rule(
    "contracts.socket.threads",
    "Everything that several threads send on one stream socket at the same time arrives.",
    level=MUST,
    sources=[
        SOCKET2.page("Auto Trait Implementations", "impl Sync for Socket"),
        POSIX.chapter(
            "2.9.1", "Thread-Safety", "shall be thread-safe, except that the following"
        ),
    ],
    behaviours={
        "all-arrived": CONFORMS,
        "lost": "some bytes are missing",
        "changed": "bytes arrive that nobody sent",
    },
)


@THREADS.case(family=(*INET, UNIX), type=STREAM)
def test_threads(sockets, see, case):
    ours, theirs = sockets.connected()
    each = 64 * 1024
    unsent = dict.fromkeys((b"a", b"b", b"c", b"d"), each)
    arrived = dict.fromkeys(unsent, 0)
    sending = {letter: sockets.start("send", ours, letter * each) for letter in unsent}
    strange, quiet = 0, 0
    while sum(arrived.values()) + strange < len(unsent) * each and quiet < 100:
        # Never wait long: a send that took some of its bytes has to be started again.
        piece = theirs.recv(65536) if theirs.poll("POLLIN", 0.02) else b""
        quiet = 0 if piece else quiet + 1
        strange += len(piece)
        for letter in unsent:
            arrived[letter] += piece.count(letter)
            strange -= piece.count(letter)
        for letter in [letter for letter, pending in sending.items() if pending.finished]:
            how, count = attempt(sending.pop(letter).result)
            if how != "succeeds":
                see(how)
                return
            unsent[letter] -= count
            if unsent[letter]:
                sending[letter] = sockets.start("send", ours, letter * unsent[letter])
    see("changed" if strange else "all-arrived" if set(arrived.values()) == {each} else "lost")
