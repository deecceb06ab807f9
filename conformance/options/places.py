"""Cases for many options at once: one for each option on each socket that knows its level."""

from __future__ import annotations

from itertools import groupby

from sockspec.errors import Unsupported


def each_place(rule, rows, places=None, **parameters):
    """Cases of a rule for these rows of the tables, each on all of its places.

    `places` says which sockets those are, where not all that know the option's level.
    """
    pairs = [
        (place, row.name) for row in rows for place in (places or (lambda row: row.places))(row)
    ]

    def decorate(test):
        for (family, type), found in groupby(sorted(pairs), key=lambda pair: pair[0]):
            names = tuple(name for _, name in found)
            test = rule.case(option=names, family=family, type=type, **parameters)(test)
        return test

    return decorate


def own(row):
    """The first socket that has the option; where none has, the first that knows its level."""
    return (row.sockets or row.places)[:1]


def not_switched_off(sockets, row):
    """`Unsupported` where a setting of the system decides whether the option can be set."""
    setting = int(sockets.settings.get("net.ipv4.tcp_fastopen", "1"))
    if row.name == "TCP_FASTOPEN_CONNECT" and not setting & 1:
        raise Unsupported(row.name, "net.ipv4.tcp_fastopen switches it off")
