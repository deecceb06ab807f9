"""An agent that answers getpeername with what is no JSON."""

from sockspec.agent.serve import Server, serve
from sockspec.backends.stdlib import Stdlib


class Nonsense(Server):
    def respond(self, line):
        return b"\xff\x00 so what\n" if b'"peer_addr"' in line else super().respond(line)


serve(Stdlib(), Nonsense)
