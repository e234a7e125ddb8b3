//! Compiled scripts, and the bounded cache of them. Bytecode is made here, by the guest's own compiler, and nowhere else:
//! there is no way in for bytecode from outside.

use std::sync::Arc;
use std::time::Instant;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::instance::{self, Stage};
use super::{Sandbox, SandboxError, reply, trap};
use crate::call::{Limits, Script};
use crate::run::{Outcome, Thrown};

/// What an entry costs beside its bytes: key, pointers, the cache's own.
const ENTRY_BYTES: u64 = 128;

/// The number of entries the cache is laid out for; its weight, not this, bounds it.
const EXPECTED_ENTRIES: usize = 4096;

/// Longest bytecode: far more than the longest script compiles to.
const MAX_BYTECODE_BYTES: u32 = 64 * 1024 * 1024;

/// A compiled script.
#[derive(Debug, Clone)]
pub(super) struct Program {
    bytecode: Arc<[u8]>,
}

impl Program {
    pub(super) fn bytecode(&self) -> &[u8] {
        &self.bytecode
    }
}

/// What a script compiles to. That it does not parse is as true tomorrow, and as expensive to find out again.
#[derive(Debug, Clone)]
pub(super) enum Compiled {
    Program(Program),
    Unparsable(Arc<Thrown>),
}

/// A script's program, or how compiling it ended otherwise (a limit; a defect).
pub(super) struct Found {
    pub compiled: Result<Compiled, Outcome>,
    pub cache_hit: bool,
}

/// The cache now.
#[derive(Debug, Clone, Copy)]
pub struct CacheState {
    /// Scripts in it.
    pub entries: u64,
    /// Their weight, in bytes.
    pub bytes: u64,
}

/// Programs by the SHA-256 of their script, up to so many bytes.
pub(super) struct ProgramCache {
    cache: Cache<[u8; 32], Compiled, Weigh>,
}

#[derive(Clone)]
struct Weigh;

impl Weighter<[u8; 32], Compiled> for Weigh {
    fn weight(&self, _: &[u8; 32], compiled: &Compiled) -> u64 {
        ENTRY_BYTES
            + match compiled {
                Compiled::Program(program) => program.bytecode.len() as u64,
                Compiled::Unparsable(thrown) => {
                    (thrown.message.len() + thrown.place.stack.as_deref().map_or(0, str::len)) as u64
                }
            }
    }
}

impl ProgramCache {
    pub(super) fn new(bytes: u64) -> Self {
        Self { cache: Cache::with_weighter(EXPECTED_ENTRIES, bytes, Weigh) }
    }

    pub(super) fn state(&self) -> CacheState {
        CacheState { entries: self.cache.len() as u64, bytes: self.cache.weight() }
    }

    /// Find or compile `script`. Of calls that miss the same script at once, one compiles and the others wait for it, each
    /// under its own deadline; if that one is cancelled, the next compiles.
    pub(super) async fn program(
        &self,
        sandbox: &Sandbox,
        script: &Script,
        limits: &Limits,
        deadline: Instant,
    ) -> Result<Found, SandboxError> {
        let key = script.hash();
        if let Some(compiled) = self.cache.get(&key) {
            return Ok(Found { compiled: Ok(compiled), cache_hit: true });
        }
        let began = Instant::now();
        let found = super::metered::until(deadline, self.cache.get_value_or_guard_async(&key)).await;
        let guard = match found {
            Ok(Ok(compiled)) => return Ok(Found { compiled: Ok(compiled), cache_hit: true }),
            Ok(Err(guard)) => guard,
            Err(_) => {
                let late = trap::late(limits.timeout_ms, began);
                return Ok(Found { compiled: Err(late), cache_hit: false });
            }
        };
        let compiled = match compile(sandbox, script, limits, deadline).await? {
            Ok(bytecode) => Ok(Compiled::Program(Program { bytecode: bytecode.into() })),
            Err(Outcome::Unparsable(thrown)) => Ok(Compiled::Unparsable(Arc::new(thrown))),
            // How far a limit lets a compilation come differs from call to call: not kept.
            Err(outcome) => Err(outcome),
        };
        if let Ok(compiled) = &compiled {
            // An entry that is larger than the whole cache is not kept; that is no error of this call.
            drop(guard.insert(compiled.clone()));
        }
        Ok(Found { compiled, cache_hit: false })
    }
}

async fn compile(
    sandbox: &Sandbox,
    script: &Script,
    limits: &Limits,
    deadline: Instant,
) -> Result<Result<Vec<u8>, Outcome>, SandboxError> {
    let stage = Stage {
        memory_bytes: limits.memory_bytes,
        max_body_bytes: MAX_BYTECODE_BYTES,
        timeout_ms: limits.timeout_ms,
        began: Instant::now(),
        deadline,
    };
    let finished = instance::call(sandbox, Vec::new(), &stage, "compile", script.as_str().as_bytes().to_vec()).await?;
    Ok(match finished.stopped {
        Some(outcome) => Err(outcome),
        None => reply::compile_outcome(finished.reply),
    })
}
