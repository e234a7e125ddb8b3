//! The one engine of an instance: javy's runtime and the SDK's entry points, made before the snapshot.

use std::cell::{OnceCell, UnsafeCell};
use std::ptr::{NonNull, null_mut};
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

use arbex_abi::peek::Peek;
use javy::{Config, Runtime};
use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::{CatchResultExt, Ctx, Function, Module, Object, Persistent, Promise, Value, module::Declared, qjs};

use crate::inside::Realm;
use crate::{describe, host, natives, row, thrown};

/// The engine's own limit is set to all that 32 bits address, above what the host allows any run: an engine that refuses by
/// itself throws, and a script catches that. The limit of a run is kept by the host on the linear memory, with a trap.
const ENGINE_MEMORY_LIMIT_BYTES: usize = u32::MAX as usize;

/// The JavaScript functions that the event loop calls.
pub struct Sdk {
    /// `(hasSystem) -> ctx`
    pub begin: Persistent<Function<'static>>,
    /// `() -> run | undefined`: the script's function, however it was declared.
    pub find_run: Persistent<Function<'static>>,
    /// `(id, payload, failed)`: settles the promise of an operation.
    pub settle: Persistent<Function<'static>>,
    /// `(nowMs) -> delay | -1`
    pub next_timer_delay_ms: Persistent<Function<'static>>,
    /// `(nowMs) -> fired`
    pub fire_due_timer: Persistent<Function<'static>>,
    /// The constructor `Error`.
    pub error: Persistent<Object<'static>>,
    /// `Promise.resolve`, for what is only a thenable.
    pub to_promise: Persistent<Function<'static>>,
}

/// Frames of the place where a limit ended a script.
const STACK_FRAMES: u32 = 50;

/// The engine and its entry points.
pub struct Engine {
    runtime: Runtime,
    /// The SDK's entry points.
    pub sdk: Sdk,
}

thread_local! {
    static ENGINE: OnceCell<Engine> = const { OnceCell::new() };
}

/// The one context. [`locate`] needs it, which must work after a trap, when javy's own lock was never released.
static CONTEXT: AtomicPtr<qjs::JSContext> = AtomicPtr::new(null_mut());

/// The one context of this instance, for values that do not carry it.
pub fn raw_context() -> *mut qjs::JSContext {
    CONTEXT.load(Ordering::Relaxed)
}

/// The same, for what looks at its insides.
pub fn realm() -> Option<Realm> {
    // SAFETY: the context lives as long as the instance.
    unsafe { Realm::new(raw_context()) }
}

/// Read by `engine-stack.h`: one in so many jumps stores the program counter.
#[unsafe(export_name = "arbex_poll_interval")]
static POLL_INTERVAL: AtomicU32 = AtomicU32::new(1000);

/// Where the host finds what, at the address that this is exported as. Written before the snapshot.
#[unsafe(export_name = "arbex_peek")]
static PEEK: SharedPeek = SharedPeek(UnsafeCell::new(Peek::UNKNOWN));

#[repr(transparent)]
struct SharedPeek(UnsafeCell<Peek>);

// SAFETY: there are no threads here.
unsafe impl Sync for SharedPeek {}

/// Read by `engine.h`: whether small blocks come from its lists.
#[unsafe(export_name = "arbex_small_blocks")]
static SMALL_BLOCKS: AtomicU32 = AtomicU32::new(0);

