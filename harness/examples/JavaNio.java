// Java's channels (java.nio) as an agent: one file, run from source by a JDK 17 or newer.
//
//     sockspec smoke "agent:java harness/examples/JavaNio.java"
//     sockspec run --backend "agent:java harness/examples/JavaNio.java"
//
// A channel is made to connect or to listen, so that `listen` closes the one that is bound
// and binds a listening one there. What Java says without asking the system has the name of
// its exception: NotYetConnectedException is ENOTYETCONNECTED, with number 0. There are no
// flags, no poll(2) and no descriptors. AF_UNIX is left out: a path that was bound cannot be
// bound again for listening.
import java.io.*;
import java.net.*;
import java.nio.ByteBuffer;
import java.nio.channels.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.concurrent.*;

public class JavaNio {
    static final Map<String, Integer> NUMBERS = new TreeMap<>(Map.ofEntries(
        Map.entry("AF_INET", 2), Map.entry("AF_INET6", 10), Map.entry("SOCK_STREAM", 1),
        Map.entry("SOCK_DGRAM", 2), Map.entry("IPPROTO_TCP", 6), Map.entry("IPPROTO_UDP", 17), Map.entry("SOL_SOCKET", 1),
        Map.entry("IPPROTO_IP", 0), Map.entry("SHUT_RD", 0), Map.entry("SHUT_WR", 1), Map.entry("SHUT_RDWR", 2),
        Map.entry("SO_REUSEADDR", 2), Map.entry("SO_BROADCAST", 6), Map.entry("SO_SNDBUF", 7), Map.entry("SO_RCVBUF", 8),
        Map.entry("SO_KEEPALIVE", 9), Map.entry("SO_LINGER", 13), Map.entry("SO_REUSEPORT", 15), Map.entry("TCP_NODELAY", 1),
        Map.entry("IP_TOS", 1), Map.entry("IP_MULTICAST_TTL", 33), Map.entry("IP_MULTICAST_LOOP", 34),
        // Every platform has these; Java has no use for them.
        Map.entry("SO_ERROR", 4), Map.entry("MSG_PEEK", 2), Map.entry("POLLIN", 1)));
    static final Map<List<Integer>, SocketOption<?>> OPTIONS = Map.ofEntries(
        Map.entry(List.of(1, 2), StandardSocketOptions.SO_REUSEADDR), Map.entry(List.of(1, 6), StandardSocketOptions.SO_BROADCAST),
        Map.entry(List.of(1, 7), StandardSocketOptions.SO_SNDBUF), Map.entry(List.of(1, 8), StandardSocketOptions.SO_RCVBUF),
        Map.entry(List.of(1, 9), StandardSocketOptions.SO_KEEPALIVE), Map.entry(List.of(1, 13), StandardSocketOptions.SO_LINGER),
        Map.entry(List.of(1, 15), StandardSocketOptions.SO_REUSEPORT), Map.entry(List.of(6, 1), StandardSocketOptions.TCP_NODELAY),
        Map.entry(List.of(0, 1), StandardSocketOptions.IP_TOS), Map.entry(List.of(0, 33), StandardSocketOptions.IP_MULTICAST_TTL),
        Map.entry(List.of(0, 34), StandardSocketOptions.IP_MULTICAST_LOOP));
    // What strerror(3) says, which Java passes on without the number.
    static final Map<String, String> SYMBOLS = Map.ofEntries(
        Map.entry("Connection refused", "ECONNREFUSED"), Map.entry("Address already in use", "EADDRINUSE"),
        Map.entry("Cannot assign requested address", "EADDRNOTAVAIL"), Map.entry("Broken pipe", "EPIPE"),
        Map.entry("Connection reset", "ECONNRESET"), Map.entry("Connection reset by peer", "ECONNRESET"),
        Map.entry("Invalid argument", "EINVAL"), Map.entry("Permission denied", "EACCES"), Map.entry("Message too long", "EMSGSIZE"),
        Map.entry("Transport endpoint is not connected", "ENOTCONN"), Map.entry("Socket is not connected", "ENOTCONN"),
        Map.entry("Network is unreachable", "ENETUNREACH"), Map.entry("No such file or directory", "ENOENT"),
        Map.entry("Connection timed out", "ETIMEDOUT"), Map.entry("Resource temporarily unavailable", "EAGAIN"),
        Map.entry("Destination address required", "EDESTADDRREQ"), Map.entry("No such device", "ENODEV"),
        Map.entry("Protocol wrong type for socket", "EPROTOTYPE"));
    static final List<String> PRIMITIVES = List.of("new", "close", "bind", "listen", "connect", "accept", "local_addr", "peer_addr",
        "shutdown", "getsockopt", "setsockopt", "nonblocking", "set_nonblocking", "recv", "recvfrom", "send", "sendto");

