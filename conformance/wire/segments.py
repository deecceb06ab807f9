"""What segments show: their flags, and what is asked of the packets between two ends."""

from __future__ import annotations

from sockspec.spec import STREAM, outcome

BRIEF = 0.05  # seconds in which a segment that leaves at once has left
SETTLED = 0.1  # seconds in which an ACK is sent that waits for more data, 0.04 on Linux
ENDS = {"FIN", "RST"}
SEEN = {
    "fin": "a segment with FIN is sent",
    "rst": "a segment with RST is sent",
    "not-ended": "neither FIN nor RST is sent",
}


def flags(packets):
    """All flags that packets have."""
    return {name for each in packets for name in each.flags}


def ended(packets):
    """Whether a connection has been ended by one of its ends."""
    return bool(flags(packets) & ENDS)


def ending(packets):
    """How the sender of packets ends a connection, by the name that rules have for it."""
    told = flags(packets)
    if "RST" in told:
        return "rst"
    return "fin" if "FIN" in told else "not-ended"


def shown(packets):
    """Packets as a witness has them."""
    return [str(each) for each in packets]


def fresh(packets):
    """Segments with data in the order of the stream, those sent again only once."""
    data = [each for each in packets if each.data]
    first = {each.sequence: each for each in reversed(data)}
    return sorted(first.values(), key=lambda each: beyond(each.sequence, data[0].sequence))


def payload(packets):
    """The bytes of a stream in packets, those sent again only once."""
    segments = fresh(packets)
    taken = bytearray()
    for each in (each for each in [*segments, *packets] if each.data):
        at = beyond(each.sequence, segments[0].sequence)
        taken[at : at + len(each.data)] = each.data
    return bytes(taken)


def acknowledges(packets, of):
    """Whether packets acknowledge the last FIN of others."""
    ends = [each.sequence + len(each.data) + 1 for each in of if "FIN" in each.flags]
    return bool(ends) and any(
        each.acknowledged == ends[-1] % 2**32 for each in packets if "ACK" in each.flags
    )


def choked(sockets):
    """A connection whose sender has more than its peer has room for, and how much it took.

    The buffers are small, the peer's from the first window on; the sender is blocking again.
    """
    ours, theirs, _seen = opened(
        sockets, listening=lambda listener: listener.set_recv_buffer_size(8192)
    )
    ours.set_send_buffer_size(8192)
    return ours, theirs, choke(ours)


def choke(sock, at_once=4096):
    """Send until there is no room any more, at either end; how many bytes that took."""
    sock.set_nonblocking(True)
    taken = []
    while sock.poll("POLLOUT", SETTLED):
        outcome(lambda: taken.append(sock.send(bytes(at_once))))
    sock.set_nonblocking(False)
    return sum(taken)


MAXIMUM, SCALE, STAMPS = 2, 3, 8
"""Kinds of options: RFC 9293, 3.1; RFC 7323, 2.2 and 3.2."""


def option(packet, kind):
    """The value of an option of a segment as a number; None where it has none."""
    found = [data for its_kind, data in packet.options if its_kind == kind]
    return int.from_bytes(found[0], "big") if found else None


def opened(sockets, prepare=lambda _client: None, listening=lambda _listener: None):
    """A connection whose SYNs have been seen: (ours, theirs, the packets)."""
    client, listener, seen = sockets.opening(ours="client")
    prepare(client)
    listening(listener)
    client.connect(listener.local_addr())
    return client, sockets.accepted(listener), seen


def windows(packets):
    """Of packets of one end: (what is acknowledged, the window in bytes) of each."""
    syn = next(each for each in packets if "SYN" in each.flags)
    shift = option(syn, SCALE) or 0
    return [
        (each.acknowledged, each.window << (0 if "SYN" in each.flags else shift))
        for each in packets
        if "ACK" in each.flags and "RST" not in each.flags
    ]


def beyond(one, other):
    """How far one sequence number is behind another; negative where it is before it."""
    return (one - other + 2**31) % 2**32 - 2**31


def is_sent(seen, data, within=BRIEF):
    """Whether data has been sent within a while."""
    return seen.shows(lambda _packets: payload(seen.sent()) == data, within)


def service(packet, type):
    """The TOS or the traffic class, but for what TCP itself marks in it (RFC 3168, 6.1)."""
    capable = type == STREAM and packet.service & 3 in (1, 2)
    return packet.service & 0xFC if capable else packet.service


def is_sent_early(seen, data, since, within):
    """Whether data has been sent, and not so late that a limit on holding it back let it go."""
    if not is_sent(seen, data):
        return False
    left = next(each.time for each in seen.sent() if each.data)
    return left - since < within


def hold(sockets, ours, by, data):
    """Send data and announce more, by an option of the socket or a flag of the call."""
    if by == "TCP_CORK":
        sockets.set_option(ours, "IPPROTO_TCP", "TCP_CORK", 1)
    ours.send_with_flags(data, sockets.number("MSG_MORE") if by == "MSG_MORE" else 0)


def first_data(seen):
    """When the first segment with data was sent."""
    return next(each.time for each in seen.sent() if each.data)


def payload_of_datagrams(seen):
    """The data of all datagrams so far, in the order in which they were sent."""
    return b"".join(each.data for each in seen.sent())
