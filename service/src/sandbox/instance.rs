//! One call of the guest in an instance of its own: made, called once, looked at, dropped, all in one function.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use arbex_abi::RunRequest;
use wasmtime::{Global, Instance, Store, Val};

use super::console::{Console, ConsoleCaps};
use super::exchange::{Guest, Profiled, RawReply};
use super::limits::MemoryLimiter;
use super::metered::{self, Watch};
use super::profiler::{Profiler, Slices, Unnamed};
use super::program::Program;
use super::trap::{self, Stacks, Stop};
use super::{Sandbox, SandboxError, epilogue, peek, reply};
use crate::bridge::{Bridge, System};
use crate::call::{self, Call};
use crate::caller::Caller;
use crate::policy::Grant;
use crate::profile::Profile;
use crate::run::{Outcome, Run, Usage};

/// Fuel between two yields: 0.2 to 2 ms of computing, by what is computed. Shorter slices cost more switches, longer ones let a run of one
/// millisecond wait for its neighbours. DESIGN.md has the measurements.
pub(super) const FUEL_SLICE: u64 = 2_000_000;

/// The longest console message: longer ones are cut by the guest before they cross.
const MAX_CONSOLE_MESSAGE_CHARS: u32 = 64 * 1024;

/// What a call of the guest may use up.
pub(super) struct Stage {
    pub memory_bytes: u64,
    /// Longest body of its reply, in bytes.
    pub max_body_bytes: u32,
    /// The limit to name when the deadline passes.
    pub timeout_ms: u64,
    /// Since when that limit counts.
    pub began: Instant,
    pub deadline: Instant,
    /// How it is profiled, if it is.
    pub profiler: Option<call::Profiler>,
}

/// What is left of an instance after its call.
pub(super) struct Finished {
    pub reply: Option<RawReply>,
    /// How the call ended, when it ended early.
    pub stopped: Option<Outcome>,
    pub console: Vec<arbex_api::ConsoleEntry>,
    pub usage: Usage,
    /// What was seen of it, where it was profiled.
    pub profile: Option<Unnamed>,
}

/// Run `program` for `call`.
pub(super) async fn run(
    sandbox: &Sandbox,
    program: &Program,
    call: Call,
    caller: &Caller,
    began: Instant,
    deadline: Instant,
) -> Result<Run, SandboxError> {
    let settings = &sandbox.settings;
    let grant = Grant::new(&settings.rules, caller, call.features.system.as_ref());
    let system_json = system_json(&grant);
    let request = RunRequest {
        program: program.bytecode(),
        context_json: &call.context_json,
        system_json: system_json.as_deref(),
        gc_threshold_bytes: gc_threshold_bytes(call.limits.memory_bytes),
        max_output_bytes: settings.max_output_bytes,
        max_console_message_chars: MAX_CONSOLE_MESSAGE_CHARS.min(settings.max_console_bytes),
    };
    let request =
        arbex_abi::encode(&request).map_err(|error| SandboxError::Internal(format!("the run request: {error}")))?;
    let stage = Stage {
        memory_bytes: call.limits.memory_bytes,
        max_body_bytes: settings.max_output_bytes,
        timeout_ms: call.limits.timeout_ms,
        began,
        deadline,
        profiler: call.features.profiler,
    };
    let system = System::new(grant, call.platform_config, Arc::clone(&sandbox.cluster), deadline);
    let bridge = Bridge::new(call.inputs, Arc::clone(&sandbox.fetcher), Some(system));
    let finished = self::call(sandbox, bridge, &stage, "run", request).await?;
    let outcome = match finished.stopped {
        Some(outcome) => outcome,
        None => reply::run_outcome(finished.reply, settings.max_output_bytes),
    };
    let profile = match finished.profile {
        Some(unnamed) => Some(named(sandbox, unnamed).await),
        None => None,
    };
    Ok(Run { outcome, console: finished.console, usage: finished.usage, profile })
}

/// The profile of a run whose instance is gone.
async fn named(sandbox: &Sandbox, unnamed: Unnamed) -> Profile {
    let builtins = if unnamed.wants_builtins() { sandbox.engine.builtins.names(sandbox).await } else { None };
    unnamed.into_profile(builtins)
}

