//! The originals of the face `Socket`: functions of `socket2::Socket`.
//!
//! Names are those of the face, which are the document's (0.4.0); where the linked version
//! has another name for the function, that one is called.

use pyo3::prelude::*;
use pyo3::types::PyDict;

mod connection;
mod conversions;
mod ip;
mod ipv6;
#[cfg(target_os = "linux")]
mod linux;
mod sol_socket;
mod tcp;
mod transfer;
mod vectored;

/// Every original, by the name that the face has for it.
pub fn originals(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let found = PyDict::new(py);
    connection::add(&found)?;
    conversions::add(&found)?;
    transfer::add(&found)?;
    vectored::add(&found)?;
    sol_socket::add(&found)?;
    ip::add(&found)?;
    ipv6::add(&found)?;
    tcp::add(&found)?;
    #[cfg(target_os = "linux")]
    linux::add(&found)?;
    Ok(found)
}
