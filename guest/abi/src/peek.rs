//! Where the host finds, in the memory of a guest that stands still, what the engine is doing.

/// Addresses in linear memory and offsets in the engine's structures, as the guest's own compiler laid them out. All are fixed
/// when the snapshot is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct Peek {
    /// Address of the pointer to the innermost stack frame; 0 there: no function runs.
    pub innermost_frame_at: u32,
    /// Address of the number of bytes that the engine's heap has in use.
    pub heap_used_at: u32,
    /// Offset in a frame of the pointer to the next outer one; 0 there: none.
    pub frame_outer: u32,
    /// Offset in a frame of its function's object.
    pub frame_function: u32,
    /// Offset in a frame of its program counter. It was stored last at a call, at a jump back, or at what could throw.
    pub frame_pc: u32,
}

impl Peek {
    /// Its size in memory.
    pub const BYTES: usize = 20;

    /// From the bytes at its address.
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let word = |index: usize| bytes.as_chunks::<4>().0.get(index).map_or(0, |word| u32::from_le_bytes(*word));
        Self {
            innermost_frame_at: word(0),
            heap_used_at: word(1),
            frame_outer: word(2),
            frame_function: word(3),
            frame_pc: word(4),
        }
    }
}
