"""An agent whose getpeername is a string."""

from sockspec.agent.serve import Server, serve
from sockspec.backends.stdlib import Stdlib


class Stringly(Server):
    def answer(self, request):
        answer = super().answer(request)
        if request.get("call", {}).get("primitive") == "peer_addr":
            answer["value"] = "127.0.0.1:80"
        return answer


serve(Stdlib(), Stringly)
