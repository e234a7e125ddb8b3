//! The engine, once a process: settings, the loaded guest, and what is linked to it.

use wasmtime::{
    Enabled, Engine as WasmEngine, InstanceAllocationStrategy, InstancePre, Linker, Module, PoolingAllocationConfig,
};

use super::SandboxSettings;
use super::builtins::Builtins;
use super::engine_config::engine_config;
use super::exchange::{self, Guest};
use super::typescript::Typescript;
use super::wasi;

/// The guest, compiled by `build.rs` for this target.
static GUEST: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/guest.cwasm"));

/// Memory of an instance that is reset by writing instead of by giving pages back: above the image and what a small run
/// touches, so that such a run takes no page fault. DESIGN.md has the measurements.
const KEEP_RESIDENT_BYTES: usize = 2 * 1024 * 1024;

/// The process's engine and the guest, ready to be instantiated.
pub(super) struct Engine {
    pub(super) wasm: WasmEngine,
    pub(super) guest: InstancePre<Guest>,
    pub(super) typescript: Typescript,
    pub(super) builtins: Builtins,
    pooled: bool,
}

/// Why the sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The engine refuses its settings.
    #[error("the WebAssembly engine does not start: {0}")]
    Engine(String),
    /// The guest that was compiled into this binary does not fit the machine or the engine.
    #[error("the guest module does not load: {0}")]
    Guest(String),
    /// The TLS library refuses its settings.
    #[error("inputs cannot be fetched: {0}")]
    Fetcher(String),
}

/// The pool of instances now.
#[derive(Debug, Clone, Copy)]
pub struct PoolState {
    /// Memories in use.
    pub memories: u64,
    /// Memories kept warm for the next run.
    pub warm_memories: u64,
    /// Memory kept resident in warm slots, in bytes.
    pub warm_bytes: u64,
}

impl Engine {
    pub(super) fn new(settings: &SandboxSettings) -> Result<Self, StartError> {
        let (wasm, pooled) = start(settings)?;
        let module = load(&wasm, GUEST)?;
        let mut linker = Linker::new(&wasm);
        let guest = wasi::link(&mut linker)
            .and_then(|()| exchange::link(&mut linker))
            .and_then(|()| linker.instantiate_pre(&module))
            .map_err(|error| StartError::Guest(error.to_string()))?;
        Ok(Self { wasm, guest, typescript: Typescript::default(), builtins: Builtins::default(), pooled })
    }

    pub(super) fn pool(&self) -> Option<PoolState> {
        let metrics = self.wasm.pooling_allocator_metrics().filter(|_| self.pooled)?;
        Some(PoolState {
            memories: metrics.memories() as u64,
            warm_memories: u64::from(metrics.unused_warm_memories()),
            warm_bytes: metrics.unused_memory_bytes_resident() as u64,
        })
    }
}

/// The pool reserves address space for every slot at once. Where that is not to be had (`ulimit -v`, few address bits),
/// allocate as runs come: slower, but it runs.
fn start(settings: &SandboxSettings) -> Result<(WasmEngine, bool), StartError> {
    if settings.pooling {
        let mut config = engine_config();
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(settings)));
        match WasmEngine::new(&config) {
            Ok(engine) => return Ok((engine, true)),
            Err(error) => tracing::warn!(%error, "no address space for the pool of sandboxes; allocating on demand"),
        }
    }
    Ok((on_demand()?, false))
}

/// An engine that allocates as instances come.
pub(super) fn on_demand() -> Result<WasmEngine, StartError> {
    let mut config = engine_config();
    config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
    WasmEngine::new(&config).map_err(|error| StartError::Engine(error.to_string()))
}

fn pool(settings: &SandboxSettings) -> PoolingAllocationConfig {
    // A run and the compilation before it take one slot one after the other.
    let count = settings.slots;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(count).total_memories(count).total_tables(count).total_stacks(count);
    pool.max_memories_per_module(1).max_tables_per_module(1).table_elements(4096);
    pool.max_memory_size(settings.max_memory_bytes as usize);
    pool.max_unused_warm_slots(count);
    pool.linear_memory_keep_resident(KEEP_RESIDENT_BYTES).table_keep_resident(64 * 1024);
    // 48.0.8 stops after 32 regions and can miss pages that were swapped out.
    pool.pagemap_scan(Enabled::No);
    pool
}

#[allow(unsafe_code, reason = "loading machine code is unsafe by nature; this code is our own build's")]
pub(super) fn load(engine: &WasmEngine, code: &'static [u8]) -> Result<Module, StartError> {
    // SAFETY: the bytes were made by `build.rs` with this crate's wasmtime and are part of this binary, as nothing but
    // `include_bytes` is static here; nothing from outside can take their place. The engine checks version, settings and
    // processor features before it uses them.
    unsafe { Module::deserialize(engine, code) }.map_err(|error| StartError::Guest(error.to_string()))
}
