//! The file that holds the list of tokens, read at start and looked at from then on.
//!
//! Its bytes are compared, not its times: a Kubernetes secret is changed by swapping a symbolic link several folders up, and
//! whoever restores an old file restores its times with it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::Tokens;

/// Of a larger file not even the digest is wanted.
const MAX_BYTES: u64 = 1024 * 1024;

/// A file that so many looks in a row found changed never rests, and is taken as it is.
const MAX_UNSETTLED_LOOKS: u8 = 3;

/// A file of tokens that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokensFile {
    path: PathBuf,
    /// What was in it.
    tokens: Tokens,
    used: Seen,
    last: Seen,
    /// Looks in a row that found something else than the one before.
    unsettled: u8,
}

/// What was found at a look.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    Bytes([u8; 32]),
    Unreadable(io::ErrorKind),
    NoRegularFile,
}

impl TokensFile {
    /// Read it for the first time.
    ///
    /// # Errors
    ///
    /// Why it is no list of tokens, for the operator; also when nobody is on it.
    pub fn open(path: &Path) -> Result<Self, String> {
        let (seen, tokens) = read(path);
        let tokens = tokens?;
        if tokens.is_empty() {
            return Err("has no token in it; `arbex token NAME` makes one".to_owned());
        }
        Ok(Self { path: path.to_owned(), tokens, used: seen.clone(), last: seen, unsettled: 0 })
    }

    /// The tokens as they were read last.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Look at it again. A change counts at the second look that finds it, so that a file which is being written is not taken
    /// for a short one; one that never rests counts all the same, or nobody in it could be turned away.
    pub fn look(&mut self) -> Look {
        let (seen, tokens) = read(&self.path);
        self.unsettled = if self.last == seen { 0 } else { self.unsettled + 1 };
        self.last = seen.clone();
        if !matches!(self.unsettled, 0 | MAX_UNSETTLED_LOOKS..) {
            return Look::Same;
        }
        self.unsettled = 0;
        if self.used == seen {
            return Look::Same;
        }
        self.used = seen;
        match tokens {
            Ok(tokens) => {
                self.tokens = tokens;
                Look::Changed
            }
            Err(fault) => Look::Faulty(fault),
        }
    }
}

/// What a look at the file brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// Nothing new, or nothing yet.
    Same,
    /// Other tokens; perhaps none at all.
    Changed,
    /// It is no list of tokens any more. The last good one is still [`TokensFile::tokens`]; told once.
    Faulty(String),
}

