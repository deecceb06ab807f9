//! smoltcp as an agent: a TCP/IP stack without a system, over its own loopback device, and over
//! the TAP that the environment names where it does (SOCKSPEC_TAP, and its addresses).
//!
//! It has no `bind` of a TCP socket, no choice of a port and no queue of connections: a socket
//! that listens becomes the connection. So a bound address is kept until it is listened at or
//! connected from, ports are counted up here, and an accepted connection is replaced by
//! another socket that listens; between the two nobody does.

use serde_json::{Value, json};
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{self, Device, DeviceCapabilities, Medium, RxToken, TunTapInterface, TxToken};
use smoltcp::socket::{tcp, udp};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpAddress, IpCidr, IpListenEndpoint};
use sockspec_examples::{Answer, Call, Refusal, Stack, address, error, lacking, serve, text};
use std::collections::{HashMap, VecDeque};
use std::env;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

const SIZE: usize = 65535;

struct Sock {
    handle: SocketHandle,
    stream: bool,
    bound: SocketAddr,
    nonblocking: bool,
    listens: bool,
    /// A connect was begun: a closed socket is one that failed or is over.
    begun: bool,
}

const OWN: [u8; 6] = [2, 0, 0, 0, 0, 2];

/// What is sent to this stack itself comes back; the rest goes out through a TAP, if there is one.
struct Link {
    tap: Option<TunTapInterface>,
    back: VecDeque<Vec<u8>>,
}

struct Frame(Vec<u8>);

struct Sender<'a>(&'a mut Link);

impl RxToken for Frame {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

impl TxToken for Sender<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        let mut frame = vec![0; length];
        let done = f(&mut frame);
        self.0.send(frame);
        done
    }
}

impl Link {
    fn new() -> Self {
        let tap = env::var("SOCKSPEC_TAP")
            .ok()
            .map(|name| TunTapInterface::new(&name, Medium::Ethernet).expect("the TAP can be opened"));
        Self { tap, back: VecDeque::new() }
    }

    fn address(&self) -> HardwareAddress {
        match self.tap {
            Some(_) => HardwareAddress::Ethernet(EthernetAddress(OWN)),
            None => HardwareAddress::Ip,
        }
    }

    fn send(&mut self, frame: Vec<u8>) {
        let Some(tap) = &mut self.tap else { return self.back.push_back(frame) };
        if frame[..6] != OWN
            && let Some(token) = tap.transmit(Instant::now())
        {
            token.consume(frame.len(), |room| room.copy_from_slice(&frame));
        }
        // A frame for a group is for this stack, too: it asks itself for its own address.
        if frame[..6] == OWN || frame[0] & 1 == 1 {
            self.back.push_back(frame);
        }
    }
}

impl Device for Link {
    type RxToken<'a> = Frame;
    type TxToken<'a> = Sender<'a>;

    fn receive(&mut self, now: Instant) -> Option<(Frame, Sender<'_>)> {
        let from = |tap: &mut TunTapInterface| tap.receive(now).map(|(token, _)| token.consume(<[u8]>::to_vec));
        let frame = self.back.pop_front().or_else(|| self.tap.as_mut().and_then(from))?;
        Some((Frame(frame), Sender(self)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sender<'_>> {
        Some(Sender(self))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let loopback = phy::Loopback::new(Medium::Ip);
        self.tap.as_ref().map_or(loopback.capabilities(), Device::capabilities)
    }
}

struct Smoltcp {
    device: Link,
    interface: Interface,
    sockets: SocketSet<'static>,
    open: HashMap<i64, Sock>,
    made: i64,
    port: u16,
}

fn socket() -> tcp::Socket<'static> {
    tcp::Socket::new(tcp::SocketBuffer::new(vec![0; SIZE]), tcp::SocketBuffer::new(vec![0; SIZE]))
}

fn datagrams() -> udp::Socket<'static> {
    let buffer = || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 64], vec![0; SIZE]);
    udp::Socket::new(buffer(), buffer())
}

fn listening(at: SocketAddr) -> IpListenEndpoint {
    let addr = (!at.ip().is_unspecified()).then(|| IpAddress::from(at.ip()));
    IpListenEndpoint { addr, port: at.port() }
}

