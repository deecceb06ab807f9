//! recvmmsg(2) and sendmmsg(2).

use crate::{Address, Control};

pub use calls::{recvmmsg, sendmmsg};

/// A message to be sent: parts, control data, address.
pub type Outgoing<'a> = (Vec<&'a [u8]>, Vec<Control>, Option<Address>);

#[cfg(any(target_os = "linux", target_os = "freebsd", target_os = "netbsd"))]
mod calls {
    use std::io;
    use std::time::Duration;

    use libc::{mmsghdr, timespec};
    use socket2::Socket;

    use super::Outgoing;
    use crate::checked;
    use crate::control::Message;
    use crate::life::raw;
    use crate::message::{Room, Sending};

    /// recvmmsg(2) into messages of buffers of these sizes; those that were received.
    pub fn recvmmsg(
        sock: &Socket,
        sizes: &[Vec<usize>],
        control: usize,
        flags: i32,
        timeout: Option<Duration>,
    ) -> io::Result<Vec<Message>> {
        let mut rooms = sizes
            .iter()
            .map(|each| Room::new(each, control))
            .collect::<io::Result<Vec<_>>>()?;
        let mut headers: Vec<mmsghdr> = rooms
            .iter_mut()
            .map(|room| mmsghdr {
                msg_hdr: room.header(),
                msg_len: 0,
            })
            .collect();
        let mut limit = timeout.map(|time| timespec {
            tv_sec: time.as_secs() as _,
            tv_nsec: time.subsec_nanos() as _,
        });
        let limit = limit
            .as_mut()
            .map_or(std::ptr::null_mut(), std::ptr::from_mut);
        // SAFETY: every pointer of the headers is to memory of the length beside it that
        // lives until after the call, and that nothing else uses meanwhile.
        // FreeBSD counts them as bytes are counted.
        let came = checked(unsafe {
            let count = headers.len() as _;
            libc::recvmmsg(
                raw(sock),
                headers.as_mut_ptr(),
                count,
                flags as _,
                limit as _,
            ) as _
        })?;
        let seen = rooms.into_iter().zip(&headers).take(came as usize);
        Ok(seen
            .map(|(room, each)| room.message(&each.msg_hdr, each.msg_len as usize))
            .collect())
    }

    /// sendmmsg(2); of the messages that were sent, how many bytes of each were taken.
    pub fn sendmmsg(
        sock: &Socket,
        messages: &[Outgoing<'_>],
        flags: i32,
    ) -> io::Result<Vec<usize>> {
        let mut sending = messages
            .iter()
            .map(|(parts, control, to)| Sending::new(parts, control, to.as_ref()))
            .collect::<io::Result<Vec<_>>>()?;
        let mut headers: Vec<mmsghdr> = sending
            .iter_mut()
            .map(|each| mmsghdr {
                msg_hdr: each.header(),
                msg_len: 0,
            })
            .collect();
        // SAFETY: as above; of the buffers the call only reads.
        let sent = checked(unsafe {
            let count = headers.len() as _;
            libc::sendmmsg(raw(sock), headers.as_mut_ptr(), count, flags as _) as _
        })?;
        let sent = headers.iter().take(sent as usize);
        Ok(sent.map(|each| each.msg_len as usize).collect())
    }
}

#[cfg(not(any(target_os = "linux", target_os = "freebsd", target_os = "netbsd")))]
mod calls {
    use std::io;
    use std::time::Duration;

    use socket2::Socket;

    use super::Outgoing;
    use crate::Message;

    /// The platform has no such call.
    pub fn recvmmsg(
        _: &Socket,
        _: &[Vec<usize>],
        _: usize,
        _: i32,
        _: Option<Duration>,
    ) -> io::Result<Vec<Message>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// The platform has no such call.
    pub fn sendmmsg(_: &Socket, _: &[Outgoing<'_>], _: i32) -> io::Result<Vec<usize>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::pair;

    #[test]
    fn several_at_once() {
        let (one, other) = pair(libc::AF_UNIX, libc::SOCK_DGRAM, 0).expect("a pair");
        let messages: [Outgoing; 2] = [
            (vec![b"ab", b"c"], Vec::new(), None),
            (vec![b"d"], Vec::new(), None),
        ];
        assert_eq!(sendmmsg(&one, &messages, 0).expect("sent"), [3, 1]);
        let sizes = [vec![1, 1], vec![4], vec![4]];
        let seen = recvmmsg(&other, &sizes, 0, libc::MSG_DONTWAIT, None).expect("received");
        let data: Vec<_> = seen.iter().map(|each| each.data.clone()).collect();
        assert_eq!(
            data,
            [vec![b"a".to_vec(), b"b".to_vec()], vec![b"d".to_vec()]]
        );
        assert_ne!(seen[0].flags & libc::MSG_TRUNC, 0);
    }
}