fn read(path: &Path) -> (Seen, Result<Tokens, String>) {
    // To open a pipe is to wait for its writer.
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        let fault = "must be a regular file, which can be read again (no folder, pipe or device)";
        return (Seen::NoRegularFile, Err(fault.to_owned()));
    }
    let mut text = Vec::new();
    // One byte more shows that there is more.
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut text));
    if let Err(error) = read {
        return (Seen::Unreadable(error.kind()), Err(format!("cannot be read: {}", error.kind())));
    }
    let seen = Seen::Bytes(Sha256::digest(&text).into());
    if MAX_BYTES < text.len() as u64 {
        return (seen, Err(format!("must be at most {MAX_BYTES} bytes long")));
    }
    let tokens = Tokens::parse(&text).map_err(|faults| {
        let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
        faults.join("; ")
    });
    (seen, tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, token: &str) -> String {
        let digest: String = Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{name}:{digest}:execute\n")
    }

    #[test]
    fn a_change_counts_when_it_has_settled() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens");
        let write = |text: &str| std::fs::write(&path, text).unwrap();
        write(&line("a", "1"));
        let mut file = TokensFile::open(&path).unwrap();
        assert_eq!(file.look(), Look::Same);

        // Half of it is not taken for the whole.
        write("");
        assert_eq!(file.look(), Look::Same);
        write(&(line("a", "1") + &line("b", "2")));
        assert_eq!(file.look(), Look::Same);
        assert_eq!(file.tokens().len(), 1);
        assert_eq!(file.look(), Look::Changed);
        assert_eq!(file.look(), Look::Same);
        assert_eq!(file.tokens().len(), 2);

        for bad in [Some("SECRET"), None] {
            match bad {
                Some(text) => write(text),
                None => std::fs::remove_file(&path).unwrap(),
            }
            assert_eq!(file.look(), Look::Same);
            let Look::Faulty(fault) = file.look() else { panic!("{bad:?} is no fault") };
            assert!(
                fault.starts_with(if bad.is_some() { "line 1: must be name" } else { "cannot be read" }),
                "{fault}"
            );
            assert_eq!(file.look(), Look::Same, "it is told once");
            assert_eq!(file.tokens().len(), 2, "the last good ones stay");
        }

        // What was good before is good again.
        write(&(line("a", "1") + &line("b", "2")));
        assert_eq!((file.look(), file.look(), file.look()), (Look::Same, Look::Changed, Look::Same));
        write("# nobody\n");
        assert_eq!((file.look(), file.look()), (Look::Same, Look::Changed));
        assert!(file.tokens().is_empty());
    }

    #[test]
    fn a_file_that_never_rests_counts_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens");
        std::fs::write(&path, line("a", "0")).unwrap();
        let mut file = TokensFile::open(&path).unwrap();
        // Every third look takes what it finds.
        for (token, look) in [
            ("1", Look::Same),
            ("2", Look::Same),
            ("3", Look::Changed),
            ("4", Look::Same),
            ("5", Look::Same),
            ("6", Look::Changed),
        ] {
            std::fs::write(&path, line("a", token)).unwrap();
            assert_eq!(file.look(), look, "{token}");
            assert_eq!(file.tokens().caller(token.as_bytes()).is_some(), look == Look::Changed, "{token}");
        }
        assert_eq!(file.look(), Look::Same, "what was taken is known");
        // One that rests in between begins again.
        for (token, look) in [("7", Look::Same), ("8", Look::Same), ("8", Look::Changed), ("9", Look::Same)] {
            std::fs::write(&path, line("a", token)).unwrap();
            assert_eq!(file.look(), look, "{token}");
        }
        // Back to what is in force at the last moment: nothing is new.
        std::fs::write(&path, line("a", "10")).unwrap();
        assert_eq!(file.look(), Look::Same);
        std::fs::write(&path, line("a", "8")).unwrap();
        assert_eq!((file.look(), file.look()), (Look::Same, Look::Same));
    }

    /// None of them is opened: whoever opens a pipe waits for somebody to write.
    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_not_opened() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("folder")).unwrap();
        let made = std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap();
        assert!(made.success());
        for name in ["folder", "pipe"] {
            let fault = TokensFile::open(&at(name)).unwrap_err();
            assert!(fault.starts_with("must be a regular file"), "{name}: {fault}");

            // In place of a file that was good, by itself and through a link.
            std::fs::write(at("tokens"), line("a", "1")).unwrap();
            let mut file = TokensFile::open(&at("tokens")).unwrap();
            std::fs::remove_file(at("tokens")).unwrap();
            symlink(name, at("tokens")).unwrap();
            assert_eq!(file.look(), Look::Same);
            assert_eq!(file.look(), Look::Faulty(fault));
            assert_eq!((file.look(), file.tokens().len()), (Look::Same, 1));
            std::fs::remove_file(at("tokens")).unwrap();
            std::fs::write(at("tokens"), line("a", "1")).unwrap();
            assert_eq!((file.look(), file.look()), (Look::Same, Look::Changed));
            std::fs::remove_file(at("tokens")).unwrap();
        }
    }

    #[test]
    fn at_start_it_must_be_good() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens");
        assert_eq!(TokensFile::open(&path).unwrap_err(), "cannot be read: entity not found");
        let longest = line("a", "1") + &"#".repeat(MAX_BYTES as usize - line("a", "1").len());
        for (text, says) in [
            (String::new(), "has no token in it"),
            ("# nobody".to_owned(), "has no token in it"),
            (format!("{}\nb:c:d", line("a", "1")), "line 3: the SHA-256"),
            ("a\nb".to_owned(), "line 1: must be name:sha256-of-token:capabilities; line 2: must be"),
            (format!("{longest}#"), "must be at most 1048576 bytes long"),
        ] {
            std::fs::write(&path, &text).unwrap();
            let fault = TokensFile::open(&path).unwrap_err();
            assert!(fault.starts_with(says), "{fault}");
        }
        std::fs::write(&path, longest).unwrap();
        TokensFile::open(&path).unwrap();
    }

    /// A secret in Kubernetes: `tokens` leads to `..data/tokens`, and `..data` to a folder that is replaced as a whole.
    #[cfg(unix)]
    #[test]
    fn a_swapped_link_is_a_change() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for (name, text) in [("one", line("a", "1")), ("two", line("b", "2"))] {
            std::fs::create_dir(at(name)).unwrap();
            std::fs::write(at(name).join("tokens"), text).unwrap();
        }
        symlink("one", at("..data")).unwrap();
        symlink("..data/tokens", at("tokens")).unwrap();
        let mut file = TokensFile::open(&at("tokens")).unwrap();
        assert!(file.tokens().caller(b"1").is_some());
        symlink("two", at("..data_tmp")).unwrap();
        std::fs::rename(at("..data_tmp"), at("..data")).unwrap();
        assert_eq!((file.look(), file.look()), (Look::Same, Look::Changed));
        assert!(file.tokens().caller(b"1").is_none() && file.tokens().caller(b"2").is_some());
    }
}
