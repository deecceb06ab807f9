# Ruby's Socket as an agent: the protocol of docs/protocol.md, in one file, from Ruby's own library.
#
#     sockspec smoke "agent:ruby harness/examples/ruby_sockets.rb"
#     sockspec run --backend "agent:ruby harness/examples/ruby_sockets.rb"
#
# Ruby makes every descriptor non-blocking and waits by itself, so that its blocking calls are what
# is tested, and `set_nonblocking` is not there. It has no poll(2): that is the C library's,
# by Fiddle, which shows what state a socket is in.

require "socket"
require "json"
require "base64"
require "fiddle"
require "etc"
require "ipaddr"
require "tmpdir"
require "fileutils"
require "io/nonblock"

REQUESTS = STDIN.dup
ANSWERS = STDOUT.dup
STDIN.reopen(File::NULL)
STDOUT.reopen(STDERR)
[REQUESTS, ANSWERS].each { |each| each.close_on_exec = true }

class Refused < StandardError; end # before any system call

# The constants of its module Socket, and those that it has none for.
NUMBERS = Socket.constants.to_h { |name| [name.to_s, Socket.const_get(name)] }
                .select { |_, value| value.is_a?(Integer) }
                .merge("POLLIN" => 1, "POLLPRI" => 2, "POLLOUT" => 4, "POLLERR" => 8, "POLLHUP" => 16,
                       "POLLNVAL" => 32, "POLLRDHUP" => 0x2000, "SIOCATMARK" => 0x8905,
                       "FIONREAD" => 0x541B)
ERRORS = Errno.constants.map { |name| Errno.const_get(name) }
              .select { |each| each.is_a?(Class) && each.const_defined?(:Errno) }
              .to_h { |each| [each::Errno, each.name.delete_prefix("Errno::")] }
              .merge(Errno::EAGAIN::Errno => "EAGAIN", Errno::EOPNOTSUPP::Errno => "EOPNOTSUPP",
                     Errno::EDEADLK::Errno => "EDEADLK")
SETTINGS = %w[net.core.rmem_default net.core.rmem_max net.core.wmem_default net.core.wmem_max
              net.core.somaxconn net.core.optmem_max net.ipv4.tcp_rmem net.ipv4.tcp_wmem
              net.ipv4.tcp_keepalive_time net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes
              net.ipv4.tcp_syn_retries net.ipv4.tcp_fin_timeout net.ipv4.ip_default_ttl
              net.ipv4.ip_local_port_range net.ipv4.ip_unprivileged_port_start net.ipv6.bindv6only
              net.unix.max_dgram_qlen].freeze
POLL = Fiddle::Function.new(Fiddle::Handle::DEFAULT["poll"],
                            [Fiddle::TYPE_VOIDP, Fiddle::TYPE_LONG, Fiddle::TYPE_INT],
                            Fiddle::TYPE_INT)

def bytes(text) = Base64.decode64(text)
def text(bytes) = Base64.strict_encode64(bytes)

def packed(address)
  case address["family"]
  when "inet" then Socket.pack_sockaddr_in(address["port"], address["host"])
  when "inet6"
    name = Socket.pack_sockaddr_in(address["port"], address["host"])
    name[4, 4] = [address.fetch("flowinfo", 0)].pack("N")
    name[24, 4] = [address.fetch("scope_id", 0)].pack("L")
    name
  when "unix" then unix_name(bytes(address["path"]))
  else bytes(address["data"])
  end
end

def unix_name(path)
  # pack_sockaddr_un fills its structure up with NULs, which would belong to an abstract name.
  return [Socket::AF_UNIX].pack("S") + path if path.empty? || path.start_with?("\0")

  Socket.pack_sockaddr_un(path)
end

def address(info)
  raw = info.is_a?(Addrinfo) ? info.to_sockaddr : info
  return nil if raw.nil? || raw.empty?

  case raw.unpack1("S")
  when Socket::AF_INET
    port, host = raw.unpack("x2na4")
    { family: "inet", host: host.bytes.join("."), port: port }
  when Socket::AF_INET6
    port, flow, host, scope = raw.unpack("x2nNa16L")
    { family: "inet6", host: IPAddr.new_ntoh(host).to_s, port: port, flowinfo: flow, scope_id: scope }
  when Socket::AF_UNIX
    path = raw.byteslice(2..)
    path = path.unpack1("Z*") unless path.start_with?("\0")
    { family: "unix", path: text(path) }
  else { family: "raw", data: text(raw) }
  end