    static class Unsupported extends RuntimeException { Unsupported(String feature) { super(feature); } }
    static class Refused extends IOException { Refused(String symbol) { super(symbol); } }

    static class Sock {
        final Map<SocketOption<Object>, byte[]> set = new LinkedHashMap<>(); // for the channel that will listen
        NetworkChannel channel; ProtocolFamily family; volatile boolean closed;
        Sock(NetworkChannel channel, ProtocolFamily family) { this.channel = channel; this.family = family; }
    }

    final Map<Long, Sock> socks = new ConcurrentHashMap<>();
    final Map<Long, Future<Map<String, Object>>> started = new HashMap<>();
    final ExecutorService threads = Executors.newCachedThreadPool(work -> { var t = new Thread(work); t.setDaemon(true); return t; });
    final java.util.concurrent.atomic.AtomicLong count = new java.util.concurrent.atomic.AtomicLong();

    long add(NetworkChannel channel, ProtocolFamily family) {
        long number = count.incrementAndGet();
        socks.put(number, new Sock(channel, family));
        return number;
    }

    Object call(Map<String, Object> call) throws Exception {
        String name = (String) call.get("primitive");
        if (name.equals("constant")) return NUMBERS.get((String) call.get("symbol"));
        if (name.equals("errno_symbol")) return "E" + call.get("number");
        if (name.equals("new")) return open(call);
        Sock sock = socks.get((Long) call.get("sock"));
        if (sock == null || sock.closed) throw new Refused("EBADF");
        if (call.get("flags") instanceof Long flags && flags != 0) throw new Unsupported("flags");
        NetworkChannel channel = sock.channel;
        switch (name) {
            case "close": sock.closed = true; channel.close(); return null;
            case "bind": channel.bind(address(call.get("address"))); return null;
            case "listen":
                if (!(channel instanceof SocketChannel fresh) || fresh.isConnected() || fresh.isConnectionPending())
                    throw new Unsupported("listen of what connects or listens");
                SocketAddress at = channel.getLocalAddress();
                boolean blocking = fresh.isBlocking();
                channel.close();
                sock.channel = ServerSocketChannel.open(sock.family);
                ((ServerSocketChannel) sock.channel).configureBlocking(blocking);
                for (var each : sock.set.entrySet())
                    if (sock.channel.supportedOptions().contains(each.getKey())) set(sock.channel, each.getKey(), each.getValue());
                ((ServerSocketChannel) sock.channel).bind(at, ((Long) call.get("backlog")).intValue());
                return null;
            case "connect":
                SocketAddress to = address(call.get("address"));
                if (channel instanceof DatagramChannel d) d.connect(to);
                else if (!as(SocketChannel.class, channel, name).connect(to)) throw new Refused("EINPROGRESS");
                return null;
            case "accept":
                SocketChannel made = as(ServerSocketChannel.class, channel, name).accept();
                if (made == null) throw new Refused("EAGAIN");
                return Arrays.asList(add(made, sock.family), address(made.getRemoteAddress(), sock.family));
            case "local_addr": return address(channel.getLocalAddress(), sock.family);
            case "peer_addr":
                SocketAddress peer = channel instanceof DatagramChannel d ? d.getRemoteAddress() : as(SocketChannel.class, channel, name).getRemoteAddress();
                if (peer == null) throw new Refused("ENOTCONN");
                return address(peer, sock.family);
            case "shutdown":
                long how = (Long) call.get("how");
                if (how < 0 || how > 2) throw new Unsupported("shutdown " + how);
                SocketChannel stream = as(SocketChannel.class, channel, name);
                if (how != 1) stream.shutdownInput();
                if (how != 0) stream.shutdownOutput();
                return null;
            case "getsockopt": return bytes(get(channel, option(channel, call)), ((Long) call.get("length")).intValue());
            case "setsockopt":
                byte[] raw = Base64.getDecoder().decode((String) call.get("value"));
                set(channel, option(channel, call), raw);
                sock.set.put(option(channel, call), raw);
                return null;
            case "nonblocking": return !((SelectableChannel) channel).isBlocking();
            case "set_nonblocking": ((SelectableChannel) channel).configureBlocking(!(Boolean) call.get("on")); return null;
            case "recv", "recvfrom":
                boolean plain = name.equals("recv");
                if (!(channel instanceof DatagramChannel datagrams)) return plain ? receive(channel, call) : Arrays.asList(receive(channel, call), null);
                ByteBuffer room = ByteBuffer.allocate(((Long) call.get("size")).intValue());
                SocketAddress from = datagrams.receive(room);
                if (from == null) throw new Refused("EAGAIN");
                return plain ? text(room) : Arrays.asList(text(room), address(from, sock.family));
            case "send": {
                ByteBuffer data = ByteBuffer.wrap(Base64.getDecoder().decode((String) call.get("data")));
                int all = data.remaining(), sent = as(WritableByteChannel.class, channel, name).write(data);
                if (sent == 0 && all > 0) throw new Refused("EAGAIN");
                return sent;
            }
            case "sendto": {
                ByteBuffer data = ByteBuffer.wrap(Base64.getDecoder().decode((String) call.get("data")));
                return as(DatagramChannel.class, channel, name).send(data, address(call.get("address")));
            }
            default: throw new Unsupported(name);
        }
    }

