//! my-stack as sockspec calls it: an agent over the system's own calls.
//!
//!     sockspec smoke
//!     sockspec run --out run.jsonl
//!
//! It reads calls from standard input and writes answers to standard output, a JSON object on
//! each line; `sockspec schema protocol --markdown` describes all of them. Put your stack's calls
//! into `perform`, and take what you do not have out of PRIMITIVES: it is never asked for. Pass
//! arguments on as they come, and answer what came back: no default, no retry, no flag of your own.

use base64::{engine::general_purpose::STANDARD, Engine};
use serde_json::{json, Map, Value};
use std::io::{BufRead, Error, Write};
use std::mem::{size_of, zeroed, MaybeUninit};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

const NAME: &str = "my-stack";
const VERSION: &str = "0.1";
/// Seconds after which a started call counts as blocked.
const GRACE: f64 = 0.1;

const PRIMITIVES: &[&str] = &[
    "new", "close", "dup", "bind", "listen", "connect", "accept", "local_addr", "peer_addr", "shutdown", "getsockopt",
    "setsockopt", "nonblocking", "set_nonblocking", "recv", "recvfrom", "send", "sendto", "poll",
];

macro_rules! table {
    ($($symbol:ident)*) => { &[$((stringify!($symbol), libc::$symbol as i64)),*] };
}

const NUMBERS: &[(&str, i64)] = table![
    AF_UNSPEC AF_UNIX AF_INET AF_INET6 SOCK_STREAM SOCK_DGRAM SHUT_RD SHUT_WR SHUT_RDWR SOL_SOCKET SO_ACCEPTCONN SO_BROADCAST
    SO_DONTROUTE SO_ERROR SO_KEEPALIVE SO_LINGER SO_OOBINLINE SO_RCVBUF SO_RCVLOWAT SO_RCVTIMEO SO_REUSEADDR SO_REUSEPORT
    SO_SNDBUF SO_SNDTIMEO SO_TYPE IPPROTO_IP IPPROTO_IPV6 IPPROTO_TCP IPPROTO_UDP TCP_NODELAY TCP_MAXSEG IP_TTL IP_TOS
    IP_ADD_MEMBERSHIP IP_DROP_MEMBERSHIP IP_MULTICAST_IF IP_MULTICAST_LOOP IP_MULTICAST_TTL IPV6_V6ONLY IPV6_UNICAST_HOPS
    IPV6_MULTICAST_HOPS IPV6_MULTICAST_IF IPV6_MULTICAST_LOOP MSG_OOB MSG_PEEK MSG_WAITALL MSG_DONTWAIT MSG_NOSIGNAL
    POLLIN POLLPRI POLLOUT POLLERR POLLHUP POLLNVAL
];
const ERRORS: &[(&str, i64)] = table![
    EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF ECONNABORTED ECONNREFUSED ECONNRESET EDESTADDRREQ
    EDOM EFAULT EHOSTUNREACH EINPROGRESS EINTR EINVAL EIO EISCONN ELOOP EMFILE EMSGSIZE ENAMETOOLONG ENETDOWN ENETUNREACH
    ENFILE ENOBUFS ENODEV ENOENT ENOMEM ENOPROTOOPT ENOTCONN ENOTDIR ENOTSOCK EOPNOTSUPP EPERM EPIPE EPROTO EPROTONOSUPPORT
    EPROTOTYPE EROFS ESOCKTNOSUPPORT ETIMEDOUT
];

/// Why a call has no value.
enum Refusal {
    /// What the system answered.
    Error(i32),
    /// What is not there.
    Unsupported(String),
}

type Answer = Result<Value, Refusal>;

/// The value of a call of C, or its error.
fn checked(result: libc::c_int) -> Result<libc::c_int, Refusal> {
    sized(result as isize).map(|_| result)
}

fn sized(result: isize) -> Result<usize, Refusal> {
    usize::try_from(result).map_err(|_| Refusal::Error(Error::last_os_error().raw_os_error().unwrap_or(0)))
}

// -- the fields of a call -----------------------------------------------------------------------

fn int(call: &Value, field: &str) -> i32 {
    call[field].as_i64().unwrap_or(0) as i32
}

fn bytes(call: &Value, field: &str) -> Vec<u8> {
    STANDARD.decode(call[field].as_str().unwrap_or("")).unwrap_or_default()
}

fn text(data: &[u8]) -> Value {
    STANDARD.encode(data).into()
}

// -- addresses ------------------------------------------------------------------------------------

const PATH: usize = size_of::<libc::sa_family_t>();

/// A `sockaddr` and how much of it counts.
struct Address(libc::sockaddr_storage, libc::socklen_t);

impl Address {
    fn room() -> Self {
        // SAFETY: a sockaddr_storage of zeros is one of AF_UNSPEC.
        Address(unsafe { zeroed() }, size_of::<libc::sockaddr_storage>() as libc::socklen_t)
    }

