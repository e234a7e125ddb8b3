//! The operator's list of tokens: one `name:sha256-of-token:capabilities` a line. It holds digests, never a token.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::{ANONYMOUS, Caller, Capabilities, Capability};

/// Each wrong token is compared with all of them.
const MAX_TOKENS: usize = 1000;

const MAX_NAME_CHARS: usize = 64;

/// Of a file that is no list of tokens at all, the first faults say enough.
const MAX_FAULTS: usize = 10;

/// Who may call, by the SHA-256 of a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens(Vec<Token>);

#[derive(Clone, PartialEq, Eq)]
struct Token {
    sha256: [u8; 32],
    caller: Caller,
}

/// A line that is none, without a word of what stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFault {
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub fault: String,
}

impl fmt::Display for LineFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.fault)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tokens", self.0.len())
    }
}

impl Tokens {
    /// Read a list. Blank lines and lines that begin with `#` are nothing.
    ///
    /// # Errors
    ///
    /// The first faults of those there are.
    pub fn parse(text: &[u8]) -> Result<Self, Vec<LineFault>> {
        // Some editors put a byte order mark before what they save as UTF-8.
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut tokens = Vec::<(usize, Token)>::new();
        let mut faults = Vec::new();
        for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let number = index + 1;
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            match parse_line(line).and_then(|token| alone(&tokens, token)) {
                Ok(token) => tokens.push((number, token)),
                Err(fault) => faults.push(LineFault { line: number, fault }),
            }
            if faults.len() == MAX_FAULTS {
                break;
            }
        }
        if faults.is_empty() { Ok(Self(tokens.into_iter().map(|(_, token)| token).collect())) } else { Err(faults) }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nobody has one.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whose token this is. It takes the same time for each of them, and for none.
    pub fn caller(&self, token: &[u8]) -> Option<&Caller> {
        let sha256: [u8; 32] = Sha256::digest(token).into();
        let (mut is_known, mut found) = (Choice::from(0), 0_u32);
        for (index, token) in (0_u32..).zip(&self.0) {
            let is_this = token.sha256.ct_eq(&sha256);
            is_known |= is_this;
            found.conditional_assign(&index, is_this);
        }
        if !bool::from(is_known) {
            return None;
        }
        self.0.get(found as usize).map(|token| &token.caller)
    }
}

fn parse_line(line: &[u8]) -> Result<Token, String> {
    const FORM: &str = "must be name:sha256-of-token:capabilities";

    let line = str::from_utf8(line).map_err(|_| "must be ASCII".to_owned())?;
    let mut parts = line.split(':').map(str::trim);
    let (Some(name), Some(digest), Some(capabilities), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(FORM.to_owned());
    };
    check_name(name)?;
    let sha256 = parse_hex(digest.as_bytes())
        .ok_or("the SHA-256 of the token must be 64 hexadecimal digits (`arbex token NAME` makes a whole line)")?;
    let capabilities = Capabilities::parse(capabilities)?;
    Ok(Token { sha256, caller: Caller { name: Arc::from(name), capabilities } })
}

/// Whether a token may have this name.
///
/// # Errors
///
/// What a name must be.
pub fn check_name(name: &str) -> Result<(), String> {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if !is_plain || !(1..=MAX_NAME_CHARS).contains(&name.len()) {
        return Err(format!("the name must be 1 to {MAX_NAME_CHARS} ASCII letters, digits, `-`, `_` or `.`"));
    }
    if name == ANONYMOUS {
        return Err(format!("the name must not be `{ANONYMOUS}`, which is whoever comes without a token"));
    }
    Ok(())
}

/// Neither a name nor a token may stand for two callers.
fn alone(tokens: &[(usize, Token)], token: Token) -> Result<Token, String> {
    if tokens.len() == MAX_TOKENS {
        return Err(format!("there must be at most {MAX_TOKENS} tokens"));
    }
    for (line, known) in tokens {
        if known.caller.name == token.caller.name {
            return Err(format!("the name is that of line {line} already"));
        }
        if known.sha256 == token.sha256 {
            return Err(format!("the token is that of line {line} already"));
        }
    }
    Ok(token)
}

fn parse_hex(digits: &[u8]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if digits.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        for digit in pair {
            *byte = *byte << 4 | u8::try_from(char::from(*digit).to_digit(16)?).ok()?;
        }
    }
    Some(bytes)
}

