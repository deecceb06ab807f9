PATIENCE = 1.0  # seconds after which a call counts as waiting
DEADLINE = 30.0  # seconds for everything


class Error:
    def __init__(self, symbol, told=""):
        self.symbol, self.told = symbol, told

    def __eq__(self, other):
        return isinstance(other, Error) and other.symbol == self.symbol

    def __repr__(self):
        return self.symbol + (f" ({self.told})" if self.told else "")


class _Any:
    def __eq__(self, other):
        return not isinstance(other, Error)

    def __repr__(self):
        return "anything"


class Other:
    """Whatever is not this one."""

    def __init__(self, than):
        self.than = than

    def __eq__(self, other):
        return not isinstance(other, Error) and other != self.than

    def __repr__(self):
        return f"another than {tell(self.than)}"


class Long(bytes):
    """As many bytes, whichever; the witness has only the first of them."""

    def __new__(cls, length):
        return super().__new__(cls, b"x" * length)

    def __eq__(self, other):
        return isinstance(other, bytes) and len(other) == len(self)

    def __repr__(self):
        return f"{len(self)} bytes"


class NotTried(Exception):
    pass


class Endless:
    """A call that has waited long enough to say that it hangs."""

    outcome = Error("hang")
    wait = bool


class Answer:
    """A call that was made, and what came of it."""

    def __init__(self, text, seen, decides, running):
        self.text, self.seen, self.decides, self.running = text, seen, decides, running

    def wait(self, seconds):
        return self.running.wait(seconds)

    @property
    def outcome(self):
        return self.running.outcome if self.wait(0) else Error("hang")

    @property
    def value(self):
        self.wait(PATIENCE)
        if isinstance(self.outcome, Error):
            raise NotTried(f"{self.text}: {self.outcome}")
        return self.outcome


ANY = _Any()
made, answers, pending = [], [], []
folder = os.fsencode(tempfile.mkdtemp(prefix="sockspec-"))


class Named(int):
    """A number that is told by its name."""

    def __repr__(self):
        return self.name


def named(name, value):
    made = Named(value)
    made.name = name
    return made


def number(name, otherwise):
    """A number of this system; the second where Python has no name for it."""
    there = [getattr(each, name) for each in (socket, select) if hasattr(each, name)]
    return named(name, there[0] if there else otherwise)


def i32(value):
    return pack("i", value)


def pack(form, *numbers):
    return struct.pack(form, *numbers)


def unpack(data):
    return int.from_bytes(data, sys.byteorder, signed=True)


def credentials(length):
    own = struct.pack("iii", os.getpid(), os.getuid(), os.getgid())
    return own[:length].ljust(length, b"\0")


def tell(value):
    for at, each in enumerate(made):
        if value is each:
            return f"s{at}"
    if isinstance(value, (tuple, list)):
        return "(" + ", ".join(map(tell, value)) + ")"
    if isinstance(value, bytes) and len(value) > 64:
        return f"{len(value)} bytes"
    return repr(value)


def symbol(error):
    if isinstance(error, socket.gaierror):
        names = [name for name, code in vars(socket).items() if name[:4] == "EAI_" and code == error.errno]
        return names[0] if names else f"EAI_{error.errno}"
    code = getattr(error, "winerror", None) or getattr(error, "errno", None)
    if code is None:
        return own(error)
    name = errno.errorcode.get(code, f"E{code}").replace("WSA", "")
    return {"EWOULDBLOCK": "EAGAIN", "ENOTSUP": "EOPNOTSUPP"}.get(name, name)


def outcome(call, arguments):
    try:
        return call(*arguments)
    except (AttributeError, NotImplementedError) as error:
        return Error("unsupported", str(error))
    except Exception as error:
        return Error(symbol(error), str(error))


def do(call, *arguments, seen=None, decides=False, started=False, again=False):
    """Make a call. It is answered in time, or waits while the script goes on."""
    owner = getattr(call, "__self__", None)
    text = f"{tell(owner)}." if owner in made else ""
    text += f"{getattr(call, '__name__', call)}({', '.join(map(tell, arguments))})"
    until = time.monotonic() + 5 * PATIENCE
    while True:
        begun = time.monotonic()
        answer = Answer(text, seen, decides, begin(call, arguments))
        if not answer.wait(0.1 if started else PATIENCE):
            break
        if seen == Error("hang") and time.monotonic() - begun > PATIENCE:
            answer.running = Endless  # it kept everything else from running
        if not again or time.monotonic() > until or (seen == answer.outcome):
            break
        if not isinstance(seen, Error):
            time.sleep(0.001)
    for each in pending:
        each.wait(0.02)  # what this call has woken
    answers.append(answer)
    if not answer.wait(0):
        print(text, "-> (waits)")
        if seen == Error("hang") and not started:
            answer.running = Endless
            raise StopIteration
        pending.append(answer)
        return answer
    came = answer.outcome
    for each in came if isinstance(came, tuple) else (came,):
        if hasattr(each, "fileno"):
            made.append(each)
    print(text, "->", tell(came))
    if isinstance(came, Error) and not (decides or started or came == seen):
        if came.symbol in EXPECTED:
            answer.decides = True
            raise StopIteration
        raise NotTried(f"{text} failed with {came}" + (f", not {seen}" if seen else ""))
    return answer


def get(call, *arguments):
    return do(call, *arguments).value


def differs():
    """What did not answer as it is recorded."""
    for answer in pending:
        # What returned may have been a call with a limit of its own, as poll() has.
        answer.wait(PATIENCE if answer.seen == Error("hang") else 3 * PATIENCE)
        answer.decides = answer.decides or not (answer.seen is None or answer.seen is ANY)
        print(answer.text, "->", tell(answer.outcome))
    return [each for each in answers if each.decides and not each.seen == each.outcome]


def result(show):
    """1 while the divergence lasts, 0 when it is gone, 2 when it could not be tried."""
    trouble = ""
    try:
        show()
    except StopIteration:
        pass
    except NotTried as error:
        trouble = str(error)
    except Exception as error:
        trouble = f"{type(error).__name__}: {error}"
    other = differs()
    shutil.rmtree(folder, ignore_errors=True)
    print()
    print("rule:     ", RULE)
    print("          ", SENTENCE)
    print("expected: ", " or ".join(EXPECTED) or "nothing is promised")
    print("seen:     ", SEEN)
    if trouble and not other:
        print("now:       could not be tried:", trouble)
        return 2
    for each in other:
        print("now:      ", each.text, "->", tell(each.outcome), "and not", tell(each.seen))
    if other:
        print("now:       gone")
        return 0
    print("now:       the same")
    return 1


def main(show):
    def late():
        print("now:       could not be tried: no end after", DEADLINE, "seconds", flush=True)
        os._exit(2)

    timer = threading.Timer(DEADLINE, late)
    timer.daemon = True
    timer.start()
    code = result(show)
    sys.stdout.flush()
    os._exit(code)  # whatever still waits
