// my-stack as sockspec calls it: an agent over Node's `net` and `dgram`.
//
//     sockspec smoke
//     sockspec run --out run.jsonl
//
// It reads calls from standard input and writes answers to standard output, a JSON object on
// each line; `sockspec schema protocol --markdown` describes all of them. Put your own calls
// into CALLS, and leave out what you do not have: what is not in it is never asked for.
//
// An error has the name that Node gives it; only EAGAIN and EBADF are this file's.
// Node has no call that binds a stream socket and does no more: its address is kept here until
// the socket listens or connects, and only then is it known which port it has, or refused.
'use strict';
const dgram = require('node:dgram');
const net = require('node:net');
const os = require('node:os');
const readline = require('node:readline');

const NAME = 'my-stack';
const VERSION = '0.1';
const GRACE = 100; // milliseconds after which a call counts as blocked

const NUMBERS = {
  AF_INET: 2, AF_INET6: 10, SOCK_STREAM: 1, SOCK_DGRAM: 2, SOL_SOCKET: 1, SO_ERROR: 4,
  SO_REUSEADDR: 2, IPPROTO_TCP: 6, IPPROTO_UDP: 17, MSG_PEEK: 2,
  POLLIN: 1, SHUT_RD: 0, SHUT_WR: 1, SHUT_RDWR: 2,
};

class Refused extends Error {
  constructor(symbol, number = 0) { super(symbol); Object.assign(this, { symbol, number }); }
}
class Unsupported extends Error {}

const sockets = new Map(); // number -> socket
const started = new Map(); // number -> { done, answer, promise, sock }
let count = 0;

function refusal(error) {
  return new Refused(error.code || 'E' + error.name.toUpperCase(), Math.abs(error.errno || 0));
}

// One event of an emitter, or its error.
function event(emitter, name) {
  return new Promise((resolve, reject) => {
    const settle = (call) => (value) => {
      emitter.removeListener(name, good);
      emitter.removeListener('error', bad);
      call(value);
    };
    const good = settle(resolve);
    const bad = settle((error) => reject(refusal(error)));
    emitter.once(name, good);
    emitter.once('error', bad);
  });
}

function add(sock) {
  sockets.set(++count, Object.assign(sock, {
    closed: false, nonblocking: false, waiting: [], queue: [],
  }));
  return count;
}

// Whoever waits for something to happen to a socket looks again.
function wake(sock) {
  for (const each of sock.waiting.splice(0)) each();
}

async function until(sock, ready) {
  for (;;) {
    if (sock.closed) throw new Refused('EBADF', 9);
    const found = ready();
    if (found !== undefined) return found;
    if (sock.nonblocking) throw new Refused('EAGAIN', 11);
    await new Promise((resolve) => sock.waiting.push(resolve));
  }
}

function watched(sock, stream) {
  sock.stream = stream;
  sock.over = false;
  stream.on('readable', () => wake(sock));
  stream.on('end', () => { sock.over = true; wake(sock); });
  stream.on('error', (error) => { sock.failed = refusal(error); wake(sock); });
  stream.on('close', () => { sock.over = true; wake(sock); });
  return sock;
}

function address(host, family, port) {
  const six = family === 'IPv6' || family === 6;
  return { family: six ? 'inet6' : 'inet', host: host.replace(/%.*/, ''), port };
}

function given({ host, port }) {
  if (host === undefined) throw new Unsupported('an address that is not of IP');
  return { host, port };
}

function unbound(sock) {
  return address(sock.family === 10 ? '::' : '0.0.0.0', sock.family === 10 ? 6 : 4, 0);
}

function stream(sock) {
  if (!sock.stream) throw new Unsupported('this call before a connection');
  return sock.stream;
}

function datagram(sock) {
  if (!sock.udp) throw new Unsupported('an address of a stream socket');
  return sock.udp;
}

async function listening(sock, where) {
  sock.server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
  sock.server.on('connection', (each) => { sock.queue.push(each); wake(sock); });
  const up = event(sock.server, 'listening');
  sock.server.listen(where);
  try { await up; } catch (error) { sock.server = undefined; throw error; }
}

