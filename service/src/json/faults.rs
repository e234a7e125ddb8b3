//! Where a fault is, and the list of them. Pointers are written only when there is a fault to report.

use arbex_api::Fault;

/// More faults than this are counted, not listed: nobody reads them, and a hostile body could make millions.
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

    pub(crate) fn into_list(mut self) -> Vec<Fault> {
        if self.unlisted > 0 {
            let message = format!("and {} more faults that are not listed", self.unlisted);
            self.list.push(Fault { pointer: String::new(), message });
        }
        self.list
    }
}
