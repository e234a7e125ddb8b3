//! The engine's settings that decide compiled code. `build.rs` includes this file to compile the guest, the service to load
//! it: a module compiled under other settings is refused by the engine, so the two can never drift apart silently.

use wasmtime::{Config, WasmFeatures};

/// Native stack of the interpreter, in bytes: deep recursion ends here with a trap of its own.
pub const MAX_WASM_STACK_BYTES: usize = 1024 * 1024;

/// A fiber's stack: the interpreter's, and what our own host functions need on top of it.
pub const ASYNC_STACK_BYTES: usize = MAX_WASM_STACK_BYTES + 512 * 1024;

/// The guest needs plain WebAssembly with bulk memory and sign extension. What it does not use is switched off: the year's
/// advisories were nearly all in these proposals.
const UNUSED: [WasmFeatures; 17] = [
    WasmFeatures::COMPONENT_MODEL,
    WasmFeatures::CUSTOM_PAGE_SIZES,
    WasmFeatures::EXCEPTIONS,
    WasmFeatures::EXTENDED_CONST,
    WasmFeatures::FUNCTION_REFERENCES,
    WasmFeatures::GC,
    WasmFeatures::LEGACY_EXCEPTIONS,
    WasmFeatures::MEMORY64,
    WasmFeatures::MULTI_MEMORY,
    WasmFeatures::RELAXED_SIMD,
    WasmFeatures::SHARED_EVERYTHING_THREADS,
    WasmFeatures::SIMD,
    WasmFeatures::STACK_SWITCHING,
    WasmFeatures::TAIL_CALL,
    WasmFeatures::THREADS,
    WasmFeatures::WIDE_ARITHMETIC,
    WasmFeatures::MEMORY_CONTROL,
];

/// Settings that build and run share.
pub fn engine_config() -> Config {
    let mut config = Config::new();
    for feature in UNUSED {
        config.wasm_features(feature, false);
    }
    // Fuel is the one meter: it bounds a run, and at every slice of it the run yields and its deadline is looked at.
    // DESIGN.md has what fuel, epochs and both together cost.
    config.consume_fuel(true).epoch_interruption(false);
    config.max_wasm_stack(MAX_WASM_STACK_BYTES).async_stack_size(ASYNC_STACK_BYTES);
    // The frames of an interpreter tell nobody anything; the script's own come from the guest.
    config.wasm_backtrace_max_frames(None).generate_address_map(false);
    config.memory_init_cow(true);
    // The address space of a whole 32-bit memory is reserved, so it never has to move; `peek.rs` builds on that.
    config.memory_reservation(1 << 32).memory_may_move(false);
    config
}
