//! The calls of the protocol, and how each is made.

use std::io;
use std::os::fd::{IntoRawFd, RawFd};

use serde::Deserialize;
use serde_json::{json, Value};
use socket2::Socket;
use sockspec_core as core;
use strum::{IntoStaticStr, VariantNames};
use tempfile::TempDir;

use crate::sockets::Sockets;
use crate::wire::{Address, Bytes};

type Control = (i32, i32, Bytes);

/// A primitive with its arguments: the fields are the parameters of `sockspec.backend`.
#[derive(Debug, Deserialize, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
#[serde(tag = "primitive", rename_all = "snake_case")]
#[allow(missing_docs)] // the contract documents them
pub enum Call {
    Constant {
        symbol: String,
    },
    ErrnoSymbol {
        number: i32,
    },
    Folder,
    New {
        family: i32,
        r#type: i32,
        #[serde(default)]
        protocol: i32,
    },
    NewRaw {
        family: i32,
        r#type: i32,
        #[serde(default)]
        protocol: i32,
    },
    Pair {
        family: i32,
        r#type: i32,
        #[serde(default)]
        protocol: i32,
    },
    Close {
        sock: u64,
    },
    Dup {
        sock: u64,
    },
    Fileno {
        sock: u64,
    },
    Adopt {
        fileno: RawFd,
    },
    Detach {
        sock: u64,
    },
    Bind {
        sock: u64,
        address: Address,
    },
    Listen {
        sock: u64,
        backlog: i32,
    },
    Connect {
        sock: u64,
        address: Address,
    },
    Accept {
        sock: u64,
    },
    AcceptRaw {
        sock: u64,
    },
    LocalAddr {
        sock: u64,
    },
    PeerAddr {
        sock: u64,
    },
    Shutdown {
        sock: u64,
        how: i32,
    },
    Getsockopt {
        sock: u64,
        level: i32,
        name: i32,
        length: usize,
    },
    Setsockopt {
        sock: u64,
        level: i32,
        name: i32,
        value: Bytes,
    },
    Nonblocking {
        sock: u64,
    },
    SetNonblocking {
        sock: u64,
        on: bool,
    },
    Cloexec {
        sock: u64,
    },
    Ioctl {
        sock: u64,
        request: i64,
        argument: Bytes,
    },
    Sockatmark {
        sock: u64,
    },
    Recv {
        sock: u64,
        size: usize,
        #[serde(default)]
        flags: i32,
    },
    RecvLength {
        sock: u64,
        size: usize,
        #[serde(default)]
        flags: i32,
    },
    Recvfrom {
        sock: u64,
        size: usize,
        #[serde(default)]
        flags: i32,
    },
    Recvmsg {
        sock: u64,
        sizes: Vec<usize>,
        #[serde(default)]
        control: usize,
        #[serde(default)]
        flags: i32,
    },
    Send {
        sock: u64,
        data: Bytes,
        #[serde(default)]
        flags: i32,
    },
    Sendto {
        sock: u64,
        data: Bytes,
        flags: i32,
        address: Address,
    },
    Sendmsg {
        sock: u64,
        parts: Vec<Bytes>,
        #[serde(default)]
        control: Vec<Control>,
        #[serde(default)]
        flags: i32,
        #[serde(default)]
        address: Option<Address>,
    },
    Poll {
        wanted: Vec<(u64, i16)>,
        timeout: f64,
    },
}

/// The primitives that are served, by the names of the contract: after the two questions.
pub const PRIMITIVES: &[&str] = Call::VARIANTS.split_at(2).1;

/// What a call made, before the sockets among it have their numbers.
#[derive(Debug)]
pub enum Made {
    /// Everything that holds no socket.
    Plain(Value),
    /// One socket.
    Socket(RawFd),
    /// Two.
    Pair(RawFd, RawFd),
    /// A folder for the names of local sockets.
    Folder(TempDir),
    /// One, with its peer's address.
    Accepted(RawFd, Option<core::Address>),
}

/// A call that needs nothing of the agent any more: another thread can make it.
pub type Prepared = Box<dyn FnOnce() -> io::Result<Made> + Send>;

/// Why a call cannot be made.
#[derive(Debug)]
pub enum Refusal {
    /// The system's answer, or one that stands for it.
    Error(io::Error),
    /// What the agent does not do, and why.
    Unsupported(&'static str, &'static str),
}

fn null(_: ()) -> Made {
    Made::Plain(Value::Null)
}

