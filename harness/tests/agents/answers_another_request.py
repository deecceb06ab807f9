"""An agent that answers getpeername under a number that no request had."""

from sockspec.agent.serve import Server, serve
from sockspec.backends.stdlib import Stdlib


class Another(Server):
    def answer(self, request):
        answer = super().answer(request)
        if request.get("call", {}).get("primitive") == "peer_addr":
            answer["id"] += 1000
        return answer


serve(Stdlib(), Another)
