"""Options that are ignored, changed, shared, late, or only remembered."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from sockspec.faults.fault import Fault, error, numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sockspec.backend import Backend, Handle
    from sockspec.faults.fault import Make, Wrong

__all__ = ["faults", "remembered"]

_BOOLEANS = (
    ("SOL_SOCKET", "SO_KEEPALIVE", "options.boolean"),
    ("SOL_SOCKET", "SO_REUSEADDR", "options.boolean"),
    ("SOL_SOCKET", "SO_BROADCAST", "options.boolean"),
    ("SOL_SOCKET", "SO_OOBINLINE", "options.boolean"),
    ("IPPROTO_TCP", "TCP_NODELAY", "options.boolean"),
    ("IPPROTO_IPV6", "IPV6_V6ONLY", "state.only-v6"),
    ("IPPROTO_IP", "IP_MULTICAST_LOOP", "options.boolean"),
    ("IPPROTO_IPV6", "IPV6_MULTICAST_LOOP", "options.boolean"),
)

_NUMBERS = (
    ("IPPROTO_IP", "IP_TTL", "options.integer"),
    ("IPPROTO_IP", "IP_TOS", "options.tos"),
    ("IPPROTO_IP", "IP_MULTICAST_TTL", "options.integer"),
    ("IPPROTO_IPV6", "IPV6_UNICAST_HOPS", "options.integer"),
    ("IPPROTO_IPV6", "IPV6_MULTICAST_HOPS", "options.integer"),
    ("IPPROTO_IPV6", "IPV6_TCLASS", "options.tos"),
    ("IPPROTO_TCP", "TCP_KEEPIDLE", "options.integer"),
    ("IPPROTO_TCP", "TCP_KEEPINTVL", "options.integer"),
    ("IPPROTO_TCP", "TCP_KEEPCNT", "options.integer"),
)

_TIMEOUTS = ("SO_RCVTIMEO", "SO_SNDTIMEO")
_BUFFERS = ("SO_RCVBUF", "SO_SNDBUF")


_UNKNOWN = (("setsockopt", "ENOPROTOOPT"), ("getsockopt", "ENOPROTOOPT"))


def _changed(
    level: str, name: str, change: Callable[[bytes, Callable[[bytes], None]], None]
) -> Make:
    """The option is set through `change`, which takes the value and the right setter."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        which = tuple(numbers(right, level, name))

        def setsockopt(call: Wrong, sock: Handle, at: int, option: int, value: bytes) -> None:
            if (at, option) != which:
                call(sock, at, option, value)
                return
            change(value, lambda other: call(sock, at, option, other))

        return {"setsockopt": setsockopt}

    return make


def _read(level: str, name: str, change: Callable[[bytes], bytes]) -> Make:
    """The option is right, and reads back otherwise."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        which = tuple(numbers(right, level, name))

        def getsockopt(call: Wrong, sock: Handle, at: int, option: int, size: int) -> bytes:
            told = call(sock, at, option, size)
            return change(told) if (at, option) == which else told

        return {"getsockopt": getsockopt}

    return make


def _shared(level: str, name: str) -> Make:
    """What is set on one socket is read on all."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        which = tuple(numbers(right, level, name))
        last: list[bytes] = []

        def setsockopt(call: Wrong, sock: Handle, at: int, option: int, value: bytes) -> None:
            call(sock, at, option, value)
            if (at, option) == which:
                last[:] = [value]

        def getsockopt(call: Wrong, sock: Handle, at: int, option: int, size: int) -> bytes:
            told = call(sock, at, option, size)
            return last[0][:size] if last and (at, option) == which else told

        return {"setsockopt": setsockopt, "getsockopt": getsockopt}

    return make