fn bytes(buffer: Vec<u8>) -> Made {
    Made::Plain(json!(Bytes(buffer)))
}

fn made(sock: Socket) -> Made {
    Made::Socket(sock.into_raw_fd())
}

fn accepted((sock, address): core::Accepted) -> Made {
    Made::Accepted(sock.into_raw_fd(), address)
}

fn named(address: Option<core::Address>) -> Made {
    Made::Plain(json!(address.map(Address::from)))
}

fn plain<T: serde::Serialize>(value: T) -> Made {
    Made::Plain(json!(value))
}

/// A call on a socket, with the descriptor it has now.
fn on<T: 'static>(
    sockets: &Sockets,
    sock: u64,
    call: impl FnOnce(&Socket) -> io::Result<T> + Send + 'static,
    told: fn(T) -> Made,
) -> Prepared {
    let descriptor = sockets.descriptor(sock);
    Box::new(move || {
        let borrowed = core::borrow(descriptor)?;
        call(&borrowed).map(told)
    })
}

fn message(seen: core::Message) -> Made {
    let control: Vec<_> = seen
        .control
        .into_iter()
        .map(|(level, kind, data)| (level, kind, Bytes(data)))
        .collect();
    plain(json!({
        "length": seen.length,
        "data": seen.data.into_iter().map(Bytes).collect::<Vec<_>>(),
        "control": control,
        "flags": seen.flags,
        "address": seen.address.map(Address::from),
    }))
}

fn milliseconds(timeout: f64) -> libc::c_int {
    // JSON has no NaN, the one value without an answer.
    core::milliseconds(timeout).unwrap_or(0)
}

impl Call {
    /// The name of the primitive.
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// The socket that the call is on, if it is on one.
    pub fn socket(&self) -> Option<u64> {
        match self {
            Self::Connect { sock, .. }
            | Self::Accept { sock }
            | Self::AcceptRaw { sock }
            | Self::Recv { sock, .. }
            | Self::RecvLength { sock, .. }
            | Self::Recvfrom { sock, .. }
            | Self::Recvmsg { sock, .. }
            | Self::Send { sock, .. }
            | Self::Sendto { sock, .. }
            | Self::Sendmsg { sock, .. } => Some(*sock),
            _ => None,
        }
    }

