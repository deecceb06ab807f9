"""How urgent data is seen to travel."""

from __future__ import annotations

from sockspec.spec import CONFORMS, INET, MUST, RFC, rule

from .segments import payload, shown

POINTER = rule(
    "wire.urgent.pointer",
    "The urgent pointer points to the octet that follows the urgent data.",
    level=MUST,
    sources=[
        RFC(9293, "3.8.5", "The urgent pointer MUST point to the sequence number of the octet"),
    ],
    behaviours={
        "following": CONFORMS,
        "last": "it points to the last octet of the urgent data",
        "elsewhere": "it points to another octet",
        "not-urgent": "no segment has URG",
    },
    needs=["packets", "oob"],
)


@POINTER.case(before=("nothing", "data"), size=("one", "several"), family=INET)
def test_pointer(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    before = b"before" if case["before"] == "data" else b""
    if before:
        ours.send(before)
    urgent = b"!" if case["size"] == "one" else b"several!"
    ours.send_out_of_band(urgent)
    seen.until(lambda _packets: payload(seen.sent()) == before + urgent)
    told = [each for each in seen.sent() if "URG" in each.flags]
    end = max(each.sequence + len(each.data) for each in seen.sent())
    points = {(each.sequence + each.urgent - end) % 2**32 for each in told}
    names = {frozenset({0}): "following", frozenset({2**32 - 1}): "last"}
    how = names.get(frozenset(points), "elsewhere") if told else "not-urgent"
    see(how, packets=shown(seen.all))


FLAG = rule(
    "wire.urgent.flag",
    "Segments have URG while urgent data is outstanding, and not without.",
    level=MUST,
    sources=[RFC(9293, "3.8.5", "The absence of this flag indicates that there is")],
    behaviours={
        "only-urgent": CONFORMS,
        "never": "no segment has URG",
        "always": "segments without urgent data have URG",
    },
    needs=["packets", "oob"],
)


@FLAG.case(family=INET)
def test_flag(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    ours.send(b"plain")
    seen.until(lambda _packets: payload(seen.sent()) == b"plain")
    plain = any("URG" in each.flags for each in seen.sent())
    ours.send_out_of_band(b"!")
    seen.until(lambda _packets: payload(seen.sent()) == b"plain!")
    urgent = any("URG" in each.flags for each in seen.sent())
    see("always" if plain else "only-urgent" if urgent else "never", packets=shown(seen.all))
