//! recvmsg(2) and sendmsg(2), with control data.

use std::io;
use std::mem::{size_of, zeroed as zero};

use libc::{c_void, cmsghdr, iovec, msghdr, sockaddr_storage, socklen_t};
use socket2::Socket;

use crate::address::{Address, Name};
use crate::buffer::{zeroed, Buffer};
use crate::control::{aligned, Control, Message};
use crate::counted;
use crate::life::raw;

/// Where a message is received.
pub(crate) struct Room {
    data: Vec<Buffer>,
    parts: Vec<iovec>,
    space: Vec<usize>,
    control: usize,
    name: sockaddr_storage,
}

impl Room {
    /// Buffers of `sizes`, and `control` bytes for control data.
    pub fn new(sizes: &[usize], control: usize) -> io::Result<Self> {
        let data = sizes
            .iter()
            .map(|size| zeroed(*size))
            .collect::<io::Result<Vec<_>>>()?;
        Ok(Self {
            data,
            parts: Vec::new(),
            space: aligned(control)?,
            control,
            // SAFETY: a C structure of numbers, valid as zeros.
            name: unsafe { zero() },
        })
    }

    /// The buffers as a system call takes them: valid while this lives where it is.
    pub fn vector(&mut self) -> &mut [iovec] {
        self.parts = self
            .data
            .iter_mut()
            .map(|buffer| iovec {
                iov_base: buffer.as_mut_ptr().cast(),
                iov_len: buffer.len(),
            })
            .collect();
        &mut self.parts
    }

    /// A header whose pointers are valid while this lives where it is.
    pub fn header(&mut self) -> msghdr {
        self.vector();
        // SAFETY: a C structure of numbers and pointers, valid as zeros.
        let mut header: msghdr = unsafe { zero() };
        header.msg_name = std::ptr::from_mut(&mut self.name).cast();
        header.msg_namelen = size_of::<sockaddr_storage>() as socklen_t;
        header.msg_iov = self.parts.as_mut_ptr();
        header.msg_iovlen = self.parts.len() as _;
        if self.control > 0 {
            header.msg_control = self.space.as_mut_ptr().cast();
            header.msg_controllen = self.control as _;
        }
        header
    }

    /// What `length` bytes in all left in each buffer.
    pub fn filled(self, length: usize) -> Vec<Buffer> {
        let (mut data, mut left) = (self.data, length);
        for buffer in &mut data {
            let size = buffer.len();
            buffer.truncate(left);
            left = left.saturating_sub(size);
        }
        data
    }

    /// What was received: the header is this room's, as the system left it.
    pub fn message(self, header: &msghdr, length: usize) -> Message {
        let came = (header.msg_namelen as usize).min(size_of::<sockaddr_storage>());
        let name = std::ptr::from_ref(&self.name).cast();
        // SAFETY: `came` bytes of the storage, which was zeroed and lives.
        let name = unsafe { std::slice::from_raw_parts(name, came) };
        let address = Address::from_bytes(name, size_of::<sockaddr_storage>());
        Message {
            length,
            control: received(header, self.control),
            flags: header.msg_flags,
            address,
            data: self.filled(length),
        }
    }
}

/// recvmsg(2) into buffers of `sizes`, and `control` bytes for control data.
pub fn recvmsg(sock: &Socket, sizes: &[usize], control: usize, flags: i32) -> io::Result<Message> {
    let mut room = Room::new(sizes, control)?;
    let mut header = room.header();
    // SAFETY: every pointer of the header is to memory of the length beside it that lives
    // until after the call, and that nothing else uses meanwhile.
    let length = counted(unsafe { libc::recvmsg(raw(sock), &mut header, flags) })?;
    Ok(room.message(&header, length))
}

