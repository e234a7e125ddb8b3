//! Writing a JSON object out of members that are JSON already.

/// An object that is being written. Keys are ours, and need no escapes.
pub(super) struct Object<'o> {
    out: &'o mut String,
    is_empty: bool,
}

impl<'o> Object<'o> {
    pub(super) fn begin(out: &'o mut String) -> Self {
        out.push('{');
        Self { out, is_empty: true }
    }

    /// Where the value of `key` is to be written.
    pub(super) fn member(&mut self, key: &str) -> &mut String {
        self.separate();
        self.out.extend(["\"", key, "\":"]);
        self.out
    }

    /// Members in their text form, perhaps none.
    pub(super) fn others(&mut self, members: &str) {
        if !members.is_empty() {
            self.separate();
            self.out.push_str(members);
        }
    }

    pub(super) fn end(self) {
        self.out.push('}');
    }

    fn separate(&mut self) {
        if !self.is_empty {
            self.out.push(',');
        }
        self.is_empty = false;
    }
}

/// Before an entry of an array that is being written: the comma, unless it is the first.
pub(super) fn separate(array: &mut String) {
    if !array.ends_with('[') {
        array.push(',');
    }
}
