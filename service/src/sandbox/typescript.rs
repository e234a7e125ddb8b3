//! TypeScript: a script that QuickJS does not read as JavaScript is read here, and comes back without its types, byte for
//! byte as long, so that every place in it stays true.
//!
//! The parser is a WebAssembly module like the guest, and for the same reasons: a script can make it recurse until its stack
//! ends, take memory without end, or find its bugs. It runs on an engine of its own, outside the pool: it is needed once a
//! script, and a slot of the pool that held it would have to be made anew for the next run.

use std::sync::OnceLock;
use std::time::Instant;

use arbex_typescript_abi::{Piece, Reply, decode, unpack};
use wasmtime::{Engine, InstancePre, Linker, Store, Trap};

use super::engine::{self, StartError};
use super::instance::{FUEL_SLICE, StackPointer};
use super::limits::MemoryLimiter;
use super::metered;
use super::trap::{self, Stacks};
use super::{Sandbox, SandboxError, position};
use crate::call::Limits;
use crate::run::{Exceeded, Limit, Outcome, Place, Thrown, Unparsable};

/// The module, compiled by `build.rs` for this target.
static MODULE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/typescript.cwasm"));

/// The most of a reply that is not the script's own text.
const MAX_REPLY_EXTRA_BYTES: usize = 64 * 1024;

/// What reading one script may take, in fuel: some texts make the parser guess, and guess again inside its guess. The longest
/// script that somebody wrote takes a tenth of it. Being the same every time, it lets the cache remember such a script.
const MAX_FUEL: u64 = 2_000_000_000;

/// Longest message of a finding, in bytes; the module's own cut is below it.
const MAX_MESSAGE_BYTES: usize = 1024;

const TOO_DEEP: &str = "it is nested too deeply to be read";

/// The module, loaded when the first script needs it.
#[derive(Default)]
pub(super) struct Typescript(OnceLock<Loaded>);

struct Loaded {
    wasm: Engine,
    module: InstancePre<MemoryLimiter>,
}

/// What a script is, read as TypeScript.
#[derive(Debug)]
pub(super) enum Read {
    /// It parses.
    Parsed {
        /// The same text without types. None: there are none, and what QuickJS said holds.
        stripped: Option<String>,
        /// Its regular expressions.
        patterns: Vec<Piece>,
    },
    /// It does not parse, or asks for what is not done here.
    Rejected(Unparsable),
    /// It is more than the parser can do, in these words.
    TooMuch(&'static str),
}

impl Typescript {
    /// Two that come first at once both load it, and one load is dropped; a load that fails is tried again by the next.
    fn loaded(&self) -> Result<&Loaded, SandboxError> {
        if let Some(loaded) = self.0.get() {
            return Ok(loaded);
        }
        let loaded = Loaded::new().map_err(|error| SandboxError::Internal(format!("typescript: {error}")))?;
        Ok(self.0.get_or_init(|| loaded))
    }
}

impl Loaded {
    fn new() -> Result<Self, StartError> {
        let wasm = engine::on_demand()?;
        let module = engine::load(&wasm, MODULE)?;
        let module = Linker::new(&wasm).instantiate_pre(&module);
        let module = module.map_err(|error| StartError::Guest(error.to_string()))?;
        Ok(Self { wasm, module })
    }
}

/// Read `script` as TypeScript, within the limits of compiling it.
pub(super) async fn read(
    sandbox: &Sandbox,
    script: &str,
    limits: &Limits,
    deadline: Instant,
) -> Result<Result<Read, Outcome>, SandboxError> {
    let internal = |error: wasmtime::Error| SandboxError::Internal(format!("typescript: {error:?}"));
    let fuel = sandbox.settings.fuel.min(MAX_FUEL);
    let began = Instant::now();
    let loaded = sandbox.engine.typescript.loaded()?;
    let mut store = Store::new(&loaded.wasm, MemoryLimiter::new(sandbox.budget.clone(), limits.memory_bytes));
    store.limiter(|limiter| limiter);
    store.set_fuel(fuel).map_err(internal)?;
    store.fuel_async_yield_interval(Some(FUEL_SLICE)).map_err(internal)?;

    let mut pointer = None;
    let call = async {
        let instance = loaded.module.instantiate_async(&mut store).await?;
        pointer = StackPointer::of(&mut store, &instance);
        let missing = || wasmtime::format_err!("no memory");
        let memory = instance.get_memory(&mut store, "memory").ok_or_else(missing)?;
        let allocate = instance.get_typed_func::<u32, u32>(&mut store, "allocate")?;
        let strip = instance.get_typed_func::<(u32, u32), u64>(&mut store, "strip")?;
        let len = u32::try_from(script.len())?;
        let at = allocate.call_async(&mut store, len).await?;
        memory.write(&mut store, at as usize, script.as_bytes())?;
        let (at, len) = unpack(strip.call_async(&mut store, (at, len)).await?);
        let reply = memory.data(&store).get(at as usize..).and_then(|rest| rest.get(..len as usize));
        reply.map(<[u8]>::to_vec).ok_or_else(|| wasmtime::format_err!("a reply outside of the memory"))
    };
    let reply = match metered::until(deadline, call).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(error)) => {
            let stacks = pointer.as_ref().map_or_else(Stacks::unknown, |pointer| pointer.stacks(&mut store));
            return stopped(error, store.data(), fuel, stacks);
        }
        Err(metered::Elapsed) => return Ok(Err(trap::late(limits.timeout_ms, began))),
    };
    Ok(Ok(believed(script, &reply).unwrap_or_else(|fault| failed(&fault))))
}