/// What of `ctx.system` the grant decides, as the guest reads it.
fn system_json(grant: &Grant) -> Option<String> {
    #[derive(serde::Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Granted<'g> {
        k8s_namespaces: &'g [String],
        has_config: bool,
    }

    let granted = Granted { k8s_namespaces: grant.namespaces(), has_config: grant.has_config() };
    // Writing two plain members cannot fail.
    grant.has_system().then(|| serde_json::to_string(&granted).unwrap_or_default())
}

/// When the guest first looks for garbage in cycles (after that, at half as much again each time). Reference counts free all
/// the rest at once, so early collections find little and cost a walk over everything; late ones leave less room.
fn gc_threshold_bytes(memory_bytes: u64) -> u32 {
    const MIB: u64 = 1024 * 1024;
    (memory_bytes / 8).clamp(2 * MIB, 64 * MIB) as u32
}

/// Call the export `entry` with `message` in a fresh instance.
pub(super) async fn call(
    sandbox: &Sandbox,
    bridge: Bridge,
    stage: &Stage,
    entry: &'static str,
    message: Vec<u8>,
) -> Result<Finished, SandboxError> {
    let internal = |error: wasmtime::Error| SandboxError::Internal(format!("{entry}: {error:?}"));
    let settings = &sandbox.settings;
    let caps = ConsoleCaps {
        entries: settings.max_console_entries,
        bytes: settings.max_console_bytes,
        fatal: settings.console_overflow_is_fatal,
    };
    let message_len =
        u32::try_from(message.len()).map_err(|_| SandboxError::Internal("a message over 4 GiB".to_owned()))?;
    let mut store = Store::new(
        &sandbox.engine.wasm,
        Guest {
            memory: None,
            limiter: MemoryLimiter::new(sandbox.budget.clone(), stage.memory_bytes),
            console: Console::new(caps, stage.began),
            bridge,
            waiting: message,
            reply: None,
            max_body_bytes: stage.max_body_bytes,
            stderr: Vec::new(),
            profiled: None,
        },
    );
    store.limiter(|guest| &mut guest.limiter);
    store.set_fuel(settings.fuel).map_err(internal)?;
    store.fuel_async_yield_interval(Some(FUEL_SLICE)).map_err(internal)?;

    let instantiating = Instant::now();
    let instance = match sandbox.engine.guest.instantiate_async(&mut store).await {
        Ok(instance) => instance,
        // The snapshot alone is over the memory limit, or over what is left of the budget.
        Err(_) if store.data().limiter.hit().is_some() => {
            let stop = Stop::Trapped(wasmtime::format_err!("instantiation"));
            let outcome = trap::outcome(&stop, store.data(), settings.fuel, Stacks::unknown());
            let (console, usage) = (Vec::new(), Usage::default());
            return Ok(Finished { reply: None, stopped: Some(outcome), console, usage, profile: None });
        }
        Err(error) => return Err(internal(error)),
    };
    let instantiate_ms = super::millis(instantiating.elapsed());
    let memory = instance.get_memory(&mut store, "memory");
    store.data_mut().memory = memory;
    let pointer = StackPointer::of(&mut store, &instance);

    if let Some(wanted) = &stage.profiler {
        store.data_mut().profiled = profiled(sandbox, wanted, stage.began, &mut store, &instance);
    }

    let function = instance.get_typed_func::<u32, ()>(&mut store, entry).map_err(internal)?;
    let watched = store.data().profiled.as_ref().map(|profiled| (profiled.profiler.clone(), profiled.peek));
    let called = if let (Some((profiler, peek)), Some(memory)) = (watched, memory) {
        let size = store.data().limiter.memory_size();
        let (window, store) = peek::open(&mut store, memory, size);
        let watch = Watch { profiler, peek, window };
        metered::watched(stage.deadline, function.call_async(store, message_len), watch).await
    } else {
        metered::until(stage.deadline, function.call_async(&mut store, message_len)).await
    };
    let fuel_left = store.get_fuel().map_err(internal)?.saturating_sub(store.data().owed_fuel());
    let stop = match called {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(Stop::Trapped(error)),
        Err(metered::Elapsed) => {
            let elapsed_ms = (stage.began.elapsed().as_millis() as u64).max(stage.timeout_ms);
            Some(Stop::Late { timeout_ms: stage.timeout_ms, elapsed_ms })
        }
    };
    let profiler = end_profile(&mut store, stop.is_some());
    // Taken before the epilogue, which uses up a little more of everything.
    let usage = Usage {
        instantiate_ms,
        fuel_consumed: settings.fuel.saturating_sub(fuel_left),
        peak_memory_bytes: store.data().limiter.peak_bytes(),
        bridge_calls: store.data().bridge.calls(),
        fetches: store.data().bridge.fetched(),
        system: store.data().bridge.system(),
        ..Usage::default()
    };
    let console = store.data_mut().console.finish();
    let reply = store.data_mut().reply.take();
    let mut stopped = None;
    if let Some(stop) = stop {
        let stacks = pointer.as_ref().map_or_else(Stacks::unknown, |pointer| pointer.stacks(&mut store));
        let mut outcome = trap::outcome(&stop, store.data(), settings.fuel, stacks);
        if let (Outcome::Exceeded(exceeded), Some(pointer)) = (&mut outcome, &pointer) {
            exceeded.place = epilogue::locate(&mut store, &instance, pointer).await;
        }
        stopped = Some(outcome);
    }
    let mut profile = None;
    if let (Some(recorder), Some(pointer)) = (profiler.and_then(Profiler::into_recorder), &pointer) {
        // A guest that a limit left with little may not name all: then at least the heaviest have names.
        let mut described = HashMap::new();
        for most in [epilogue::MAX_SITES, 500, 12] {
            described = epilogue::describe(&mut store, &instance, pointer, recorder.sites(most)).await;
            if !described.is_empty() {
                break;
            }
        }
        profile = Some(Unnamed { recorder, described });
    }
    Ok(Finished { reply, stopped, console, usage, profile })
}

