//! The inner wire in the other direction: what the guest decodes of what the host sends, and the host of what the guest asks.
#![no_main]

use arbex_abi::rows::{Reader, push_row};
use arbex_abi::{Completion, Location, Op, RunRequest, decode, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    if let Ok(completion) = decode::<Completion<'_>>(bytes) {
        let again = encode(&completion).expect("what was decoded can be encoded");
        assert_eq!(decode::<Completion<'_>>(&again).as_ref(), Ok(&completion));
    }
    if let Ok(op) = decode::<Op<'_>>(bytes) {
        let again = encode(&op).expect("what was decoded can be encoded");
        assert_eq!(decode::<Op<'_>>(&again).as_ref(), Ok(&op));
    }
    let _ = decode::<RunRequest<'_>>(bytes);
    let _ = decode::<Location<'_>>(bytes);
});

/// Reads rows until something does not fit, and writes what was read: the same bytes must come out.
fn read(bytes: &[u8]) {
    let (mut reader, mut written, mut whole_rows) = (Reader::new(bytes), Vec::new(), 0);
    while let Some(count) = reader.number() {
        let mut cells = Vec::new();
        for _ in 0..count {
            let Some(cell) = reader.cell() else { break };
            cells.push(cell);
        }
        if cells.len() != count as usize {
            break;
        }
        push_row(&mut written, cells.into_iter());
        whole_rows += 1;
    }
    assert!(bytes.starts_with(&written), "{whole_rows} rows");
}
