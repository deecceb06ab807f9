"""An agent that closes its output in the middle of an answer, and lives on."""

import os
import threading

from sockspec.agent.serve import Server, serve
from sockspec.backends.stdlib import Stdlib


class Stops(Server):
    def respond(self, line):
        answer = super().respond(line)
        if b'"peer_addr"' in line:
            # Its own descriptors are the first two that it opened, after 0, 1 and 2.
            answers = self._own[-1]
            os.write(answers, answer[:10])
            os.close(answers)
            threading.Event().wait()
        return answer


serve(Stdlib(), Stops)
