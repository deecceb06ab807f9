//! The primitive that makes a call by its name, with arguments that nothing checks.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyInt, PyTuple};
use sockspec_core::{self as core, Argument};

use crate::handle::Handle;
use crate::primitives::Primitives;
use crate::types::types;

fn argument(py: Python<'_>, given: &Bound<'_, PyAny>) -> PyResult<Argument> {
    if given.is_none() {
        return Ok(Argument::Null);
    }
    if given.is_instance(types(py)?.nowhere.bind(py))? {
        return Ok(Argument::Nowhere);
    }
    if given.is_instance_of::<PyInt>() {
        return given.extract().map(Argument::Number);
    }
    let bytes: PyBackedBytes = given.extract()?;
    Ok(Argument::Bytes(bytes.to_vec()))
}

#[pymethods]
impl Primitives {
    fn raw_call<'py>(
        &self,
        py: Python<'py>,
        sock: &Handle,
        call: &str,
        arguments: Vec<Bound<'py, PyAny>>,
    ) -> PyResult<(i64, Bound<'py, PyTuple>)> {
        let given = arguments
            .iter()
            .map(|each| argument(py, each))
            .collect::<PyResult<Vec<_>>>()?;
        if !core::raw_fits(call, &given) {
            let why = format!("there is no call {call:?} that takes such arguments");
            return Err(PyTypeError::new_err(why));
        }
        let (answer, left) =
            sock.on_socket(py, "raw_call", |sock| core::raw_call(sock, call, given))?;
        let left = left.iter().map(|each| PyBytes::new(py, each));
        Ok((answer, PyTuple::new(py, left)?))
    }
}
