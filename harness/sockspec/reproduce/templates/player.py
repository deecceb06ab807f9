LATE = 10.0  # seconds for what an agent does at once
WAITING = {"accept", "accept_raw", "accept4", "connect", "recv", "recv_length", "recvfrom"}
WAITING |= {"recvmsg", "send", "sendto", "sendmsg", "poll", "close", "shutdown", "read", "readv"}
WAITING |= {"write", "writev", "recvmmsg", "sendmmsg", "sendfile", "select", "pselect", "ppoll"}
WAITING |= {"epoll_wait", "kevent", "raw_call"}


def placed(word):
    """A word of a command whose file is in the project: above here, or above this script."""
    before, mark, name = word.partition("{project}")
    if not mark:
        return word
    for folder in (os.getcwd(), os.path.dirname(os.path.abspath(__file__))):
        while not os.path.exists(folder + name):
            folder, below = os.path.dirname(folder), folder
            if folder == below:
                break
        else:
            return before + folder + name
    raise NotTried(f"no folder above has {name[1:]}; name the agent: python3 THIS_FILE COMMAND...")


class Sock:
    """A socket of the agent's, by its number."""

    def __init__(self, number):
        self.number = number
        made.append(self)

    def __repr__(self):
        return f"socket {self.number}"


class Agent:
    """The program that makes the calls: one JSON object a line, each way."""

    def __init__(self, command):
        if not command:
            raise NotTried("name the command of the agent: python3 THIS_FILE COMMAND...")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        self.lines = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()
        self.count = 0
        self.over = ""
        self.welcome = self.ask("hello", 60.0, protocol=1, client="a script")
        if self.welcome["kind"] != "welcome":
            raise NotTried(f"no agent of sockspec's protocol: {self.welcome}")

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(b"")

    def ask(self, kind, seconds, **fields):
        """The answer to a request; an error when none comes in time, or none any more."""
        if self.over:
            raise NotTried(f"the agent is gone: {self.over}")
        message = {"kind": kind, "id": self.count, **fields}
        self.count += 1
        try:
            line = json.dumps(message, separators=(",", ":"))
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
            line = self.lines.get(timeout=seconds)
        except queue.Empty:
            self.over = "hang"
            return {"kind": "error", "symbol": "hang"}
        except OSError:
            line = b""
        if not line:
            self.over = "crash"
            return {"kind": "error", "symbol": "crash"}
        return json.loads(line)

    def end(self):
        with contextlib.suppress(OSError):
            os.killpg(self.process.pid, signal.SIGKILL)


def wire(value, inside=False):
    """A value as JSON has it; `inside` the arguments of a documented function."""
    if isinstance(value, Sock):
        return {"socket": value.number} if inside else value.number
    if isinstance(value, bytes):
        text = base64.b64encode(value).decode()
        return {"bytes": text} if inside else text
    if isinstance(value, (tuple, list)):
        return [wire(each, inside) for each in value]
    if isinstance(value, dict):
        return {name: wire(each) for name, each in value.items()}
    return value


def inet(host, port):
    return {"family": "inet", "host": host, "port": port}


def inet6(host, port, flowinfo=0, scope_id=0):
    more = {"flowinfo": flowinfo, "scope_id": scope_id}
    return {"family": "inet6", "host": host, "port": port, **more}


def unix(path):
    return {"family": "unix", "path": path}


def raw(data):
    return {"family": "raw", "data": data}


def message(name, arguments):
    """A call as the protocol has it."""
    face, _, function = name.rpartition(".")
    if face:
        told = [wire(each, inside=True) for each in arguments]
        return {"primitive": "answer", "face": face, "function": function, "arguments": told, "named": {}}
    if name == "in_child":
        child, primitive, inner = arguments
        return {"primitive": name, "child": child, "call": message(primitive, inner)}
    return {"primitive": name, **{field: wire(each) for field, each in zip(FIELDS[name], arguments)}}


def address(told):
    if told is None:
        return None
    if told["family"] == "unix":
        return unix(base64.b64decode(told["path"]))
    if told["family"] == "raw":
        return raw(base64.b64decode(told["data"]))
    return {"flowinfo": 0, "scope_id": 0, **told} if told["family"] == "inet6" else told