    /// Look up the sockets: what is left makes the call.
    pub fn prepare(self, sockets: &mut Sockets) -> Result<Prepared, Refusal> {
        Ok(match self {
            Self::Constant { symbol } => Box::new(move || Ok(plain(core::constant(&symbol)))),
            Self::ErrnoSymbol { number } => Box::new(move || Ok(plain(core::errno_symbol(number)))),
            Self::Folder => Box::new(|| TempDir::with_prefix("sockspec-").map(Made::Folder)),
            Self::New {
                family,
                r#type,
                protocol,
            } => Box::new(move || core::create(family, r#type, protocol).map(made)),
            Self::NewRaw {
                family,
                r#type,
                protocol,
            } => Box::new(move || core::create_raw(family, r#type, protocol).map(made)),
            Self::Pair {
                family,
                r#type,
                protocol,
            } => Box::new(move || {
                let (one, other) = core::pair(family, r#type, protocol)?;
                Ok(Made::Pair(one.into_raw_fd(), other.into_raw_fd()))
            }),
            Self::Close { sock } => {
                let descriptor = sockets.end(sock).map_err(Refusal::Error)?;
                Box::new(move || core::close(descriptor).map(null))
            }
            Self::Detach { sock } => {
                let descriptor = sockets.end(sock).map_err(Refusal::Error)?;
                Box::new(move || Ok(plain(descriptor)))
            }
            Self::Fileno { sock } => {
                let descriptor = sockets.descriptor(sock);
                Box::new(move || core::borrow(descriptor).map(|_| plain(descriptor)))
            }
            Self::Adopt { fileno } => {
                if sockets.is_own(fileno) {
                    let why = "the descriptor is one of the agent's own";
                    return Err(Refusal::Unsupported("adopt", why));
                }
                Box::new(move || core::adopt(fileno).map(made))
            }
            Self::Dup { sock } => on(sockets, sock, core::dup, made),
            Self::Poll { wanted, timeout } => {
                let asked: Vec<_> = wanted
                    .iter()
                    .map(|(sock, events)| (sockets.descriptor(*sock), *events))
                    .collect();
                if asked.iter().any(|(descriptor, _)| *descriptor < 0) {
                    return Err(Refusal::Error(io::Error::from_raw_os_error(libc::EBADF)));
                }
                Box::new(move || core::poll(&asked, milliseconds(timeout)).map(plain))
            }
            named => named.prepare_on_socket(sockets),
        })
    }

    fn prepare_on_socket(self, sockets: &Sockets) -> Prepared {
        match self {
            Self::Bind { sock, address } => {
                let address = address.into();
                on(sockets, sock, move |s| core::bind(s, &address), null)
            }
            Self::Listen { sock, backlog } => {
                on(sockets, sock, move |s| core::listen(s, backlog), null)
            }
            Self::Connect { sock, address } => {
                let address = address.into();
                on(sockets, sock, move |s| core::connect(s, &address), null)
            }
            Self::Accept { sock } => on(sockets, sock, core::accept, accepted),
            Self::AcceptRaw { sock } => on(sockets, sock, core::accept_raw, accepted),
            Self::LocalAddr { sock } => on(sockets, sock, core::local_addr, named),
            Self::PeerAddr { sock } => on(sockets, sock, core::peer_addr, named),
            Self::Shutdown { sock, how } => {
                on(sockets, sock, move |s| core::shutdown(s, how), null)
            }
            Self::Nonblocking { sock } => on(sockets, sock, core::nonblocking, plain),
            Self::SetNonblocking { sock, on: value } => on(
                sockets,
                sock,
                move |s| core::set_nonblocking(s, value),
                null,
            ),
            Self::Cloexec { sock } => on(sockets, sock, core::cloexec, plain),
            Self::Sockatmark { sock } => on(sockets, sock, core::sockatmark, plain),
            Self::Getsockopt {
                sock,
                level,
                name,
                length,
            } => {
                let call = move |s: &Socket| core::getsockopt(s, level, name, length);
                on(sockets, sock, call, bytes)
            }
            Self::Setsockopt {
                sock,
                level,
                name,
                value,
            } => {
                let call = move |s: &Socket| core::setsockopt(s, level, name, &value.0);
                on(sockets, sock, call, null)
            }
            Self::Ioctl {
                sock,
                request,
                argument,
            } => {
                let call = move |s: &Socket| core::ioctl(s, request, &argument.0);
                on(sockets, sock, call, bytes)
            }
            data => data.prepare_data(sockets),
        }
    }

    fn prepare_data(self, sockets: &Sockets) -> Prepared {
        match self {
            Self::Recv { sock, size, flags } => {
                on(sockets, sock, move |s| core::recv(s, size, flags), bytes)
            }
            Self::RecvLength { sock, size, flags } => on(
                sockets,
                sock,
                move |s| core::recv_length(s, size, flags),
                plain,
            ),
            Self::Recvfrom { sock, size, flags } => {
                let call = move |s: &Socket| core::recvfrom(s, size, flags);
                on(sockets, sock, call, |(data, from)| {
                    plain((Bytes(data), from.map(Address::from)))
                })
            }
            Self::Recvmsg {
                sock,
                sizes,
                control,
                flags,
            } => {
                let call = move |s: &Socket| core::recvmsg(s, &sizes, control, flags);
                on(sockets, sock, call, message)
            }
            Self::Send { sock, data, flags } => {
                on(sockets, sock, move |s| core::send(s, &data.0, flags), plain)
            }
            Self::Sendto {
                sock,
                data,
                flags,
                address,
            } => {
                let to = address.into();
                on(
                    sockets,
                    sock,
                    move |s| core::sendto(s, &data.0, flags, &to),
                    plain,
                )
            }
            Self::Sendmsg {
                sock,
                parts,
                control,
                flags,
                address,
            } => {
                let call = move |s: &Socket| {
                    let parts: Vec<&[u8]> = parts.iter().map(|part| &part.0[..]).collect();
                    let control: Vec<core::Control> = control
                        .iter()
                        .map(|(level, kind, data)| (*level, *kind, data.0.clone()))
                        .collect();
                    let to = address.map(Into::into);
                    core::sendmsg(s, &parts, &control, flags, to.as_ref())
                };
                on(sockets, sock, call, plain)
            }
            other => unreachable!("{other:?} is prepared before"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_contract() {
        assert_eq!(Call::Sockatmark { sock: 1 }.name(), "sockatmark");
        assert_eq!(PRIMITIVES.first(), Some(&"folder"));
        assert!(PRIMITIVES.contains(&"recv_length"));
        assert_eq!(PRIMITIVES.len(), 32);
    }
}