end

# The sockets by the numbers that the client has for them, and what was started.
class Agent
  PRIMITIVES = %w[new pair close dup fileno bind listen connect accept local_addr peer_addr shutdown
                  getsockopt setsockopt nonblocking cloexec ioctl sockatmark recv recvfrom recvmsg send
                  sendto sendmsg poll].freeze

  def initialize
    @sockets, @started, @folders, @last = {}, {}, [], 0
  end

  def keep(socket)
    @sockets[@last += 1] = socket
    @last
  end

  def of(call) = @sockets.fetch(call["sock"]) { raise Errno::EBADF }

  def make(call)
    send("do_#{call["primitive"]}", call)
  end

  def do_constant(call) = NUMBERS[call["symbol"]]
  def do_errno_symbol(call) = ERRORS.fetch(call["number"], "E#{call["number"]}")
  def do_folder(_) = (@folders << Dir.mktmpdir("sockspec-")).last
  def do_new(call) = keep(Socket.new(call["family"], call["type"], call.fetch("protocol", 0)))
  def do_bind(call) = of(call).bind(packed(call["address"])) && nil
  def do_listen(call) = of(call).listen(call["backlog"]) && nil
  def do_connect(call) = of(call).connect(packed(call["address"])) && nil
  def do_shutdown(call) = of(call).shutdown(call["how"]) && nil
  def do_dup(call) = keep(of(call).dup)
  def do_fileno(call) = of(call).fileno
  def do_local_addr(call) = address(of(call).getsockname)
  def do_peer_addr(call) = address(of(call).getpeername)
  def do_nonblocking(call) = of(call).nonblock?
  def do_cloexec(call) = of(call).close_on_exec?

  def do_pair(call)
    Socket.pair(call["family"], call["type"], call.fetch("protocol", 0)).map { |each| keep(each) }
  end

  def do_close(call)
    of(call)
    @sockets.delete(call["sock"]).close
  end

  def do_accept(call)
    made, from = of(call).accept
    [keep(made), address(from)]
  end

  def do_getsockopt(call)
    data = of(call).getsockopt(call["level"], call["name"]).data
    raise Refused, "getsockopt has room of its own" if data.bytesize > call["length"]

    text(data)
  end

  def do_setsockopt(call)
    of(call).setsockopt(call["level"], call["name"], bytes(call["value"]))
    nil
  end

  def do_ioctl(call)
    room = bytes(call["argument"])
    of(call).ioctl(call["request"], room)
    text(room)
  end

  def do_sockatmark(call)
    room = "\0" * 4
    of(call).ioctl(NUMBERS["SIOCATMARK"], room)
    room.unpack1("l") != 0
  end

  def do_recv(call) = text(of(call).recv(call["size"], call.fetch("flags", 0)) || "")

  def do_recvfrom(call)
    data, from = of(call).recvfrom(call["size"], call.fetch("flags", 0))
    [text(data), address(from)]
  end

  def do_recvmsg(call)
    raise Refused, "recvmsg has one buffer" if call["sizes"].length != 1

    room = call.fetch("control", 0)
    data, from, flags, *control = of(call).recvmsg(call["sizes"][0], call.fetch("flags", 0), room)
    items = control.map { |each| [each.level, each.type, text(each.data)] }
    { length: data.bytesize, data: [text(data)], control: items, flags: flags, address: address(from) }
  end

  def do_send(call) = of(call).send(bytes(call["data"]), call.fetch("flags", 0))

  def do_sendto(call)
    of(call).send(bytes(call["data"]), call["flags"], packed(call["address"]))
  end

  def do_sendmsg(call)
    raise Refused, "sendmsg has one buffer" if call["parts"].length != 1

    socket = of(call)
    to = call["address"] && packed(call["address"])
    items = call.fetch("control", []).map do |level, type, data|
      Socket::AncillaryData.new(socket.local_address.afamily, level, type, bytes(data))
    end
    socket.sendmsg(bytes(call["parts"][0]), call.fetch("flags", 0), to, *items)
  end

  def do_poll(call)
    asked = call["wanted"].map { |number, events| [@sockets.fetch(number) { raise Errno::EBADF }.fileno, events] }
    room = Fiddle::Pointer[asked.map { |fd, events| [fd, events, 0].pack("lss") }.join]
    done = POLL.call(room, asked.length, (call["timeout"] * 1000).to_i)
    raise SystemCallError.new("poll", Fiddle.last_error) if done.negative?

    asked.each_index.map { |each| room[each * 8 + 6, 2].unpack1("s") }
  end

  # -- what was started -------------------------------------------------------------------

  def start(call)
    @started[@last += 1] = Thread.new { outcome(call) }
    @last
  end

  def blocked?(message)
    # It sleeps until its descriptor is ready: the call itself never does.
    @started.fetch(message["pending"]).join([message["within"], 0.1].min).nil?
  end

  def result(message)
    thread = @started.fetch(message["pending"])
    thread.join(message["within"]) ? thread.value : { kind: "running" }
  end

  def reset
    running = @started.values.select(&:alive?).each(&:kill)
    left = running.count { |each| each.join(0.5).nil? }
    @sockets.each_value { |each| each.close rescue nil }
    @folders.each { |each| FileUtils.rm_rf(each) }
    @sockets, @started, @folders = {}, {}, []
    left
  end

  def outcome(call)
    return { kind: "unsupported", feature: call["primitive"], why: "Ruby has no such call" } unless
      respond_to?("do_#{call["primitive"]}")

    { kind: "value", value: make(call) }
  rescue SystemCallError => e
    { kind: "error", symbol: ERRORS.fetch(e.errno, "E#{e.errno}"), number: e.errno, message: e.message }
  rescue Refused => e
    { kind: "unsupported", feature: call["primitive"], why: e.message }
  rescue IOError, SocketError, ArgumentError, TypeError => e
    { kind: "error", symbol: "ERUBY", number: 0, message: "#{e.class}: #{e.message}" }
  end

  def welcome
    release = File.read("/proc/sys/kernel/osrelease").strip
    shown = SETTINGS.to_h { |name| [name, "/proc/sys/#{name.tr(".", "/")}"] }
                    .select { |_, path| File.readable?(path) }
                    .transform_values { |path| File.read(path).split.join(" ") }
    mask = File.read("/proc/self/status")[/CapEff:\s*(\h+)/, 1]
    platform = { profile: "ruby", system: "Linux", release: release, version: release[/[\d.]+/],
                 machine: Etc.uname[:machine], byte_order: "little", interpreter: "Ruby",
                 interpreter_version: RUBY_VERSION, capabilities: mask,
                 privileged: mask.to_i(16)[12] == 1, hz: hz, settings: shown }
    { kind: "welcome", protocol: 1, backend: "ruby", version: RUBY_VERSION,
      implementation: "class Socket of Ruby #{RUBY_VERSION}", label: "Ruby #{RUBY_VERSION}",
      system: "linux", byte_order: "little", long_size: 8, platform: platform, constants: NUMBERS,
      primitives: PRIMITIVES }
  end

  # Linux keeps SO_RCVTIMEO in ticks and rounds up: a microsecond reads back as one.
  def hz
    socket = Socket.new(:INET, :STREAM)
    socket.setsockopt(:SOCKET, :RCVTIMEO, [0, 1].pack("qq"))
    (1_000_000.0 / socket.getsockopt(:SOCKET, :RCVTIMEO).data.unpack("qq")[1]).round
  ensure
    socket&.close
  end

  def answer(message)
    case message["kind"]
    when "hello" then welcome
    when "call" then outcome(message["call"])
    when "start" then { kind: "value", value: start(message["call"]) }
    when "is-blocked" then { kind: "value", value: blocked?(message) }
    when "result" then result(message)
    when "reset" then { kind: "value", value: reset }
    else { kind: "value", value: nil }
    end
  end
end

Thread.report_on_exception = false
agent = Agent.new
REQUESTS.each_line do |line|
  message = JSON.parse(line)
  ANSWERS.write(JSON.generate({ id: message["id"] }.merge(agent.answer(message))), "\n")
  ANSWERS.flush
  break if message["kind"] == "bye"
end
agent.reset
exit!(0)
