//! `arbex-preinit IN.wasm SDK_FOLDER OUT.wasm`: compile the SDK with the guest, run the guest's `wizer-initialize`, snapshot its memory into a new module, and check
//! that the module imports nothing but what the sandbox gives.
//!
//! The result must be the same bytes on every machine: the clock stands still at 0 and the random numbers are zeros while
//! the snapshot is taken. (What a run needs of both it asks for in the run.)

use std::collections::HashMap;
use std::path::Path;
use std::process::ExitCode;

use arbex_abi::SdkModule;
use wasmtime::{Caller, Config, Engine, ExternType, Linker, Module, Result, Store, bail};
use wasmtime_wizer::Wizer;

/// All that a guest may import: the sandbox gives no more.
const ALLOWED: &[(&str, &str)] = &[
    ("arbex", "take"),
    ("arbex", "console"),
    ("arbex", "start"),
    ("arbex", "wait"),
    ("arbex", "reply"),
    ("arbex", "turn"),
    ("wasi_snapshot_preview1", "clock_time_get"),
    ("wasi_snapshot_preview1", "fd_write"),
    ("wasi_snapshot_preview1", "random_get"),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, sdk, output] = arguments.as_slice() else {
        eprintln!("usage: arbex-preinit IN.wasm SDK_FOLDER OUT.wasm");
        return ExitCode::from(2);
    };
    match preinitialise(input, sdk, output) {
        Ok(size) => {
            println!("{output}: {size} bytes");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{input}: {error:?}");
            ExitCode::FAILURE
        }
    }
}

fn preinitialise(input: &str, sdk: &str, output: &str) -> Result<usize> {
    let wasm = std::fs::read(input)?;
    let mut config = Config::new();
    // Compiled once, run for some milliseconds: the compiler's time is all that counts.
    config.cranelift_opt_level(wasmtime::OptLevel::None);
    let engine = Engine::new(&config)?;
    let bundle = compile_sdk(&engine, &wasm, Path::new(sdk))?;

    let mut store = Store::new(&engine, Host { modules: decode_bundle(&bundle)?, ..Host::default() });
    let snapshot = pollster::block_on(Wizer::new().init_func("wizer-initialize").run(
        &mut store,
        &wasm,
        async |store, module| linker(store.engine())?.instantiate_async(store, module).await,
    ))?;
    check_imports(&Module::new(&engine, &snapshot)?)?;
    std::fs::write(output, &snapshot)?;
    Ok(snapshot.len())
}

/// The modules below `folder` as bytecode, made by the guest itself in an instance that is then thrown away.
fn compile_sdk(engine: &Engine, wasm: &[u8], folder: &Path) -> Result<Vec<u8>> {
    let mut files = Vec::new();
    collect(folder, "sdk", &mut files)?;
    files.sort();
    let sources: Vec<_> = files.iter().map(|(name, code)| SdkModule { name, code: code.as_bytes() }).collect();
    let message = arbex_abi::encode(&sources).map_err(|error| wasmtime::format_err!("{error}"))?;
    let len = message.len() as u32;

    let mut store = Store::new(engine, Host { waiting: message, ..Host::default() });
    let instance = linker(engine)?.instantiate(&mut store, &Module::new(engine, wasm)?)?;
    instance.get_typed_func::<(), ()>(&mut store, "_initialize")?.call(&mut store, ())?;
    instance.get_typed_func::<u32, ()>(&mut store, "bundle")?.call(&mut store, len)?;
    Ok(std::mem::take(&mut store.data_mut().reply))
}

