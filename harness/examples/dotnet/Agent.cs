// The agents' protocol (docs/protocol.md): requests in, answers out, and a thread for each call that was started.
using System;
using System.Collections;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Serialization.Json;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using System.Xml;
using System.Xml.Linq;
using static Fields;
using Map = System.Collections.Generic.Dictionary<string, object>;

// The fields of a message.
static class Fields {
    public static string Text(XElement of, string name) => of?.Element(name)?.Value ?? "";
    public static int Int(XElement of, string name) => Text(of, name) is string text && text != "" ? (int) long.Parse(text) : 0;
    public static double Number(XElement of, string name) => XmlConvert.ToDouble(Text(of, name));
    public static byte[] Bytes(XElement of, string name) => Convert.FromBase64String(Text(of, name));
    public static string Base64(byte[] room, int length) => Convert.ToBase64String(room, 0, Math.Min(length, room.Length));
}

// A call in a thread of its own.
class Started {
    readonly Thread thread;
    volatile int number; // of the thread, in the system
    public Map Outcome;

    public Started(Func<Map> call) {
        thread = new Thread(() => { number = gettid(); Outcome = call(); }) { IsBackground = true };
        thread.Start();
        SpinWait.SpinUntil(() => number != 0);
    }

    public bool Ended(double within) => thread.Join((int) (within * 1000));

    // Whether it sleeps, after the time that a call takes that is compiled first.
    public bool Sleeps() {
        if (Ended(0.1)) return false;
        try { return File.ReadAllText($"/proc/self/task/{number}/stat").Contains(") S "); }
        catch (IOException) { return false; } // it has just ended
    }

    [DllImport("libc")] static extern int gettid();
}

static class Agent {
    static readonly string[] PRIMITIVES = ("new close fileno bind listen connect accept local_addr peer_addr shutdown getsockopt "
        + "setsockopt nonblocking set_nonblocking cloexec ioctl sockatmark recv recvfrom recvmsg send sendto sendmsg poll select").Split(' ');
    static readonly string[] SETTINGS = ("net.core.rmem_default net.core.rmem_max net.core.wmem_default net.core.wmem_max "
        + "net.core.somaxconn net.core.optmem_max net.ipv4.tcp_rmem net.ipv4.tcp_wmem net.ipv4.tcp_keepalive_time "
        + "net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes net.ipv4.tcp_syn_retries net.ipv4.tcp_fin_timeout "
        + "net.ipv4.ip_default_ttl net.ipv4.ip_local_port_range net.ipv4.ip_unprivileged_port_start net.ipv6.bindv6only "
        + "net.unix.max_dgram_qlen").Split(' ');

    static readonly Dictionary<int, Started> started = new Dictionary<int, Started>();
    static int begun;

    // What says no before the system is asked; anything else is a fault.
    static readonly Type[] SAID = {
        typeof(ArgumentException), typeof(InvalidOperationException), typeof(NotSupportedException), typeof(NotImplementedException) };

    static Map Outcome(XElement call) {
        try {
            return new Map { ["kind"] = "value", ["value"] = Sockets.Call(call) };
        } catch (Unsupported lacking) {
            return new Map { ["kind"] = "unsupported", ["feature"] = Text(call, "primitive"), ["why"] = lacking.Message };
        } catch (Refused refused) {
            return Failed(refused.Message, 0, "");
        } catch (SocketException error) {
            return Failed(Numbers.Symbol(error.NativeErrorCode), error.NativeErrorCode, error.SocketErrorCode.ToString());
        } catch (ObjectDisposedException error) {
            return Failed("EBADF", 0, error.Message);
        } catch (Exception error) when (SAID.Any(each => each.IsInstanceOfType(error)) || error.GetType() == typeof(SystemException)) {
            return Failed("E" + error.GetType().Name.Replace("Exception", "").ToUpperInvariant(), 0, error.Message);
        } catch (Exception error) {
            return new Map { ["kind"] = "fault", ["type"] = error.GetType().Name, ["message"] = error.Message };
        }
    }

    static Map Failed(string symbol, int number, string said) =>
        new Map { ["kind"] = "error", ["symbol"] = symbol, ["number"] = number, ["message"] = said };

