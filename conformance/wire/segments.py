"""What segments show: their flags, and what is asked of the packets between two ends."""

from __future__ import annotations

ENDS = {"FIN", "RST"}


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


def payload(packets):
    """The bytes of a stream in packets, those sent again only once."""
    pieces = {each.sequence: each.data for each in packets if each.data}
    return b"".join(pieces[at] for at in sorted(pieces))