async function received(sock, size) {
  if (sock.udp) {
    if (!sock.bound) { sock.udp.bind(); await event(sock.udp, 'listening'); sock.bound = true; }
    const [data, from] = await until(sock, () => sock.queue.shift());
    return [data.subarray(0, size), address(from.address, from.family, from.port)];
  }
  const from = stream(sock);
  if (size === 0) return [Buffer.alloc(0), null];
  const data = await until(sock, () => {
    // A read of nothing is what makes Node tell the end.
    const found = from.read(Math.min(size, from.readableLength));
    if (found) return found;
    if (sock.failed) { const error = sock.failed; sock.failed = undefined; throw error; }
    return sock.over ? Buffer.alloc(0) : undefined;
  });
  return [data, null];
}

function written(write) {
  return new Promise((resolve, reject) => {
    write((error) => (error ? reject(refusal(error)) : resolve()));
  });
}

// -- the calls: yours --------------------------------------------------------------------

const CALLS = {
  async new({ family, type }) {
    if (![2, 10].includes(family) || ![1, 2].includes(type)) throw new Unsupported('this kind');
    const sock = { family };
    if (type === 2) {
      sock.udp = dgram.createSocket(family === 10 ? 'udp6' : 'udp4');
      sock.udp.on('message', (data, from) => { sock.queue.push([data, from]); wake(sock); });
      sock.udp.on('error', () => {}); // told by the call that meets it
    }
    return add(sock);
  },

  async close({ sock }) {
    sock.closed = true;
    if (sock.stream) sock.stream.end();
    if (sock.server) { sock.server.close(); for (const each of sock.queue) each.destroy(); }
    if (sock.udp) sock.udp.close();
    wake(sock);
    return null;
  },

  async bind({ sock, address: to }) {
    const { host, port } = given(to);
    if (sock.server || sock.stream || sock.bound || sock.at) throw new Unsupported('another bind');
    if (!sock.udp) { sock.at = { host, port }; return null; }
    const up = event(sock.udp, 'listening');
    sock.udp.bind({ address: host, port });
    await up;
    sock.bound = true;
    return null;
  },

  async listen({ sock, backlog }) {
    if (sock.udp || sock.stream) throw new Unsupported('listen of such a socket');
    const anywhere = { host: sock.family === 10 ? '::' : '0.0.0.0', port: 0 };
    if (!sock.server) await listening(sock, { ...(sock.at || anywhere), backlog });
    return null;
  },

  async connect({ sock, address: to }) {
    const { host, port } = given(to);
    if (sock.udp) {
      const up = event(sock.udp, 'connect');
      sock.udp.connect(port, host);
      await up;
      sock.bound = true;
      return null;
    }
    if (sock.server || sock.stream) throw new Unsupported('another connect');
    const from = sock.at ? { localAddress: sock.at.host, localPort: sock.at.port } : {};
    const made = net.connect({ host, port, allowHalfOpen: true, ...from });
    await event(made, 'connect');
    watched(sock, made);
    return null;
  },

  async accept({ sock }) {
    if (!sock.server) throw new Unsupported('accept of a socket that does not listen');
    const made = await until(sock, () => sock.queue.shift());
    const number = add(watched({ family: sock.family }, made));
    return [number, address(made.remoteAddress, made.remoteFamily, made.remotePort)];
  },

  async local_addr({ sock }) {
    const of = sock.server || (sock.bound && sock.udp);
    if (of) { const at = of.address(); return address(at.address, at.family, at.port); }
    const made = sock.stream;
    if (sock.at && !made) throw new Unsupported('the name of a socket that is only bound');
    return made ? address(made.localAddress, made.localFamily, made.localPort) : unbound(sock);
  },

  async peer_addr({ sock }) {
    if (sock.udp) {
      const at = sock.udp.remoteAddress();
      return address(at.address, at.family, at.port);
    }
    const { remoteAddress, remoteFamily, remotePort } = stream(sock);
    if (!remoteAddress) throw new Unsupported('the name of a peer that is gone');
    return address(remoteAddress, remoteFamily, remotePort);
  },

  async shutdown({ sock, how }) {
    if (how !== 1) throw new Unsupported('shutdown of the receiving side');
    stream(sock).end();
    return null;
  },

  async nonblocking({ sock }) { return sock.nonblocking; },
  async set_nonblocking({ sock, on }) { sock.nonblocking = on; return null; },

  async recv({ sock, size }) { return (await received(sock, size))[0].toString('base64'); },

  async recvfrom({ sock, size }) {
    const [data, from] = await received(sock, size);
    return [data.toString('base64'), from];
  },

  async send({ sock, data }) {
    const bytes = Buffer.from(data, 'base64');
    if (sock.udp) {
      await written((done) => sock.udp.send(bytes, done));
      return bytes.length;
    }
    const made = stream(sock);
    if (!sock.nonblocking) await written((done) => made.write(bytes, done));
    else if (made.writableNeedDrain) throw new Refused('EAGAIN', 11);
    else made.write(bytes);
    return bytes.length;
  },

  async sendto({ sock, data, address: to }) {
    const { host, port } = given(to);
    const bytes = Buffer.from(data, 'base64');
    const udp = datagram(sock);
    await written((done) => udp.send(bytes, port, host, done));
    sock.bound = true;
    return bytes.length;
  },
};

