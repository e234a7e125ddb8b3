//! `arbex token`: a new token, and its line for the file of tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::run::usage;
use super::{Exit, output};
use crate::caller::{Tokens, check_name};

/// Beyond guessing.
const RANDOM_BYTES: usize = 32;

/// The flags of `arbex token`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Prints two lines: the token, for the caller, and name:sha256-of-token:capabilities, for the file. The token is nowhere else, so
keep it now. Give a caller a new one under a new name, let both be in the file until the caller has changed, then take out the
old line.

Example:
  arbex token runner --capabilities execute,system")]
pub struct TokenArgs {
    /// Whose token it is: 1 to 64 ASCII letters, digits, `-`, `_` or `.`; it stands in the log
    name: String,

    /// What it is good for, with commas between: execute, system, exec, admin
    #[arg(long, value_name = "NAMES", default_value = "execute")]
    capabilities: String,
}

pub(super) fn perform(args: &TokenArgs) -> Exit {
    let name = args.name.trim();
    // Before it is part of a line, in which a colon would make another part of it.
    if let Err(fault) = check_name(name) {
        return usage(&fault);
    }
    let mut random = [0; RANDOM_BYTES];
    if let Err(error) = getrandom::fill(&mut random) {
        eprintln!("arbex: the system gives no random bytes: {error}");
        return Exit::Unavailable;
    }
    // Those who search files for secrets know one by its beginning.
    let token = format!("arbex_{}", URL_SAFE_NO_PAD.encode(random));
    let digest: String = Sha256::digest(&token).iter().map(|byte| format!("{byte:02x}")).collect();
    let line = format!("{name}:{digest}:{}", args.capabilities.trim());
    match Tokens::parse(line.as_bytes()) {
        Ok(_) => output::print(&format!("{token}\n{line}\n")),
        Err(faults) => usage(&faults.first().map_or_else(String::new, |fault| fault.fault.clone())),
    }
}
