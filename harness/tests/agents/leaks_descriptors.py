"""An agent whose listen leaks descriptors until there are none."""

import os
import resource

from sockspec.agent.serve import serve
from sockspec.backends.stdlib import Stdlib


class Leaks(Stdlib):
    def listen(self, sock, backlog):
        super().listen(sock, backlog)
        for _ in range(200):
            try:
                os.dup(0)
            except OSError:
                return


resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
serve(Leaks())
