//! How an original becomes a Python function.

/// Python functions named as their face names them, and `add`, which puts them into a dict.
///
/// `name(argument: Type) |sock| expression;` calls the expression on the socket, without the
/// interpreter's lock, with arguments converted as `Given` says; its answer is converted as
/// `Tell` says. An attribute (`#[cfg(...)]`) says where there is such a function. `$on` is the method of `Handle` that lends the socket.
macro_rules! originals {
    ($on:ident; $(
        $(#[$condition:meta])*
        $name:ident($($argument:ident: $type:ty),*) |$sock:ident| $body:expr;
    )+) => {
        $(
            $(#[$condition])*
            #[pyo3::pyfunction]
            fn $name(
                py: pyo3::Python<'_>,
                handle: &$crate::handle::Handle
                $(, $argument: &pyo3::Bound<'_, pyo3::PyAny>)*
            ) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                let call = stringify!($name);
                $(let $argument = <$type as $crate::convert::Given>::given($argument, call)?;)*
                let answer = handle.$on(py, call, |$sock| $body)?;
                $crate::convert::Tell::tell(answer, py)
            }
        )+

        /// Put these functions into `found`, by name.
        pub fn add(found: &pyo3::Bound<'_, pyo3::types::PyDict>) -> pyo3::PyResult<()> {
            use pyo3::types::PyDictMethods as _;
            let py = found.py();
            $(
                $(#[$condition])*
                found.set_item(stringify!($name), pyo3::wrap_pyfunction!($name, py)?)?;
            )+
            Ok(())
        }
    };
}
pub(crate) use originals;
