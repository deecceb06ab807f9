"""Socket options of level IPPROTO_TCP."""

from __future__ import annotations

from dataclasses import dataclass

from sockspec.api import codec
from sockspec.api.base import Face
from sockspec.api.documents import documented

__all__ = ["Tcp", "TcpKeepalive"]

_LEVEL = "IPPROTO_TCP"
_INT_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class TcpKeepalive:
    """Parameters of keepalive probes; None leaves one as it is.

    `time` is seconds of idleness before the first probe, `interval` seconds between
    probes (both cut off to whole ones), `retries` how many go unanswered.
    """

    time: float | None = None
    interval: float | None = None
    retries: int | None = None


def _whole(seconds: float) -> int:
    return codec.nanoseconds(seconds) // 1_000_000_000


class Tcp(Face):
    """Getters and setters; a getter is named as the option, its setter `set_...`."""

    @documented
    def set_tcp_keepalive(self, params: TcpKeepalive) -> None:
        """Enable SO_KEEPALIVE, then set the parameters that are given, one by one.

        When one is refused, what came before it stays set.
        """
        self.set_int("SOL_SOCKET", "SO_KEEPALIVE", 1)
        if params.time is not None:
            self.set_int(_LEVEL, self._idle, min(_whole(params.time), _INT_MAX))
        if params.interval is not None:
            self.set_int(_LEVEL, "TCP_KEEPINTVL", min(_whole(params.interval), _INT_MAX))
        if params.retries is not None:
            self.set_int(_LEVEL, "TCP_KEEPCNT", params.retries)

    @property
    def _idle(self) -> str:
        return "TCP_KEEPALIVE" if self.backend.system == "darwin" else "TCP_KEEPIDLE"

    @documented
    def nodelay(self) -> bool:
        """TCP_NODELAY: whether small segments are sent at once."""
        return self._get_bool(_LEVEL, "TCP_NODELAY")

    @documented
    def set_nodelay(self, nodelay: bool) -> None:
        """Set TCP_NODELAY."""
        self.set_int(_LEVEL, "TCP_NODELAY", int(nodelay))

    # -- newer than the document ---------------------------------------------

    @documented
    def tcp_keepalive_time(self) -> float:
        """TCP_KEEPIDLE (Apple: TCP_KEEPALIVE), in seconds."""
        return float(self.get_int(_LEVEL, self._idle))

    @documented
    def tcp_keepalive_interval(self) -> float:
        """TCP_KEEPINTVL, in seconds."""
        return float(self.get_int(_LEVEL, "TCP_KEEPINTVL"))

    @documented
    def tcp_keepalive_retries(self) -> int:
        """TCP_KEEPCNT."""
        return self.get_int(_LEVEL, "TCP_KEEPCNT")

    @documented
    def tcp_mss(self) -> int:
        """TCP_MAXSEG, in bytes."""
        return self.get_int(_LEVEL, "TCP_MAXSEG")

    @documented
    def set_tcp_mss(self, mss: int) -> None:
        """Set TCP_MAXSEG."""
        self.set_int(_LEVEL, "TCP_MAXSEG", mss)

    @documented
    def tcp_cork(self) -> bool:
        """TCP_CORK (Linux): whether partial segments are held back."""
        return self._get_bool(_LEVEL, "TCP_CORK")

    @documented
    def set_tcp_cork(self, cork: bool) -> None:
        """Set TCP_CORK."""
        self.set_int(_LEVEL, "TCP_CORK", int(cork))

    @documented
    def tcp_quickack(self) -> bool:
        """TCP_QUICKACK (Linux)."""
        return self._get_bool(_LEVEL, "TCP_QUICKACK")

    @documented
    def set_tcp_quickack(self, quickack: bool) -> None:
        """Set TCP_QUICKACK."""
        self.set_int(_LEVEL, "TCP_QUICKACK", int(quickack))

    @documented
    def tcp_thin_linear_timeouts(self) -> bool:
        """TCP_THIN_LINEAR_TIMEOUTS (Linux)."""
        return self._get_bool(_LEVEL, "TCP_THIN_LINEAR_TIMEOUTS")

    @documented
    def set_tcp_thin_linear_timeouts(self, timeouts: bool) -> None:
        """Set TCP_THIN_LINEAR_TIMEOUTS."""
        self.set_int(_LEVEL, "TCP_THIN_LINEAR_TIMEOUTS", int(timeouts))

    @documented
    def tcp_user_timeout(self) -> float | None:
        """TCP_USER_TIMEOUT (Linux), in seconds of whole milliseconds; None for 0."""
        return self.get_int(_LEVEL, "TCP_USER_TIMEOUT") / 1000 or None

    @documented
    def set_tcp_user_timeout(self, timeout: float | None) -> None:
        """Set TCP_USER_TIMEOUT."""
        milliseconds = min(codec.nanoseconds(timeout or 0.0) // 1_000_000, 0xFFFFFFFF)
        self.set_int(_LEVEL, "TCP_USER_TIMEOUT", milliseconds)

    @documented
    def tcp_notsent_lowat(self) -> int:
        """TCP_NOTSENT_LOWAT (Linux), in bytes."""
        return self.get_int(_LEVEL, "TCP_NOTSENT_LOWAT") & 0xFFFFFFFF

    @documented
    def set_tcp_notsent_lowat(self, lowat: int) -> None:
        """Set TCP_NOTSENT_LOWAT."""
        self.set_int(_LEVEL, "TCP_NOTSENT_LOWAT", lowat)

    @documented
    def tcp_congestion(self) -> bytes:
        """TCP_CONGESTION (Linux, FreeBSD): the name of the algorithm, padded as returned."""
        return self.get_option(_LEVEL, "TCP_CONGESTION", 16)  # TCP_CA_NAME_MAX

    @documented
    def set_tcp_congestion(self, name: bytes) -> None:
        """Set TCP_CONGESTION."""
        self.set_option(_LEVEL, "TCP_CONGESTION", name)
