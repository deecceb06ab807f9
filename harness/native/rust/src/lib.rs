//! `sockspec_rust._core`: the primitives of sockspec, and the two documents' own functions.
//!
//! Every system call is made without the interpreter's lock. Errors become
//! `sockspec.errors.SocketError` with the number that the system gave.

#[cfg(not(unix))]
compile_error!("the extension is written for Unix: on Windows there is the agent alone");

use pyo3::prelude::*;
use pyo3::types::PyDict;

mod address;
mod beyond;
mod convert;
mod errors;
mod handle;
mod original;
mod primitives;
mod raw;
mod socket2;
mod tcp_socket;
mod types;
mod waiting;

/// The number of each known symbol on this platform, `None` for those that it lacks.
#[pyfunction]
fn constants(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let told = PyDict::new(py);
    for (symbol, number) in sockspec_core::constants() {
        told.set_item(symbol, number)?;
    }
    Ok(told)
}

/// The symbol of a raw error number; `E<number>` if it has none.
#[pyfunction]
fn errno_symbol(number: i32) -> String {
    sockspec_core::errno_symbol(number)
}

/// Version of this distribution, and what is linked into it.
#[pyfunction]
fn versions() -> Vec<(&'static str, &'static str)> {
    vec![
        ("sockspec-rust", env!("CARGO_PKG_VERSION")),
        ("socket2", env!("LOCKED_SOCKET2")),
        ("tokio", env!("LOCKED_TOKIO")),
        ("pyo3", env!("LOCKED_PYO3")),
        ("rustc", env!("COMPILER")),
    ]
}

/// By face, the originals of its functions.
#[pyfunction]
fn originals(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let told = PyDict::new(py);
    told.set_item("Socket", socket2::originals(py)?)?;
    told.set_item("TcpSocket", tcp_socket::originals(py)?)?;
    Ok(told)
}

#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<handle::Handle>()?;
    module.add_class::<primitives::Primitives>()?;
    module.add_class::<tcp_socket::Connect>()?;
    module.add_function(wrap_pyfunction!(constants, module)?)?;
    module.add_function(wrap_pyfunction!(errno_symbol, module)?)?;
    module.add_function(wrap_pyfunction!(versions, module)?)?;
    module.add_function(wrap_pyfunction!(originals, module)?)
}
