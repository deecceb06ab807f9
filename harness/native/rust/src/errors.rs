//! Errors as sockspec names them.

use std::io;

use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;

use crate::types::types;

/// The exception of a class made with these arguments, or what making it raised.
fn raised<'py, A>(py: Python<'py>, class: PyResult<&Py<PyAny>>, arguments: A) -> PyErr
where
    A: pyo3::call::PyCallArgs<'py>,
{
    match class.and_then(|class| class.bind(py).call1(arguments)) {
        Ok(made) => PyErr::from_value(made),
        Err(error) => error,
    }
}

/// Symbol of a refusal of the libraries themselves, which never reached the system.
const REFUSED: &str = "ERUST";

/// Symbol and number of an error. One that is no answer of the system has number 0: a time
/// that ran out and an error without a kind are named as the faces name them.
fn named(error: &io::Error) -> (String, i32) {
    if let Some(number) = error.raw_os_error() {
        return (sockspec_core::errno_symbol(number), number);
    }
    let symbol = match error.kind() {
        io::ErrorKind::TimedOut => "ETIMEDOUT",
        io::ErrorKind::Other => "EOTHER",
        _ => REFUSED,
    };
    (symbol.to_owned(), 0)
}

/// `SocketError` for what a call answered; `MemoryError` where there was no buffer for it,
/// `Unsupported` where there is no such call.
pub fn failed(py: Python<'_>, error: &io::Error, call: &str) -> PyErr {
    if error.raw_os_error().is_none() && error.kind() == io::ErrorKind::OutOfMemory {
        return PyMemoryError::new_err(());
    }
    if error.raw_os_error().is_none() && error.kind() == io::ErrorKind::Unsupported {
        return unsupported(py, call, "the platform has no such call");
    }
    let (symbol, number) = named(error);
    let message = if number == 0 {
        error.to_string()
    } else {
        String::new()
    };
    let class = types(py).map(|types| &types.socket_error);
    raised(py, class, (symbol, number, call, message))
}

/// `Unsupported`: what the original's types cannot say.
pub fn unsupported(py: Python<'_>, feature: &str, why: &str) -> PyErr {
    let class = types(py).map(|types| &types.unsupported);
    raised(py, class, (feature, why))
}

/// `Consumed`: a function that takes the socket has taken it.
pub fn consumed(py: Python<'_>) -> PyErr {
    let class = types(py).map(|types| &types.consumed);
    raised(py, class, ("the socket was taken by connect or listen",))
}