/// Why the module stopped without a reply. What is no trap is a shortage of this machine's, which says nothing of the script
/// and must not be remembered for it.
fn stopped(
    error: wasmtime::Error,
    limiter: &MemoryLimiter,
    fuel: u64,
    stacks: Stacks,
) -> Result<Result<Read, Outcome>, SandboxError> {
    if let Some(hit) = limiter.hit() {
        let (limit, bound, used) = (hit.limit, hit.bound_mb, hit.used_mb);
        return Ok(Err(Outcome::Exceeded(Exceeded { limit, bound, used, place: Place::default() })));
    }
    Ok(match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) if fuel == MAX_FUEL => Ok(Read::TooMuch("it takes too long to be read")),
        Some(Trap::OutOfFuel) => {
            Err(Outcome::Exceeded(Exceeded { limit: Limit::Fuel, bound: fuel, used: fuel, place: Place::default() }))
        }
        Some(Trap::StackOverflow) => Ok(Read::TooMuch(TOO_DEEP)),
        Some(Trap::MemoryOutOfBounds) if stacks.linear_overflowed() => Ok(Read::TooMuch(TOO_DEEP)),
        Some(trap) => Ok(failed(&trap.to_string())),
        None => return Err(SandboxError::Internal(format!("typescript: {error:?}"))),
    })
}

/// The parser has a bug, or met a script that made one: the script is no worse for it than before there was TypeScript.
fn failed(fault: &str) -> Read {
    tracing::error!(fault, "the TypeScript parser failed; QuickJS's word on the script stands");
    Read::Parsed { stripped: None, patterns: Vec::new() }
}

/// A reply, once it fits `script`.
fn believed(script: &str, reply: &[u8]) -> Result<Read, String> {
    if script.len() + MAX_REPLY_EXTRA_BYTES < reply.len() {
        return Err(format!("a reply of {} bytes", reply.len()));
    }
    match decode(reply).map_err(|error| error.to_string())? {
        Reply::Read { stripped: Some(text), .. } if text.len() != script.len() => {
            Err(format!("{} bytes instead of {}", text.len(), script.len()))
        }
        Reply::Read { stripped, patterns } => Ok(Read::Parsed { stripped: stripped.map(str::to_owned), patterns }),
        Reply::Rejected(findings) => {
            let mut thrown = findings.iter().map(|finding| Thrown {
                name: Some("SyntaxError".to_owned()),
                message: cut(&finding.message),
                place: position::at(script, finding.offset),
            });
            let first = thrown.next().ok_or_else(|| "rejected, and nothing found".to_owned())?;
            Ok(Read::Rejected(Unparsable { thrown: first, further: thrown.collect() }))
        }
    }
}

fn cut(message: &str) -> String {
    let kept = message.get(..message.floor_char_boundary(MAX_MESSAGE_BYTES)).unwrap_or_default();
    if kept.len() < message.len() { format!("{kept}…") } else { kept.to_owned() }
}

#[cfg(test)]
mod tests;
