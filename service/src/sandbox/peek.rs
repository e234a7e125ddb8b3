//! What the engine in a guest that stands still is doing, read from outside: which functions are on its stack, and how much of
//! its heap is in use.
//!
//! All that is read is hostile: an address is only looked at when it lies in the guest's memory, a chain of frames is followed so
//! many steps and no more, and nothing that was read is believed to be more than a number.

use std::marker::PhantomData;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arbex_abi::peek::Peek;
use wasmtime::{Instance, Memory, Store};

use super::exchange::Guest;

/// Most frames of a stack that are looked at, from the innermost on.
pub(super) const MAX_FRAMES: usize = 64;

/// Poll intervals: each jump stores its place; the next one tells that a slice ended, too.
const EACH_JUMP: i32 = 1;
const TURN: i32 = -1;

/// A place of the engine: what [`Peek::site`] makes of a frame. Equal sites are the same place.
pub(super) type Site = (u32, u32);

/// A look at a guest.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// The places of its stack, innermost first.
    pub sites: Vec<Site>,
    /// Whether there are more, further out.
    pub is_cut: bool,
    /// What the engine's heap has in use, in bytes.
    pub heap_used_bytes: u64,
    /// Linear memory, in bytes.
    pub committed_bytes: u64,
}

/// A guest's memory, as little-endian words.
pub(super) trait Words {
    /// Its length, in bytes.
    fn bytes(&self) -> usize;

    /// Four bytes at an address, aligned or not; none when they are not all the guest's.
    fn word(&self, at: u32) -> Option<u32>;
}

impl Words for [u8] {
    fn bytes(&self) -> usize {
        self.len()
    }

    fn word(&self, at: u32) -> Option<u32> {
        self.get(at as usize..)?.first_chunk().map(|word| u32::from_le_bytes(*word))
    }
}

/// Where the engine of `instance` keeps what is looked at; none for a guest that does not say.
pub(super) fn peek_of(store: &mut Store<Guest>, instance: &Instance) -> Option<Peek> {
    let at = instance.get_global(&mut *store, "arbex_peek")?.get(&mut *store).i32()? as u32;
    let memory = store.data().memory?.data(&*store);
    memory.get(at as usize..)?.first_chunk::<{ Peek::BYTES }>().map(|bytes| Peek::from_bytes(*bytes))
}

/// Look at the whole stack.
pub(super) fn look(words: &(impl Words + ?Sized), peek: &Peek) -> Look {
    let mut look = glance(words, peek);
    let mut frame = words.word(peek.innermost_frame_at).unwrap_or_default();
    while frame != 0 {
        if MAX_FRAMES <= look.sites.len() {
            look.is_cut = true;
            break;
        }
        let Some(site) = site(words, peek, frame) else { break };
        look.sites.push(site);
        frame = outer(words, peek, frame).unwrap_or_default();
    }
    look
}

/// Look at the amounts only.
pub(super) fn glance(words: &(impl Words + ?Sized), peek: &Peek) -> Look {
    Look {
        heap_used_bytes: words.word(peek.heap_used_at).map_or(0, u64::from),
        committed_bytes: words.bytes() as u64,
        ..Look::default()
    }
}

fn outer(words: &(impl Words + ?Sized), peek: &Peek, frame: u32) -> Option<u32> {
    words.word(frame.checked_add(peek.frame_outer)?)
}

fn site(words: &(impl Words + ?Sized), peek: &Peek, frame: u32) -> Option<Site> {
    let pc = words.word(frame.checked_add(peek.frame_pc)?)?;
    let function = words.word(frame.checked_add(peek.frame_function)?)?;
    let class = words.word(function.checked_add(peek.function_class)?)? as u16;
    let at = function.checked_add(peek.function_words)?;
    let words = [words.word(at)?, words.word(at.checked_add(4)?)?, words.word(at.checked_add(8)?)?];
    Some(peek.site(class, words, pc))
}

/// Have a guest that is about to be profiled store its place at every jump.
pub(super) fn store_places(memory: &mut [u8], peek: &Peek) {
    let interval = memory.get_mut(peek.poll_interval_at as usize..).and_then(<[u8]>::first_chunk_mut);
    if let Some(interval) = interval {
        *interval = EACH_JUMP.to_le_bytes();
    }
}

/// The size of a guest's memory, told by the one who lets it grow to those who cannot ask for it.
#[derive(Debug, Clone, Default)]
pub(super) struct MemorySize(Arc<AtomicUsize>);

