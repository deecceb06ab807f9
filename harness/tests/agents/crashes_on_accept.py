"""An agent that crashes on accept."""

import os
import signal

from sockspec.agent.serve import serve
from sockspec.backends.stdlib import Stdlib


class Crashes(Stdlib):
    def accept(self, sock):
        os.kill(os.getpid(), signal.SIGSEGV)


if __name__ == "__main__":
    serve(Crashes())
