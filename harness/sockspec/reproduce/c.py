"""A C program with POSIX calls and nothing else: `cc show.c && ./a.out`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sockspec.reproduce import lean
from sockspec.reproduce import link as links
from sockspec.reproduce.python import part
from sockspec.reproduce.told import spelled, text, told
from sockspec.reproduce.values import (
    FILES,
    Bytes,
    Credentials,
    Inet,
    Name,
    Packed,
    Path,
    Raw,
    Rights,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sockspec.reproduce.case import Shown
    from sockspec.reproduce.plan import Plan, Step

__all__ = ["lacks", "statements", "write"]

_LINKED = ("sched.h", "sys/wait.h")
_ERRORS = (
    *("EACCES", "EADDRINUSE", "EADDRNOTAVAIL", "EAFNOSUPPORT", "EAGAIN", "EALREADY", "EBADF"),
    *("ECONNABORTED", "ECONNREFUSED", "ECONNRESET", "EDESTADDRREQ", "EDOM", "EFAULT"),
    *("EHOSTUNREACH", "EINPROGRESS", "EINTR", "EINVAL", "EIO", "EISCONN", "ELOOP", "EMFILE"),
    *("EMSGSIZE", "ENAMETOOLONG", "ENETDOWN", "ENETUNREACH", "ENFILE", "ENOBUFS", "ENODEV"),
    *("ENOENT", "ENOMEM", "ENOPROTOOPT", "ENOSYS", "ENOTCONN", "ENOTDIR", "ENOTSOCK"),
    *("ENOTTY", "ENXIO", "EOPNOTSUPP", "EPERM", "EPIPE", "EPROTO", "EPROTONOSUPPORT"),
    *("EPROTOTYPE", "ERANGE", "EROFS", "ESHUTDOWN", "ESOCKTNOSUPPORT", "ESTALE", "ETIMEDOUT"),
    "ETOOMANYREFS",
)
_CALLS = {
    *("new", "new_raw", "pair", "close", "dup", "fileno", "adopt", "detach", "bind", "listen"),
    *("connect", "accept", "accept_raw", "local_addr", "peer_addr", "shutdown", "getsockopt"),
    *("setsockopt", "nonblocking", "set_nonblocking", "cloexec", "ioctl", "sockatmark", "recv"),
    *("recv_length", "recvfrom", "recvmsg", "send", "sendto", "sendmsg", "poll", "fill"),
    "drain",
}
_KINDS = {
    **dict.fromkeys(("recv", "drain", "getsockopt", "ioctl"), "BYTES"),
    **dict.fromkeys(("accept", "accept_raw", "local_addr", "peer_addr"), "ADDRESS"),
    **dict.fromkeys(("recv_length", "send", "sendto", "sendmsg", "fileno", "dup"), "NUMBER"),
    **dict.fromkeys(("nonblocking", "cloexec", "sockatmark", "adopt", "detach"), "NUMBER"),
    **dict.fromkeys(("new", "new_raw"), "NUMBER"),
    "recvfrom": "SENDER",
    "recvmsg": "MESSAGE",
    "poll": "EVENTS",
}
_CHANGES = {
    **dict.fromkeys(("unlink", "rename", "symlink", "link", "chmod"), ""),
    "mkdir": ", 0777",
    "mkfifo": ", 0666",
    "create": ", O_CREAT | O_EXCL, 0666",
}
"""What changes files, each with the arguments that Python has no need of."""
_LATE = {"accept", "accept_raw", "recvmsg", "recvfrom"}
_MOST = 8  # sockets of one poll


def lacks(plan: Plan) -> str:
    """Why a program cannot make these calls; empty if it can."""
    foreign = plan.calls - _CALLS - {f"{FILES}{each}" for each in _CHANGES}
    if foreign:
        return f"no program in C makes {', '.join(sorted(foreign))}"
    if any(taken.name.text[0] == "n" for each in plan.steps for taken in each.taken):
        return "a program in C keeps no name that the system chose"
    polls = (each.arguments[0] for each in plan.steps if each.call == "poll")
    if any(isinstance(each, tuple) and len(each) > _MOST for each in polls):
        return "more sockets are polled than the program has room for"
    return ""


_PRELOADED = (
    " * What was preloaded for the agent (LD_PRELOAD), or its wrapper, is needed here, too."
)


def write(plan: Plan, shown: Shown) -> str:
    """The program."""
    numbers = lean.wanting(plan.names.used)
    made = {each.name for step in plan.steps for each in step.taken}
    names = sorted(each.text for each in made)
    expected = ", ".join(map(_string, shown.expected))
    is_linked = shown.link.is_made
    calls = statements(plan, is_linked=is_linked)
    needed = part("needed.c") if shown.link.why else ""
    rows = _table(plan.steps)
    errors = ", ".join(f'{{{each}, "{each}"}}' for each in _ERRORS)
    source = part("program.c").replace("{ERRORS}", f"{{{errors}}}")
    main = part("main.c").replace("{LINK}", _before(shown))
    rest = "\n".join([*calls, needed, *(_link() if is_linked else []), *rows, main])
    source = lean.used(lean.of_kinds(source, {_shown(each) for each in plan.steps}), rest)
    source, main = lean.homeless(source, main)
    lines = [
        *(f"#ifndef {name}\n#define {name} {value}\n#endif" for name, value in numbers),
        "",
        f"#define RULE {_string(shown.case)}",
        f"#define SENTENCE {_string(shown.sentence)}",
        f"#define EXPECTED {_string(' or '.join(shown.expected) or 'nothing is promised')}",
        f"#define SEEN {_string(shown.seen)}",
        f"static const char *expected[] = {{{expected + ', ' if expected else ''}NULL}};",
        *(f"static int {each} = -1;" for each in names),
        *(_ports(names) if "port_name(" in source else []),
        "",
        source,
        *(_link() if is_linked else [needed] if needed else []),
        "/* -- the calls */\n",
        *calls,
        "",
        "static struct step steps[] = {",
        *(f"    {each}," for each in rows),
        "};\n",
        main,
    ]
    program = "\n".join(lines)
    included = lean.headers(program)
    head = [
        "/*",
        *(f" * {line}".rstrip().replace("*/", "* /") for line in shown.lines),
        " *",
        " * cc THIS_FILE && ./a.out (before glibc 2.34 with -pthread)",
        *([_PRELOADED] if shown.by.endswith("through an agent") else []),
        " */",
        "#define _GNU_SOURCE",
        *(f"#include <{each}>" for each in (*included, *(_LINKED if is_linked else ()))),
        "",
    ]
    return "\n".join([*head, program])


def _ports(names: Sequence[str]) -> list[str]:
    """The ports that the system chose, by the names of their variables."""
    ports = [f'{{"{each}", &{each}}}' for each in names if each.startswith("p")]
    return [
        "static const struct { const char *name; int *port; } ports[] = {",
        f"    {', '.join([*ports, '{NULL, NULL}'])}}};",
    ]


def _link() -> list[str]:
    """What makes the link of a run, before the calls."""
    words = "static const struct { int is_far; const char *words; } link_words[] = {"
    return [words, *links.in_c(), "};\n", part("link.c")]


def _before(shown: Shown) -> str:
    """What the program does about the link of its run before anything else."""
    link = shown.link
    if link.is_made:
        return "make_link();"
    told = f"need_link({_string(link.address)}, {_string(link.why)});"
    return told if link.why else ""


def statements(plan: Plan, *, is_linked: bool = False) -> list[str]:
    """The calls alone, a function each; those of the other end are made there."""
    return [
        line
        for number, step in enumerate(plan.steps)
        for line in (
            f"static void call_{number}(struct answer *a) {{",
            *(
                f"    {each.replace(' socket(', ' far_socket(')}"
                if is_linked and step.theirs
                else f"    {each}"
                for each in _body(step)
            ),
            "}",
        )
    ]


def _table(steps: Sequence[Step]) -> list[str]:
    late: dict[Name, int] = {}
    rows = []
    for number, step in enumerate(steps):
        needs = max((late[each] for each in walk(step.arguments) if each in late), default=-1)
        fields = {
            "text": _string(text(step)),
            "seen": _string(told(step)),
            "call": f"call_{number}",
            "kind": _shown(step),
            **{each: "1" for each in ("decides", "started", "again") if getattr(step, each)},
            "times": str(step.times),
            "needs": str(needs),
        }
        row = ", ".join(f".{name} = {value}" for name, value in fields.items())
        rows.append(f"{{{row}}}")
        if step.call in _LATE:
            late |= {each.name: number for each in step.taken}
    return rows


def _shown(step: Step) -> str:
    """The kind of an answer; how others were answered only matters where they failed."""
    return _kind(step) if step.decides or step.started or step.again else "NUMBER"


def _kind(step: Step) -> str:
    if isinstance(step.seen, Packed):
        return "LONGS" if "l" in step.seen.form else "INTS"
    return _KINDS.get(step.call, "NOTHING")


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=True)


def _bytes(data: bytes) -> str:
    return '"' + "".join(f"\\{each:03o}" for each in data) + '"'


def _data(value: Any) -> tuple[list[str], str, str]:
    """Data as declarations, a pointer and a length."""
    match value:
        case Bytes(_, length) if value.is_zero or not value.is_whole:
            return [f"static char data[{max(1, length)}];"], "data", str(length)
        case Bytes(head, length):
            return [f"static const char data[] = {_bytes(head)};"], "data", str(length)
        case Packed(form, numbers):
            kind = "long" if "l" in form else "int"
            inner = ", ".join(spelled(each) for each in numbers)
            return [f"{kind} data[] = {{{inner}}};"], "data", "sizeof data"
        case Rights(numbers):
            inner = ", ".join(spelled(each) for each in numbers)
            size = f"{len(numbers)} * sizeof(int)"
            return [f"int data[] = {{{inner or '0'}}};"], "data", size
        case Credentials(length):
            own = "int data[16] = {getpid(), getuid(), getgid()};"
            return [own], "data", str(min(length, 64))
    raise AssertionError(value)  # nothing else is sent


def _address(value: Any) -> str:
    match value:
        case Inet(host, port, None):
            return f'inet4("{host}", {spelled(port)})'
        case Inet(host, port, more):
            flowinfo, scope = more or (0, 0)
            return f'inet6("{host}", {spelled(port)}, {flowinfo}, {scope})'
        case Path(after, before, inside):
            first, rest = _bytes(before), _bytes(after)
            return f"local({first}, {len(before)}, {int(inside)}, {rest}, {len(after)})"
        case Raw(data):
            return f"raw({_bytes(data)}, {len(data)})"
    raise AssertionError(value)  # nothing else is an address


def _to(value: Any) -> list[str]:
    return [f"struct address to = {_address(value)};"]


def _taken(step: Step) -> list[str]:
    """Keep what an answer has for variables."""
    lines = []
    for each in step.taken:
        match each.path:
            case ("control", triple, place):
                value = f"right(a, {triple}, {place})"
            case (*_, "port"):
                value = "port_of(&a->from)"
            case _:
                value = "a->value"
        lines.append(f"{each.name.text} = {value};")
    return lines


_NAMED = "(struct sockaddr *)&a->from.at, &a->from.length"
_FROM = "a->from.length = sizeof a->from.at;"
_TO = "(struct sockaddr *)&to.at, to.length"


def _body(step: Step) -> list[str]:
    arguments = step.arguments
    sock = spelled(arguments[0]) if arguments else ""
    rest = [spelled(each) for each in arguments[1:]]
    match step.call:
        case "new":
            kind = f"{rest[0]} | SOCK_CLOEXEC"
            return [f"a->value = socket({sock}, {kind}, {rest[1]});", *_taken(step)]
        case "new_raw":
            return [f"a->value = socket({sock}, {', '.join(rest)});", *_taken(step)]
        case "pair":
            pair = [f"{each.name.text} = two[{each.path[0]}];" for each in step.taken]
            kind = f"{rest[0]} | SOCK_CLOEXEC"
            return [
                "int two[2];",
                f"a->value = socketpair({sock}, {kind}, {rest[1]}, two);",
                *pair,
            ]
        case "dup":
            return [f"a->value = fcntl({sock}, F_DUPFD_CLOEXEC, 0);", *_taken(step)]
        case "fileno" | "adopt" | "detach":
            return [f"a->value = fcntl({sock}, F_GETFD) < 0 ? -1 : {sock};", *_taken(step)]
        case "close" | "listen" | "shutdown":
            return [f"a->value = {step.call}({', '.join([sock, *rest])});"]
        case "bind" | "connect":
            return [*_to(arguments[1]), f"a->value = {step.call}({sock}, {_TO});"]
        case "accept":
            call = f"accept4({sock}, {_NAMED}, SOCK_CLOEXEC)"
            return [_FROM, f"a->value = {call};", *_taken(step)]
        case "accept_raw":
            return [_FROM, f"a->value = accept({sock}, {_NAMED});", *_taken(step)]
        case "local_addr":
            return [_FROM, f"a->value = getsockname({sock}, {_NAMED});", *_taken(step)]
        case "peer_addr":
            return [_FROM, f"a->value = getpeername({sock}, {_NAMED});", *_taken(step)]
        case "getsockopt":
            call = f"getsockopt({sock}, {rest[0]}, {rest[1]}, room(a, length), &length)"
            return [
                f"socklen_t length = {rest[2]};",
                f"a->value = {call};",
                "a->length = length;",
            ]
        case "setsockopt":
            lines, data, length = _data(arguments[3])
            call = f"setsockopt({sock}, {rest[0]}, {rest[1]}, {data}, {length})"
            return [*lines, f"a->value = {call};"]
        case "set_nonblocking":
            flag = f"flags {'|' if arguments[1] else '& ~'}O_NONBLOCK"
            return [
                f"int flags = fcntl({sock}, F_GETFL);",
                f"a->value = fcntl({sock}, F_SETFL, {flag});",
            ]
        case "nonblocking":
            lines = [f"int flags = fcntl({sock}, F_GETFL);"]
            return [*lines, "a->value = flags < 0 ? -1 : !!(flags & O_NONBLOCK);"]
        case "cloexec":
            lines = [f"int flags = fcntl({sock}, F_GETFD);"]
            return [*lines, "a->value = flags < 0 ? -1 : !!(flags & FD_CLOEXEC);"]
        case "sockatmark":
            return [f"a->value = sockatmark({sock});"]
        case name if name.startswith(FILES):
            return _on_files(step)
    return _transfer(step, sock, rest)


def _on_files(step: Step) -> list[str]:
    lines, given = [], []
    for at, each in enumerate(step.arguments):
        if isinstance(each, Path):
            lines.append(f"struct address at_{at} = {_address(each)};")
            given.append(f"(char *)at_{at}.bytes + offsetof(struct sockaddr_un, sun_path)")
        else:
            given.append(spelled(each))
    name = step.call.removeprefix(FILES)
    called = "open" if name == "create" else name
    return [*lines, f"a->value = {called}({', '.join(given)}{_CHANGES[name]});"]


def _transfer(step: Step, sock: str, rest: list[str]) -> list[str]:
    arguments: tuple[Any, ...] = step.arguments
    match step.call:
        case "ioctl":
            lines, data, length = _data(arguments[2])
            return [
                *lines,
                f"memcpy(room(a, {length}), {data}, {length});",
                f"a->value = ioctl({sock}, {rest[0]}, a->data);",
                f"a->length = {length};",
            ]
        case "recv" | "recv_length":
            return [f"came(a, recv({sock}, room(a, {rest[0]}), {', '.join(rest)}));"]
        case "recvfrom":
            call = f"recvfrom({sock}, room(a, {rest[0]}), {', '.join(rest)}, {_NAMED})"
            return [_FROM, f"came(a, {call});", *_taken(step)]
        case "recvmsg":
            return _recvmsg(step, sock)
        case "send":
            lines, data, length = _data(arguments[1])
            return [*lines, f"a->value = send({sock}, {data}, {length}, {rest[1]});"]
        case "sendto":
            lines, data, length = _data(arguments[1])
            call = f"sendto({sock}, {data}, {length}, {rest[1]}, {_TO})"
            return [*lines, *_to(arguments[3]), f"a->value = {call};"]
        case "sendmsg":
            return _sendmsg(step, sock)
        case "poll":
            wanted, timeout = arguments
            lines = [
                f"a->polled[{at}] = (struct pollfd){{{spelled(one)}, {spelled(events)}, 0}};"
                for at, (one, events) in enumerate(wanted)
            ]
            call = f"poll(a->polled, {len(wanted)}, {round(timeout * 1000)})"
            return [*lines, f"a->value = {call};", f"a->length = {len(wanted)};"]
        case name:
            return [f"{name}(a, {', '.join([sock, *rest])});"]


def _recvmsg(step: Step, sock: str) -> list[str]:
    arguments: tuple[Any, ...] = step.arguments
    _, sizes, control, flags = arguments
    lines = []
    if sizes:
        lines.append(f"struct iovec *parts = calloc({len(sizes)}, sizeof *parts);")
        lines.append(f"a->message.msg_iov = parts, a->message.msg_iovlen = {len(sizes)};")
    for at, size in enumerate(sizes):
        lines.append(f"parts[{at}] = (struct iovec){{calloc(1, {size} + 1), {size}}};")
    if control:
        lines.append(f"a->message.msg_control = calloc(1, {control});")
        lines.append(f"a->message.msg_controllen = {control};")
    return [
        *lines,
        "a->message.msg_name = &a->from.at, a->message.msg_namelen = sizeof a->from.at;",
        f"a->value = recvmsg({sock}, &a->message, {spelled(flags)});",
        "a->length = a->value < 0 ? 0 : a->value;",
        "a->from.length = a->message.msg_namelen;",
        *_taken(step),
    ]


def _sendmsg(step: Step, sock: str) -> list[str]:
    arguments: tuple[Any, ...] = step.arguments
    _, parts, control, flags, address = arguments
    lines, vector = [], []
    for at, each in enumerate(parts):
        made, data, length = _data(each)
        lines += [line.replace(" data[", f" part_{at}[") for line in made]
        vector.append(f"{{(void *){data.replace('data', f'part_{at}')}, {length}}}")
    if parts:
        lines.append(f"struct iovec parts[] = {{{', '.join(vector)}}};")
    message = "struct msghdr message = {0};"
    lines.append(message)
    if parts:
        lines.append(f"message.msg_iov = parts, message.msg_iovlen = {len(parts)};")
    if address is not None:
        lines += _to(address)
        lines.append("message.msg_name = &to.at, message.msg_namelen = to.length;")
    for at, (level, kind, value) in enumerate(control):
        made, _, length = _data(value)
        name = f"control_{at}"
        lines += [line.replace(" data[", f" {name}[") for line in made]
        size = length.replace("data", name)
        call = f"put_control(&message, {spelled(level)}, {spelled(kind)}, {name}, {size});"
        lines.append(call)
    return [*lines, f"a->value = sendmsg({sock}, &message, {spelled(flags)});"]
