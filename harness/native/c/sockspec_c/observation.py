"""What one call did, beyond what it returned."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Observation"]


@dataclass(frozen=True, slots=True)
class Observation:
    """The raw facts of one call. Lengths that the call does not have are -1.

    `call` is the primitive; `rc` what the system returned (for a question such as
    `nonblocking` the answer, 0 or 1), below 0 when it failed; `errno` the error number
    read right after, cleared before, so that it shows what a call that *succeeded* left
    there; `nanoseconds` the duration of the system call by the monotonic clock.

    `guards_intact` is False when the system wrote outside of a buffer, `absent` True when
    the platform has no such call. `length_in` and `length_out` are the length of the
    address, option or ioctl argument as given and as it came back, which may be more
    than was given; `control_in` and `control_out` the same of the control buffer.
    `flags` is `msg_flags` as the system set it; `address` the sockaddr as it wrote it,
    128 bytes at most.
    """

    call: str
    rc: int
    errno: int
    nanoseconds: int
    guards_intact: bool
    absent: bool
    length_in: int
    length_out: int
    control_in: int
    control_out: int
    flags: int
    address: bytes
