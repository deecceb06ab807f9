"""A player: a Python script that starts an agent and has it make the calls, over the pipe.

It speaks the agents' protocol by itself, with the standard library alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sockspec.protocol.calls import CALLS
from sockspec.reproduce.python import Body, expression, needing, part
from sockspec.reproduce.values import FILES, Inet, Path, Raw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sockspec.reproduce.case import Shown
    from sockspec.reproduce.plan import Plan, Step

__all__ = ["statements", "write"]

_IMPORTS = (
    *("atexit", "base64", "contextlib", "errno", "json", "os", "queue", "select", "shutil"),
    *("signal", "socket", "struct", "subprocess", "sys", "tempfile", "threading", "time"),
)
_ALWAYS = {"constant", "folder"}
_NEEDS = {"fill": {"send", "poll"}, "drain": {"recv"}}


def write(plan: Plan, shown: Shown, command: Sequence[str]) -> str:
    """The script; `command` starts the agent where none is named on its command line."""
    fields = _ALWAYS | {each for each in plan.calls if each in CALLS}
    for each in plan.calls:
        fields |= _NEEDS.get(each, set())
    numbers = dict(plan.names.used) | ({"POLLOUT": 4} if "fill" in plan.calls else {})
    parts = [
        "#!/usr/bin/env python3",
        f'"""{shown.docstring}',
        "    python3 THIS_FILE COMMAND...",
        "",
        'COMMAND starts the agent that makes the calls on what is accused.\n"""\n',
        *(f"import {each}" for each in _IMPORTS),
        "",
        f"COMMAND = {_command(command)}",
        *shown.constants,
        "\n\ndef show():",
        *(f"    {line}" for line in (*needing(shown), *statements(plan))),
        "\n\n# -- how the calls are made and compared " + "-" * 40 + "\n",
        "FIELDS = {",
        *(f"    {each!r}: {CALLS[each].__struct_fields__!r}," for each in sorted(fields)),
        "}",
        part("python.py") + "\n",
        *([part("needed.py") + "\n"] if shown.link.why else []),
        part("player.py"),
        *(f"{name} = number({name!r}, {value})" for name, value in sorted(numbers.items())),
        '\n\nif __name__ == "__main__":\n    main(show)\n',
    ]
    return "\n".join(parts)


def _command(command: Sequence[str]) -> str:
    inner = ["sys.executable" if each == "python" else repr(each) for each in command]
    return f"[{', '.join(inner)}]"


def statements(plan: Plan) -> list[str]:
    """The calls alone, a line each."""
    if plan.impossible:
        return [f"raise NotTried({plan.impossible!r})"]
    return _PlayerBody(plan).lines()


class _PlayerBody(Body):
    """The statements: a call is the name of a primitive of the protocol."""

    port = "['port']"

    def call(self, step: Step) -> str:
        if step.call.startswith(FILES):
            return super().call(step)
        name = step.call if step.call in {"fill", "drain"} else repr(step.call)
        return ", ".join([name, *map(self.value, step.arguments)])

    def value(self, value: Any) -> str:
        match value:
            case Inet(host, port, None):
                return f"inet({host!r}, {self.value(port)})"
            case Inet(host, port, more):
                rest = "".join(f", {each}" for each in more or ()) if any(more or ()) else ""
                return f"inet6({host!r}, {self.value(port)}{rest})"
            case Path():
                return f"unix({expression(value, self.value)})"
            case Raw(data):
                return f"raw({data!r})"
            case _:
                return expression(value, self.value)
