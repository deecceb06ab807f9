//! Buffers that a system writes into.

use std::alloc::{alloc_zeroed, Layout};
use std::io;
use std::mem::MaybeUninit;

/// A buffer of zeros: what a call did not write is never memory of somebody else.
pub type Buffer = Vec<u8>;

/// `size` bytes of zeros. `OutOfMemory` where there are not so many.
pub fn zeroed(size: usize) -> io::Result<Buffer> {
    let none = || io::Error::from(io::ErrorKind::OutOfMemory);
    if size == 0 {
        return Ok(Buffer::new());
    }
    let layout = Layout::array::<u8>(size).map_err(|_| none())?;
    // SAFETY: the size of the layout is not 0.
    let memory = unsafe { alloc_zeroed(layout) };
    if memory.is_null() {
        return Err(none());
    }
    // SAFETY: the global allocator gave `size` bytes of alignment 1 for a layout of exactly
    // that, and zeros are initialised bytes.
    Ok(unsafe { Vec::from_raw_parts(memory, size, size) })
}

/// The same bytes as socket2 takes them.
pub fn uninit(buffer: &mut [u8]) -> &mut [MaybeUninit<u8>] {
    let (memory, size) = (buffer.as_mut_ptr(), buffer.len());
    // SAFETY: the layouts are the same, the borrow is passed on, and socket2 promises never
    // to write uninitialised bytes into such a buffer.
    unsafe { std::slice::from_raw_parts_mut(memory.cast::<MaybeUninit<u8>>(), size) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_or_out_of_memory() {
        assert_eq!(zeroed(3).expect("three bytes"), [0, 0, 0]);
        assert_eq!(zeroed(0).expect("no bytes"), []);
        for size in [usize::MAX, isize::MAX as usize] {
            let refused = zeroed(size).expect_err("more than there is");
            assert_eq!(refused.kind(), io::ErrorKind::OutOfMemory);
        }
    }
}
