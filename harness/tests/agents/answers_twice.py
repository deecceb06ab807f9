"""An agent that answers dup twice."""

from sockspec.agent.serve import Server, serve
from sockspec.backends.stdlib import Stdlib


class Twice(Server):
    def respond(self, line):
        answer = super().respond(line)
        return answer * 2 if b'"dup"' in line else answer


serve(Stdlib(), Twice)
