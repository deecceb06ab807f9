"""A socket layer to be tested: Python's own, but it forgives a needless shutdown."""

from sockspec.agent.serve import serve
from sockspec.backends.stdlib import Stdlib
from sockspec.errors import SocketError


class MySockets(Stdlib):
    name = "my-sockets"
    version = "1.0"
    implementation = "my-sockets 1.0"

    def shutdown(self, sock, how):
        try:
            super().shutdown(sock, how)
        except SocketError as error:
            if error.symbol != "ENOTCONN":
                raise


if __name__ == "__main__":
    serve(MySockets())