    static <T> T as(Class<T> kind, Object channel, String call) {
        if (!kind.isInstance(channel)) throw new Unsupported(call + " of a " + channel.getClass().getSimpleName().replace("Impl", ""));
        return kind.cast(channel);
    }

    Object open(Map<String, Object> call) throws IOException {
        long family = (Long) call.get("family"), type = (Long) call.get("type"), protocol = (Long) call.getOrDefault("protocol", 0L);
        ProtocolFamily chosen = family == 2 ? StandardProtocolFamily.INET : family == 10 ? StandardProtocolFamily.INET6 : null;
        if (chosen == null || protocol != 0 || type < 1 || type > 2) throw new Unsupported("family, type or protocol");
        return add(type == 1 ? SocketChannel.open(chosen) : DatagramChannel.open(chosen), chosen);
    }

    static String receive(NetworkChannel channel, Map<String, Object> call) throws IOException {
        ByteBuffer room = ByteBuffer.allocate(((Long) call.get("size")).intValue());
        int got = as(ReadableByteChannel.class, channel, "recv").read(room);
        // Nothing, where a system call says EAGAIN; the end is -1.
        if (got == 0 && room.capacity() > 0 && !((SelectableChannel) channel).isBlocking()) throw new Refused("EAGAIN");
        return text(room);
    }

    static String text(ByteBuffer filled) {
        return Base64.getEncoder().encodeToString(Arrays.copyOf(filled.array(), filled.position()));
    }

    @SuppressWarnings("unchecked")
    static SocketOption<Object> option(NetworkChannel channel, Map<String, Object> call) {
        List<Integer> wanted = List.of(((Long) call.get("level")).intValue(), ((Long) call.get("name")).intValue());
        SocketOption<?> found = OPTIONS.get(wanted);
        if (found == null || !channel.supportedOptions().contains(found)) throw new Unsupported("option " + wanted);
        return (SocketOption<Object>) found;
    }

    static int[] get(NetworkChannel channel, SocketOption<Object> option) throws IOException {
        Object value = channel.getOption(option);
        if (option.name().equals("SO_LINGER")) { // null or negative: off
            int seconds = value == null ? -1 : (Integer) value;
            return new int[] {seconds < 0 ? 0 : 1, Math.max(seconds, 0)};
        }
        return new int[] {value instanceof Boolean on ? (on ? 1 : 0) : (Integer) value};
    }

