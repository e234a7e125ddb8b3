//! Any bytes as the body of `POST /execute` and of `POST /validate`.
#![no_main]

use arbex::call::{Call, Ceilings, Rejection, ValidateCall};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let ceilings = Ceilings::default();
    match Call::decode(body, &ceilings) {
        Ok(call) => {
            // What the caller sends is echoed as it came, and what the guest gets is JSON.
            let snapshot = call.snapshot.as_bytes();
            assert!(body.windows(snapshot.len()).any(|window| window == snapshot));
            serde_json::from_str::<serde_json::Value>(&call.context_json).expect("context_json is JSON");
            assert!(call.limits.timeout_ms <= ceilings.max_timeout_ms);
            assert!(call.limits.memory_bytes <= ceilings.max_memory_mb << 20);
        }
        Err(Rejection::Invalid(faults)) => assert!(!faults.is_empty()),
        Err(Rejection::Malformed { line, column, .. }) => assert!(0 < line && column <= body.len() + 1),
    }
    let _ = ValidateCall::decode(body, &ceilings);
});
