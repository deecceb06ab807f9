"""Probes of an idle connection: how many, when none, and what answers them."""

from __future__ import annotations

from sockspec.spec import CONFORMS, INET, MAN, MUST, RFC, UNSPECIFIED, outcome, rule

from .segments import shown

PROBES = rule(
    "wire.keepalive.count",
    "Whether TCP_KEEPCNT probes are sent before a connection ends is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.tcp(7, "TCP_KEEPCNT", "The maximum number of keepalive probes TCP should send")
    ],
    behaviours={
        "as-many": "as many are",
        "other-count": "more are, or fewer",
        "goes-on": "the connection goes on",
    },
    needs=["link", "packets"],
)


@PROBES.case(count=("1", "2"), family=INET)
def test_probes(sockets, see, case):
    ours, theirs, vanish = sockets.vanishing()
    for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL"):
        sockets.set_option(ours, "IPPROTO_TCP", name, 1)
    sockets.set_option(ours, "IPPROTO_TCP", "TCP_KEEPCNT", int(case["count"]))
    ours.set_keepalive(True)
    seen = sockets.conversation(ours, theirs)
    vanish()
    if not ours.poll("POLLIN", 4.5):
        see("goes-on")
        return
    probes = [each for each in seen.sent() if "RST" not in each.flags]
    how = "as-many" if len(probes) == int(case["count"]) else "other-count"
    see(how, packets=shown(seen.all))


OFF = rule(
    "wire.keepalive.off",
    "A connection on which keep-alive was not turned on sends no probes.",
    level=MUST,
    sources=[RFC(9293, "3.8.4", "and they MUST default to off (MUST-25)")],
    behaviours={"no-probe": CONFORMS, "probe": "one is sent"},
    needs=["packets"],
)


@OFF.case(set=("never", "off-again"), family=INET)
def test_no_probes(sockets, see, case):
    ours, theirs = sockets.connected()
    for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT"):
        sockets.set_option(ours, "IPPROTO_TCP", name, 1)
    if case["set"] == "off-again":
        ours.set_keepalive(True)
        ours.set_keepalive(False)
    seen = sockets.conversation(ours, theirs)
    if not seen.shows(lambda _packets: seen.sent(), 1.3):
        see("no-probe")
        return
    see("probe", packets=shown(seen.all))


PROBE_ANSWERED = rule(
    "wire.keepalive.acknowledged",
    "A keep-alive probe is acknowledged.",
    level=MUST,
    sources=[RFC(9293, "3.10.7.4", "an acknowledgment should be sent in reply")],
    behaviours={"acknowledged": CONFORMS, "unacknowledged": "nothing is sent"},
    needs=["packets"],
)


@PROBE_ANSWERED.case(family=INET)
def test_probe_acknowledged(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    sockets.set_option(theirs, "IPPROTO_TCP", "TCP_KEEPIDLE", 1)
    theirs.set_keepalive(True)
    seen.until(lambda _packets: seen.received())
    if not seen.shows(lambda _packets: seen.sent(), 1.0):
        see("unacknowledged", packets=shown(seen.all))
        return
    see("acknowledged", packets=shown(seen.all))


DATA_FIRST = rule(
    "wire.keepalive.not-while-busy",
    "No probe is sent while data goes to and fro more often than probes would.",
    level=MUST,
    sources=[RFC(9293, "3.8.4", "Keep-alive packets MUST only be sent when no sent data is")],
    behaviours={"no-probe": CONFORMS, "probe": OFF.behaviours["probe"]},
    needs=["packets"],
)


@DATA_FIRST.case(family=INET)
def test_not_while_busy(sockets, see, case):
    ours, theirs = sockets.connected()
    sockets.set_option(ours, "IPPROTO_TCP", "TCP_KEEPIDLE", 1)
    ours.set_keepalive(True)
    seen = sockets.conversation(ours, theirs)
    for each in (b"a", b"b", b"c"):
        ours.poll([], 0.5)
        ours.send(each)
        sockets.received(theirs, 1)
    idle = [each for each in seen.sent() if not each.data]
    see("probe" if idle else "no-probe", packets=shown(seen.all))


PLACE = rule(
    "wire.keepalive.sequence",
    "Whether a probe has the sequence number before the next one is unspecified.",
    level=UNSPECIFIED,
    sources=[
        RFC(9293, "3.8.4", "An implementation SHOULD send a keep-alive segment with no data")
    ],
    behaviours={
        "one-before": "it has",
        "the-next": "it has the next one",
        "elsewhere": "it has another one",
    },
    needs=["packets"],
)


@PLACE.case(family=INET)
def test_sequence(sockets, see, case):
    ours, theirs = sockets.connected()
    sockets.set_option(ours, "IPPROTO_TCP", "TCP_KEEPIDLE", 1)
    seen = sockets.conversation(ours, theirs)
    ours.send(b"x")
    sockets.received(theirs, 1)
    ours.set_keepalive(True)
    seen.until(lambda _packets: len(seen.sent()) > 1)
    data, probe = seen.sent()[:2]
    names = {data.sequence: "one-before", (data.sequence + 1) % 2**32: "the-next"}
    see(names.get(probe.sequence, "elsewhere"), packets=shown(seen.all))


ANSWER_KEEPS = rule(
    "wire.keepalive.answered-goes-on",
    "A connection whose probes are acknowledged goes on.",
    level=MUST,
    sources=[
        RFC(9293, "3.8.4", "respond to any specific probe as a dead connection (MUST-29)")
    ],
    behaviours={"goes-on": CONFORMS, "ended": "the connection ends"},
    needs=["packets"],
)


@ANSWER_KEEPS.case(family=INET)
def test_answered_goes_on(sockets, see, case):
    ours, theirs = sockets.connected()
    for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT"):
        sockets.set_option(ours, "IPPROTO_TCP", name, 1)
    ours.set_keepalive(True)
    seen = sockets.conversation(ours, theirs)
    seen.until(lambda _packets: seen.received())
    ours.poll("POLLIN", 1.2)
    goes_on = outcome(ours.send, b"x") == "succeeds" and sockets.received(theirs, 1) == b"x"
    see("goes-on" if goes_on else "ended", packets=shown(seen.all))


APART = rule(
    "wire.keepalive.interval",
    "Whether unanswered probes come TCP_KEEPINTVL apart is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.tcp(7, "TCP_KEEPINTVL", "The time (in seconds) between individual keepalive probes")
    ],
    behaviours={
        "as-set": "they come so far apart, by half a second",
        "sooner": "they come sooner",
        "later": "they come later, or none does",
    },
    needs=["link", "packets"],
)


@APART.case(seconds=("1", "2"), family=INET)
def test_interval(sockets, see, case):
    ours, theirs, vanish = sockets.vanishing()
    wanted = int(case["seconds"])
    for name, value in (("KEEPIDLE", 1), ("KEEPINTVL", wanted), ("KEEPCNT", 3)):
        sockets.set_option(ours, "IPPROTO_TCP", f"TCP_{name}", value)
    ours.set_keepalive(True)
    seen = sockets.conversation(ours, theirs)
    vanish()
    if not seen.shows(lambda _packets: len(seen.sent()) > 1, 4.5):
        see("later", packets=shown(seen.all))
        return
    first, second = (each.time for each in seen.sent()[:2])
    apart = second - first - wanted
    how = "as-set" if abs(apart) < 0.5 else "sooner" if apart < 0 else "later"
    see(how, packets=shown(seen.all))