impl Capabilities {
    /// Names with commas between them.
    ///
    /// # Errors
    ///
    /// Which names there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        let named = |name: &str| Capability::ALL.into_iter().find(|capability| capability.as_str() == name.trim());
        text.split(',').map(named).collect::<Option<Self>>().ok_or_else(|| {
            let names = Capability::ALL.map(Capability::as_str).join(", ");
            format!("the capabilities must be some of {names}, with commas between them")
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sha256(token: &str) -> String {
        Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn fault(text: &str) -> String {
        let faults = Tokens::parse(text.as_bytes()).unwrap_err();
        faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_list_says_who_may_do_what() {
        let (a, b) = (sha256("token-a"), sha256("token-b").to_uppercase());
        let text = format!("# ours\r\n\r\n runner : {a} : execute \n\n\tops-2.b_c:{b}:execute, system,exec,admin");
        let tokens = Tokens::parse(text.as_bytes()).unwrap();
        assert_eq!(tokens.len(), 2);
        let runner = tokens.caller(b"token-a").unwrap();
        assert_eq!((&*runner.name, runner.capabilities), ("runner", [Capability::Execute].into_iter().collect()));
        let ops = tokens.caller(b"token-b").unwrap();
        assert_eq!((&*ops.name, ops.capabilities), ("ops-2.b_c", Capability::ALL.into_iter().collect()));
        for wrong in ["", "token-", "token-a ", "token-c", &a] {
            assert_eq!(tokens.caller(wrong.as_bytes()), None, "{wrong}");
        }
        for (text, count) in [(format!("\u{feff}{text}"), 2), (format!("\u{feff}# a\n{text}"), 2)] {
            assert_eq!(Tokens::parse(text.as_bytes()).unwrap().len(), count, "{text}");
        }
        assert!(fault(&format!("\u{feff}\u{feff}{text}")).starts_with("line 1: "), "one mark is taken off");
        for nobody in ["", "\n\n", "# nobody\n", " \t\r\n", "\u{feff}"] {
            let tokens = Tokens::parse(nobody.as_bytes()).unwrap();
            assert!(tokens.is_empty() && tokens.caller(b"").is_none());
        }
    }

    #[test]
    fn each_of_many_is_found() {
        let lines: String = (0..MAX_TOKENS).map(|n| format!("n{n}:{}:execute\n", sha256(&n.to_string()))).collect();
        let tokens = Tokens::parse(lines.as_bytes()).unwrap();
        for n in [0, 1, MAX_TOKENS / 2, MAX_TOKENS - 1] {
            assert_eq!(*tokens.caller(n.to_string().as_bytes()).unwrap().name, format!("n{n}"));
        }
        assert_eq!(tokens.caller(MAX_TOKENS.to_string().as_bytes()), None);
        let one_more = format!("{lines}more:{}:execute", sha256("more"));
        assert_eq!(fault(&one_more), "line 1001: there must be at most 1000 tokens");
    }

    #[test]
    fn a_bad_line_is_told_by_its_number_alone() {
        let (good, other) = (sha256("SECRET"), sha256("SECRET-2"));
        let longest = "n".repeat(64);
        Tokens::parse(format!("{longest}:{good}:execute").as_bytes()).unwrap();
        for (line, says) in [
            ("SECRET".to_owned(), "must be name:sha256-of-token:capabilities"),
            (format!("SECRET:{good}"), "must be name:"),
            (format!("SECRET:{good}:execute:x"), "must be name:"),
            (format!(":{good}:execute"), "the name must be 1 to 64"),
            (format!("{longest}n:{good}:execute"), "the name must be 1 to 64"),
            (format!("SECRET name:{good}:execute"), "the name must be 1 to 64"),
            (format!("näme:{good}:execute"), "the name must be 1 to 64"),
            (format!("anonymous:{good}:execute"), "must not be `anonymous`"),
            ("n:SECRET:execute".to_owned(), "64 hexadecimal digits"),
            (format!("n:{}:execute", &good[1..]), "64 hexadecimal digits"),
            (format!("n:{good}0:execute"), "64 hexadecimal digits"),
            (format!("n:{}g:execute", &good[1..]), "64 hexadecimal digits"),
            (format!("n:+{}:execute", &good[1..]), "64 hexadecimal digits"),
            (format!("n:{good}:"), "some of execute, system, exec, admin"),
            (format!("n:{good}:SECRET"), "some of execute"),
            (format!("n:{good}:execute,"), "some of execute"),
            (format!("n:{good}:Execute"), "some of execute"),
            (format!("first:{good}:execute"), "the name is that of line 2 already"),
            (format!("n:{other}:execute"), "the token is that of line 2 already"),
        ] {
            let text = format!("# comment\nfirst:{other}:execute\n\n{line}\n");
            let fault = fault(&text);
            assert!(fault.starts_with("line 4: ") && fault.contains(says), "{line}: {fault}");
            assert!(!fault.contains("SECRET") && !fault.contains(&good[8..16]), "{fault}");
        }
        assert_eq!(
            Tokens::parse(b"n:\xff:execute").unwrap_err(),
            [LineFault { line: 1, fault: "must be ASCII".to_owned() }]
        );
        assert_eq!(fault(&"x\n".repeat(100)).lines().count(), MAX_FAULTS);
        let debug = format!("{:?}", Tokens::parse(format!("n:{good}:execute").as_bytes()).unwrap());
        assert_eq!(debug, "1 tokens");
    }

    proptest! {
        #[test]
        fn no_list_is_too_much(text in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = Tokens::parse(&text);
        }

        /// Lines that are nearly right reach further than noise does.
        #[test]
        fn no_line_is_too_much(lines in prop::collection::vec("[a-c #]{0,2}(:([0-9a-f]{62}[0-9a-g]{2}|x))?(:(execute|exec|,|, admin){1,3})?[:\r]?", 0..8)) {
            match Tokens::parse(lines.join("\n").as_bytes()) {
                Ok(tokens) => prop_assert!(tokens.len() <= lines.len()),
                Err(faults) => prop_assert!(faults.iter().all(|fault| (1..=lines.len()).contains(&fault.line))),
            }
        }
    }
}