/// Make the engine and load the SDK. A failure here is a build failure: it panics, and no snapshot is taken.
pub fn initialize() {
    check_allocator();
    let mut config = Config::default();
    // Javy leaves the collector of cycles off; each run switches it on, at a threshold that fits its memory.
    config.memory_limit(ENGINE_MEMORY_LIMIT_BYTES).weak_ref(true);
    let runtime = Runtime::new(config).expect("the engine starts");
    let inner = runtime.context().runtime();
    inner.set_loader(SdkPaths, SdkModules);
    let sdk = runtime.context().with(|ctx| {
        CONTEXT.store(ctx.as_raw().as_ptr(), Ordering::Relaxed);
        row::register(&ctx);
        load_sdk(&ctx)
    });
    // From here on `import()` finds nothing, not even what is loaded: the SDK's insides are not for scripts.
    inner.set_loader(NoModules, NoModules);
    inner.set_host_promise_rejection_tracker(Some(Box::new(|ctx, promise, reason, handled| {
        natives::track_rejection(&ctx, promise, reason, handled);
    })));
    runtime.context().with(|ctx| {
        while ctx.execute_pending_job() {}
        ctx.run_gc();
    });
    let realm = realm().expect("the context was kept");
    describe::list_sdk(realm);
    let peek = realm.peek();
    check_peek(&peek);
    // SAFETY: nothing else looks at it while the snapshot is made.
    unsafe { *PEEK.0.get() = peek };
    SMALL_BLOCKS.store(1, Ordering::Relaxed);
    leave_room();
    ENGINE.with(|engine| assert!(engine.set(Engine { runtime, sdk }).is_ok(), "initialised once"));
}

/// `engine.h` reads a block's size from the word before it, for the C library's blocks as well as for ours. Fail the build
/// when the library at hand keeps it elsewhere.
fn check_allocator() {
    unsafe extern "C" {
        fn malloc(size: usize) -> *mut usize;
        fn free(pointer: *mut usize);
        fn malloc_usable_size(pointer: *mut usize) -> usize;
    }
    for size in [1, 12, 13, 100, 257, 5000] {
        // SAFETY: blocks of the C library, read where its own `malloc_usable_size` reads.
        unsafe {
            // Hidden from the optimiser, which takes reading outside of a fresh block for a mistake.
            let block = std::hint::black_box(malloc(size));
            let head = block.sub(1).read_volatile();
            assert_eq!(head & 2, 2, "the allocator marks its blocks");
            assert_eq!((head & !7) - 4, malloc_usable_size(block), "the allocator keeps the size before the block");
            free(block);
        }
    }
}

/// Fail the build when what the host will read is not what it takes it for.
fn check_peek(peek: &Peek) {
    let word = |at: u32| {
        // SAFETY: addresses of the engine's own variables.
        unsafe { std::ptr::read(at as usize as *const u32) }
    };
    assert_eq!(word(peek.innermost_frame_at), 0, "no function runs now");
    assert_eq!(word(peek.poll_interval_at), POLL_INTERVAL.load(Ordering::Relaxed), "the interval is this one");
    // SAFETY: plain numbers, which the engine fills in; its runtime lives.
    let usage = unsafe {
        let mut usage: qjs::JSMemoryUsage = std::mem::zeroed();
        qjs::JS_ComputeMemoryUsage(qjs::JS_GetRuntime(raw_context()), &mut usage);
        usage
    };
    let counted = i64::from(word(peek.heap_used_at));
    assert_eq!(counted, usage.malloc_size, "the counter is the engine's own");
    // Found by walking the heap, which leaves out what each block has around it.
    assert!(usage.memory_used_size < counted && counted < usage.memory_used_size * 3 / 2, "it counts what is there");
}

/// Free memory at the end of the snapshot: a small script then never asks for more, which would cost it two changes of page
/// protection, a third of its time. So much at least: memory comes in pages of 64 KiB, and every run copies one more, too.
fn leave_room() {
    const ROOM_BYTES: usize = 48 * 1024;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(ROOM_BYTES)));
}

