def name(address):
    """An address without what depends on this machine."""
    if isinstance(address, str):
        return os.fsencode(address)
    if not isinstance(address, tuple) or address[0] == 0:
        return address if isinstance(address, bytes) else None
    return (address[0].partition("%")[0], *address[1:])


def accept(sock):
    accepted, address = sock.accept()
    return accepted, name(address)


def getsockname(sock):
    return name(sock.getsockname())


def getpeername(sock):
    return name(sock.getpeername())


def recv(sock, size, flags=0):
    buffer = bytearray(size)
    return bytes(buffer[: sock.recv_into(buffer, size, flags)])


def recv_length(sock, size, flags=0):
    return sock.recv_into(bytearray(size), size, flags)


def recvfrom(sock, size, flags=0):
    buffer = bytearray(size)
    length, address = sock.recvfrom_into(buffer, size, flags)
    return bytes(buffer[:length]), name(address)


def recvmsg(sock, sizes, control=0, flags=0):
    buffers = [bytearray(size) for size in sizes]
    left, ancillary, flags, address = sock.recvmsg_into(buffers, control, flags)
    length, data = left, []
    for buffer in buffers:
        data.append(bytes(buffer[: max(0, left)]))
        left -= len(buffer)
    return length, tuple(data), tuple(ancillary), flags, name(address)


def drain(sock, size, total):
    """All that comes, up to that many bytes, in whatever portions."""
    came = b""
    while len(came) < total and (portion := recv(sock, size)):
        came += portion
    return came


def fill(sock):
    """Send until nothing fits any more, and nothing is on its way."""
    quiet = 0
    until = time.monotonic() + 10
    while quiet < 3 and time.monotonic() < until:
        try:
            while sock.send(bytes(65536)):
                quiet = 0
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ENOBUFS):
                raise
        try:
            queued = [ioctl(sock, each, bytes(4)) for each in (SIOCOUTQ, SIOCOUTQNSD)]
        except OSError:  # nothing of it travels
            break
        if queued[0] == queued[1]:
            quiet += 1
        else:
            poll([(sock, select.POLLOUT)], 0.01)


def adopt(number):
    return make(fileno=number)


def close(sock):
    if sock.fileno() < 0:
        raise OSError(errno.EBADF, "closed already")
    sock.close()


def fileno(sock):
    if sock.fileno() < 0:
        raise OSError(errno.EBADF, "closed already")
    return sock.fileno()


def nonblocking(sock):
    return not os.get_blocking(fileno(sock))


def cloexec(sock):
    return not os.get_inheritable(fileno(sock))


def ioctl(sock, request, argument):
    return fcntl.ioctl(sock.fileno(), request, argument)


def sockatmark(sock):
    return ioctl(sock, SIOCATMARK, bytes(4)) != bytes(4)


def poll_once(wanted, timeout):
    poller = select.poll()
    for sock, events in wanted:
        poller.register(fileno(sock), events)
    ready = dict(poller.poll(timeout * 1000))
    return tuple(ready.get(sock.fileno(), 0) for sock, _ in wanted)
