"""An agent that says something before it answers getpeername."""

from sockspec.agent.serve import Server, serve
from sockspec.backends.stdlib import Stdlib


class Unasked(Server):
    def respond(self, line):
        said = b'{"kind":"log","text":"nearly there"}\n' if b'"peer_addr"' in line else b""
        return said + super().respond(line)


serve(Stdlib(), Unasked)
