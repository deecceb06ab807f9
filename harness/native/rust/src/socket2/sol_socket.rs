//! Options of level SOL_SOCKET.

use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::handle::Handle;
use crate::original::originals;

mod portable {
    use super::*;

    originals! { on_socket;
        broadcast() |sock| sock.broadcast();
        set_broadcast(broadcast: bool) |sock| sock.set_broadcast(broadcast);
        take_error() |sock| sock.take_error();
        keepalive() |sock| sock.keepalive();
        set_keepalive(keepalive: bool) |sock| sock.set_keepalive(keepalive);
        linger() |sock| sock.linger();
        set_linger(linger: Option<Duration>) |sock| sock.set_linger(linger);
        out_of_band_inline() |sock| sock.out_of_band_inline();
        set_out_of_band_inline(oob_inline: bool) |sock| {
            sock.set_out_of_band_inline(oob_inline)
        };
        recv_buffer_size() |sock| sock.recv_buffer_size();
        set_recv_buffer_size(size: usize) |sock| sock.set_recv_buffer_size(size);
        read_timeout() |sock| sock.read_timeout();
        set_read_timeout(duration: Option<Duration>) |sock| sock.set_read_timeout(duration);
        reuse_address() |sock| sock.reuse_address();
        set_reuse_address(reuse: bool) |sock| sock.set_reuse_address(reuse);
        send_buffer_size() |sock| sock.send_buffer_size();
        set_send_buffer_size(size: usize) |sock| sock.set_send_buffer_size(size);
        write_timeout() |sock| sock.write_timeout();
        set_write_timeout(duration: Option<Duration>) |sock| sock.set_write_timeout(duration);
        reuse_port() |sock| sock.reuse_port();
        set_reuse_port(reuse: bool) |sock| sock.set_reuse_port(reuse);
    }
}

/// SO_TYPE. Its name is a keyword of Rust.
#[pyfunction]
#[pyo3(name = "type")]
fn kind(py: Python<'_>, handle: &Handle) -> PyResult<i32> {
    handle.on_socket(py, "type", |sock| sock.r#type().map(i32::from))
}

/// Put these functions into `found`, by name.
pub fn add(found: &Bound<'_, PyDict>) -> PyResult<()> {
    found.set_item("type", wrap_pyfunction!(kind, found.py())?)?;
    portable::add(found)
}
