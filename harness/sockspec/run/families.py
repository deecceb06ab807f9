"""Families beyond the internet's and unix: what their sockets are made and bound with.

The structures are Linux's; where a family is not there its feature is missing, and nothing of
this is asked for.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sockspec.address import Raw
from sockspec.spec.rules import NETLINK, PACKET, PING, RAW, VSOCK

if TYPE_CHECKING:
    from typing import Literal

__all__ = ["ECHO", "address", "is_beyond", "number_in", "protocol"]

ECHO = bytes([8, 0, 0, 0, 0, 0, 0, 1]) + b"waits"
"""An echo request (RFC 792): its identifier and checksum are the system's to fill in."""

_ANY = b"\xff\xff\xff\xff"  # VMADDR_PORT_ANY and VMADDR_CID_ANY, <linux/vm_sockets.h>
_USERSOCK = 2  # NETLINK_USERSOCK, <linux/netlink.h>: the one that programs may talk over
# IANA has assigned none of 160 to 249. A raw socket receives all packets of its protocol:
# processes that run beside one another shall not get each other's.
_UNASSIGNED = 160 + os.getpid() % 90


def is_beyond(family: str, type: str) -> bool:
    """Whether it is a family or a type of these."""
    return type == RAW or family in (NETLINK, VSOCK, PING, PACKET)


def protocol(family: str, type: str) -> int | str:
    """The protocol of such a socket; 0 where the system's default is meant."""
    if family == NETLINK:
        return _USERSOCK
    if family == PING:
        return "IPPROTO_ICMP"
    # A packet socket of protocol 0 receives no packets: those of others are none of ours.
    return _UNASSIGNED if type == RAW and family != PACKET else 0


def address(
    family: str, number: int, order: Literal["little", "big"], index: int, *, local: bool
) -> Raw:
    """Where a socket of the family can be bound, on a port that the system chooses.

    `number` is that of the family, `index` the loopback interface's; `local`: for VSOCK the
    address of this machine alone (VMADDR_CID_LOCAL), and otherwise any.
    """
    head = number.to_bytes(2, order)
    if family == NETLINK:  # sockaddr_nl: padding, port id, groups
        return Raw(head + bytes(10))
    if family == PACKET:  # sockaddr_ll: protocol, interface, and what only answers fill in
        return Raw(head + bytes(2) + index.to_bytes(4, order) + bytes(12))
    # sockaddr_vm: reserved, port, context id
    return Raw(head + bytes(2) + _ANY + ((1).to_bytes(4, order) if local else _ANY) + bytes(4))


def number_in(address: Raw) -> bool:
    """Whether an address of one of these families has a port, a port id or an interface."""
    return address.data[4:8] not in (bytes(4), _ANY)
