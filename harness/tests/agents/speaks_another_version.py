"""An agent of another time."""

from sockspec.agent.serve import Server, serve
from sockspec.backends.stdlib import Stdlib


class Future(Server):
    def answer(self, request):
        return {**super().answer(request), "protocol": 2}


serve(Stdlib(), Future)
