//! The streams of the protocol, which are handles of this program alone.

use std::fs::File;
use std::io;
use std::os::windows::io::{AsHandle, BorrowedHandle};

use sockspec_core::Descriptor;
use windows_sys::Win32::System::Console::{
    GetStdHandle, SetStdHandle, STD_ERROR_HANDLE, STD_INPUT_HANDLE, STD_OUTPUT_HANDLE,
};

/// The protocol gets handles of its own: whatever prints goes to standard error, and finds
/// nothing on standard input.
pub fn streams() -> io::Result<(File, File)> {
    let copy = |handle: BorrowedHandle<'_>| handle.try_clone_to_owned().map(File::from);
    let requests = copy(io::stdin().as_handle())?;
    let answers = copy(io::stdout().as_handle())?;
    // SAFETY: no memory is read; no handle stands for an empty stream, and standard error is
    // this program's own.
    unsafe {
        SetStdHandle(STD_INPUT_HANDLE, std::ptr::null_mut());
        SetStdHandle(STD_OUTPUT_HANDLE, GetStdHandle(STD_ERROR_HANDLE));
    }
    Ok((requests, answers))
}

/// Sockets are no files here: none of them can be one of these.
pub fn own(_: &File, _: &File) -> Vec<Descriptor> {
    Vec::new()
}

/// The end of a pipe is told to those who read it only.
pub fn outlive_nobody(_: &File) {}
