//! Sending and receiving with one buffer, Read and Write among it.

use std::io::{Read, Write};

use pyo3::pybacked::PyBackedBytes;
use socket2::SockAddr;
use sockspec_core::{uninit, zeroed};

use crate::convert::{Flags, Size};
use crate::original::originals;

/// A zeroed buffer, what a receiving call put into it, and what else that answered.
macro_rules! received {
    ($size:ident, |$buffer:ident| $call:expr) => {{
        let mut buffer = zeroed($size.0)?;
        let $buffer = uninit(&mut buffer);
        let length = $call?;
        buffer.truncate(length);
        Ok(buffer)
    }};
    ($size:ident, from |$buffer:ident| $call:expr) => {{
        let mut buffer = zeroed($size.0)?;
        let $buffer = uninit(&mut buffer);
        let (length, from) = $call?;
        buffer.truncate(length);
        Ok((buffer, from))
    }};
}

originals! { on_socket;
    recv(size: Size) |sock| received!(size, |buffer| sock.recv(buffer));
    recv_out_of_band(size: Size) |sock| {
        received!(size, |buffer| sock.recv_out_of_band(buffer))
    };
    recv_with_flags(size: Size, flags: Flags) |sock| {
        received!(size, |buffer| sock.recv_with_flags(buffer, flags.0))
    };
    peek(size: Size) |sock| received!(size, |buffer| sock.peek(buffer));
    recv_from(size: Size) |sock| received!(size, from |buffer| sock.recv_from(buffer));
    recv_from_with_flags(size: Size, flags: Flags) |sock| {
        received!(size, from |buffer| sock.recv_from_with_flags(buffer, flags.0))
    };
    peek_from(size: Size) |sock| received!(size, from |buffer| sock.peek_from(buffer));
    peek_sender() |sock| sock.peek_sender();
    send(buf: PyBackedBytes) |sock| sock.send(&buf);
    send_with_flags(buf: PyBackedBytes, flags: Flags) |sock| {
        sock.send_with_flags(&buf, flags.0)
    };
    send_out_of_band(buf: PyBackedBytes) |sock| sock.send_out_of_band(&buf);
    send_to(buf: PyBackedBytes, addr: SockAddr) |sock| sock.send_to(&buf, &addr);
    send_to_with_flags(buf: PyBackedBytes, addr: SockAddr, flags: Flags) |sock| {
        sock.send_to_with_flags(&buf, &addr, flags.0)
    };
    read(size: Size) |sock| {
        let mut buffer = zeroed(size.0)?;
        let length = (&mut &*sock).read(&mut buffer)?;
        buffer.truncate(length);
        Ok(buffer)
    };
    write(data: PyBackedBytes) |sock| (&mut &*sock).write(&data);
    flush() |sock| (&mut &*sock).flush();
}