    static String bytes(int[] value, int length) {
        ByteBuffer raw = ByteBuffer.allocate(4 * value.length).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        for (int each : value) raw.putInt(each);
        return Base64.getEncoder().encodeToString(Arrays.copyOf(raw.array(), Math.min(length, raw.capacity())));
    }

    static void set(NetworkChannel channel, SocketOption<Object> option, byte[] raw) throws IOException {
        if (raw.length != (option.name().equals("SO_LINGER") ? 8 : 4)) throw new Unsupported("an option of " + raw.length + " bytes");
        ByteBuffer value = ByteBuffer.wrap(raw).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        if (option.name().equals("SO_LINGER")) channel.setOption(option, value.getInt() == 0 ? -1 : value.getInt());
        else channel.setOption(option, Boolean.class.equals((Class<?>) option.type()) ? (Object) (value.getInt() != 0) : (Object) value.getInt());
    }

    @SuppressWarnings("unchecked")
    static SocketAddress address(Object told) throws IOException {
        Map<String, Object> map = (Map<String, Object>) told;
        if (!map.containsKey("host")) throw new Unsupported("an address that is not of IP");
        InetAddress host = InetAddress.getByName((String) map.get("host"));
        if (map.get("scope_id") instanceof Long scope && scope != 0) host = Inet6Address.getByAddress(null, host.getAddress(), scope.intValue());
        return new InetSocketAddress(host, ((Long) map.get("port")).intValue());
    }

    static Map<String, Object> address(SocketAddress given, ProtocolFamily family) {
        Map<String, Object> made = new LinkedHashMap<>();
        InetSocketAddress inet = (InetSocketAddress) given; // null: not bound
        boolean four = inet == null ? family == StandardProtocolFamily.INET : inet.getAddress() instanceof Inet4Address;
        String host = inet == null ? (four ? "0.0.0.0" : "::") : inet.getAddress().getHostAddress();
        made.put("family", four ? "inet" : "inet6");
        made.put("host", host.replaceFirst("%.*", "").replaceFirst("^0:0:0:0:0:0:0:", "::").replaceFirst("^::0$", "::"));
        made.put("port", inet == null ? 0 : inet.getPort());
        if (inet != null && inet.getAddress() instanceof Inet6Address six) made.put("scope_id", six.getScopeId());
        return made;
    }

    Map<String, Object> outcome(Map<String, Object> call) {
        Map<String, Object> told = new LinkedHashMap<>();
        try {
            told.put("value", call(call));
            told.put("kind", "value");
        } catch (Unsupported lacking) {
            told.putAll(Map.of("kind", "unsupported", "feature", lacking.getMessage(), "why", "java.nio has none"));
        } catch (Exception error) {
            String said = String.valueOf(error.getMessage());
            String name = error instanceof Refused ? said : SYMBOLS.get(said);
            if (name == null) name = "E" + error.getClass().getSimpleName().replace("Exception", "").toUpperCase();
            told.putAll(Map.of("kind", "error", "symbol", name, "number", 0, "call", call.get("primitive"), "message", said));
        }
        return told;
    }

    @SuppressWarnings("unchecked")
    Map<String, Object> answer(Map<String, Object> request) throws Exception {
        Map<String, Object> call = (Map<String, Object>) request.get("call");
        long within = request.get("within") instanceof Number seconds ? (long) (seconds.doubleValue() * 1000) : 0;
        switch ((String) request.get("kind")) {
            case "hello": return welcome();
            case "call": return outcome(call);
            case "start":
                long number = count.incrementAndGet();
                started.put(number, threads.submit(() -> outcome(call)));
                return value(number);
            case "is-blocked": // a thread in a system call looks as one that runs: by time alone
                try { started.get(request.get("pending")).get(Math.min(within, 100), TimeUnit.MILLISECONDS); return value(false); }
                catch (TimeoutException blocked) { return value(true); }
            case "result":
                try { return started.get(request.get("pending")).get(within, TimeUnit.MILLISECONDS); }
                catch (TimeoutException running) { return new LinkedHashMap<>(Map.of("kind", "running")); }
            case "reset":
                for (Sock sock : socks.values()) try { sock.channel.close(); } catch (IOException gone) { continue; }
                long left = 0; // closing ends what blocks (java.nio.channels.InterruptibleChannel)
                for (var each : started.values()) try { each.get(500, TimeUnit.MILLISECONDS); } catch (TimeoutException runs) { left++; }
                socks.clear();
                started.clear();
                return value(left);
            default: return value(null);
        }
    }

