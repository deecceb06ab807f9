"""A Python script over the module that is accused, with nothing of sockspec."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING, Any

from sockspec.backend import PROCESS
from sockspec.reproduce import link as links
from sockspec.reproduce.libraries import LIBRARIES
from sockspec.reproduce.names import Flags, Symbol
from sockspec.reproduce.plan import Failed
from sockspec.reproduce.values import (
    FILES,
    Any_,
    Bytes,
    Credentials,
    Inet,
    Name,
    Other,
    Packed,
    Path,
    Raw,
    Rights,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sockspec.reproduce.case import Shown
    from sockspec.reproduce.plan import Plan, Step, Taken

__all__ = ["Body", "expression", "lacks", "needing", "part", "statements", "write"]

_METHODS = {"bind", "listen", "connect", "shutdown", "getsockopt", "setsockopt", "send"}
_METHODS |= {"sendto", "sendmsg", "detach", "dup"}
_LATE = {"accept", "recvmsg", "recvfrom", "accept_raw", "accept4", "TcpSocket.listen"}
_LONGEST = 40  # bytes of a name that are spelled out
_RENAMED = {"local_addr": "getsockname", "peer_addr": "getpeername"}
_IMPORTS = (
    *("errno", "os", "select", "shutil", "socket", "struct", "sys", "tempfile", "threading"),
    "time",
)
_LACKS = {
    *("new_raw", "accept_raw", "accept4", "file", "pipe", "read", "readv", "write", "writev"),
    *("recvmmsg", "sendmmsg", "sendfile", "select", "pselect", "ppoll", "epoll_create"),
    *("epoll_ctl", "epoll_wait", "kqueue", "kevent", "raw_call"),
}
_LINKED = ("ctypes", "subprocess")
_UNTRIED = """\
def untried(kind, error, _):
    print("now:       could not be tried:", kind.__name__, error, flush=True)
    os._exit(2)


sys.excepthook = untried

"""
_NEEDS = {  # numbers that the helpers use
    "fill": {"SIOCOUTQ": 0x5411, "SIOCOUTQNSD": 0x894B},
    "sockatmark": {"SIOCATMARK": 0x8905},
}


def lacks(plan: Plan) -> str:
    """Why Python's sockets cannot make these calls; empty if they can."""
    made = {each for each in plan.calls if not each.startswith(FILES)}
    foreign = {each for each in made if "." in each} | (made & {*_LACKS, *PROCESS})
    if foreign:
        return f"Python's sockets have no {', '.join(sorted(foreign))}"
    if any(isinstance(value, Raw) for step in plan.steps for value in step.arguments):
        return "Python's sockets take no raw address"
    return ""


def write(plan: Plan, shown: Shown, library: str) -> str:
    """The script."""
    is_linked = shown.link.is_made
    body = [*needing(shown), *statements(plan, is_linked=is_linked)]
    numbers = dict(plan.names.used)
    for step in plan.steps:
        numbers |= _NEEDS.get(step.call, {})
    symbols = [f"{name} = number({name!r}, {value})" for name, value in sorted(numbers.items())]
    text = "\n".join(body) + "\n".join(symbols)
    body = [f"    {line}" for line in body]
    parts = [
        "#!/usr/bin/env python3",
        f'"""{shown.docstring}"""\n',
        *(f"import {each}" for each in (*_IMPORTS, *(_LINKED if is_linked else ()))),
        *shown.constants,
        "\n\ndef show():",
        *body,
        "\n\n# -- how the calls are made and compared " + "-" * 40 + "\n",
        _UNTRIED,
        LIBRARIES[library].strip("\n") + "\n",
        *(_link() if is_linked else ()),
        part("python.py") + "\n",
        *([part("needed.py") + "\n"] if shown.link.why else []),
        _used(part("calls.py"), text),
        *symbols,
        '\n\nif __name__ == "__main__":',
        *(["    make_link()"] if is_linked else []),
        "    main(show)\n",
    ]
    return "\n".join(parts)


