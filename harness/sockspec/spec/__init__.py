"""What is promised: rules, their sources, and the words in which a test names what it saw.

A rule's file needs one import:

    from sockspec.spec import CONFORMS, INET, MUST, POSIX, outcome, rule
"""

from __future__ import annotations

from sockspec.spec.outcome import outcome, relation
from sockspec.spec.rules import (
    BLOCKING,
    BOTH,
    CONFORMS,
    DGRAM,
    INET,
    MAPPED,
    MAY,
    MUST,
    NONBLOCKING,
    SEQPACKET,
    SHOULD,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    Case,
    Level,
    Registry,
    Rule,
    registry,
    rule,
)
from sockspec.spec.sources import (
    FREEBSD,
    GVISOR,
    KERNEL,
    MAN,
    MS,
    POSIX,
    PYTHON,
    RFC,
    SOCKET2,
    TOKIO,
    WINE,
    XNU,
    Source,
)

__all__ = [
    "BLOCKING",
    "BOTH",
    "CONFORMS",
    "DGRAM",
    "FREEBSD",
    "GVISOR",
    "INET",
    "KERNEL",
    "MAN",
    "MAPPED",
    "MAY",
    "MS",
    "MUST",
    "NONBLOCKING",
    "POSIX",
    "PYTHON",
    "RFC",
    "SEQPACKET",
    "SHOULD",
    "SOCKET2",
    "STREAM",
    "TOKIO",
    "UNIX",
    "UNSPECIFIED",
    "V4",
    "V6",
    "WINE",
    "XNU",
    "Case",
    "Level",
    "Registry",
    "Rule",
    "Source",
    "outcome",
    "registry",
    "relation",
    "rule",
]