    fn raw(&mut self) -> *mut libc::sockaddr {
        std::ptr::addr_of_mut!(self.0).cast()
    }

    fn put<T>(&mut self, value: T) {
        // SAFETY: the storage has room for, and the alignment of, every kind of address.
        unsafe { std::ptr::addr_of_mut!(self.0).cast::<T>().write(value) };
        self.1 = size_of::<T>() as libc::socklen_t;
    }

    fn get<T: Copy>(&self) -> T {
        // SAFETY: as for `put`; all kinds of addresses are plain numbers.
        unsafe { *std::ptr::addr_of!(self.0).cast::<T>() }
    }

    fn fill(&mut self, at: usize, data: &[u8]) {
        let count = data.len().min(size_of::<libc::sockaddr_storage>() - at);
        // SAFETY: `count` ends with the storage.
        unsafe { std::ptr::copy_nonoverlapping(data.as_ptr(), std::ptr::addr_of_mut!(self.0).cast::<u8>().add(at), count) };
        self.1 = (at + count) as libc::socklen_t;
    }

    /// The address of a call.
    fn of(call: &Value) -> Result<Self, Refusal> {
        let told = &call["address"];
        let (host, port) = (told["host"].as_str().unwrap_or(""), (int(told, "port") as u16).to_be());
        let mut made = Self::room();
        match told["family"].as_str() {
            Some("inet") => {
                let host: Ipv4Addr = host.parse().map_err(|_| Refusal::Unsupported("such a host".into()))?;
                // SAFETY: zeros are a sockaddr_in.
                let mut of: libc::sockaddr_in = unsafe { zeroed() };
                (of.sin_family, of.sin_port) = (libc::AF_INET as _, port);
                of.sin_addr.s_addr = u32::from_ne_bytes(host.octets());
                made.put(of);
            }
            Some("inet6") => {
                let host: Ipv6Addr = host.parse().map_err(|_| Refusal::Unsupported("such a host".into()))?;
                // SAFETY: zeros are a sockaddr_in6.
                let mut of: libc::sockaddr_in6 = unsafe { zeroed() };
                (of.sin6_family, of.sin6_port) = (libc::AF_INET6 as _, port);
                (of.sin6_flowinfo, of.sin6_scope_id) = ((int(told, "flowinfo") as u32).to_be(), int(told, "scope_id") as u32);
                of.sin6_addr.s6_addr = host.octets();
                made.put(of);
            }
            Some("unix") => {
                let mut path = bytes(told, "path");
                if path.first().is_some_and(|first| *first != 0) {
                    path.push(0); // a path ends with a NUL; an abstract name begins with one
                }
                made.0.ss_family = libc::AF_UNIX as _;
                made.fill(PATH, &path);
            }
            _ => made.fill(0, &bytes(told, "data")),
        }
        Ok(made)
    }

    fn told(&self) -> Value {
        match i32::from(self.0.ss_family) {
            _ if self.1 == 0 => Value::Null,
            libc::AF_INET => {
                let of: libc::sockaddr_in = self.get();
                let host = Ipv4Addr::from(of.sin_addr.s_addr.to_ne_bytes());
                json!({"family": "inet", "host": host.to_string(), "port": u16::from_be(of.sin_port)})
            }
            libc::AF_INET6 => {
                let of: libc::sockaddr_in6 = self.get();
                let host = Ipv6Addr::from(of.sin6_addr.s6_addr);
                json!({"family": "inet6", "host": host.to_string(), "port": u16::from_be(of.sin6_port),
                    "flowinfo": u32::from_be(of.sin6_flowinfo), "scope_id": of.sin6_scope_id})
            }
            _ => {
                let of: [u8; size_of::<libc::sockaddr_storage>()] = self.get();
                let mut path = &of[PATH..(self.1 as usize).clamp(PATH, of.len())];
                if path.first().is_some_and(|first| *first != 0) {
                    path = path.split(|each| *each == 0).next().unwrap_or(path);
                }
                json!({"family": "unix", "path": text(path)})
            }
        }
    }
}

// -- sockets: a number that is given once, and the descriptor that it stands for ----------------

static SOCKETS: Mutex<Vec<libc::c_int>> = Mutex::new(Vec::new());

fn add(descriptor: libc::c_int) -> usize {
    let mut all = SOCKETS.lock().unwrap();
    all.push(descriptor);
    all.len() - 1
}

/// -1 after close: every call then fails with EBADF.
fn descriptor(number: &Value, forget: bool) -> libc::c_int {
    let mut all = SOCKETS.lock().unwrap();
    let Some(found) = number.as_u64().and_then(|number| all.get_mut(number as usize)) else { return -1 };
    let descriptor = *found;
    if forget {
        *found = -1;
    }
    descriptor
}