// -- the protocol ------------------------------------------------------------------------

function welcome() {
  const kernel = os.release().replace(/-.*/, '');
  const machine = { x64: 'x86_64', arm64: 'aarch64' }[process.arch] || process.arch;
  return {
    kind: 'welcome', protocol: 1, backend: NAME, version: VERSION,
    implementation: `${NAME} ${VERSION} on Node ${process.versions.node}`,
    label: `${NAME} ${VERSION}`,
    system: process.platform, byte_order: os.endianness() === 'LE' ? 'little' : 'big',
    long_size: 8,
    platform: {
      profile: NAME, system: os.type(), version: kernel, machine,
      byte_order: os.endianness() === 'LE' ? 'little' : 'big',
    },
    constants: NUMBERS, primitives: Object.keys(CALLS),
  };
}

async function outcome(call) {
  try {
    if (call.primitive === 'constant') return value(NUMBERS[call.symbol] ?? null);
    if (call.primitive === 'errno_symbol') return value(`E${call.number}`);
    const made = CALLS[call.primitive];
    if (!made) throw new Unsupported(call.primitive);
    if (call.flags) throw new Unsupported('flags');
    const sock = sockets.get(call.sock);
    if ('sock' in call && (!sock || sock.closed)) throw new Refused('EBADF', 9);
    return value(await made({ ...call, sock }));
  } catch (error) {
    if (error instanceof Unsupported) return { kind: 'unsupported', feature: error.message };
    const { symbol, number } = error instanceof Refused ? error : refusal(error);
    return { kind: 'error', symbol, number, call: call.primitive };
  }
}

function value(of) { return { kind: 'value', value: of }; }

function within(each, milliseconds) {
  let timer;
  const over = new Promise((resolve) => { timer = setTimeout(resolve, milliseconds); });
  return Promise.race([each.promise, over]).finally(() => clearTimeout(timer));
}

async function answer(request) {
  const each = started.get(request.pending);
  switch (request.kind) {
    case 'hello': return welcome();
    case 'call': return outcome(request.call);
    case 'start': {
      const made = { done: false };
      made.promise = outcome(request.call).then((told) => {
        Object.assign(made, { done: true, told });
      });
      started.set(++count, made);
      return value(count);
    }
    case 'is-blocked':
      await within(each, Math.min(request.within * 1000, GRACE));
      return value(!each.done);
    case 'result':
      await within(each, request.within * 1000);
      return each.done ? each.told : { kind: 'running' };
    case 'reset': {
      for (const sock of sockets.values()) if (!sock.closed) await CALLS.close({ sock });
      let left = 0;
      for (const one of started.values()) { await within(one, 500); left += one.done ? 0 : 1; }
      sockets.clear();
      started.clear();
      return value(left);
    }
    default: return value(null);
  }
}

async function serve() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    const told = JSON.stringify({ ...(await answer(request)), id: request.id });
    await new Promise((resolve) => process.stdout.write(told + '\n', resolve));
    if (request.kind === 'bye') break;
  }
  process.exit(0);
}

serve();
