"""An agent whose recv never returns, whatever has arrived."""

import threading

from sockspec.agent.serve import serve
from sockspec.backends.stdlib import Stdlib


class Hangs(Stdlib):
    def recv(self, sock, size, flags=0):
        threading.Event().wait()


serve(Hangs())