/// The name of an error as a symbol: `InvalidState` is EINVALIDSTATE.
fn own(kind: impl std::fmt::Debug) -> Refusal {
    error(format!("E{kind:?}").to_uppercase())
}

impl Smoltcp {
    fn new(mut device: Link, port: u16) -> Self {
        let mut interface = Interface::new(Config::new(device.address()), &mut device, Instant::now());
        let given = |name| env::var(name).ok().and_then(|text| text.parse::<IpAddr>().ok());
        interface.update_ip_addrs(|all| {
            let _ = all.push(IpCidr::new(IpAddress::from(Ipv4Addr::LOCALHOST), 8));
            let _ = all.push(IpCidr::new(IpAddress::from(Ipv6Addr::LOCALHOST), 128));
            for (name, length) in [("SOCKSPEC_TAP_V4", 24), ("SOCKSPEC_TAP_V6", 64)] {
                if let Some(at) = given(name) {
                    all.push(IpCidr::new(IpAddress::from(at), length)).expect("there is room for four");
                }
            }
        });
        let (sockets, open) = (SocketSet::new(vec![]), HashMap::new());
        Self { device, interface, sockets, open, made: 0, port }
    }

    fn port(&mut self) -> u16 {
        self.port = if self.port == u16::MAX { 49152 } else { self.port + 1 };
        self.port
    }

    fn add(&mut self, handle: SocketHandle, stream: bool, bound: SocketAddr) -> i64 {
        self.made += 1;
        self.open.insert(self.made, Sock { handle, stream, bound, nonblocking: false, listens: false, begun: false });
        self.made
    }

    fn make(&mut self, call: &Call) -> Answer {
        let any: IpAddr = match call.number("family") {
            2 => Ipv4Addr::UNSPECIFIED.into(),
            10 => Ipv6Addr::UNSPECIFIED.into(),
            other => return Err(lacking(format!("family {other}"))),
        };
        let handle = match (call.number("type"), call.number("protocol")) {
            (1, 0 | 6) => self.sockets.add(socket()),
            (2, 0 | 17) => self.sockets.add(datagrams()),
            _ => return Err(lacking("socket type or protocol")),
        };
        let stream = call.number("type") == 1;
        Ok(json!(self.add(handle, stream, SocketAddr::new(any, 0))))
    }

    fn call(&mut self, call: &Call) -> Result<Option<Value>, Refusal> {
        let number = call.number("sock");
        let name = call.told["primitive"].as_str().unwrap_or("");
        match name {
            "new" => return self.make(call).map(Some),
            "poll" => return self.poll(call),
            _ => {}
        }
        let fresh = self.port(); // before the socket is borrowed; most calls have no use for it
        let Some(sock) = self.open.get_mut(&number) else { return Err(error("EBADF")) };
        if call.number("flags") & !2 != 0 {
            return Err(lacking("flags"));
        }
        let peek = call.number("flags") == 2;
        match name {
            "close" => {
                let sock = self.open.remove(&number).expect("it was there");
                // The stack goes on with what is to be sent; the socket stays in its set.
                match sock.stream {
                    true => self.sockets.get_mut::<tcp::Socket>(sock.handle).close(),
                    false => self.sockets.get_mut::<udp::Socket>(sock.handle).close(),
                }
                return Ok(Some(Value::Null));
            }
            "set_nonblocking" => {
                sock.nonblocking = call.told["on"] == true;
                return Ok(Some(Value::Null));
            }
            "nonblocking" => return Ok(Some(json!(sock.nonblocking))),
            "bind" => {
                let mut at = call.address()?;
                if at.port() == 0 {
                    at.set_port(fresh);
                }
                if !sock.stream {
                    self.sockets.get_mut::<udp::Socket>(sock.handle).bind(listening(at)).map_err(own)?;
                }
                sock.bound = at;
                return Ok(Some(Value::Null));
            }
            _ => {}
        }
        let waits = !sock.nonblocking;
        let blocked = if waits { Ok(None) } else { Err(error("EAGAIN")) };
        if sock.stream {
            self.stream(call, name, number, fresh, peek, blocked)
        } else {
            self.datagram(call, name, number, peek, blocked)
        }
    }