def read(name, value):
    """What a call returned."""
    plain = base64.b64decode
    if name in ("new", "new_raw", "dup", "adopt", "file", "epoll_create", "kqueue"):
        return Sock(value)
    if name in ("pair", "pipe"):
        return tuple(map(Sock, value))
    if name in ("accept", "accept_raw", "accept4"):
        return Sock(value[0]), address(value[1])
    if name in ("local_addr", "peer_addr"):
        return address(value)
    if name in ("recv", "getsockopt", "ioctl", "read"):
        return plain(value)
    if name == "readv":
        return tuple(map(plain, value))
    if name == "raw_call":
        return value[0], tuple(map(plain, value[1]))
    if name == "recvmmsg":
        return tuple(read("recvmsg", each) for each in value)
    if name == "recvfrom":
        return plain(value[0]), address(value[1])
    if name == "recvmsg":
        control = tuple((level, kind, plain(data)) for level, kind, data in value["control"])
        data = tuple(map(plain, value["data"]))
        return value["length"], data, control, value["flags"], address(value["address"])
    return told(value)


def told(value):
    """A value of a documented function."""
    if isinstance(value, list):
        return tuple(map(told, value))
    if isinstance(value, dict) and "family" in value:
        return address(value)
    if isinstance(value, dict) and "bytes" in value:
        return base64.b64decode(value["bytes"])
    if isinstance(value, dict) and "socket" in value:
        return Sock(value["socket"])
    if isinstance(value, dict) and "error" in value:
        return value["error"][0]
    return value


class Running:
    """A call that the agent makes."""

    def __init__(self, call, arguments):
        # What a child's call returns is read as the call itself says.
        self.name = arguments[1] if call == "in_child" else call
        self.done, self.outcome = False, None
        if callable(call):
            self.done, self.outcome = True, outcome(call, arguments)
        elif agent.welcome.get("starts", True) and call in WAITING:
            answer = agent.ask("start", LATE, call=message(call, arguments))
            self.pending = answer.get("value")
            if answer["kind"] != "value":
                self._came(answer)
        else:
            self._came(agent.ask("call", PATIENCE, call=message(call, arguments)))

    def wait(self, seconds):
        if not self.done and not agent.over:
            self._came(agent.ask("result", seconds + LATE, pending=self.pending, within=seconds))
        return self.done

    def _came(self, answer):
        kind = answer["kind"]
        if kind == "running":
            return
        if kind == "value":
            self.outcome = read(self.name, answer["value"])
        else:
            told = answer.get("symbol") or {"fault": "fault"}.get(kind, "unsupported")
            self.outcome = Error(told, answer.get("message") or answer.get("why", ""))
        self.done = self.outcome != Error("hang")


def begin(call, arguments):
    return Running(call, arguments)


def own(error):
    return type(error).__name__


def number(name, otherwise):
    """A number of the agent's platform."""
    known = agent.welcome["constants"]
    if name not in known:
        known[name] = ask("constant", name)
    return named(name, otherwise if known[name] is None else known[name])


def ask(name, *arguments):
    """A call that answers at once."""
    answer = agent.ask("call", LATE, call=message(name, arguments))
    if answer["kind"] != "value":
        raise OSError(answer.get("symbol", answer["kind"]))
    return read(name, answer["value"])


def pack(form, *numbers):
    """Numbers as they lie in the memory of the agent's platform."""
    mark = "<" if agent.welcome["byte_order"] == "little" else ">"
    return struct.pack(mark + form.replace("l", "q" if agent.welcome["long_size"] == 8 else "i"), *numbers)


def unpack(data):
    """A number as it lies there."""
    return int.from_bytes(data, agent.welcome["byte_order"], signed=True)


def credentials(length):
    own = pack("iii", agent.process.pid, os.getuid(), os.getgid())
    return own[:length].ljust(length, b"\0")


def drain(sock, size, total):
    """All that comes, up to that many bytes, in whatever portions."""
    came = b""
    while len(came) < total:
        running = Running("recv", (sock, size, 0))
        if not running.wait(PATIENCE) or isinstance(running.outcome, Error) or not running.outcome:
            break
        came += running.outcome
    return came


def fill(sock):
    """Send until nothing fits any more, and nothing is on its way."""
    quiet, until = 0, time.monotonic() + 10
    while quiet < 3 and time.monotonic() < until:
        quiet += 1
        with contextlib.suppress(OSError):
            while ask("send", sock, bytes(65536), 0):
                quiet = 0
        try:
            ask("poll", [(sock, POLLOUT)], 0.1)
        except OSError:
            time.sleep(0.1)  # as long as that would wait


try:
    agent = Agent(sys.argv[1:] or [placed(each) for each in COMMAND])
    atexit.register(agent.end)
    folder = folder if "folder" not in agent.welcome["primitives"] else ask("folder").encode()
except (NotTried, OSError, ValueError) as error:
    print("now:       could not be tried:", error, flush=True)
    os._exit(2)
