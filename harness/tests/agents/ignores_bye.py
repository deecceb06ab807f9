"""An agent that goes on after its bye, after the end of its input, and after SIGTERM."""

import signal
import threading

from sockspec.agent import serve
from sockspec.backends.stdlib import Stdlib


class Ignores(serve.Server):
    def respond(self, line):
        if b'"bye"' in line:
            threading.Event().wait()
        return super().respond(line)


signal.signal(signal.SIGTERM, signal.SIG_IGN)
serve._outlive_nobody = lambda _requests: None
serve.serve(Stdlib(), Ignores)