def remembered(level: str, name: str) -> Make:
    """The value reads back, and has no effect."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        which = tuple(numbers(right, level, name))
        kept: dict[Any, bytes] = {}

        def setsockopt(call: Wrong, sock: Handle, at: int, option: int, value: bytes) -> None:
            if (at, option) == which:
                kept[id(sock)] = value
            else:
                call(sock, at, option, value)

        def getsockopt(call: Wrong, sock: Handle, at: int, option: int, size: int) -> bytes:
            if (at, option) == which and id(sock) in kept:
                return kept[id(sock)][:size]
            return bytes(call(sock, at, option, size))

        def new(call: Wrong, *arguments: Any) -> Handle:
            made = call(*arguments)
            kept.pop(id(made), None)
            return made

        return {"setsockopt": setsockopt, "getsockopt": getsockopt, "new": new}

    return make


def _late(level: str, name: str) -> Make:
    """A value takes effect when the next one is set."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        which = tuple(numbers(right, level, name))
        waiting: dict[Any, bytes] = {}

        def setsockopt(call: Wrong, sock: Handle, at: int, option: int, value: bytes) -> None:
            if (at, option) != which:
                call(sock, at, option, value)
                return
            before = waiting.get(id(sock))
            waiting[id(sock)] = value
            if before is not None:
                call(sock, at, option, before)

        return {"setsockopt": setsockopt}

    return make


def _int(value: bytes, change: Callable[[int], int]) -> bytes:
    if len(value) != 4:
        return value
    return struct.pack("=i", max(-(2**31), min(2**31 - 1, change(*struct.unpack("=i", value)))))


def _nothing(_value: bytes, _set: Callable[[bytes], None]) -> None:
    pass


def _with(change: Callable[[int], int]) -> Callable[[bytes, Callable[[bytes], None]], None]:
    return lambda value, put: put(_int(value, change))


def _refused(symbol: str, call: str) -> Callable[[bytes, Callable[[bytes], None]], None]:
    def refuse(_value: bytes, _set: Callable[[bytes], None]) -> None:
        raise error(symbol, call)

    return refuse


def _on_only(value: bytes, put: Callable[[bytes], None]) -> None:
    if any(value):
        put(value)


def _off_only(value: bytes, put: Callable[[bytes], None]) -> None:
    if not any(value):
        put(value)


def _fault(
    name: str, how: str, does: str, rules: tuple[str, ...], make: Make, level: str
) -> Fault:
    primitive = "getsockopt" if how.startswith("reads-") else "setsockopt"
    touches = ((primitive, level, name),)
    return Fault(f"options/{name}/{how}", f"{name}: {does}", rules, make, touches)


