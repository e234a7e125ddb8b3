//! Compiled scripts, and the bounded cache of them. Bytecode is made here, by the guest's own compiler, and nowhere else:
//! there is no way in for bytecode from outside.

use std::sync::Arc;
use std::time::Instant;

use arbex_typescript_abi::Piece;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tracing::Instrument as _;

use super::instance::{self, Stage};
use super::typescript::{self, Read};
use super::{Sandbox, SandboxError, position, reply, spans, trap};
use crate::bridge::Bridge;
use crate::call::{Limits, Script};
use crate::run::{Outcome, Place, Thrown, Unparsable};

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
    Unparsable(Arc<Unparsable>),
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
                Compiled::Unparsable(unparsable) => {
                    let bytes = |thrown: &Thrown| {
                        size_of::<Thrown>() + thrown.message.len() + thrown.place.stack.as_deref().map_or(0, str::len)
                    };
                    (bytes(&unparsable.thrown) + unparsable.further.iter().map(bytes).sum::<usize>()) as u64
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
        let span = arbex_traces::span!("compile");
        let found = self.compiled(key, sandbox, script, limits, deadline).instrument(span.clone()).await;
        spans::compiled(&span, &found);
        found
    }

    /// [`program`](Self::program) for one that is not there yet.
    async fn compiled(
        &self,
        key: [u8; 32],
        sandbox: &Sandbox,
        script: &Script,
        limits: &Limits,
        deadline: Instant,
    ) -> Result<Found, SandboxError> {
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
        let compiled = match read(sandbox, script.as_str(), limits, deadline).await? {
            Ok(bytecode) => Ok(Compiled::Program(Program { bytecode: bytecode.into() })),
            Err(Outcome::Unparsable(unparsable)) => Ok(Compiled::Unparsable(Arc::new(unparsable))),
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

/// A script that is JavaScript is compiled and that is all. Only what the engine does not parse is read as TypeScript: its
/// types go, and the rest is compiled; or it has faults, which the parser places better than the engine does.
async fn read(
    sandbox: &Sandbox,
    script: &str,
    limits: &Limits,
    deadline: Instant,
) -> Result<Result<Vec<u8>, Outcome>, SandboxError> {
    let compiled = compile(sandbox, script, script, limits, deadline).await?;
    let Some(unparsable) = syntax_error(&compiled) else { return Ok(compiled) };
    let (compiled, patterns) = match typescript::read(sandbox, script, limits, deadline).await? {
        Ok(Read::Parsed { stripped: Some(text), patterns }) => {
            (compile(sandbox, script, &text, limits, deadline).await?, patterns)
        }
        Ok(Read::Parsed { stripped: None, patterns }) => (compiled, patterns),
        Ok(Read::Rejected(rejected)) => return Ok(Err(Outcome::Unparsable(rejected))),
        Ok(Read::TooMuch(why)) => {
            let message = format!("{}; and as TypeScript {why}", unparsable.thrown.message);
            let thrown = Thrown { message, ..unparsable.thrown.clone() };
            return Ok(Err(Outcome::Unparsable(Unparsable { thrown, further: Vec::new() })));
        }
        Err(outcome) => return Ok(Err(outcome)),
    };
    match syntax_error(&compiled) {
        // Of all faults this is the one that the engine gives no place.
        Some(unparsable) if unparsable.thrown.place.line.is_none() => {
            let Some(place) = wrong_pattern(sandbox, script, &patterns, limits, deadline).await? else {
                return Ok(compiled);
            };
            let message = format!("invalid regular expression: {}", unparsable.thrown.message);
            let thrown = Thrown { message, place, ..unparsable.thrown.clone() };
            Ok(Err(Outcome::Unparsable(Unparsable { thrown, further: Vec::new() })))
        }
        _ => Ok(compiled),
    }
}

/// What is wrong with a script that is no JavaScript; none for one that is, or that a limit ended.
fn syntax_error(compiled: &Result<Vec<u8>, Outcome>) -> Option<&Unparsable> {
    match compiled {
        Err(Outcome::Unparsable(unparsable)) if unparsable.thrown.name.as_deref() == Some("SyntaxError") => {
            Some(unparsable)
        }
        _ => None,
    }
}

/// Where the first regular expression of `script` is that the engine does not take; nowhere when it takes all `patterns`.
/// The engine itself is asked, with the patterns alone, and halves them until one is left.
async fn wrong_pattern(
    sandbox: &Sandbox,
    script: &str,
    patterns: &[Piece],
    limits: &Limits,
    deadline: Instant,
) -> Result<Option<Place>, SandboxError> {
    let of = |piece: &Piece| script.get(piece.from as usize..piece.to as usize);
    let (mut good, mut wrong) = (0, patterns.len() + 1);
    while good + 1 < wrong {
        let middle = good.midpoint(wrong);
        let alone: Vec<_> = patterns.iter().take(middle).filter_map(of).collect();
        let compiled = compile(sandbox, script, &alone.join(";"), limits, deadline).await?;
        match compiled {
            Ok(_) => good = middle,
            Err(Outcome::Unparsable(_)) => wrong = middle,
            Err(_) => return Ok(None),
        }
    }
    Ok(patterns.get(good).map(|piece| position::at(script, piece.from)))
}

/// Compile `text`, which is `script` or as long as it line by line.
async fn compile(
    sandbox: &Sandbox,
    script: &str,
    text: &str,
    limits: &Limits,
    deadline: Instant,
) -> Result<Result<Vec<u8>, Outcome>, SandboxError> {
    let stage = Stage {
        memory_bytes: limits.memory_bytes,
        max_body_bytes: MAX_BYTECODE_BYTES,
        timeout_ms: limits.timeout_ms,
        began: Instant::now(),
        deadline,
        profiler: None,
    };
    let bridge = Bridge::new(Vec::new(), Arc::clone(&sandbox.fetcher), None);
    let finished = instance::call(sandbox, bridge, &stage, "compile", text.as_bytes().to_vec()).await?;
    let outcome = match finished.stopped {
        Some(outcome) => Err(outcome),
        None => reply::compile_outcome(finished.reply),
    };
    Ok(outcome.map_err(|outcome| match outcome {
        Outcome::Unparsable(Unparsable { thrown, further }) => {
            let place = position::from_bytes(script, thrown.place);
            Outcome::Unparsable(Unparsable { thrown: Thrown { place, ..thrown }, further })
        }
        outcome => outcome,
    }))
}