/// Enter the engine.
pub fn with(call: impl FnOnce(&Engine, Ctx<'_>)) {
    ENGINE.with(|engine| {
        let engine = engine.get().expect("the snapshot is taken after initialize");
        engine.runtime.context().with(|ctx| call(engine, ctx));
    });
}

/// Reply with the user frames that are still on the interpreter's stack.
pub fn locate() {
    let Some(context) = NonNull::new(CONTEXT.load(Ordering::Relaxed)) else {
        return host::reply(&arbex_abi::Location { stack: "", line: None, column: None }, &[]);
    };
    // SAFETY: the context lives as long as the instance; the trap left it in the middle of a call, which is where a
    // backtrace is taken anyway. Should that corrupt anything, this instance ends after this call.
    let stack = unsafe {
        let ctx = Ctx::from_raw(context);
        forget_stack_hooks(&ctx);
        let error = qjs::JS_NewInternalError(context.as_ptr(), c"limit".as_ptr());
        thrown::stack_of(&Value::from_raw(ctx, error))
    };
    let stack = thrown::UserStack::from_raw(&stack);
    host::reply(&arbex_abi::Location { stack: &stack.text, line: stack.line, column: stack.column }, &[]);
}

/// A script's `Error.prepareStackTrace` would run, after its limit, and `Error.stackTraceLimit` hide the frames.
fn forget_stack_hooks(ctx: &Ctx<'_>) {
    let error = ENGINE.with(|engine| engine.get().and_then(|engine| engine.sdk.error.clone().restore(ctx).ok()));
    if let Some(error) = error {
        // The engine keeps both in accessors of its own: setting, not defining, is what reaches them.
        drop(error.set("prepareStackTrace", Value::new_undefined(ctx.clone())));
        drop(error.set("stackTraceLimit", STACK_FRAMES));
    }
}

fn load_sdk(ctx: &Ctx<'_>) -> Sdk {
    let exports = evaluate(ctx, "sdk/main.js").catch(ctx).unwrap_or_else(|error| panic!("the SDK loads: {error}"));
    let natives = natives::object(ctx).catch(ctx).unwrap_or_else(|error| panic!("the natives register: {error}"));
    let export =
        |name: &str| -> Function<'_> { exports.get(name).unwrap_or_else(|_| panic!("sdk/main.js exports {name}")) };
    export("install")
        .call::<_, ()>((natives, ctx.globals()))
        .catch(ctx)
        .unwrap_or_else(|error| panic!("the SDK installs: {error}"));
    let keep = |name: &str| Persistent::save(ctx, export(name));
    Sdk {
        begin: keep("begin"),
        find_run: keep("findRun"),
        settle: keep("settle"),
        next_timer_delay_ms: keep("nextTimerDelayMs"),
        fire_due_timer: keep("fireDueTimer"),
        error: Persistent::save(ctx, ctx.globals().get::<_, Object<'_>>("Error").expect("the engine has Error")),
        to_promise: keep("toPromise"),
    }
}

fn evaluate<'js>(ctx: &Ctx<'js>, name: &str) -> rquickjs::Result<Object<'js>> {
    let namespace: Promise<'js> = Module::import(ctx, name)?;
    namespace.finish()
}

/// The SDK's modules, which `bundle` made bytecode of. They are asked for one by one: the buffers they come in are used
/// again, where all at once would leave a hole of 100 KB in the snapshot.
struct SdkModules;

impl Loader for SdkModules {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<Module<'js, Declared>> {
        let bytecode = host::sdk_module(name).ok_or_else(|| rquickjs::Error::new_loading(name))?;
        // SAFETY: bytecode that this same module's `bundle` made, during this build.
        unsafe { Module::load(ctx.clone(), bytecode.bytes()) }
    }
}

/// Finds the modules of the SDK by their place below `sdk/`.
pub struct SdkPaths;

impl Resolver for SdkPaths {
    fn resolve<'js>(
        &mut self,
        _: &Ctx<'js>,
        base: &str,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<String> {
        let folder = base.rsplit_once('/').map(|(folder, _)| folder).filter(|_| name.starts_with('.'));
        let mut parts: Vec<&str> = folder.into_iter().flat_map(|folder| folder.split('/')).collect();
        for part in name.split('/') {
            match part {
                "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        Ok(parts.join("/"))
    }
}

/// Finds nothing.
struct NoModules;

impl Resolver for NoModules {
    fn resolve<'js>(
        &mut self,
        _: &Ctx<'js>,
        base: &str,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<String> {
        Err(rquickjs::Error::new_resolving_message(base, name, "scripts have no modules"))
    }
}

impl Loader for NoModules {
    fn load<'js>(
        &mut self,
        _: &Ctx<'js>,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<Module<'js, Declared>> {
        Err(rquickjs::Error::new_loading(name))
    }
}
