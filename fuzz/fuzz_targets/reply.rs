//! What a guest replies, head and body: nothing of it is trusted.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|reply: (&[u8], &[u8])| {
    let (head, body) = reply;
    arbex::sandbox::fuzz_reply(head, body);
    // The body of most replies is empty: all of the input as the head reaches further.
    arbex::sandbox::fuzz_reply(body, head);
});
