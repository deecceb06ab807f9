// .NET's class Socket (System.Net.Sockets) as an agent: Makefile builds it and brings .NET.
//
// The numbers of options are Linux's, and asked for by .NET's own name where it has one; what has
// none goes through Get- and SetRawSocketOption, which Mono's library does
// not have: its compiler knows no other. Flags and control codes
// are .NET's own numbers. What .NET says without asking the system has the name of its exception:
// InvalidOperationException is EINVALIDOPERATION, with number 0. A local end point that is null is an
// unbound name, a remote one ENOTCONN. There are no duplicates, no control data and no scattered receive with flags; a
// time-out is in milliseconds, and poll(2) is Socket.Select, which knows nothing of POLLHUP.
using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Linq.Expressions;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Xml.Linq;
using static Fields;
using Level = System.Net.Sockets.SocketOptionLevel;
using Map = System.Collections.Generic.Dictionary<string, object>;
using Name = System.Net.Sockets.SocketOptionName;

class Unsupported : Exception { public Unsupported(string why) : base(why) { } }
class Refused : Exception { public Refused(string symbol) : base(symbol) { } }

// The bytes of a sockaddr as they are.
class RawEndPoint : EndPoint {
    readonly byte[] data;
    public RawEndPoint(byte[] data) {
        if (data.Length < 2) throw new Unsupported("a SocketAddress has at least two bytes");
        this.data = data;
    }
    public override AddressFamily AddressFamily => (AddressFamily) Sockets.Family(data[0] | data[1] << 8);
    public override SocketAddress Serialize() {
        var made = new SocketAddress(AddressFamily, data.Length);
        for (int at = 2; at < data.Length; at++) made[at] = data[at];
        return made;
    }
    public override EndPoint Create(SocketAddress given) => Sockets.Untyped(given.Family) is RawEndPoint
        ? new RawEndPoint(Enumerable.Range(0, given.Size).Select(at => given[at]).ToArray()) : Sockets.Untyped(given.Family).Create(given);
    public string Written => Convert.ToBase64String(data);
}

static class Sockets {
    delegate int GetRaw(int level, int name, Span<byte> value);
    delegate void SetRaw(int level, int name, ReadOnlySpan<byte> value);

    static readonly Dictionary<int, Socket> sockets = new Dictionary<int, Socket>();
    static int last;

    public static object Call(XElement call) {
        string name = Text(call, "primitive");
        if (name == "constant") return null;
        if (name == "errno_symbol") return Numbers.Symbol(Int(call, "number"));
        if (name == "new") return Keep(new Socket((AddressFamily) Family(Int(call, "family")), (SocketType) Int(call, "type"), (ProtocolType) Int(call, "protocol")));
        if (name == "select") return Select(call, new[] { 1, 2, 4 });
        if (name == "poll" && call.Element("wanted").Elements().Any(each => ((int) each.Elements().Last() & 7) == 0))
            throw new Unsupported("Select has no set for what is reported unasked");
        if (name == "poll") return Select(call, new[] { 1, 4, 2 });
        Socket socket = Of(Int(call, "sock"));
        var flags = (SocketFlags) Int(call, "flags");
        switch (name) {
            case "close": lock (sockets) sockets.Remove(Int(call, "sock")); socket.Close(); return null;
            case "fileno": return (int) socket.Handle;
            case "bind": socket.Bind(Read(call.Element("address"))); return null;
            case "listen": socket.Listen(Int(call, "backlog")); return null;
            case "connect": socket.Connect(Read(call.Element("address"))); return null;
            case "accept": Socket made = socket.Accept(); return new object[] { Keep(made), Written(made.RemoteEndPoint) };
            case "local_addr": return Written(socket.LocalEndPoint ?? Unbound(socket.AddressFamily));
            case "peer_addr": return Written(socket.RemoteEndPoint) ?? throw new Refused("ENOTCONN"); // null
            case "shutdown": socket.Shutdown((SocketShutdown) Int(call, "how")); return null;
            case "getsockopt": return Convert.ToBase64String(Get(socket, Int(call, "level"), Int(call, "name"), Int(call, "length")));
            case "setsockopt": Set(socket, Int(call, "level"), Int(call, "name"), Bytes(call, "value")); return null;
            case "nonblocking": return !socket.Blocking;
            case "set_nonblocking": socket.Blocking = Text(call, "on") == "false"; return null;
            case "cloexec": return CloseOnExec((int) socket.Handle);
            case "ioctl": return Convert.ToBase64String(Control(socket, Int(call, "request"), Bytes(call, "argument")));
            case "sockatmark": return BitConverter.ToInt32(Control(socket, unchecked((int) IOControlCode.OobDataRead), new byte[4]), 0) != 0;
            case "recv": { var room = new byte[Int(call, "size")]; return Base64(room, socket.Receive(room, flags)); }
            case "recvfrom": {
                var room = new byte[Int(call, "size")];
                EndPoint none = Untyped(socket.AddressFamily), from = none;
                int got = socket.ReceiveFrom(room, flags, ref from);
                return new object[] { Base64(room, got), from == none ? null : Written(from) };
            }
            case "recvmsg": {
                int[] sizes = call.Element("sizes").Elements().Select(each => (int) each).ToArray();
                if (sizes.Length != 1) throw new Unsupported("Receive(IList<ArraySegment<byte>>) reports no flags");
                if (Int(call, "control") != 0) throw new Unsupported("ReceiveMessageFrom returns no control data");
                var room = new byte[sizes[0]];
                EndPoint none = Untyped(socket.AddressFamily), from = none;
                int got = socket.ReceiveMessageFrom(room, 0, room.Length, ref flags, ref from, out IPPacketInformation _);
                return new Map {
                    ["length"] = got, ["data"] = new[] { Base64(room, got) }, ["control"] = new object[0], ["flags"] = (int) flags,
                    ["address"] = from == none ? null : Written(from) };
            }
            case "send": return socket.Send(Bytes(call, "data"), flags);
            case "sendto": return socket.SendTo(Bytes(call, "data"), flags, Read(call.Element("address")));
            case "sendmsg": {
                var parts = call.Element("parts").Elements().Select(each => new ArraySegment<byte>(Convert.FromBase64String(each.Value))).ToList();
                if (call.Element("control")?.HasElements == true) throw new Unsupported("Send has no control data");
                if (!(call.Element("address") is XElement to && to.HasElements)) return socket.Send(parts, flags);
                if (parts.Count != 1) throw new Unsupported("SendTo has one buffer");
                return socket.SendTo(parts[0].Array, flags, Read(to));
            }
            default: throw new Unsupported(name);
        }
    }