/// A profiler for a guest that can be looked at.
fn profiled(
    sandbox: &Sandbox,
    wanted: &call::Profiler,
    began: Instant,
    store: &mut Store<Guest>,
    instance: &Instance,
) -> Option<Profiled> {
    let peek = peek::peek_of(store, instance)?;
    // From now on each poll for interrupts notes its line, which one in many does otherwise.
    peek::store_places(store.data().memory?.data_mut(&mut *store), &peek);
    let profiler = Profiler::new(wanted, began, Arc::clone(&sandbox.process));
    Some(Profiled { profiler, peek, owed_fuel: 0, slices: Slices::default() })
}

/// The run is over: the last look, before anything else happens to the guest.
fn end_profile(store: &mut Store<Guest>, was_stopped: bool) -> Option<Profiler> {
    let Profiled { profiler, peek, .. } = store.data_mut().profiled.take()?;
    let look = peek::look(store.data().memory?.data(&*store), &peek);
    profiler.tell(|profiler| profiler.ended(Instant::now(), &look, was_stopped));
    Some(profiler)
}

/// The pointer of a module's stack in linear memory.
pub(super) struct StackPointer {
    global: Global,
    /// Where it stands at the beginning, which is the size of the stack: that lies first in memory.
    initial: u32,
}

impl StackPointer {
    pub(super) fn of<T: 'static>(store: &mut Store<T>, instance: &Instance) -> Option<Self> {
        let global = instance.get_global(&mut *store, "__stack_pointer")?;
        let initial = global.get(&mut *store).i32()? as u32;
        Some(Self { global, initial })
    }

    pub(super) fn stacks<T: 'static>(&self, store: &mut Store<T>) -> Stacks {
        let now = self.global.get(&mut *store).i32().map_or(0, |pointer| pointer as u32);
        Stacks { linear_bytes: self.initial, linear_pointer: now, ..Stacks::unknown() }
    }

    /// Put it elsewhere.
    pub(super) fn set<T: 'static>(&self, store: &mut Store<T>, at: u32) -> Option<()> {
        self.global.set(&mut *store, Val::I32(at as i32)).ok()
    }
}