    fn stream(
        &mut self,
        call: &Call,
        name: &str,
        number: i64,
        fresh: u16,
        peek: bool,
        blocked: Result<Option<Value>, Refusal>,
    ) -> Result<Option<Value>, Refusal> {
        let Some(sock) = self.open.get_mut(&number) else { return Err(error("EBADF")) };
        let tcp = self.sockets.get_mut::<tcp::Socket>(sock.handle);
        let done = match name {
            "listen" => {
                tcp.listen(listening(sock.bound)).map_err(own)?;
                sock.listens = true;
                Value::Null
            }
            "connect" if !call.told["begun"].is_null() => match tcp.state() {
                tcp::State::SynSent | tcp::State::SynReceived => return Ok(None),
                // Which of the reasons it was, nobody is told.
                tcp::State::Closed => return Err(error("ECLOSED")),
                _ => Value::Null,
            },
            "connect" => {
                let to = call.address()?;
                if sock.bound.port() == 0 {
                    sock.bound.set_port(fresh);
                }
                tcp.connect(self.interface.context(), to, listening(sock.bound)).map_err(own)?;
                sock.begun = true;
                return if blocked.is_err() { Err(error("EINPROGRESS")) } else { Ok(None) };
            }
            "accept" if !sock.listens => return Err(lacking("accept of what does not listen")),
            "accept" if tcp.is_listening() || tcp.state() == tcp::State::SynReceived => return blocked,
            "accept" if !tcp.is_open() => return Err(error("EINVALIDSTATE")),
            "accept" => {
                let peer = tcp.remote_endpoint().map(|at| address(SocketAddr::new(at.addr.into(), at.port)));
                let (connection, bound) = (sock.handle, sock.bound);
                let mut next = socket();
                next.listen(listening(bound)).map_err(own)?;
                sock.handle = self.sockets.add(next);
                json!([self.add(connection, true, bound), peer])
            }
            "local_addr" => {
                address(tcp.local_endpoint().map_or(sock.bound, |at| SocketAddr::new(at.addr.into(), at.port)))
            }
            "peer_addr" => match tcp.remote_endpoint() {
                Some(at) => address(SocketAddr::new(at.addr.into(), at.port)),
                None => return Err(error("ENOREMOTE")),
            },
            "shutdown" if call.number("how") == 1 => {
                tcp.close();
                Value::Null
            }
            "send" => match tcp.send_slice(&call.bytes("data")).map_err(own)? {
                0 if !call.bytes("data").is_empty() => return blocked,
                taken => json!(taken),
            },
            "recv" => {
                let mut room = vec![0; call.number("size") as usize];
                match if peek { tcp.peek_slice(&mut room) } else { tcp.recv_slice(&mut room) } {
                    Ok(0) if !room.is_empty() => return blocked,
                    Ok(length) => text(&room[..length]),
                    Err(tcp::RecvError::Finished) => text(&[]),
                    Err(other) => return Err(own(other)),
                }
            }
            "getsockopt" | "setsockopt" => {
                let value = <[u8; 4]>::try_from(call.bytes("value")).map(i32::from_le_bytes);
                let value = match (name, value) {
                    ("getsockopt", _) => 0,
                    (_, Ok(value)) => value,
                    _ => return Err(lacking("an option of another length")),
                };
                let got = match (name, call.number("level"), call.number("name")) {
                    ("getsockopt", 6, 1) => u8::from(!tcp.nagle_enabled()),
                    ("getsockopt", 0, 2) => tcp.hop_limit().unwrap_or(64),
                    ("setsockopt", 6, 1) => {
                        tcp.set_nagle_enabled(value == 0);
                        0
                    }
                    ("setsockopt", 0, 2) if (1..256).contains(&value) => {
                        tcp.set_hop_limit(u8::try_from(value).ok());
                        0
                    }
                    _ => return Err(lacking("option")),
                };
                if name == "setsockopt" { Value::Null } else { text(&[got, 0, 0, 0]) }
            }
            _ => return Err(lacking(format!("{name} of a stream"))),
        };
        Ok(Some(done))
    }