/// A length whose type is another one on each platform.
fn wide(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

/// The control messages behind a header that recvmsg filled in, `room` bytes at most.
fn received(header: &msghdr, room: usize) -> Vec<Control> {
    let mut found = Vec::new();
    if header.msg_control.is_null() {
        return found;
    }
    let start = header.msg_control as usize;
    let end = start + room.min(wide(header.msg_controllen as _));
    // SAFETY: the header is as recvmsg left it, over memory that lives and is aligned.
    let mut each = unsafe { libc::CMSG_FIRSTHDR(header) };
    while !each.is_null() {
        // SAFETY: FIRSTHDR and NXTHDR answer headers that lie within msg_controllen.
        let (told, bytes) = unsafe { (&*each, libc::CMSG_DATA(each)) };
        // A message that was cut off has its whole length, and fewer bytes.
        let told_end = (each as usize).saturating_add(wide(told.cmsg_len as _));
        let size = told_end.min(end).saturating_sub(bytes as usize);
        // SAFETY: the bytes lie between the header and the end of what was received.
        let data = unsafe { std::slice::from_raw_parts(bytes, size) }.to_vec();
        found.push((told.cmsg_level, told.cmsg_type, data));
        // SAFETY: as above.
        each = unsafe { libc::CMSG_NXTHDR(header, each) };
    }
    found
}

/// Buffers as a system call takes them that only reads.
pub(crate) fn vector_of(parts: &[&[u8]]) -> Vec<iovec> {
    parts
        .iter()
        .map(|part| iovec {
            iov_base: part.as_ptr().cast_mut().cast::<c_void>(),
            iov_len: part.len(),
        })
        .collect()
}

/// A message that is sent.
pub(crate) struct Sending {
    vectors: Vec<iovec>,
    name: Option<Name>,
    space: Vec<usize>,
    control: usize,
}

impl Sending {
    /// Of these parts, which have to live as long.
    pub fn new(parts: &[&[u8]], control: &[Control], to: Option<&Address>) -> io::Result<Self> {
        Ok(Self {
            vectors: vector_of(parts),
            name: to.map(Address::name),
            space: written(control)?,
            control: space_of(control),
        })
    }

    /// A header whose pointers are valid while this lives where it is.
    pub fn header(&mut self) -> msghdr {
        // SAFETY: a C structure of numbers and pointers, valid as zeros.
        let mut header: msghdr = unsafe { zero() };
        if let Some((pointer, length)) = self.name.as_ref().map(Name::as_raw) {
            header.msg_name = pointer.cast_mut().cast();
            header.msg_namelen = length;
        }
        header.msg_iov = self.vectors.as_mut_ptr();
        header.msg_iovlen = self.vectors.len() as _;
        if self.control > 0 {
            header.msg_control = self.space.as_mut_ptr().cast();
            header.msg_controllen = self.control as _;
        }
        header
    }
}

/// sendmsg(2); how many bytes were taken.
pub fn sendmsg(
    sock: &Socket,
    parts: &[&[u8]],
    control: &[Control],
    flags: i32,
    to: Option<&Address>,
) -> io::Result<usize> {
    let mut sending = Sending::new(parts, control, to)?;
    let header = sending.header();
    // SAFETY: every pointer of the header is to memory of the length beside it that lives
    // until after the call, and sendmsg only reads.
    counted(unsafe { libc::sendmsg(raw(sock), &header, flags) })
}

/// How many bytes control messages take, padding included.
fn space_of(control: &[Control]) -> usize {
    control
        .iter()
        // SAFETY: arithmetic; unsafe only because C has it as a macro.
        .map(|(_, _, data)| unsafe { libc::CMSG_SPACE(data.len() as _) } as usize)
        .sum()
}

/// Control messages as sendmsg takes them.
fn written(control: &[Control]) -> io::Result<Vec<usize>> {
    let mut space = aligned(space_of(control))?;
    let mut at = space.as_mut_ptr().cast::<u8>();
    for (level, kind, data) in control {
        // SAFETY: the space is as long as all messages with their padding, which is what
        // `at` moves on by; CMSG_SPACE keeps the alignment of a header.
        unsafe {
            let header = at.cast::<cmsghdr>();
            (*header).cmsg_len = libc::CMSG_LEN(data.len() as _) as _;
            (*header).cmsg_level = *level;
            (*header).cmsg_type = *kind;
            std::ptr::copy_nonoverlapping(data.as_ptr(), libc::CMSG_DATA(header), data.len());
            at = at.add(libc::CMSG_SPACE(data.len() as _) as usize);
        }
    }
    Ok(space)
}

#[cfg(test)]
mod tests {
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

    use super::*;
    use crate::pair;

    #[test]
    fn several_buffers() {
        let (one, other) = pair(libc::AF_UNIX, libc::SOCK_DGRAM, 0).expect("a pair");
        let parts: [&[u8]; 3] = [b"ab", b"", b"cde"];
        assert_eq!(sendmsg(&one, &parts, &[], 0, None).expect("sent"), 5);
        let seen = recvmsg(&other, &[1, 0, 2], 0, 0).expect("received");
        assert_eq!(seen.data, [b"a".to_vec(), vec![], b"bc".to_vec()]);
        assert_ne!(seen.flags & libc::MSG_TRUNC, 0);
    }

    #[test]
    fn descriptors_travel() {
        let (one, other) = pair(libc::AF_UNIX, libc::SOCK_STREAM, 0).expect("a pair");
        let sent = one.as_raw_fd().to_ne_bytes().to_vec();
        let rights = [(libc::SOL_SOCKET, libc::SCM_RIGHTS, sent)];
        sendmsg(&one, &[b"x"], &rights, 0, None).expect("sent");
        let seen = recvmsg(&other, &[1], 64, 0).expect("received");
        let [(level, kind, data)] = &seen.control[..] else {
            panic!("one control message: {seen:?}");
        };
        assert_eq!((*level, *kind), (libc::SOL_SOCKET, libc::SCM_RIGHTS));
        let number = i32::from_ne_bytes(data[..].try_into().expect("one descriptor"));
        // SAFETY: the system made it for us just now.
        drop(unsafe { OwnedFd::from_raw_fd(number) });
    }

    #[test]
    fn no_room_for_control_data() {
        let (one, other) = pair(libc::AF_UNIX, libc::SOCK_STREAM, 0).expect("a pair");
        let sent = one.as_raw_fd().to_ne_bytes().to_vec();
        let rights = [(libc::SOL_SOCKET, libc::SCM_RIGHTS, sent)];
        sendmsg(&one, &[b"x"], &rights, 0, None).expect("sent");
        let seen = recvmsg(&other, &[1], 1, 0).expect("received");
        assert!(seen.control.is_empty());
        assert_ne!(seen.flags & libc::MSG_CTRUNC, 0);
    }
}
