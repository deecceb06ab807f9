"""Reading an option back, where reading it is not what the rule is about."""

from __future__ import annotations

from sockspec.errors import SocketError, Unsupported


def value_of(sock, level, option):
    """What an option reads as; without the option there is nothing to say of its values.

    That it is there is what the rules of its default ask for.
    """
    try:
        return sock.get_int(level, option)
    except SocketError as error:
        if error.symbol != "ENOPROTOOPT":
            raise
        raise Unsupported(option, "reading it answers ENOPROTOOPT") from None
