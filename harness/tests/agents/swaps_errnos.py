"""An agent that says ETIMEDOUT where the system said ECONNREFUSED."""

from sockspec.agent.serve import serve
from sockspec.backends.stdlib import Stdlib
from sockspec.errors import SocketError


class Swaps(Stdlib):
    def connect(self, sock, address):
        try:
            super().connect(sock, address)
        except SocketError as error:
            if error.symbol == "ECONNREFUSED":
                raise SocketError("ETIMEDOUT", 110, "connect") from None
            raise


serve(Swaps())
