//! How each call of the protocol is made.

use std::io;
use std::time::Duration;

use serde_json::{json, Value};
use socket2::Socket;
use sockspec_core as core;

use crate::folder::Folder;
use crate::messages::Call;
use crate::sockets::{Made, Sockets};
use crate::wire::{Address, Bytes};

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
    Made::Socket(core::release(sock))
}

fn accepted((sock, address): core::Accepted) -> Made {
    Made::Accepted(core::release(sock), address)
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

fn views(parts: &[Bytes]) -> Vec<&[u8]> {
    parts.iter().map(|part| &part.0[..]).collect()
}

fn controls(told: &[(i32, i32, Bytes)]) -> Vec<core::Control> {
    told.iter()
        .map(|(level, kind, data)| (*level, *kind, data.0.clone()))
        .collect()
}

fn message(seen: core::Message) -> Made {
    Made::Plain(message_told(seen))
}

fn message_told(seen: core::Message) -> Value {
    let control: Vec<_> = seen
        .control
        .into_iter()
        .map(|(level, kind, data)| (level, kind, Bytes(data)))
        .collect();
    json!({
        "length": seen.length,
        "data": seen.data.into_iter().map(Bytes).collect::<Vec<_>>(),
        "control": control,
        "flags": seen.flags,
        "address": seen.address.map(Address::from),
    })
}

fn milliseconds(timeout: f64) -> core::c_int {
    // JSON has no NaN, the one value without an answer.
    core::milliseconds(timeout).unwrap_or(0)
}

impl Call {
    /// Look up the sockets: what is left makes the call.
    pub fn prepare(self, sockets: &mut Sockets) -> Result<Prepared, Refusal> {
        Ok(match self {
            Self::Constant { symbol } => Box::new(move || Ok(plain(core::constant(&symbol)))),
            Self::ErrnoSymbol { number } => Box::new(move || Ok(plain(core::errno_symbol(number)))),
            Self::Folder => Box::new(|| Folder::make().map(Made::Folder)),
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
                Ok(Made::Pair(core::release(one), core::release(other)))
            }),
            Self::File { content } => Box::new(move || core::file(&content.0).map(made)),
            Self::Pipe => Box::new(|| {
                let (one, other) = core::pipe()?;
                Ok(Made::Pair(core::release(one), core::release(other)))
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
            Self::EpollCreate { flags } => Box::new(move || core::epoll_create(flags).map(made)),
            Self::Kqueue => Box::new(|| core::kqueue().map(made)),
            waiting @ (Self::Poll { .. }
            | Self::Select { .. }
            | Self::Pselect { .. }
            | Self::Ppoll { .. }) => waiting.prepare_waiting(sockets)?,
            named => named.prepare_on_socket(sockets),
        })
    }

    fn prepare_waiting(self, sockets: &Sockets) -> Result<Prepared, Refusal> {
        let (Self::Poll { wanted, timeout }
        | Self::Select { wanted, timeout }
        | Self::Pselect {
            wanted, timeout, ..
        }
        | Self::Ppoll {
            wanted, timeout, ..
        }) = &self
        else {
            unreachable!("{self:?} does not wait for several");
        };
        let asked: Vec<_> = wanted
            .iter()
            .map(|(sock, events)| (sockets.descriptor(*sock), *events))
            .collect();
        if asked.iter().any(|(descriptor, _)| *descriptor < 0) {
            return Err(Refusal::Error(io::Error::from_raw_os_error(core::NOT_OPEN)));
        }
        let timeout = *timeout;
        let limit = core::limit(timeout).flatten();
        Ok(Box::new(move || {
            let seen = match self {
                Self::Select { .. } => core::select(&asked, limit),
                Self::Pselect { mask, .. } => core::pselect(&asked, limit, mask.as_deref()),
                Self::Ppoll { mask, .. } => core::ppoll(&asked, limit, mask.as_deref()),
                _ => core::poll(&asked, milliseconds(timeout)),
            };
            seen.map(plain)
        }))
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
            Self::Accept4 { sock, flags } => {
                on(sockets, sock, move |s| core::accept4(s, flags), accepted)
            }
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
                    let to = address.map(Into::into);
                    core::sendmsg(s, &views(&parts), &controls(&control), flags, to.as_ref())
                };
                on(sockets, sock, call, plain)
            }
            more => more.prepare_beyond(sockets),
        }
    }

    fn prepare_beyond(self, sockets: &Sockets) -> Prepared {
        match self {
            Self::Read { sock, size } => on(sockets, sock, move |s| core::read(s, size), bytes),
            Self::Readv { sock, sizes } => on(
                sockets,
                sock,
                move |s| core::readv(s, &sizes),
                |data| plain(data.into_iter().map(Bytes).collect::<Vec<_>>()),
            ),
            Self::Write { sock, data } => {
                on(sockets, sock, move |s| core::write(s, &data.0), plain)
            }
            Self::Writev { sock, parts } => {
                let call = move |s: &Socket| core::writev(s, &views(&parts));
                on(sockets, sock, call, plain)
            }
            Self::Recvmmsg {
                sock,
                sizes,
                control,
                flags,
                timeout,
            } => {
                let limit = timeout.and_then(|time| Duration::try_from_secs_f64(time).ok());
                let call = move |s: &Socket| core::recvmmsg(s, &sizes, control, flags, limit);
                on(sockets, sock, call, |seen| {
                    plain(seen.into_iter().map(message_told).collect::<Vec<_>>())
                })
            }
            Self::Sendmmsg {
                sock,
                messages,
                flags,
            } => {
                let call = move |s: &Socket| {
                    let outgoing: Vec<core::Outgoing<'_>> = messages
                        .iter()
                        .map(|(parts, control, to)| {
                            let to = to.clone().map(Into::into);
                            (views(parts), controls(control), to)
                        })
                        .collect();
                    core::sendmmsg(s, &outgoing, flags)
                };
                on(sockets, sock, call, plain)
            }
            Self::Sendfile {
                sock,
                file,
                offset,
                count,
            } => {
                let file = sockets.descriptor(file);
                let call = move |s: &Socket| core::sendfile(s, file, offset, count);
                on(sockets, sock, call, plain)
            }
            Self::EpollCtl {
                sock,
                operation,
                target,
                events,
                key,
            } => {
                let target = sockets.descriptor(target);
                let event = (events as u32, key);
                let call = move |s: &Socket| core::epoll_ctl(s, operation, target, event);
                on(sockets, sock, call, null)
            }
            Self::EpollWait {
                sock,
                most,
                timeout,
            } => {
                let call = move |s: &Socket| core::epoll_wait(s, most, milliseconds(timeout));
                on(sockets, sock, call, plain)
            }
            Self::Kevent {
                sock,
                changes,
                most,
                timeout,
            } => {
                let changes: Vec<_> = changes
                    .into_iter()
                    .map(|(target, filter, flags, fflags, data, key)| {
                        let event = (filter, flags, fflags, data, key);
                        (sockets.descriptor(target), event)
                    })
                    .collect();
                let limit = core::limit(timeout).flatten();
                on(
                    sockets,
                    sock,
                    move |s: &Socket| core::kevent(s, &changes, most, limit),
                    plain,
                )
            }
            Self::RawCall {
                sock,
                call,
                arguments,
            } => {
                let given = arguments.into_iter().map(Into::into).collect();
                let call = move |s: &Socket| core::raw_call(s, &call, given);
                on(sockets, sock, call, |(answer, left)| {
                    plain((answer, left.into_iter().map(Bytes).collect::<Vec<_>>()))
                })
            }
            other => unreachable!("{other:?} is prepared before"),
        }
    }
}