def faults() -> Iterator[Fault]:
    """The table."""
    for level, name, rules in _BOOLEANS:
        for how, does, make in (
            ("ignored", "setting it does nothing", _changed(level, name, _nothing)),
            ("inverted", "1 turns it off", _changed(level, name, _with(lambda x: int(not x)))),
            ("stays-on", "it cannot be turned off", _changed(level, name, _on_only)),
            ("stays-off", "it cannot be turned on", _changed(level, name, _off_only)),
            (
                "refused",
                "setting it fails",
                _changed(level, name, _refused("EINVAL", "setsockopt")),
            ),
            ("late", "a value takes effect one call late", _late(level, name)),
            ("shared", "every socket has what was set last", _shared(level, name)),
            ("reads-off", "it reads as off", _read(level, name, lambda told: bytes(len(told)))),
            (
                "reads-on",
                "it reads as on",
                _read(level, name, lambda told: _int(told, lambda _: 1)),
            ),
        ):
            wanted = (rules, "options.boolean", "contracts.option")
            yield _fault(name, how, does, wanted, make, level)
    for level, name, rules in _NUMBERS:
        for how, does, make in (
            ("ignored", "setting it does nothing", _changed(level, name, _nothing)),
            ("one-more", "one more is set", _changed(level, name, _with(lambda x: x + 1))),
            ("halved", "half of it is set", _changed(level, name, _with(lambda x: x // 2))),
            (
                "refused",
                "setting it fails",
                _changed(level, name, _refused("EINVAL", "setsockopt")),
            ),
            ("late", "a value takes effect one call late", _late(level, name)),
            ("reads-zero", "it reads as 0", _read(level, name, lambda told: bytes(len(told)))),
            (
                "reads-one-less",
                "it reads one less",
                _read(level, name, lambda told: _int(told, lambda x: x - 1)),
            ),
        ):
            wanted = (rules, "options.integer", "contracts.option")
            yield _fault(name, how, does, wanted, make, level)
    for name in _TIMEOUTS:
        limits = ("options.timeout", "readiness.timeouts", "contracts.timeout")
        for how, does, make in (
            ("ignored", "setting it does nothing", _changed("SOL_SOCKET", name, _nothing)),
            ("remembered", "it reads back and limits nothing", remembered("SOL_SOCKET", name)),
            (
                "seconds-only",
                "microseconds are dropped",
                _changed("SOL_SOCKET", name, lambda v, put: put(v[:-8] + bytes(8))),
            ),
            (
                "refused",
                "setting it fails",
                _changed("SOL_SOCKET", name, _refused("EDOM", "setsockopt")),
            ),
            ("late", "a value takes effect one call late", _late("SOL_SOCKET", name)),
            ("shared", "every socket reads what was set last", _shared("SOL_SOCKET", name)),
            ("doubled", "twice the time passes", _changed("SOL_SOCKET", name, _doubled)),
        ):
            yield _fault(name, how, does, limits, make, "SOL_SOCKET")
    for name in _BUFFERS:
        for how, does, make in (
            ("ignored", "setting it does nothing", _changed("SOL_SOCKET", name, _nothing)),
            (
                "halved",
                "half of it is set",
                _changed("SOL_SOCKET", name, _with(lambda x: x // 2)),
            ),
            (
                "refused",
                "setting it fails",
                _changed("SOL_SOCKET", name, _refused("EINVAL", "setsockopt")),
            ),
            ("late", "a value takes effect one call late", _late("SOL_SOCKET", name)),
            (
                "reads-zero",
                "it reads as 0",
                _read("SOL_SOCKET", name, lambda told: bytes(len(told))),
            ),
        ):
            sizes = ("options.buffer", "contracts.buffer-size")
            yield _fault(name, how, does, sizes, make, "SOL_SOCKET")
    linger = ("options.linger", "options.linger-close", "contracts.linger")
    for how, does, make in (
        ("ignored", "setting it does nothing", _changed("SOL_SOCKET", "SO_LINGER", _nothing)),
        (
            "remembered",
            "it reads back, and closing is as without",
            remembered("SOL_SOCKET", "SO_LINGER"),
        ),
        (
            "always-off",
            "the switch is dropped",
            _changed("SOL_SOCKET", "SO_LINGER", lambda v, put: put(bytes(4) + v[4:])),
        ),
        (
            "always-on",
            "the switch is always on",
            _changed(
                "SOL_SOCKET", "SO_LINGER", lambda v, put: put(_int(v[:4], lambda _: 1) + v[4:])
            ),
        ),
        (
            "one-more",
            "one second more is set",
            _changed(
                "SOL_SOCKET",
                "SO_LINGER",
                lambda v, put: put(v[:4] + _int(v[4:], lambda x: x + 1)),
            ),
        ),
        (
            "time-lost",
            "the time is always 0",
            _changed("SOL_SOCKET", "SO_LINGER", lambda v, put: put(v[:4] + bytes(4))),
        ),
        (
            "fields-swapped",
            "the two fields are exchanged",
            _changed("SOL_SOCKET", "SO_LINGER", lambda v, put: put(v[4:] + v[:4])),
        ),
        (
            "refused",
            "setting it fails",
            _changed("SOL_SOCKET", "SO_LINGER", _refused("EINVAL", "setsockopt")),
        ),
        (
            "reads-off",
            "it reads as off",
            _read("SOL_SOCKET", "SO_LINGER", lambda told: bytes(len(told))),
        ),
    ):
        yield _fault("SO_LINGER", how, does, linger, make, "SOL_SOCKET")
    for name, rules in (
        ("SO_TYPE", "type"),
        ("SO_ACCEPTCONN", "accept-connections"),
        ("SO_PROTOCOL", "protocol"),
        ("SO_DOMAIN", "domain"),
    ):
        yield Fault(
            f"options/{name}/wrong",
            f"{name} reads one more than it is",
            (f"options.read-only.{rules}",),
            _read("SOL_SOCKET", name, lambda told: _int(told, lambda x: x + 1)),
            (("getsockopt", "SOL_SOCKET", name),),
        )
    yield Fault(
        "options/SO_ERROR/always-zero",
        "SO_ERROR reads as 0, and the error is cleared",
        ("options.error", "contracts.take-error", "readiness", "state.connect"),
        _read("SOL_SOCKET", "SO_ERROR", lambda told: bytes(len(told))),
        (("getsockopt", "SOL_SOCKET", "SO_ERROR"),),
    )
    yield Fault(
        "options/SO_ERROR/sticky",
        "SO_ERROR reports an error again and again",
        ("options.error", "contracts.take-error"),
        _sticky,
        (("getsockopt", "SOL_SOCKET", "SO_ERROR"),),
    )
    yield Fault(
        "options/unknown/accepted",
        "an unknown option is accepted",
        ("options.unsupported",),
        _unknown(None),
        _UNKNOWN,
    )
    yield Fault(
        "options/unknown/wrong-error",
        "an unknown option fails with EOPNOTSUPP",
        ("options.unsupported",),
        _unknown("EOPNOTSUPP"),
        _UNKNOWN,
    )
    yield Fault(
        "options/length/ignored",
        "a short value is accepted",
        ("options",),
        _short,
        (("setsockopt", "EINVAL"),),
    )


def _doubled(value: bytes, put: Callable[[bytes], None]) -> None:
    if len(value) != 16:
        put(value)
        return
    seconds, micros = struct.unpack("=qq", value)
    whole = 2 * (seconds * 1_000_000 + micros)
    put(struct.pack("=qq", *divmod(whole, 1_000_000)))


def _sticky(right: Backend) -> Mapping[str, Wrong]:
    which = tuple(numbers(right, "SOL_SOCKET", "SO_ERROR"))
    kept: dict[Any, bytes] = {}

    def getsockopt(call: Wrong, sock: Handle, at: int, option: int, size: int) -> bytes:
        told = bytes(call(sock, at, option, size))
        if (at, option) == which:
            if any(told):
                kept[id(sock)] = told
            return kept.get(id(sock), told)
        return told

    def new(call: Wrong, *arguments: Any) -> Handle:
        made = call(*arguments)
        kept.pop(id(made), None)
        return made

    return {"getsockopt": getsockopt, "new": new}


def _unknown(symbol: str | None) -> Make:
    def make(right: Backend) -> Mapping[str, Wrong]:
        from sockspec.errors import SocketError  # noqa: PLC0415 - only here

        def wrong(call: Wrong, *arguments: Any) -> Any:
            try:
                return call(*arguments)
            except SocketError as answered:
                if answered.symbol != "ENOPROTOOPT":
                    raise
                if symbol is None:
                    return bytes(arguments[3]) if isinstance(arguments[3], int) else None
                raise error(symbol, answered.call) from None

        del right
        return {"setsockopt": wrong, "getsockopt": wrong}

    return make


def _short(right: Backend) -> Mapping[str, Wrong]:
    del right

    def setsockopt(call: Wrong, sock: Handle, at: int, option: int, value: bytes) -> None:
        call(sock, at, option, value.ljust(4, b"\0"))

    return {"setsockopt": setsockopt}