// -- the calls: yours -------------------------------------------------------------------------------

fn perform(call: &Value) -> Answer {
    let primitive = call["primitive"].as_str().unwrap_or("");
    let fd = descriptor(&call["sock"], primitive == "close");
    let (level, name, flags) = (int(call, "level"), int(call, "name"), int(call, "flags"));
    // SAFETY: what is pointed to lives until the call returns, and its length is passed with it.
    unsafe {
        match primitive {
            "new" => {
                let kind = int(call, "type") | libc::SOCK_CLOEXEC;
                Ok(add(checked(libc::socket(int(call, "family"), kind, int(call, "protocol")))?).into())
            }
            "close" => checked(libc::close(fd)).map(|_| Value::Null),
            "dup" => Ok(add(checked(libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0))?).into()),
            "bind" | "connect" => {
                let mut at = Address::of(call)?;
                let made = if primitive == "bind" { libc::bind(fd, at.raw(), at.1) } else { libc::connect(fd, at.raw(), at.1) };
                checked(made).map(|_| Value::Null)
            }
            "listen" => checked(libc::listen(fd, int(call, "backlog"))).map(|_| Value::Null),
            "shutdown" => checked(libc::shutdown(fd, int(call, "how"))).map(|_| Value::Null),
            "accept" => {
                let mut from = Address::room();
                let size = std::ptr::addr_of_mut!(from.1);
                let made = checked(libc::accept4(fd, from.raw(), size, libc::SOCK_CLOEXEC))?;
                Ok(json!([add(made), from.told()]))
            }
            "local_addr" | "peer_addr" => {
                let mut at = Address::room();
                let size = std::ptr::addr_of_mut!(at.1);
                let ask = if primitive == "local_addr" { libc::getsockname } else { libc::getpeername };
                checked(ask(fd, at.raw(), size))?;
                Ok(at.told())
            }
            "getsockopt" => {
                let mut value = vec![0_u8; int(call, "length") as usize];
                let mut size = value.len() as libc::socklen_t;
                checked(libc::getsockopt(fd, level, name, value.as_mut_ptr().cast(), &mut size))?;
                Ok(text(&value[..value.len().min(size as usize)]))
            }
            "setsockopt" => {
                let value = bytes(call, "value");
                checked(libc::setsockopt(fd, level, name, value.as_ptr().cast(), value.len() as libc::socklen_t)).map(|_| Value::Null)
            }
            "nonblocking" => Ok((checked(libc::fcntl(fd, libc::F_GETFL))? & libc::O_NONBLOCK != 0).into()),
            "set_nonblocking" => {
                let before = checked(libc::fcntl(fd, libc::F_GETFL))? & !libc::O_NONBLOCK;
                let on = if call["on"] == true { libc::O_NONBLOCK } else { 0 };
                checked(libc::fcntl(fd, libc::F_SETFL, before | on)).map(|_| Value::Null)
            }
            "recv" | "recvfrom" => {
                let mut data = vec![0_u8; int(call, "size") as usize];
                let (room, at) = (data.len(), data.as_mut_ptr().cast());
                if primitive == "recv" {
                    let got = sized(libc::recv(fd, at, room, flags))?;
                    return Ok(text(&data[..got.min(room)]));
                }
                let mut from = Address::room();
                let size = std::ptr::addr_of_mut!(from.1);
                let got = sized(libc::recvfrom(fd, at, room, flags, from.raw(), size))?;
                Ok(json!([text(&data[..got.min(room)]), from.told()]))
            }
            "send" => {
                let data = bytes(call, "data");
                Ok(sized(libc::send(fd, data.as_ptr().cast(), data.len(), flags))?.into())
            }
            "sendto" => {
                let (data, mut to) = (bytes(call, "data"), Address::of(call)?);
                Ok(sized(libc::sendto(fd, data.as_ptr().cast(), data.len(), flags, to.raw(), to.1))?.into())
            }
            "poll" => {
                let wanted = call["wanted"].as_array().cloned().unwrap_or_default();
                let mut all: Vec<_> = wanted
                    .iter()
                    .map(|each| libc::pollfd { fd: descriptor(&each[0], false), events: each[1].as_i64().unwrap_or(0) as i16, revents: 0 })
                    .collect();
                let milliseconds = call["timeout"].as_f64().unwrap_or(0.0) * 1000.0;
                checked(libc::poll(all.as_mut_ptr(), all.len() as libc::nfds_t, milliseconds as libc::c_int))?;
                Ok(all.iter().map(|each| each.revents).collect())
            }
            _ => Err(Refusal::Unsupported(primitive.into())),
        }
    }
}

// -- the protocol -----------------------------------------------------------------------------------