    static int Keep(Socket made) { lock (sockets) { sockets[++last] = made; return last; } }
    static Socket Of(int number) { lock (sockets) return sockets.TryGetValue(number, out Socket found) ? found : throw new Refused("EBADF"); }

    // Without waiting for what lingers.
    public static void CloseAll() {
        lock (sockets) {
            foreach (Socket each in sockets.Values) try { each.Close(0); } catch (SocketException) { }
            sockets.Clear();
        }
    }

    // Select says whether it can be read, be written, or has an error or urgent data, and no more; to it, poll(2) is the same.
    static object Select(XElement call, int[] bits) {
        var wanted = call.Element("wanted").Elements().Select(each => each.Elements().Select(part => (int) part).ToArray()).ToList();
        var lists = bits.Select(bit => (IList) wanted.Where(each => (each[1] & bit) != 0).Select(each => Of(each[0])).ToList()).ToArray();
        double micro = Number(call, "timeout") * 1e6;
        if (micro > int.MaxValue) throw new Unsupported("Select waits for microseconds in an int");
        Socket.Select(lists[0], lists[1], lists[2], micro < 0 ? -1 : (int) micro);
        return wanted.Select(each => lists.Select((list, at) => list.Contains(Of(each[0])) ? bits[at] & each[1] : 0).Sum()).ToArray();
    }

    // O_CLOEXEC as proc(5) shows it: .NET sets it and does not tell.
    static bool CloseOnExec(int number) => (Convert.ToInt32(File.ReadLines($"/proc/self/fdinfo/{number}").First(line => line.StartsWith("flags:"))
        .Substring(6).Trim(), 8) & 0x80000) != 0;

    static byte[] Control(Socket socket, int code, byte[] argument) {
        socket.IOControl(code, argument, argument);
        return argument;
    }

    // -- options --------------------------------------------------------------------------------

    static T Raw<T>(Socket socket, string name) where T : class =>
        typeof(Socket).GetMethod(name)?.CreateDelegate(typeof(T), socket) as T ?? throw new Unsupported("an option without a name of .NET's");

    static byte[] Get(Socket socket, int level, int name, int length) {
        if (!Numbers.OPTIONS.TryGetValue((level, name), out var known)) {
            var room = new byte[length];
            return room.Take(Raw<GetRaw>(socket, "GetRawSocketOption")(level, name, room)).ToArray();
        }
        bool timeout = known.name == Name.ReceiveTimeout || known.name == Name.SendTimeout;
        if (length != (timeout ? 16 : known.name == Name.Linger ? 8 : 4)) return socket.GetSocketOption(known.level, known.name, length);
        object value = socket.GetSocketOption(known.level, known.name);
        if (value is LingerOption linger) return Words(linger.Enabled ? 1 : 0, linger.LingerTime);
        if (!(value is int number)) throw new Unsupported($"an option that is a {value?.GetType().Name}");
        return timeout ? Words(number / 1000, 0, number % 1000 * 1000, 0) : Words(number);
    }

    static byte[] Words(params int[] words) => words.SelectMany(BitConverter.GetBytes).ToArray();

    static void Set(Socket socket, int level, int name, byte[] value) {
        if (!Numbers.OPTIONS.TryGetValue((level, name), out var known)) Raw<SetRaw>(socket, "SetRawSocketOption")(level, name, value);
        else if (Value(known.level, known.name, value) is object made) socket.SetSocketOption(known.level, known.name, made);
        else if (Milliseconds(known.name, value) is int number) socket.SetSocketOption(known.level, known.name, number);
        else socket.SetSocketOption(known.level, known.name, value);
    }

