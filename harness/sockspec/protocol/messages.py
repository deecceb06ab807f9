"""The protocol between a client and an agent: every message, once.

A message is one JSON object on one line. Requests arrive on the agent's standard input;
answers leave on its standard output, in the order of the requests. Standard error is free for
messages to a person. The client, its check of answers, the published JSON Schema (`sockspec
schema protocol`) and the documentation are all made from these types.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from sockspec.protocol.calls import CALLS, RETURNS, Call

__all__ = [
    "PROTOCOL",
    "Answer",
    "Blocked",
    "Bye",
    "Cancel",
    "Do",
    "Errors",
    "Failed",
    "Fault",
    "Hello",
    "Lacking",
    "Loopback",
    "Platform",
    "Request",
    "Reset",
    "Result",
    "Returned",
    "Running",
    "Start",
    "Welcome",
    "schema",
]

PROTOCOL = 1
"""Version of the protocol. An agent of another version is refused with exit code 2."""

Id = Annotated[int, Meta(ge=0, description="Number of the request; its answer repeats it.")]
Pending = Annotated[int, Meta(ge=0, description="A started call: the answer to `start`.")]
Seconds = Annotated[float, Meta(ge=0, description="How long to wait, in seconds.")]


# -- requests -----------------------------------------------------------------------


class Hello(Struct, frozen=True, tag="hello", tag_field="kind"):
    """The first request. Its answer is `welcome`, whatever the versions."""

    id: Id
    protocol: int
    client: str


class Do(Struct, frozen=True, tag="call", tag_field="kind"):
    """Make a call and answer when it has returned."""

    id: Id
    call: Call


class Start(Struct, frozen=True, tag="start", tag_field="kind"):
    """Begin a call that may block and answer at once, with the number of the started call.

    An agent that makes one call at a time answers `unsupported` and says so in `welcome`.
    """

    id: Id
    call: Call


class Blocked(Struct, frozen=True, tag="is-blocked", tag_field="kind"):
    """Whether a started call is blocked in the system (true) or has returned (false).

    The agent waits at most `within` seconds for one of the two, then answers `running`.
    """

    id: Id
    pending: Pending
    within: Seconds


class Result(Struct, frozen=True, tag="result", tag_field="kind"):
    """What a started call returned: the same answer as to the call itself.

    `running` if it has not returned after `within` seconds.
    """

    id: Id
    pending: Pending
    within: Seconds


class Cancel(Struct, frozen=True, tag="cancel", tag_field="kind"):
    """Cancel a started call that can be cancelled (an awaited function of a face).

    The answer is null; `result` then returns what became of the call.
    """

    id: Id
    pending: Pending


class Reset(Struct, frozen=True, tag="reset", tag_field="kind"):
    """Close every open socket and forget every started call: the example is over.

    The answer is the number of started calls that could not be ended; if it is not 0, the
    client starts another agent.
    """

    id: Id


class Bye(Struct, frozen=True, tag="bye", tag_field="kind"):
    """The last request: answer null and exit. End of file on standard input means the same."""

    id: Id


Request = Hello | Do | Start | Blocked | Result | Cancel | Reset | Bye


# -- answers ------------------------------------------------------------------------


class Platform(Struct, frozen=True):
    """The platform of the agent, as in the header of a run file (`sockspec.platform.facts`).

    `profile` names the profile that it is judged by, `version` is its kernel's in numbers
    and dots. Leave out what the agent does not know.
    """

    profile: str
    system: str
    version: str
    machine: str
    byte_order: Literal["little", "big"]
    release: str = ""
    libc: str = ""
    libc_version: str = ""
    interpreter: str = ""
    interpreter_version: str = ""
    privileged: bool | None = None
    capabilities: str | None = None
    own_network_namespace: bool | None = None
    own_user_namespace: bool | None = None
    hz: int | None = None
    settings: dict[str, str] = {}


class Loopback(Struct, frozen=True):
    """Where the implementation reaches itself: an address of each family, and the interface.

    `index` is the number of that interface.
    """

    v4: str = "127.0.0.1"
    v6: str = "::1"
    index: int = 1


class Welcome(Struct, frozen=True, tag="welcome", tag_field="kind"):
    """The answer to `hello`: what is being tested, where, and what it has.

    `backend` is the short name that profiles condition on, `implementation` one line for
    reports; neither contains a path. `system` is as in `sys.platform`, `long_size` the size
    of a C long in bytes. `constants` maps symbols to numbers, null where the platform has
    none; the client asks for a symbol that is missing with the call `constant`. `primitives`
    lists the calls that the agent has; `functions` the documented functions that it answers
    itself (`"Socket.set_linger"`), usually none. `starts` says whether it has `start`.

    `label` names what is tested and its version, for the head of reports; without one they
    have the platform and `implementation`. `stands_in_for` is the backend whose own policies
    it shares, `stdlib` for what stands in for Python's module. `loopback` says where its
    sockets reach one another.
    """

    id: Id
    protocol: int
    backend: str
    version: str
    implementation: str
    system: str
    byte_order: Literal["little", "big"]
    long_size: Literal[4, 8]
    platform: Platform
    constants: dict[str, int | None]
    primitives: list[str]
    functions: list[str] = []
    starts: bool = True
    label: str = ""
    stands_in_for: str = ""
    loopback: Loopback = Loopback()


T = TypeVar("T")


class Returned(Struct, Generic[T], frozen=True, tag="value", tag_field="kind"):
    """The call returned; each call says which form its `value` has."""

    id: Id
    value: T


class Failed(Struct, frozen=True, tag="error", tag_field="kind"):
    """The call failed: the symbol, the same on every platform, and the raw number on this one.

    A failure that never reached the system has number 0, or a number of its own layer.
    """

    id: Id
    symbol: Annotated[str, Meta(pattern="^[A-Z][A-Z0-9_]*$")]
    number: int
    call: str = ""
    message: str = ""


class Lacking(Struct, frozen=True, tag="unsupported", tag_field="kind"):
    """The implementation or its platform does not have `feature`; `why` says which."""

    id: Id
    feature: str
    why: str = ""


class Fault(Struct, frozen=True, tag="fault", tag_field="kind"):
    """The implementation itself broke, with an exception that no system call would return."""

    id: Id
    type: str
    message: str = ""


class Running(Struct, frozen=True, tag="running", tag_field="kind"):
    """A started call has not returned in the time given."""

    id: Id


Errors = Failed | Lacking | Fault | Running
Answer = Welcome | Returned[Any] | Errors


def schema() -> dict[str, Any]:
    """The JSON Schema of one line: a `request` or an `answer`.

    `returns.NAME` is the schema of the `value` that the call NAME is answered with.
    """
    returns = {f"returns.{name}": RETURNS[kind] for name, kind in CALLS.items()}
    named = {"request": Request, "answer": Answer, **returns}
    made, definitions = msgspec.json.schema_components(
        named.values(), ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"sockspec agent protocol, version {PROTOCOL}: one line",
        "anyOf": [{"$ref": "#/$defs/request"}, {"$ref": "#/$defs/answer"}],
        "$defs": {**dict(zip(named, made, strict=True)), **definitions},
    }