fn symbol(number: i64) -> String {
    ERRORS.iter().find(|each| each.1 == number).map_or_else(|| format!("E{number}"), |each| each.0.into())
}

fn value(of: impl Into<Value>) -> Value {
    json!({"kind": "value", "value": of.into()})
}

fn outcome(call: &Value) -> Value {
    match call["primitive"].as_str() {
        Some("constant") => value(NUMBERS.iter().find(|each| call["symbol"] == each.0).map(|each| each.1)),
        Some("errno_symbol") => value(symbol(call["number"].as_i64().unwrap_or(0))),
        _ => match perform(call) {
            Ok(made) => value(made),
            Err(Refusal::Error(number)) => {
                json!({"kind": "error", "symbol": symbol(number.into()), "number": number, "call": call["primitive"]})
            }
            Err(Refusal::Unsupported(feature)) => json!({"kind": "unsupported", "feature": feature}),
        },
    }
}

/// A started call: what it answered, once it has.
struct Started(Value, Mutex<Option<Value>>, Condvar);

impl Started {
    fn begin(call: Value) -> Arc<Self> {
        let made = Arc::new(Started(call, Mutex::new(None), Condvar::new()));
        let runs = Arc::clone(&made);
        std::thread::spawn(move || {
            let told = outcome(&runs.0);
            *runs.1.lock().unwrap() = Some(told);
            runs.2.notify_all();
        });
        made
    }

    fn within(&self, seconds: f64) -> Option<Value> {
        let limit = Duration::from_secs_f64(seconds);
        let done = self.2.wait_timeout_while(self.1.lock().unwrap(), limit, |told| told.is_none());
        done.unwrap().0.clone()
    }
}

/// How many started calls could not be ended.
fn reset(started: &mut Vec<Arc<Started>>) -> usize {
    let mut left = 0;
    for each in started.drain(..) {
        if each.within(0.0).is_none() {
            // SAFETY: a number. close does not wake a call that blocks; shutdown does.
            unsafe { libc::shutdown(descriptor(&each.0["sock"], false), libc::SHUT_RDWR) };
            left += usize::from(each.within(0.5).is_none());
        }
    }
    for open in SOCKETS.lock().unwrap().iter_mut().filter(|each| **each >= 0) {
        // SAFETY: the descriptor is ours, and forgotten with this.
        unsafe { libc::close(std::mem::replace(open, -1)) };
    }
    left
}

fn welcome() -> Value {
    let mut host = MaybeUninit::<libc::utsname>::uninit();
    // SAFETY: uname fills all of it, with strings that end with a NUL.
    let [system, release, machine] = unsafe {
        libc::uname(host.as_mut_ptr());
        let host = host.assume_init_ref();
        [&host.sysname, &host.release, &host.machine].map(|each| std::ffi::CStr::from_ptr(each.as_ptr()).to_string_lossy().into_owned())
    };
    let order = if cfg!(target_endian = "little") { "little" } else { "big" };
    let kernel = release.split('-').next().unwrap_or("");
    let constants: Map<String, Value> = NUMBERS.iter().map(|each| (each.0.into(), each.1.into())).collect();
    json!({"kind": "welcome", "protocol": 1, "backend": NAME, "version": VERSION, "label": format!("{NAME} {VERSION}"),
        "implementation": format!("{NAME} {VERSION}"), "system": std::env::consts::OS, "byte_order": order,
        "long_size": size_of::<libc::c_long>(), "constants": constants, "primitives": PRIMITIVES,
        "platform": {"profile": NAME, "system": system, "version": kernel, "machine": machine, "byte_order": order}})
}

fn respond(started: &mut Vec<Arc<Started>>, request: &Value) -> Value {
    let seconds = request["within"].as_f64().unwrap_or(0.0);
    let pending = request["pending"].as_u64().unwrap_or(0) as usize;
    match request["kind"].as_str() {
        Some("hello") => welcome(),
        Some("call") => outcome(&request["call"]),
        Some("start") => {
            started.push(Started::begin(request["call"].clone()));
            value(started.len() - 1)
        }
        Some("is-blocked") => value(started[pending].within(seconds.min(GRACE)).is_none()),
        Some("result") => started[pending].within(seconds).unwrap_or_else(|| json!({"kind": "running"})),
        Some("reset") => value(reset(started)),
        _ => value(Value::Null),
    }
}

fn main() {
    let mut started = Vec::new();
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let request: Value = serde_json::from_str(&line).expect("a line of the protocol");
        let mut told = respond(&mut started, &request);
        told["id"] = request["id"].clone();
        let mut out = std::io::stdout().lock();
        writeln!(out, "{told}").and_then(|()| out.flush()).expect("somebody who reads");
        if request["kind"] == "bye" {
            break;
        }
    }
    // Not to return: a call that blocks for ever in a thread must not hold the process.
    std::process::exit(0);
}
