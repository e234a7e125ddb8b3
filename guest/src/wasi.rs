//! The parts of WASI that the C library links but a sandbox has no use for, answered here instead of at the host.
//!
//! The C library declares its imports under these symbol names; a definition of the same name takes their place, and the
//! import is gone from the module. What is left to the host: the clock, random bytes, and writing (standard error only).

/// "Bad file descriptor": there are no files to close, seek in or ask about.
const ERRNO_BADF: i32 = 8;

#[unsafe(no_mangle)]
extern "C" fn __imported_wasi_snapshot_preview1_environ_get(_environ: i32, _buffer: i32) -> i32 {
    0
}

/// An empty environment.
///
/// # Safety
/// Both pointers are the C library's own.
#[unsafe(no_mangle)]
unsafe extern "C" fn __imported_wasi_snapshot_preview1_environ_sizes_get(count: *mut u32, bytes: *mut u32) -> i32 {
    // SAFETY: as above.
    unsafe {
        *count = 0;
        *bytes = 0;
    }
    0
}

#[unsafe(no_mangle)]
extern "C" fn __imported_wasi_snapshot_preview1_fd_close(_fd: i32) -> i32 {
    ERRNO_BADF
}

#[unsafe(no_mangle)]
extern "C" fn __imported_wasi_snapshot_preview1_fd_fdstat_get(_fd: i32, _stat: i32) -> i32 {
    ERRNO_BADF
}

#[unsafe(no_mangle)]
extern "C" fn __imported_wasi_snapshot_preview1_fd_seek(_fd: i32, _offset: i64, _whence: i32, _size: i32) -> i32 {
    ERRNO_BADF
}

/// Leaving is a trap: the host sees a guest that ended without a reply.
#[unsafe(no_mangle)]
extern "C" fn __imported_wasi_snapshot_preview1_proc_exit(_code: i32) -> ! {
    core::arch::wasm32::unreachable()
}

#[unsafe(no_mangle)]
extern "C" fn __imported_wasi_snapshot_preview1_fd_read(_fd: i32, _pieces: i32, _count: i32, _read: i32) -> i32 {
    ERRNO_BADF
}
