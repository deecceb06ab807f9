//! Names of sockets, and connections between them.

use std::io;

use socket2::{SockAddr, Socket};

use crate::address::{Address, Name};
use crate::life::raw;
use crate::{checked, os};

/// An accepted socket and its peer's address, `None` where the length came back 0.
pub type Accepted = (Socket, Option<Address>);

/// bind(2).
pub fn bind(sock: &Socket, address: &Address) -> io::Result<()> {
    match address.name() {
        Name::Plain(name) => sock.bind(&name),
        long @ Name::Long(_) => {
            let (name, length) = long.as_raw();
            // SAFETY: pointer and length are those of bytes that outlive the call.
            checked(unsafe { os::bind(raw(sock), name, length) }).map(drop)
        }
    }
}

/// connect(2).
pub fn connect(sock: &Socket, address: &Address) -> io::Result<()> {
    match address.name() {
        Name::Plain(name) => sock.connect(&name),
        long @ Name::Long(_) => {
            let (name, length) = long.as_raw();
            // SAFETY: pointer and length are those of bytes that outlive the call.
            checked(unsafe { os::connect(raw(sock), name, length) }).map(drop)
        }
    }
}

/// listen(2), the backlog as it is, negative or not.
pub fn listen(sock: &Socket, backlog: i32) -> io::Result<()> {
    sock.listen(backlog)
}

fn accepted((sock, name): (Socket, SockAddr)) -> Accepted {
    let address = Address::from_sockaddr(&name);
    (sock, address)
}

/// accept4(2) with close-on-exec.
pub fn accept(sock: &Socket) -> io::Result<Accepted> {
    sock.accept().map(accepted)
}

/// accept(2) with no flag added.
pub fn accept_raw(sock: &Socket) -> io::Result<Accepted> {
    sock.accept_raw().map(accepted)
}

/// getsockname(2).
pub fn local_addr(sock: &Socket) -> io::Result<Option<Address>> {
    sock.local_addr().map(|name| Address::from_sockaddr(&name))
}

/// getpeername(2).
pub fn peer_addr(sock: &Socket) -> io::Result<Option<Address>> {
    sock.peer_addr().map(|name| Address::from_sockaddr(&name))
}

/// shutdown(2), with any number: socket2's own takes only the three that are right.
pub fn shutdown(sock: &Socket, how: i32) -> io::Result<()> {
    // SAFETY: shutdown reads no memory.
    checked(unsafe { os::shutdown(raw(sock), how) }).map(drop)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddrV4};

    use super::*;
    use crate::create;
    use crate::os::numbers::SOCK_STREAM;
    use crate::os::AF_INET;

    #[test]
    fn connects_and_names() {
        let here = Address::Inet(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));
        let listener = create(AF_INET, SOCK_STREAM, 0).expect("a socket");
        bind(&listener, &here).expect("bound");
        listen(&listener, -1).expect("listening");
        let name = local_addr(&listener).expect("named").expect("an address");
        let client = create(AF_INET, SOCK_STREAM, 0).expect("a socket");
        connect(&client, &name).expect("connected");
        let (server, from) = accept(&listener).expect("accepted");
        assert_eq!(from, local_addr(&client).expect("named"));
        assert_eq!(peer_addr(&client).expect("connected"), Some(name));
        let refused = shutdown(&server, 99).expect_err("no such half");
        let number = refused.raw_os_error().expect("the system's");
        assert_eq!(crate::errno_symbol(number), "EINVAL");
    }

    #[test]
    #[cfg(unix)]
    fn too_long_is_the_systems_to_refuse() {
        let sock = create(os::AF_UNIX, SOCK_STREAM, 0).expect("a socket");
        for size in [109, 300] {
            let refused = bind(&sock, &Address::Unix(vec![b'x'; size])).expect_err("too long");
            assert_eq!(refused.raw_os_error(), Some(libc::EINVAL));
        }
    }
}
