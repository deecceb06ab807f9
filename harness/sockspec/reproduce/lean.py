"""What a program in C can do without: helpers, headers and numbers that no step uses."""

from __future__ import annotations

import re

__all__ = ["headers", "homeless", "of_kinds", "used", "wanting"]

_INCLUDES = {  # each with what it is for
    "arpa/inet.h": r"inet_[pn]to[pn]|[hn]to[hn][sl]",
    "errno.h": r"errno",
    "fcntl.h": r"fcntl|O_[A-Z]",
    "netinet/in.h": r"sockaddr_in6?|IPPROTO_|IPV?6?_|INET6_",
    "netinet/tcp.h": r"TCP_",
    "poll.h": r"poll",
    "pthread.h": r"pthread",
    "signal.h": r"signal",
    "stddef.h": r"offsetof",
    "stdio.h": r"printf",
    "stdlib.h": r"[cm]alloc|mkdtemp|system",
    "string.h": r"mem|str",
    "sys/ioctl.h": r"ioctl",
    "sys/socket.h": r"socket",
    "sys/stat.h": r"mkdir\(|mkfifo\(|chmod\(",
    "sys/un.h": r"sockaddr_un",
    "time.h": r"timespec",
    "unistd.h": r"alarm",
}
# What every system's headers have.
_POSIX = re.compile(
    r"AF_(INET6?|UNIX|UNSPEC)|SOCK_(STREAM|DGRAM|SEQPACKET|RAW)|SOL_SOCKET|SHUT_(RD|WR|RDWR)"
    r"|POLL(IN|OUT|PRI|ERR|HUP|NVAL)|MSG_(CTRUNC|DONTROUTE|EOR|NOSIGNAL|OOB|PEEK|TRUNC|WAITALL)"
    r"|SO_(ACCEPTCONN|BROADCAST|DEBUG|DONTROUTE|ERROR|KEEPALIVE|LINGER|OOBINLINE|REUSEADDR|TYPE"
    r"|(RCV|SND)(BUF|LOWAT|TIMEO))|IPPROTO_(ICMP|IP|IPV6|RAW|TCP|UDP)|TCP_NODELAY|SCM_RIGHTS"
    r"|IPV6_(UNICAST_HOPS|V6ONLY)|O_NONBLOCK"
)
_FOLDER = "static const char *folder;\n"
_IN_FOLDER = r"(?m)^.*\b(made|remove)\b.*\n( {8}.*\n)?|^    folder = .*\n"


def wanting(numbers: dict[str, int]) -> list[tuple[str, int]]:
    """The numbers that a system's headers may not have, by name."""
    return [each for each in sorted(numbers.items()) if not _POSIX.fullmatch(each[0])]


def headers(program: str) -> list[str]:
    """The headers of what is in a program."""
    return [name for name, what in _INCLUDES.items() if re.search(rf"\b({what})", program)]


def homeless(source: str, main: str) -> tuple[str, str]:
    """Both without the folder for names, where no name is in it."""
    if re.search(r"\bfolder\b", source.replace(_FOLDER, "")):
        return source, main
    return source.replace(_FOLDER, ""), re.sub(_IN_FOLDER, "", main)


def of_kinds(source: str, wanted: set[str]) -> str:
    """The program with what tells answers of these kinds alone."""
    kinds = re.search(r"enum kind { (.*) };", source)
    assert kinds is not None  # noqa: S101 - it is in the template
    every = kinds[1].split(", ")
    left = ", ".join(each for each in every if each in wanted)
    source = source.replace(kinds[0], f"enum kind {{ {left} }};")
    for name in set(every) - wanted:
        source = re.sub(rf"    case {name}:\n(        .*\n)*", "", source)
    return source


def used(source: str, rest: str) -> str:
    """The program without the functions that nothing uses."""
    function = r"static [^\n;=]*?(?P<name>\w+)\([^\n;]*\) {\n(.*\n)*?}\n\n?"
    functions = re.compile(rf"(/\*[^\n]*\*/\n)?{function}")
    while unused := [
        each for each in functions.finditer(source) if not _calls(source, each, rest)
    ]:
        for each in unused:
            source = source.replace(each[0], "")
    return source


def _calls(source: str, function: re.Match[str], rest: str) -> bool:
    """Whether anything but itself names a function."""
    text = re.sub(r"/\*.*?\*/", "", source.replace(function[0], "") + rest)
    name = function["name"]
    return re.search(rf"\b{name}\(|, {name}[,)]", text) is not None