    static Map Answer(XElement message) {
        object value = null;
        switch (Text(message, "kind")) {
            case "hello": return Welcome();
            case "call": return Outcome(message.Element("call"));
            case "start": value = Start(message.Element("call")); break;
            case "is-blocked": {
                Started one = started[Int(message, "pending")];
                var waited = Stopwatch.StartNew();
                bool sleeps;
                while (!(sleeps = one.Sleeps()) && !one.Ended(0))
                    if (waited.Elapsed.TotalSeconds > Number(message, "within")) return new Map { ["kind"] = "running" };
                value = sleeps;
                break;
            }
            case "result": {
                Started one = started[Int(message, "pending")];
                return one.Ended(Number(message, "within")) ? one.Outcome : new Map { ["kind"] = "running" };
            }
            case "reset": value = Reset(); break;
        }
        return new Map { ["kind"] = "value", ["value"] = value };
    }

    static int Start(XElement call) {
        started[++begun] = new Started(() => Outcome(call));
        return begun;
    }

    // A call that waits ends when its socket is closed.
    static int Reset() {
        Sockets.CloseAll();
        int left = started.Values.Count(each => !each.Ended(0.5));
        started.Clear();
        return left;
    }

    static Map Welcome() {
        // The first socket loads the runtime's libraries: before any call, which is to end in time.
        new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified).Dispose();
        string release = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        string mask = File.ReadLines("/proc/self/status").First(line => line.StartsWith("CapEff:")).Substring(7).Trim();
        string version = Environment.Version.ToString();
        return new Map {
            ["kind"] = "welcome", ["protocol"] = 1, ["backend"] = "dotnet", ["version"] = version, ["label"] = ".NET " + version,
            ["implementation"] = "System.Net.Sockets of .NET " + version, ["system"] = "linux", ["byte_order"] = "little", ["long_size"] = 8,
            ["platform"] = new Map {
                ["profile"] = "dotnet", ["system"] = "Linux", ["release"] = release,
                ["version"] = new string(release.TakeWhile(each => each == '.' || char.IsDigit(each)).ToArray()), ["machine"] = "x86_64",
                ["byte_order"] = "little", ["interpreter"] = ".NET", ["interpreter_version"] = version,
                ["capabilities"] = mask, ["privileged"] = (Convert.ToInt64(mask, 16) >> 12 & 1) == 1,
                ["settings"] = SETTINGS.Where(each => File.Exists(Setting(each))).ToDictionary(each => each,
                    each => (object) string.Join(" ", File.ReadAllText(Setting(each)).Split((char[]) null, StringSplitOptions.RemoveEmptyEntries))),
            },
            ["constants"] = Numbers.CONSTANTS.ToDictionary(each => each.Key, each => (object) each.Value),
            ["primitives"] = PRIMITIVES,
        };
    }

    static string Setting(string name) => "/proc/sys/" + name.Replace('.', '/');

    // It is read as XML, which the library can do, and written by hand.
    static string Json(object value) {
        if (value == null) return "null";
        if (value is bool on) return on ? "true" : "false";
        if (value is string text) return "\"" + Regex.Replace(text, "[\\x00-\\x1f\"\\\\]", found => $"\\u{(int) found.Value[0]:x4}") + "\"";
        if (value is IDictionary<string, object> map) return "{" + string.Join(",", map.Select(each => Json(each.Key) + ":" + Json(each.Value))) + "}";
        if (value is IEnumerable list) return "[" + string.Join(",", list.Cast<object>().Select(Json)) + "]";
        return Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture);
    }

    static void Main() {
        var requests = new StreamReader(Console.OpenStandardInput());
        var answers = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true, NewLine = "\n" };
        while (requests.ReadLine() is string line) {
            var reader = JsonReaderWriterFactory.CreateJsonReader(Encoding.UTF8.GetBytes(line), XmlDictionaryReaderQuotas.Max);
            XElement message = XElement.Load(reader);
            Map answer = Answer(message);
            answer["id"] = Int(message, "id");
            answers.WriteLine(Json(answer));
            if (Text(message, "kind") == "bye") break;
        }
        Reset();
        Environment.Exit(0);
    }
}
