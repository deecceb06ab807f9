//! Moving bytes, one buffer at a time.

use std::io;

use socket2::Socket;

use crate::address::{Address, Name};
use crate::buffer::{uninit, zeroed, Buffer};
use crate::life::raw;
use crate::{counted, os};

/// recv(2) into a buffer of `size` bytes; the bytes written, up to `size`.
pub fn recv(sock: &Socket, size: usize, flags: i32) -> io::Result<Buffer> {
    let mut buffer = zeroed(size)?;
    let length = sock.recv_with_flags(uninit(&mut buffer), flags)?;
    buffer.truncate(length);
    Ok(buffer)
}

/// recv(2); only its return value, which MSG_TRUNC can make larger than `size`.
pub fn recv_length(sock: &Socket, size: usize, flags: i32) -> io::Result<usize> {
    let mut buffer = zeroed(size)?;
    sock.recv_with_flags(uninit(&mut buffer), flags)
}

/// recvfrom(2); no address where the system gave none.
pub fn recvfrom(sock: &Socket, size: usize, flags: i32) -> io::Result<(Buffer, Option<Address>)> {
    let mut buffer = zeroed(size)?;
    let (length, name) = sock.recv_from_with_flags(uninit(&mut buffer), flags)?;
    buffer.truncate(length);
    Ok((buffer, Address::from_sockaddr(&name)))
}

/// send(2); how many bytes were taken.
pub fn send(sock: &Socket, data: &[u8], flags: i32) -> io::Result<usize> {
    sock.send_with_flags(data, flags)
}

/// sendto(2).
pub fn sendto(sock: &Socket, data: &[u8], flags: i32, to: &Address) -> io::Result<usize> {
    match to.name() {
        Name::Plain(name) => sock.send_to_with_flags(data, &name, flags),
        long @ Name::Long(_) => {
            let (name, length) = long.as_raw();
            // SAFETY: data and name outlive the call, and each has the length given.
            counted(unsafe {
                let bytes = data.as_ptr().cast();
                os::sendto(raw(sock), bytes, data.len(), flags, name, length)
            })
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::net::{Ipv4Addr, SocketAddrV4};

    use super::*;
    use crate::{bind, create, local_addr, pair, set_nonblocking};

    fn udp() -> (Socket, Address) {
        let here = Address::Inet(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));
        let sock = create(libc::AF_INET, libc::SOCK_DGRAM, 0).expect("a socket");
        bind(&sock, &here).expect("bound");
        let name = local_addr(&sock).expect("named").expect("an address");
        (sock, name)
    }

    #[test]
    fn datagrams() {
        let ((one, from), (other, to)) = (udp(), udp());
        assert_eq!(sendto(&one, b"abcdef", 0, &to).expect("sent"), 6);
        assert_eq!(recv(&other, 2, libc::MSG_PEEK).expect("peeked"), b"ab");
        let whole = recv_length(&other, 2, libc::MSG_PEEK | libc::MSG_TRUNC).expect("peeked");
        assert!(whole == 6 || cfg!(not(target_os = "linux")));
        assert_eq!(
            recvfrom(&other, 3, libc::MSG_TRUNC).expect("received"),
            (b"abc".to_vec(), Some(from))
        );
    }

    #[test]
    fn streams() {
        let (one, other) = pair(libc::AF_UNIX, libc::SOCK_STREAM, 0).expect("a pair");
        assert_eq!(send(&one, b"hello", 0).expect("sent"), 5);
        assert_eq!(recv(&other, 3, 0).expect("received"), b"hel");
        assert_eq!(recvfrom(&other, 9, 0).expect("received").0, b"lo".to_vec());
        set_nonblocking(&other, true).expect("set");
        let empty = recv(&other, 1, 0).expect_err("nothing is there");
        assert_eq!(empty.raw_os_error(), Some(libc::EAGAIN));
    }
}