fn collect(folder: &Path, name: &str, files: &mut Vec<(String, String)>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = format!("{name}/{}", path.file_name().and_then(|name| name.to_str()).unwrap_or_default());
        if path.is_dir() {
            collect(&path, &name, files)?;
        } else if name.ends_with(".js") {
            files.push((name, std::fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

fn decode_bundle(bundle: &[u8]) -> Result<HashMap<String, Vec<u8>>> {
    let modules: Vec<SdkModule<'_>> = arbex_abi::decode(bundle).map_err(|error| wasmtime::format_err!("{error}"))?;
    Ok(modules.into_iter().map(|module| (module.name.to_owned(), module.code.to_vec())).collect())
}

/// What crosses while the guest is built.
#[derive(Default)]
struct Host {
    /// The SDK's bytecode by module name, which `start` asks for.
    modules: HashMap<String, Vec<u8>>,
    waiting: Vec<u8>,
    reply: Vec<u8>,
}

fn linker(engine: &Engine) -> Result<Linker<Host>> {
    let mut linker = Linker::new(engine);
    let wasi = "wasi_snapshot_preview1";
    linker.func_wrap(wasi, "clock_time_get", |mut caller: Caller<'_, Host>, _: i32, _: i64, out: i32| {
        write(&mut caller, out, &[0; 8])
    })?;
    linker.func_wrap(wasi, "random_get", |mut caller: Caller<'_, Host>, out: i32, len: i32| {
        write(&mut caller, out, &vec![0; len as usize])
    })?;
    linker.func_wrap(wasi, "fd_write", |mut caller: Caller<'_, Host>, _: i32, iovs: i32, count: i32, out: i32| {
        let mut total = 0;
        for index in 0..count {
            let iov = read(&mut caller, iovs + index * 8, 8)?;
            let number = |at: usize| u32::from_le_bytes([iov[at], iov[at + 1], iov[at + 2], iov[at + 3]]);
            eprint!("{}", String::from_utf8_lossy(&read(&mut caller, number(0) as i32, number(4) as i32)?));
            total += number(4);
        }
        write(&mut caller, out, &total.to_le_bytes())
    })?;
    linker.func_wrap("arbex", "take", |mut caller: Caller<'_, Host>, at: i32| -> Result<()> {
        let message = std::mem::take(&mut caller.data_mut().waiting);
        write(&mut caller, at, &message).map(drop)
    })?;
    linker.func_wrap("arbex", "wait", |caller: Caller<'_, Host>, _: f64| caller.data().waiting.len() as u32)?;
    linker.func_wrap(
        "arbex",
        "reply",
        |mut caller: Caller<'_, Host>, head: i32, len: i32, _: i32, _: i32| -> Result<()> {
            caller.data_mut().reply = read(&mut caller, head, len)?;
            Ok(())
        },
    )?;
    // Nothing is logged before a run.
    linker.func_wrap("arbex", "console", |_: i32, _: i32, _: i32| -> Result<i32> {
        bail!("`console` before the snapshot")
    })?;
    linker.func_wrap("arbex", "turn", || -> Result<()> { bail!("`turn` before the snapshot") })?;
    linker.func_wrap("arbex", "start", |mut caller: Caller<'_, Host>, at: i32, len: i32| -> Result<u32> {
        let name = String::from_utf8_lossy(&read(&mut caller, at, len)?).into_owned();
        let host = caller.data_mut();
        host.waiting = host.modules.get(&name).cloned().unwrap_or_default();
        Ok(1)
    })?;
    Ok(linker)
}

fn memory(caller: &mut Caller<'_, Host>) -> Result<wasmtime::Memory> {
    let memory = caller.get_export("memory").and_then(wasmtime::Extern::into_memory);
    memory.ok_or_else(|| wasmtime::format_err!("the guest exports no memory"))
}

fn read(caller: &mut Caller<'_, Host>, at: i32, len: i32) -> Result<Vec<u8>> {
    let mut bytes = vec![0; len as usize];
    memory(caller)?.read(caller, at as usize, &mut bytes)?;
    Ok(bytes)
}

fn write(caller: &mut Caller<'_, Host>, at: i32, bytes: &[u8]) -> Result<i32> {
    memory(caller)?.write(caller, at as usize, bytes)?;
    Ok(0)
}

fn check_imports(module: &Module) -> Result<()> {
    for import in module.imports() {
        let name = (import.module(), import.name());
        if !matches!(import.ty(), ExternType::Func(_)) || !ALLOWED.contains(&name) {
            bail!("the guest imports {}::{}, which the sandbox does not give", import.module(), import.name());
        }
    }
    Ok(())
}
