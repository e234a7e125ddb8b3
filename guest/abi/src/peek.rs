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
    /// Offset in a frame of the address of its function's object.
    pub frame_function: u32,
    /// Offset in a frame of its program counter. It was stored last at a call, at a jump, or at what could throw; in frames of
    /// functions without bytecode it never was.
    pub frame_pc: u32,
    /// Offset in a function's object of its class, a `u16`.
    pub function_class: u32,
    /// Offset in a function's object of the three words that [`Peek::site`] wants.
    pub function_words: u32,
    /// Classes of functions with bytecode, a bit each, from 0: the low word, then the high one.
    pub bytecode_classes: [u32; 2],
    /// The class of the engine's own functions.
    pub native_class: u32,
    /// Address of an `i32`: one in so many jumps stores the program counter. Set to 1 before a run that is profiled, and
    /// to -1 for `turn` to be called at the next jump.
    pub poll_interval_at: u32,
}

impl Peek {
    /// Its size in memory.
    pub const BYTES: usize = 44;

    /// Before anything is known.
    pub const UNKNOWN: Self = Self {
        innermost_frame_at: 0,
        heap_used_at: 0,
        frame_outer: 0,
        frame_function: 0,
        frame_pc: 0,
        function_class: 0,
        function_words: 0,
        bytecode_classes: [0; 2],
        native_class: 0,
        poll_interval_at: 0,
    };

    /// From the bytes at its address.
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let word = |index: usize| bytes.as_chunks::<4>().0.get(index).map_or(0, |word| u32::from_le_bytes(*word));
        Self {
            innermost_frame_at: word(0),
            heap_used_at: word(1),
            frame_outer: word(2),
            frame_function: word(3),
            frame_pc: word(4),
            function_class: word(5),
            function_words: word(6),
            bytecode_classes: [word(7), word(8)],
            native_class: word(9),
            poll_interval_at: word(10),
        }
    }

    /// What a frame's place is known by, from its function's class and words and its program counter. Closures of one function
    /// are one place, and what an engine's function never set is left out.
    pub fn site(&self, class: u16, [code, entry, kind]: [u32; 3], pc: u32) -> (u32, u32) {
        let classes = u64::from(self.bytecode_classes[0]) | u64::from(self.bytecode_classes[1]) << 32;
        let class = u32::from(class);
        if classes.checked_shr(class).is_some_and(|classes| classes & 1 == 1) {
            (code, pc)
        } else if class == self.native_class {
            (entry, kind)
        } else {
            (class, 0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peek() -> Peek {
        let mut bytes = [0; Peek::BYTES];
        for (index, word) in bytes.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            *word = (index as u32 + 1).to_le_bytes();
        }
        Peek::from_bytes(bytes)
    }

    #[test]
    fn words_stand_in_the_order_of_the_structure() {
        assert_eq!(size_of::<Peek>(), Peek::BYTES);
        let peek = peek();
        assert_eq!((peek.innermost_frame_at, peek.frame_pc, peek.function_words), (1, 5, 7));
        assert_eq!((peek.bytecode_classes, peek.native_class, peek.poll_interval_at), ([8, 9], 10, 11));
    }

    #[test]
    fn a_place_is_known_by_what_lasts() {
        // Bits 3, 32 and 35; the engine's own functions are class 10.
        let peek = peek();
        let site = |class| peek.site(class, [100, 200, 300], 7);
        for class in [3, 32, 35] {
            assert_eq!(site(class), (100, 7), "bytecode");
        }
        assert_eq!(site(10), (200, 300));
        for class in [0, 4, 33, 63, 64, u16::MAX] {
            assert_eq!(site(class), (class.into(), 0), "others, whose words and counter mean nothing");
        }
    }
}
