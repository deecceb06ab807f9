//! recvmsg and sendmsg as Winsock has them: WSARecvMsg and WSASendMsg, which a provider hands out
//! on request, and the plain vectored calls where no control data is wanted.

use std::ffi::c_void;
use std::io;
use std::mem::{size_of, transmute};
use std::ptr::{null, null_mut};

use socket2::Socket;
use windows_sys::core::GUID;
use windows_sys::Win32::Networking::WinSock::{
    WSAIoctl, WSARecvFrom, WSASendTo, CMSGHDR, LPFN_WSARECVMSG, LPWSAOVERLAPPED_COMPLETION_ROUTINE,
    SIO_GET_EXTENSION_FUNCTION_POINTER, SOCKADDR, SOCKADDR_STORAGE, SOCKET, WSABUF,
    WSAID_WSARECVMSG, WSAID_WSASENDMSG, WSAMSG,
};
use windows_sys::Win32::System::IO::OVERLAPPED;

use crate::address::{Address, Name};
use crate::buffer::{zeroed, Buffer};
use crate::checked;
use crate::control::{aligned, Control, Message};
use crate::life::raw;

/// `LPFN_WSASENDMSG` of <mswsock.h>, which windows-sys has as a function only.
type SendMsg = unsafe extern "system" fn(
    SOCKET,
    *const WSAMSG,
    u32,
    *mut u32,
    *mut OVERLAPPED,
    LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> i32;

/// Where data begins behind the header of a control message (WSA_CMSG_DATA).
const HEAD: usize = size_of::<CMSGHDR>();

/// How many bytes a control message of so much data takes, padding included (WSA_CMSG_SPACE).
fn space(data: usize) -> usize {
    HEAD + data.next_multiple_of(align_of::<CMSGHDR>())
}

/// The same words as bytes.
fn bytes_of(space: &[usize]) -> Vec<u8> {
    space.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

/// The provider's own function by its id. The error is the system's where it has none.
fn extension(sock: &Socket, id: &GUID) -> io::Result<*const c_void> {
    let mut function: *const c_void = null();
    let mut returned = 0;
    // SAFETY: the id is read, and a pointer written for which there is room.
    checked(unsafe {
        WSAIoctl(
            raw(sock) as _,
            SIO_GET_EXTENSION_FUNCTION_POINTER,
            std::ptr::from_ref(id).cast(),
            size_of::<GUID>() as u32,
            std::ptr::from_mut(&mut function).cast(),
            size_of::<*const c_void>() as u32,
            &mut returned,
            null_mut(),
            None,
        )
    })?;
    Ok(function)
}

/// Buffers as the calls take them; those of a send are only read.
fn vector_of(parts: &[&[u8]]) -> Vec<WSABUF> {
    let part = |part: &&[u8]| WSABUF {
        len: part.len() as u32,
        buf: part.as_ptr().cast_mut(),
    };
    parts.iter().map(part).collect()
}

/// What `length` bytes in all left in each buffer.
fn filled(mut data: Vec<Buffer>, length: usize) -> Vec<Buffer> {
    let mut left = length;
    for buffer in &mut data {
        let size = buffer.len();
        buffer.truncate(left);
        left = left.saturating_sub(size);
    }
    data
}

/// Receive into buffers of `sizes`, and `control` bytes for control data.
pub fn recvmsg(sock: &Socket, sizes: &[usize], control: usize, flags: i32) -> io::Result<Message> {
    let mut data = sizes
        .iter()
        .map(|size| zeroed(*size))
        .collect::<io::Result<Vec<_>>>()?;
    let mut vector: Vec<WSABUF> = data
        .iter_mut()
        .map(|buffer| WSABUF {
            len: buffer.len() as u32,
            buf: buffer.as_mut_ptr(),
        })
        .collect();
    let mut room = aligned(control)?;
    let mut storage = SOCKADDR_STORAGE::default();
    let mut header = WSAMSG {
        name: std::ptr::from_mut(&mut storage).cast(),
        namelen: size_of::<SOCKADDR_STORAGE>() as i32,
        lpBuffers: vector.as_mut_ptr(),
        dwBufferCount: vector.len() as u32,
        Control: WSABUF {
            len: control as u32,
            buf: room.as_mut_ptr().cast(),
        },
        dwFlags: flags as u32,
    };
    let mut moved = 0;
    if control == 0 {
        // SAFETY: every pointer is to memory of the length beside it that lives until after the
        // call, and that nothing else uses meanwhile.
        checked(unsafe {
            WSARecvFrom(
                raw(sock) as _,
                header.lpBuffers,
                header.dwBufferCount,
                &mut moved,
                &mut header.dwFlags,
                header.name,
                &mut header.namelen,
                null_mut(),
                None,
            )
        })?;
    } else {
        let function = extension(sock, &WSAID_WSARECVMSG)?;
        // SAFETY: a null pointer is `None`; another one is the function whose id was asked for.
        let receive: LPFN_WSARECVMSG = unsafe { transmute(function) };
        let receive = receive.ok_or(io::ErrorKind::Unsupported)?;
        // SAFETY: as above.
        checked(unsafe { receive(raw(sock) as _, &mut header, &mut moved, null_mut(), None) })?;
    }
    let came = usize::try_from(header.namelen).unwrap_or(0);
    let came = came.min(size_of::<SOCKADDR_STORAGE>());
    // SAFETY: `came` bytes of the storage, which was zeroed and lives.
    let name =
        unsafe { std::slice::from_raw_parts(std::ptr::from_ref(&storage).cast::<u8>(), came) };
    let told = if control == 0 { 0 } else { header.Control.len };
    let mut control_data = bytes_of(&room);
    control_data.truncate(control.min(told as usize));
    Ok(Message {
        length: moved as usize,
        control: received(&control_data),
        flags: header.dwFlags as i32,
        address: Address::from_bytes(name, size_of::<SOCKADDR_STORAGE>()),
        data: filled(data, moved as usize),
    })
}

/// The control messages in these bytes.
fn received(bytes: &[u8]) -> Vec<Control> {
    let mut found = Vec::new();
    let mut left = bytes;
    while let (Some(length), Some(level), Some(kind)) = (
        left.first_chunk().map(|field| usize::from_ne_bytes(*field)),
        number_at(left, size_of::<usize>()),
        number_at(left, size_of::<usize>() + size_of::<i32>()),
    ) {
        if length < HEAD {
            break;
        }
        // A message that was cut off has its whole length, and fewer bytes.
        let end = length.min(left.len());
        found.push((level, kind, left[HEAD..end].to_vec()));
        left = left.get(space(end - HEAD)..).unwrap_or_default();
    }
    found
}

fn number_at(bytes: &[u8], at: usize) -> Option<i32> {
    let field = bytes.get(at..)?.first_chunk()?;
    Some(i32::from_ne_bytes(*field))
}

/// Control messages as a send takes them.
fn written(control: &[Control]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (level, kind, data) in control {
        let end = bytes.len() + space(data.len());
        bytes.extend_from_slice(&(HEAD + data.len()).to_ne_bytes());
        bytes.extend_from_slice(&level.to_ne_bytes());
        bytes.extend_from_slice(&kind.to_ne_bytes());
        bytes.extend_from_slice(data);
        bytes.resize(end, 0);
    }
    bytes
}

/// Send these parts as one message; how many bytes were taken.
pub fn sendmsg(
    sock: &Socket,
    parts: &[&[u8]],
    control: &[Control],
    flags: i32,
    to: Option<&Address>,
) -> io::Result<usize> {
    let mut vector = vector_of(parts);
    let name = to.map(Address::name);
    let (name, length): (*const SOCKADDR, i32) = name.as_ref().map_or((null(), 0), Name::as_raw);
    let mut moved = 0;
    if control.is_empty() {
        // SAFETY: every pointer is to memory of the length beside it that lives until after the
        // call, which only reads.
        checked(unsafe {
            let (parts, count) = (vector.as_ptr(), vector.len() as u32);
            let flags = flags as u32;
            WSASendTo(
                raw(sock) as _,
                parts,
                count,
                &mut moved,
                flags,
                name,
                length,
                null_mut(),
                None,
            )
        })?;
        return Ok(moved as usize);
    }
    let laid_out = written(control);
    let mut room = aligned(laid_out.len())?;
    for (word, bytes) in room
        .iter_mut()
        .zip(laid_out.chunks_exact(size_of::<usize>()))
    {
        *word = usize::from_ne_bytes(bytes.try_into().unwrap_or_default());
    }
    let header = WSAMSG {
        name: name.cast_mut(),
        namelen: length,
        lpBuffers: vector.as_mut_ptr(),
        dwBufferCount: vector.len() as u32,
        Control: WSABUF {
            len: laid_out.len() as u32,
            buf: room.as_mut_ptr().cast(),
        },
        dwFlags: 0,
    };
    let function = extension(sock, &WSAID_WSASENDMSG)?;
    // SAFETY: a null pointer is `None`; another one is the function whose id was asked for.
    let transmit: Option<SendMsg> = unsafe { transmute(function) };
    let transmit = transmit.ok_or(io::ErrorKind::Unsupported)?;
    // SAFETY: as above.
    checked(unsafe {
        transmit(
            raw(sock) as _,
            &header,
            flags as u32,
            &mut moved,
            null_mut(),
            None,
        )
    })?;
    Ok(moved as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_data_goes_round() {
        let control = vec![
            (0, 19, vec![1, 2, 3]),
            (41, 19, vec![]),
            (6, 1, vec![4; 20]),
        ];
        let bytes = written(&control);
        assert_eq!(bytes.len(), 24 + 16 + 40);
        assert_eq!(received(&bytes), control);
        assert_eq!(received(&bytes[..18]), [(0, 19, vec![1, 2])]);
        assert_eq!(received(&bytes[..10]), []);
    }
}
