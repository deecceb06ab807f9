"""An agent that writes more to standard error than a pipe holds, at every call."""

import sys

from sockspec.agent.serve import Server, serve
from sockspec.backends.stdlib import Stdlib


class Floods(Server):
    def respond(self, line):
        sys.stderr.write("look at me\n" * 20_000)
        sys.stderr.flush()
        return super().respond(line)


serve(Stdlib(), Floods)