    // What .NET has a class for.
    static object Value(Level level, Name name, byte[] value) {
        bool member = level == Level.IP || level == Level.IPv6;
        member = member && (name == Name.AddMembership || name == Name.DropMembership);
        if (level == Level.Socket && name == Name.Linger && value.Length == 8)
            return new LingerOption(BitConverter.ToInt32(value, 0) != 0, BitConverter.ToInt32(value, 4));
        if (!member) return null;
        if (level == Level.IPv6 && value.Length == 20)
            return new IPv6MulticastOption(new IPAddress(value.Take(16).ToArray()), BitConverter.ToInt32(value, 16));
        if (level == Level.IPv6 || value.Length < 8) return null;
        var group = new IPAddress(BitConverter.ToUInt32(value, 0));
        int index = value.Length == 12 ? BitConverter.ToInt32(value, 8) : 0;
        return index != 0 ? new MulticastOption(group, index) : new MulticastOption(group, new IPAddress(BitConverter.ToUInt32(value, 4)));
    }

    static int? Milliseconds(Name name, byte[] value) {
        if (name != Name.ReceiveTimeout && name != Name.SendTimeout) return value.Length == 4 ? BitConverter.ToInt32(value, 0) : (int?) null;
        if (value.Length != 16) return null;
        long seconds = BitConverter.ToInt64(value, 0), micro = BitConverter.ToInt64(value, 8);
        if (micro % 1000 != 0 || seconds > 2147482 || seconds < -2147482) throw new Unsupported("ReceiveTimeout and SendTimeout are milliseconds in an int");
        return (int) (seconds * 1000 + micro / 1000);
    }

    // -- addresses ------------------------------------------------------------------------------

    // Mono's library, against which this is compiled, has its class elsewhere.
    static readonly Func<string, EndPoint> UNIX = MakerOf(typeof(Socket).Assembly.GetType("System.Net.Sockets.UnixDomainSocketEndPoint"));

    static Func<string, EndPoint> MakerOf(Type type) {
        ParameterExpression path = Expression.Parameter(typeof(string));
        return Expression.Lambda<Func<string, EndPoint>>(Expression.New(type.GetConstructor(new[] { typeof(string) }), path), path).Compile();
    }

    public static int Family(int linux) => linux == 10 ? (int) AddressFamily.InterNetworkV6 : linux == 17 ? 65536 : linux;

    public static EndPoint Untyped(AddressFamily family) =>
        family == AddressFamily.InterNetworkV6 ? new IPEndPoint(IPAddress.IPv6Any, 0)
        : family == AddressFamily.InterNetwork ? new IPEndPoint(IPAddress.Any, 0)
        : family == AddressFamily.Unix ? UNIX("/") : new RawEndPoint(new byte[] { 17, 0 });

    // A null pointer stands for it. Unix has a name for it that no path can have.
    static EndPoint Unbound(AddressFamily family) => family == AddressFamily.Unix ? new RawEndPoint(new byte[] { 1, 0 }) : Untyped(family);

    static EndPoint Read(XElement address) {
        switch (Text(address, "family")) {
            case "raw": return new RawEndPoint(Bytes(address, "data"));
            case "unix":
                byte[] path = Bytes(address, "path");
                string text = Encoding.UTF8.GetString(path);
                if (!Encoding.UTF8.GetBytes(text).SequenceEqual(path)) throw new Unsupported("a path is a string");
                return UNIX(text);
        }
        IPAddress host = IPAddress.Parse(Text(address, "host"));
        if (Int(address, "flowinfo") != 0) throw new Unsupported("an IPEndPoint has no flow information");
        if (host.AddressFamily == AddressFamily.InterNetworkV6) host = new IPAddress(host.GetAddressBytes(), Int(address, "scope_id"));
        return new IPEndPoint(host, Int(address, "port"));
    }

    static object Written(EndPoint given) {
        if (given == null) return null;
        if (given is RawEndPoint raw && raw.AddressFamily != AddressFamily.Unix) return new Map { ["family"] = "raw", ["data"] = raw.Written };
        if (!(given is IPEndPoint at)) {
            SocketAddress unix = given.Serialize();
            var path = Enumerable.Range(2, unix.Size - 2).Select(index => unix[index]).ToArray();
            if (path.Length > 0 && path[0] != 0) path = path.TakeWhile(each => each != 0).ToArray();
            return new Map { ["family"] = "unix", ["path"] = Convert.ToBase64String(path) };
        }
        bool six = at.AddressFamily == AddressFamily.InterNetworkV6;
        var made = new Map { ["family"] = six ? "inet6" : "inet", ["host"] = at.Address.ToString().Split('%')[0], ["port"] = at.Port };
        if (six) made["scope_id"] = at.Address.ScopeId;
        return made;
    }
}
