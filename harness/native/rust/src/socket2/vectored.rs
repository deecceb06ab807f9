//! Sending and receiving with several buffers.

use std::io::{self, IoSlice};

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyTuple};
use pyo3::IntoPyObjectExt;
use socket2::{MaybeUninitSlice, RecvFlags, SockAddr};
use sockspec_core::{uninit, zeroed, Buffer};

use crate::convert::{Flags, Size, Tell};
use crate::original::originals;
use crate::types::types;

/// What a vectored call received: the bytes of each buffer, and the flags as bits.
struct Received {
    data: Vec<Buffer>,
    bits: i32,
}

/// The flags of recvmsg(2) as numbers: those that `RecvFlags` tells of.
fn bits(flags: RecvFlags) -> i32 {
    let mut told = 0;
    if flags.is_truncated() {
        told |= libc::MSG_TRUNC;
    }
    if flags.is_end_of_record() {
        told |= libc::MSG_EOR;
    }
    if flags.is_out_of_band() {
        told |= libc::MSG_OOB;
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if flags.is_confirm() {
        told |= libc::MSG_CONFIRM;
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if flags.is_dontroute() {
        told |= libc::MSG_DONTROUTE;
    }
    told
}

/// Buffers of these sizes, what a call put into them, and what else it answered.
fn received<T>(
    sizes: &[Size],
    call: impl FnOnce(&mut [MaybeUninitSlice<'_>]) -> io::Result<(usize, RecvFlags, T)>,
) -> io::Result<(Received, T)> {
    let mut data = sizes
        .iter()
        .map(|size| zeroed(size.0))
        .collect::<io::Result<Vec<_>>>()?;
    let mut slices: Vec<_> = data
        .iter_mut()
        .map(|buffer| MaybeUninitSlice::new(uninit(buffer)))
        .collect();
    let (mut left, flags, more) = call(&mut slices)?;
    for buffer in &mut data {
        let size = buffer.len();
        buffer.truncate(left);
        left = left.saturating_sub(size);
    }
    let bits = bits(flags);
    Ok((Received { data, bits }, more))
}

impl Received {
    fn parts(self, py: Python<'_>) -> PyResult<(Bound<'_, PyTuple>, Bound<'_, PyAny>)> {
        let data = PyTuple::new(py, self.data.iter().map(|part| PyBytes::new(py, part)))?;
        let known = (self.bits, libc::MSG_TRUNC, libc::MSG_EOR, libc::MSG_OOB);
        Ok((data, types(py)?.recv_flags.bind(py).call1(known)?))
    }
}

impl Tell for (Received, ()) {
    fn tell(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.0.parts(py)?.into_py_any(py)
    }
}

impl Tell for (Received, SockAddr) {
    fn tell(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let (data, flags) = self.0.parts(py)?;
        (data, flags, self.1.tell(py)?).into_py_any(py)
    }
}

fn slices(parts: &[PyBackedBytes]) -> Vec<IoSlice<'_>> {
    parts.iter().map(|part| IoSlice::new(part)).collect()
}

originals! { on_socket;
    recv_vectored(sizes: Vec<Size>) |sock| received(&sizes, |slices| {
        sock.recv_vectored(slices).map(|(length, flags)| (length, flags, ()))
    });
    recv_vectored_with_flags(sizes: Vec<Size>, flags: Flags) |sock| {
        received(&sizes, |slices| {
            let told = sock.recv_vectored_with_flags(slices, flags.0);
            told.map(|(length, flags)| (length, flags, ()))
        })
    };
    recv_from_vectored(sizes: Vec<Size>) |sock| {
        received(&sizes, |slices| sock.recv_from_vectored(slices))
    };
    recv_from_vectored_with_flags(sizes: Vec<Size>, flags: Flags) |sock| {
        received(&sizes, |slices| sock.recv_from_vectored_with_flags(slices, flags.0))
    };
    send_vectored(bufs: Vec<PyBackedBytes>) |sock| sock.send_vectored(&slices(&bufs));
    send_vectored_with_flags(bufs: Vec<PyBackedBytes>, flags: Flags) |sock| {
        sock.send_vectored_with_flags(&slices(&bufs), flags.0)
    };
    send_to_vectored(bufs: Vec<PyBackedBytes>, addr: SockAddr) |sock| {
        sock.send_to_vectored(&slices(&bufs), &addr)
    };
    send_to_vectored_with_flags(bufs: Vec<PyBackedBytes>, addr: SockAddr, flags: Flags) |sock| {
        sock.send_to_vectored_with_flags(&slices(&bufs), &addr, flags.0)
    };
}