    static Map<String, Object> value(Object value) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("kind", "value");
        told.put("value", value);
        return told;
    }

    static Map<String, Object> welcome() {
        String java = System.getProperty("java.version"), kernel = System.getProperty("os.version").replaceFirst("-.*", "");
        Map<String, Object> platform = new LinkedHashMap<>(Map.of("profile", "java", "system", System.getProperty("os.name"),
            "release", kernel, "version", kernel, "machine", System.getProperty("os.arch").replace("amd64", "x86_64"),
            "byte_order", "little", "interpreter", "Java", "interpreter_version", java));
        Map<String, Object> told = new LinkedHashMap<>(Map.of("kind", "welcome", "protocol", 1, "backend", "java", "version", java,
            "implementation", "java.nio of " + System.getProperty("java.vm.name") + " " + java, "system", "linux",
            "byte_order", "little", "long_size", 8, "constants", NUMBERS, "primitives", PRIMITIVES));
        told.put("platform", platform);
        told.put("label", "Java " + java);
        return told;
    }

    @SuppressWarnings("unchecked")
    public static void main(String[] arguments) throws Exception {
        JavaNio agent = new JavaNio();
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream answers = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
        for (String line; (line = requests.readLine()) != null; ) {
            Map<String, Object> request = (Map<String, Object>) new Json(line).read();
            Map<String, Object> told = new LinkedHashMap<>(agent.answer(request));
            told.put("id", request.get("id"));
            answers.print(Json.write(told) + "\n");
            answers.flush();
            if (request.get("kind").equals("bye")) break;
        }
        System.exit(0);
    }
}

// As much of JSON as the protocol has; the JDK has none.
class Json {
    final String text; int at;
    Json(String text) { this.text = text; }

    char next() { while (text.charAt(at) <= ' ' || text.charAt(at) == ',' || text.charAt(at) == ':') at++; return text.charAt(at); }

    Object read() {
        switch (next()) {
            case '{': Map<String, Object> map = new LinkedHashMap<>(); at++; while (next() != '}') map.put((String) read(), read()); at++; return map;
            case '[': List<Object> list = new ArrayList<>(); at++; while (next() != ']') list.add(read()); at++; return list;
            case '"': return string();
            case 't': at += 4; return true;
            case 'f': at += 5; return false;
            case 'n': at += 4; return null;
        }
        int start = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) at++;
        String number = text.substring(start, at);
        if (number.matches("-?\\d+")) return Long.valueOf(number);
        return Double.valueOf(number);
    }

    String string() {
        StringBuilder made = new StringBuilder();
        for (at++; text.charAt(at) != '"'; at++) {
            if (text.charAt(at) != '\\') { made.append(text.charAt(at)); continue; }
            char code = text.charAt(++at);
            int which = "bfnrt".indexOf(code);
            if (code == 'u') { made.append((char) Integer.parseInt(text.substring(at + 1, at + 5), 16)); at += 4; }
            else made.append(which < 0 ? code : "\b\f\n\r\t".charAt(which));
        }
        at++;
        return made.toString();
    }

    static String write(Object value) {
        StringJoiner made;
        if (value instanceof Map<?, ?> map) {
            made = new StringJoiner(",", "{", "}");
            map.forEach((name, each) -> made.add(write(name) + ":" + write(each)));
        } else if (value instanceof List<?> list) {
            made = new StringJoiner(",", "[", "]");
            list.forEach(each -> made.add(write(each)));
        } else if (value instanceof String text) {
            StringBuilder quoted = new StringBuilder("\"");
            text.chars().forEach(c -> quoted.append(c < ' ' || c == '"' || c == '\\' || c > '~' ? String.format("\\u%04x", c) : String.valueOf((char) c)));
            return quoted + "\"";
        } else return String.valueOf(value);
        return made.toString();
    }
}
