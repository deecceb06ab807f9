"""An agent that crashes when a datagram socket is closed, where a test only cleans up."""

import os
import signal
import socket

from sockspec.agent.serve import serve
from sockspec.backends.stdlib import Stdlib


class Crashes(Stdlib):
    def close(self, sock):
        if sock.type == socket.SOCK_DGRAM:
            os.kill(os.getpid(), signal.SIGABRT)
        super().close(sock)


serve(Crashes())
