//! The SDK as bytecode, made before the snapshot in an instance of its own.
//!
//! Sources and the compiler's leavings would otherwise stay in the snapshot, and every byte of the snapshot is copied when
//! an instance is reset: compiled elsewhere and stripped, the SDK costs less than half.

use std::collections::HashMap;

use arbex_abi::SdkModule;
use javy::{Config, Runtime};
use rquickjs::loader::{ImportAttributes, Loader};
use rquickjs::{CatchResultExt, Ctx, Module, WriteOptions, module::Declared};

use crate::engine::SdkPaths;
use crate::host::{self, Message};

/// Compile the modules in `message` and reply with them as bytecode. Only ever called by `arbex-preinit`: it panics on a
/// module that does not compile, which ends the build.
pub fn bundle(message: &Message) {
    let sources: Vec<SdkModule<'_>> = arbex_abi::decode(message.bytes()).expect("preinit sends modules");
    let runtime = Runtime::new(Config::default()).expect("the engine starts");
    // Compiling a module loads what it imports, so those must be found as well.
    let texts = sources.iter().map(|module| (module.name.to_owned(), module.code.to_owned())).collect();
    runtime.context().runtime().set_loader(SdkPaths, Texts(texts));
    let compiled: Vec<(&str, Vec<u8>)> = runtime.context().with(|ctx| {
        let compile = |module: &SdkModule<'_>| {
            // Scripts never see the SDK's frames, so its line tables would be weight only.
            let options = WriteOptions { strip_source: true, strip_debug: true, ..WriteOptions::default() };
            let declared = Module::declare(ctx.clone(), module.name, module.code).catch(&ctx);
            let declared = declared.unwrap_or_else(|error| panic!("{}: {error}", module.name));
            declared.write(options).unwrap_or_else(|error| panic!("{}: {error}", module.name))
        };
        sources.iter().map(|module| (module.name, compile(module))).collect()
    });
    let modules: Vec<_> = compiled.iter().map(|(name, code)| SdkModule { name, code }).collect();
    host::reply(&modules, &[]);
}

/// The modules as text.
struct Texts(HashMap<String, Vec<u8>>);

impl Loader for Texts {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<Module<'js, Declared>> {
        let text = self.0.get(name).ok_or_else(|| rquickjs::Error::new_loading(name))?;
        Module::declare(ctx.clone(), name, text.as_slice())
    }
}