def statements(plan: Plan, *, is_linked: bool = False) -> list[str]:
    """The calls alone, a line each; those of the other end are made there if it `is_linked`."""
    impossible = plan.impossible or lacks(plan)
    if impossible:
        return [f"raise NotTried({impossible!r})"]
    return Body(plan, is_linked=is_linked).lines()


def needing(shown: Shown) -> list[str]:
    """The statement that goes on only over a link that is there; none where none is needed."""
    link = shown.link
    return [f"need_link({link.address!r}, {link.why!r})"] if link.why else []


def _link() -> list[str]:
    """The link of a run, made by the script itself: what was said of the case is true there."""
    return [
        "# -- the link " + "-" * 40 + "\n",
        "LINK = [",
        *links.in_python(),
        "]\n\n",
        part("link.py") + "\n",
    ]


def part(name: str) -> str:
    """A part of every script."""
    return (resources.files("sockspec.reproduce") / "templates" / name).read_text("utf-8")


def _used(source: str, text: str) -> str:
    """Of functions those that a text uses, and those that they use."""
    functions = {
        each.split("(", 1)[0]: "def " + each.rstrip() + "\n\n"
        for each in re.split(r"^def ", source, flags=re.MULTILINE)
        if each.strip()
    }
    used = {"poll_once"}
    before: set[str] = set()
    while used != before:
        before = set(used)
        whole = text + "".join(functions[each] for each in used)
        used |= {each for each in functions if re.search(rf"\b{each}\b", whole)}
    return "\n".join(functions[each] for each in functions if each in used)


class Body:
    """The statements."""

    port = "[1]"
    """What leads from an address to its port."""

    def __init__(self, plan: Plan, *, is_linked: bool = False) -> None:
        self._steps = plan.steps
        self._is_linked = is_linked
        self._waiting: dict[Name, tuple[str, Taken]] = {}
        self._lines: list[str] = []

    def lines(self) -> list[str]:
        """All of them, a call each."""
        for number, step in enumerate(self._steps):
            self._collect(step)
            self._lines.append(self._statement(number, step))
        return self._lines

    def _collect(self, step: Step) -> None:
        """Before a call: the variables that it uses, from the answers that have them."""
        for name in (*walk(step.arguments), *walk(step.seen if step.decides else None)):
            if name in self._waiting:
                answer, taken = self._waiting.pop(name)
                self._lines.append(f"{name.text} = {self._place(f'{answer}.value', taken)}")

    def _statement(self, number: int, step: Step) -> str:
        call = self.call(step)
        marks = self._marks(step)
        if step.call in _LATE or marks or len(step.taken) > 1:
            made = f"do({call}{marks})"
            if step.taken:
                answer = f"a{number}"
                self._waiting |= {each.name: (answer, each) for each in step.taken}
                made = f"{answer} = {made}"
        elif step.taken:
            (taken,) = step.taken
            made = f"{taken.name.text} = {self._place(f'get({call})', taken)}"
        else:
            made = f"do({call})"
        return f"for _ in range({step.times}): {made}" if step.times > 1 else made

    def _marks(self, step: Step) -> str:
        marks = ""
        if step.decides or step.again or isinstance(step.seen, Failed):
            marks += f", seen={self.value(step.seen)}"
        if step.decides:
            marks += ", decides=True"
        if step.started:
            marks += ", started=True"
        if step.again:
            marks += ", again=True"
        return marks

    def _place(self, answer: str, taken: Taken) -> str:
        """The value in an answer that a variable is for."""
        match taken.path:
            case ("control", triple, place):
                at = 4 * int(place)
                return f"unpack({answer}[2][{triple}][2][{at}:{at + 4}])"
            case path:
                places: dict[str | int, str] = {"port": self.port, "address": "[4]"}
                return answer + "".join(places.get(each, f"[{each}]") for each in path)

    def value(self, value: Any) -> str:
        """A value as an expression."""
        return expression(value, self.value)

    def call(self, step: Step) -> str:
        """What is called, and its arguments."""
        arguments = step.arguments
        match step.call:
            case "new":
                make = "make_far" if step.theirs and self._is_linked else "make"
                return self._join(make, arguments if arguments[2] else arguments[:2])
            case "pair":
                return self._join("make_pair", arguments)
            case "set_nonblocking":
                return f"{self.value(arguments[0])}.setblocking, {not arguments[1]}"
            case "poll":
                return f"poll, {self._list(arguments[0])}, {self.value(arguments[1])}"
            case "recvmsg":
                sock, sizes, *rest = arguments
                return self._join(f"recvmsg, {self.value(sock)}, {self._list(sizes)}", rest)
            case "sendmsg":
                sock, parts, control, flags, address = arguments
                call = f"{self.value(sock)}.sendmsg, {self._list(parts)}, {self._list(control)}"
                rest = [flags, _short(address)] if address is not None else [flags]
                return self._join(call, rest)
            case name if name.startswith(FILES):
                return _on_files(name.removeprefix(FILES), arguments)
            case name if name in _METHODS:
                rest = list(map(_short, arguments[1:]))
                return self._join(f"{self.value(arguments[0])}.{name}", rest)
            case name:
                return self._join(_RENAMED.get(name, name), arguments)

    def _join(self, call: str, arguments: Sequence[Any]) -> str:
        return ", ".join([call, *map(self.value, arguments)])

    def _list(self, values: Any) -> str:
        return "[" + ", ".join(map(self.value, values)) + "]"