impl MemorySize {
    pub(super) fn set(&self, bytes: usize) {
        self.0.store(bytes, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// The memory of a guest that is being called. While it is, the call has the store to itself, and a look at the memory must go
/// past it.
pub(super) struct Window<'s> {
    base: *mut u8,
    size: MemorySize,
    /// The store lives as long, and with it the memory.
    store: PhantomData<&'s mut Store<Guest>>,
}

/// A window on `memory`, and the store to call the guest with.
pub(super) fn open<'s>(
    store: &'s mut Store<Guest>,
    memory: Memory,
    size: MemorySize,
) -> (Window<'s>, &'s mut Store<Guest>) {
    size.set(memory.data_size(&*store));
    let base = memory.data_ptr(&*store);
    (Window { base, size, store: PhantomData }, store)
}

#[allow(unsafe_code, reason = "the pointer is moved with the call that it belongs to")]
// SAFETY: a window moves to another thread only together with the call that it was opened for: both are parts of one future, which
// is polled by one thread at a time. The memory behind the pointer belongs to no thread.
unsafe impl Send for Window<'_> {}

impl Window<'_> {
    /// Have the guest call `turn` at its next jump.
    #[allow(unsafe_code, reason = "the store is with the call; the guest stands still")]
    pub(super) fn ask_for_turn(&self, peek: &Peek) {
        // Where a word can be read it can be written.
        if self.word(peek.poll_interval_at).is_some() {
            // SAFETY: four bytes of the guest's memory, as `word` has checked; of them nobody else reads or writes now, for the
            // reasons given there. It is a plain number of the guest's, which any other may be.
            unsafe { ptr::write_unaligned(self.base.add(peek.poll_interval_at as usize).cast(), TURN.to_le_bytes()) };
        }
    }
}

impl Words for Window<'_> {
    fn bytes(&self) -> usize {
        self.size.get()
    }

    #[allow(unsafe_code, reason = "the store is with the call; the guest stands still")]
    fn word(&self, at: u32) -> Option<u32> {
        let at = at as usize;
        if self.bytes() < at.checked_add(size_of::<u32>())? {
            return None;
        }
        // SAFETY: `base` is where the memory begins, for as long as the store lives, which is longer than `self` ('s): the engine is
        // configured never to move memories (`engine_config.rs`), and they never shrink. The four bytes end within `bytes()`, which
        // is what the memory holds by the limiter's account: it is raised only when growth is under way, and put back when growth
        // fails (`limits.rs`), and the guest cannot yield in between. The guest is suspended on its own stack by the thread that
        // reads here, so nothing writes meanwhile. The bytes are copied, aligned or not, and no reference to them is made.
        let word = unsafe { ptr::read_unaligned(self.base.add(at).cast::<[u8; 4]>()) };
        Some(u32::from_le_bytes(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An engine whose frames are `[outer, function, pc]` and whose functions are `[class, a, b, c]`.
    fn peek() -> Peek {
        let mut words = [0u32; Peek::BYTES / 4];
        let chosen = [4, 8, 0, 4, 8, 0, 4, 1 << 5, 0, 6];
        words.iter_mut().zip(chosen).for_each(|(word, chosen)| *word = chosen);
        let mut bytes = [0; Peek::BYTES];
        bytes.as_chunks_mut::<4>().0.iter_mut().zip(words).for_each(|(bytes, word)| *bytes = word.to_le_bytes());
        Peek::from_bytes(bytes)
    }

    fn memory(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    #[test]
    fn a_stack_is_read_from_the_innermost_frame_on() {
        let memory = memory(&[
            0, 12, 1234, //
            24, 36, 77, // the innermost frame at 12
            0, 52, 88, // the outermost at 24
            5, 1000, 2, 3, // its bytecode function at 36
            6, 9, 2000, 4, // and one in C at 52
        ]);
        let look = look(&*memory, &peek());
        assert_eq!(look.sites, [peek().site(5, [1000, 2, 3], 77), peek().site(6, [9, 2000, 4], 88)]);
        assert_ne!(look.sites[0], look.sites[1]);
        assert_eq!((look.is_cut, look.heap_used_bytes, look.committed_bytes), (false, 1234, 68));
    }

    #[test]
    fn a_chain_that_never_ends_is_cut() {
        let memory = memory(&[0, 12, 0, 12, 24, 7, 5, 1000, 2, 3]);
        let look = look(&*memory, &peek());
        assert_eq!((look.sites.len(), look.is_cut), (MAX_FRAMES, true));
    }

    #[test]
    fn garbage_is_no_stack() {
        for garbage in [4, 30, 36, 37, 38, 39, 40, 41, u32::MAX, u32::MAX - 3, u32::MAX - 8, 1 << 31] {
            let memory = memory(&[0, garbage, 0, 0, 0, 0, 0, 0, 0, garbage]);
            let look = look(&*memory, &peek());
            assert!(look.sites.len() <= MAX_FRAMES, "{garbage}");
        }
        assert!(look(&[][..], &peek()).sites.is_empty());
    }

    #[test]
    fn a_word_ends_within_memory() {
        let memory = [1u8, 0, 0, 0, 2];
        assert_eq!(memory.word(0), Some(1));
        assert_eq!(memory.word(1), Some(2 << 24));
        assert_eq!(memory.word(2), None);
        assert_eq!(memory.word(u32::MAX), None);
    }
}
