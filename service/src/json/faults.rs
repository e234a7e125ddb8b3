//! Where a fault is, and the list of them. Pointers are written only when there is a fault to report.

use arbex_api::Fault;

/// More faults than this are not listed: nobody reads them, and a hostile body could make millions.
const MAX_FAULTS: usize = 100;

/// A place in the document: a chain of steps up to its root.
#[derive(Clone, Copy)]
pub(crate) struct At<'p> {
    parent: Option<&'p At<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Root,
    Key(&'p str),
    Index(usize),
}

impl At<'static> {
    pub(crate) const ROOT: Self = Self { parent: None, step: Step::Root };
}

impl At<'_> {
    pub(crate) fn key<'c>(&'c self, key: &'c str) -> At<'c> {
        At { parent: Some(self), step: Step::Key(key) }
    }

    pub(crate) fn index(&self, index: usize) -> At<'_> {
        At { parent: Some(self), step: Step::Index(index) }
    }

    /// RFC 6901.
    fn write(&self, pointer: &mut String) {
        if let Some(parent) = self.parent {
            parent.write(pointer);
        }
        match self.step {
            Step::Root => {}
            Step::Key(key) => {
                pointer.push('/');
                for char in key.chars() {
                    match char {
                        '~' => pointer.push_str("~0"),
                        '/' => pointer.push_str("~1"),
                        other => pointer.push(other),
                    }
                }
            }
            Step::Index(index) => {
                pointer.push('/');
                pointer.push_str(&index.to_string());
            }
        }
    }
}

/// All faults found so far.
#[derive(Default)]
pub(crate) struct Faults {
    list: Vec<Fault>,
    unlisted: usize,
    /// Whether something was left unread because of so many faults.
    is_cut: bool,
}

impl Faults {
    pub(crate) fn add(&mut self, at: &At<'_>, message: impl Into<String>) {
        if self.list.len() == MAX_FAULTS {
            self.unlisted += 1;
            return;
        }
        let mut pointer = String::new();
        at.write(&mut pointer);
        self.list.push(Fault { pointer, message: message.into() });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether to read on: not once the list is full. Asked where there is more to read.
    pub(crate) fn allow_more(&mut self) -> bool {
        self.is_cut |= self.list.len() == MAX_FAULTS;
        !self.is_cut
    }

    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    pub(crate) fn into_list(mut self) -> Vec<Fault> {
        let rest = match (self.is_cut, self.unlisted) {
            (true, _) => Some(format!("not checked any further after {MAX_FAULTS} faults")),
            (false, 0) => None,
            (false, unlisted) => Some(format!("and {unlisted} more faults that are not listed")),
        };
        self.list.extend(rest.map(|message| Fault { pointer: String::new(), message }));
        self.list
    }
}