def _short(value: Any) -> Any:
    # A pair fits sockets of both families, so that one can be given the other's address.
    is_pair = isinstance(value, Inet) and value.more == (0, 0)
    return replace(value, more=None) if is_pair else value


def expression(value: Any, inner: Callable[[Any], str]) -> str:
    """A value as an expression of Python; `inner` writes those in it."""
    match value:
        case Name(text):
            return text
        case Any_():
            return "ANY"
        case Failed(symbol):
            return f"Error({symbol!r})"
        case Symbol(name, _):
            return name
        case Flags(symbols, rest):
            names = [each.name for each in symbols]
            return " | ".join(names + ([str(rest)] if rest or not names else []))
        case Inet(host, port, more):
            address = [repr(host), inner(port)]
            return f"({', '.join(address + ([str(each) for each in more] if more else []))})"
        case Other(than):
            return f"Other({inner(than)})"
        case Path():
            return _in_folder(value)
        case Bytes(_, length) if value.is_zero:
            return f"bytes({length})"
        case Bytes(head, length):
            return repr(head) if value.is_whole else f"Long({length})"
        case Packed("i", (number,)):
            return f"i32({number})"
        case Packed(form, numbers):
            return f"pack({form!r}, {', '.join(map(str, numbers))})"
        case Rights(numbers):
            return _rights(numbers, inner)
        case Credentials(length):
            return f"credentials({length})"
        case tuple():
            text = ", ".join(map(inner, value))
            return f"({text},)" if len(value) == 1 else f"({text})"
        case _:
            return repr(value)


def _on_files(name: str, arguments: tuple[Any, ...]) -> str:
    """What changes files, whoever makes the other calls."""
    given = [_in_folder(each) if isinstance(each, Path) else repr(each) for each in arguments]
    if name == "create":
        return ", ".join(["os.open", *given, "os.O_CREAT | os.O_EXCL"])
    return ", ".join([f"os.{name}", *given])


def _rights(numbers: tuple[Any, ...], inner: Callable[[Any], str]) -> str:
    if not numbers:
        return "b''"
    if any(isinstance(each, Any_) for each in numbers):
        return f"Long({4 * len(numbers)})"
    if len(set(numbers)) == 1 and len(numbers) > 1:
        return f"i32({inner(numbers[0])}) * {len(numbers)}"
    return " + ".join(f"i32({inner(each)})" for each in numbers)


def _in_folder(path: Path) -> str:
    if not path.inside:
        return repr(path.after)
    after = repr(path.after)
    if len(path.after) > _LONGEST and len(set(path.after[2:])) == 1:
        after = f"{path.after[:2]!r} + {path.after[2:3]!r} * {len(path.after) - 2}"
    return " + ".join([*([repr(path.before)] if path.before else []), "folder", after])