    fn datagram(
        &mut self,
        call: &Call,
        name: &str,
        number: i64,
        peek: bool,
        blocked: Result<Option<Value>, Refusal>,
    ) -> Result<Option<Value>, Refusal> {
        let Some(sock) = self.open.get_mut(&number) else { return Err(error("EBADF")) };
        let udp = self.sockets.get_mut::<udp::Socket>(sock.handle);
        let done = match name {
            "local_addr" => address(sock.bound),
            "sendto" => {
                let data = call.bytes("data");
                match udp.send_slice(&data, smoltcp::wire::IpEndpoint::from(call.address()?)) {
                    Ok(()) => json!(data.len()),
                    Err(udp::SendError::BufferFull) if data.len() <= SIZE => return blocked,
                    Err(other) => return Err(own(other)),
                }
            }
            "recv" | "recvfrom" => {
                let size = call.number("size") as usize;
                let got = if peek { udp.peek().map(|(data, from)| (data, *from)) } else { udp.recv() };
                match got {
                    Ok((data, from)) => {
                        let got = text(&data[..size.min(data.len())]);
                        let from = address(SocketAddr::new(from.endpoint.addr.into(), from.endpoint.port));
                        if name == "recv" { got } else { json!([got, from]) }
                    }
                    Err(udp::RecvError::Exhausted) => return blocked,
                    Err(other) => return Err(own(other)),
                }
            }
            _ => return Err(lacking(format!("{name} of datagrams"))),
        };
        Ok(Some(done))
    }

    /// What can_recv, may_recv, can_send and the state say; smoltcp has no poll(2).
    fn poll(&mut self, call: &Call) -> Result<Option<Value>, Refusal> {
        let mut found = vec![];
        for pair in call.told["wanted"].as_array().into_iter().flatten() {
            let (number, events) = (pair[0].as_i64().unwrap_or(0), pair[1].as_i64().unwrap_or(0));
            let Some(sock) = self.open.get(&number) else { return Err(error("EBADF")) };
            let (readable, writable, over) = if sock.stream {
                let tcp = self.sockets.get::<tcp::Socket>(sock.handle);
                let came = tcp.state() == tcp::State::Established || tcp.state() == tcp::State::CloseWait;
                let waiting =
                    sock.listens && tcp.is_open() && !tcp.is_listening() && tcp.state() != tcp::State::SynReceived;
                let ended = tcp.is_open() && came && !tcp.may_recv();
                (tcp.can_recv() || ended || waiting, tcp.can_send() && !sock.listens, sock.begun && !tcp.is_open())
            } else {
                let udp = self.sockets.get::<udp::Socket>(sock.handle);
                (udp.can_recv(), udp.can_send(), false)
            };
            let told = events & (i64::from(readable) | i64::from(writable) << 2);
            found.push(told | i64::from(over) << 4);
        }
        let waited = call.told["begun"].as_f64().map_or(0.0, |begun| now() - begun);
        let over = waited >= call.told["timeout"].as_f64().unwrap_or(0.0);
        Ok((over || found.iter().any(|&each| each != 0)).then(|| json!(found)))
    }
}

fn now() -> f64 {
    Instant::now().total_micros() as f64 / 1e6
}

impl Stack for Smoltcp {
    fn welcome(&self) -> Value {
        json!({"backend": "smoltcp", "version": "0.14.0", "primitives": ["new", "close", "bind", "listen",
            "connect", "accept", "local_addr", "peer_addr", "shutdown", "getsockopt", "setsockopt",
            "nonblocking", "set_nonblocking", "recv", "recvfrom", "send", "sendto", "poll"]})
    }

    fn attempt(&mut self, call: &mut Call) -> Option<Answer> {
        let answer = self.call(call).transpose();
        if answer.is_none() && call.told["begun"].is_null() {
            call.told["begun"] = json!(now());
        }
        // What was sent arrives before the next call is made, as it does over a loopback.
        self.turn();
        answer
    }

    fn turn(&mut self) {
        self.interface.poll(Instant::now(), &mut self.device, &mut self.sockets);
    }

    fn reset(&mut self) {
        // A TAP is opened by one alone.
        let device = std::mem::replace(&mut self.device, Link { tap: None, back: VecDeque::new() });
        *self = Self::new(device, self.port);
    }

    fn idles(&self) -> bool {
        self.device.tap.is_none()
    }
}

fn main() {
    serve(Smoltcp::new(Link::new(), 49151))
}
