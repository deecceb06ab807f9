//! The Python classes that go in and out.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// Classes of the sockspec package.
pub struct Types {
    pub inet: Py<PyAny>,
    pub inet6: Py<PyAny>,
    pub unix: Py<PyAny>,
    pub raw: Py<PyAny>,
    pub message: Py<PyAny>,
    pub nowhere: Py<PyAny>,
    pub recv_flags: Py<PyAny>,
    pub socket_error: Py<PyAny>,
    pub unsupported: Py<PyAny>,
    pub consumed: Py<PyAny>,
}

static TYPES: PyOnceLock<Types> = PyOnceLock::new();

/// They are imported once, when the first of them is needed.
pub fn types(py: Python<'_>) -> PyResult<&'static Types> {
    TYPES.get_or_try_init(py, || {
        let class = |module: &str, name: &str| -> PyResult<Py<PyAny>> {
            Ok(py.import(module)?.getattr(name)?.unbind())
        };
        Ok(Types {
            inet: class("sockspec.address", "Inet")?,
            inet6: class("sockspec.address", "Inet6")?,
            unix: class("sockspec.address", "Unix")?,
            raw: class("sockspec.address", "Raw")?,
            message: class("sockspec.backend", "Message")?,
            nowhere: class("sockspec.backend", "Nowhere")?,
            recv_flags: class("sockspec.api.transfer", "RecvFlags")?,
            socket_error: class("sockspec.errors", "SocketError")?,
            unsupported: class("sockspec.errors", "Unsupported")?,
            consumed: class("sockspec.errors", "Consumed")?,
        })
    })
}
