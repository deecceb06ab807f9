"""The two documented APIs as Python classes, over any backend and without the suite."""

from __future__ import annotations

from sockspec.api.socket import Socket
from sockspec.api.streams import TcpListener, TcpStream
from sockspec.api.tcp import TcpKeepalive
from sockspec.api.tcp_socket import TcpSocket
from sockspec.api.transfer import RecvFlags

__all__ = ["RecvFlags", "Socket", "TcpKeepalive", "TcpListener", "TcpSocket", "TcpStream"]
