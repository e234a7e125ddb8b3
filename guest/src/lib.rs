//! What runs inside the sandbox: QuickJS (by way of javy), the event loop, and the JavaScript half of the Arbex API.
//!
//! The module is built for `wasm32-wasip1`, pre-initialised (see `preinit/`) so that the runtime and the SDK are already
//! in its memory, and committed under `prebuilt/`. The host calls five exports: [`compile`], [`run`], [`locate`],
//! [`describe`](describe_sites) and [`builtins`](list_builtins); [`bundle`] and [`initialize`] belong to the build.
//! [`compile`] and [`run`] answer with exactly one reply, whatever the script does; so a trap always means a limit of
//! the host, or a defect of ours.

mod bundle;
mod compile;
mod convert;
mod describe;
mod engine;
mod host;
mod inside;
mod jmespath;
mod natives;
mod row;
mod run;
mod settle;
mod tables;
mod text;
mod thrown;
mod wasi;

/// Compile the SDK's modules of the message of `len` bytes. For the build only.
#[unsafe(no_mangle)]
pub extern "C" fn bundle(len: u32) {
    bundle::bundle(&host::take(len));
}

/// Called once, before the snapshot is taken: the engine, and the SDK on top of it.
#[unsafe(export_name = "wizer-initialize")]
pub extern "C" fn initialize() {
    engine::initialize();
}

/// Compile the script of `len` bytes that waits at the host; reply with a `CompileReply`.
#[unsafe(no_mangle)]
pub extern "C" fn compile(len: u32) {
    let script = host::take(len);
    engine::with(|engine, ctx| compile::compile(engine, ctx, &script));
}

/// Run the `RunRequest` of `len` bytes that waits at the host; reply with a `RunReply`.
#[unsafe(no_mangle)]
pub extern "C" fn run(len: u32) {
    let request = host::take(len);
    engine::with(|engine, ctx| run::run(engine, ctx, &request));
}

/// Say where the script was when a trap ended it; reply with a `Location`. It may be called after a trap: it walks the frames that the interpreter left behind.
#[unsafe(no_mangle)]
pub extern "C" fn locate() {
    engine::locate();
}

/// Name the engine's own functions; reply with a `BuiltinsReply`. Called in an instance that has done nothing else. There is no message.
#[unsafe(export_name = "builtins")]
pub extern "C" fn list_builtins(_: u32) {
    describe::list_builtins();
}

/// Say what the places of the `DescribeRequest` of `len` bytes that waits at the host stand for; reply with a `DescribeReply`. May
/// be called after a trap, and more than once.
#[unsafe(export_name = "describe")]
pub extern "C" fn describe_sites(len: u32) {
    describe::describe(&host::take(len));
}
