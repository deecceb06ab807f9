"""A backend whose loopback is not where everybody's is."""

from sockspec.address import Loopback
from sockspec.backends.stdlib import Stdlib


class AtUniqueLocal(Stdlib):
    """One that reaches itself at a unique local address (RFC 4193)."""

    name = "elsewhere"
    stands_in_for = "stdlib"
    loopback = Loopback(v6="fd00::1")
