//! Rows of a table as JavaScript objects that make their cells when a script reads them.
//!
//! Most scripts look at a few columns of many rows; making every cell of every row took two thirds of the time of such a
//! script (DESIGN.md). So a row begins *virtual*: an object of a class of its own, without properties, behind which stands
//! its place in the batch that came from the host. To a script it is an ordinary object with one property a header. The first
//! thing that an ordinary object would have to remember (a write, a delete, a definition), or reading it again and again, makes
//! it *ordinary*: the cells become properties, and the engine forgets that it ever was different.
//!
//! While the engine lists or describes properties it counts them first and copies them later, so the hooks it calls then must
//! not change the object: only `get_property`, `define_own_property` and `delete_property` may make a row ordinary.

use std::cell::Cell;
use std::rc::Rc;

use arbex_abi::rows::Row;
use rquickjs::{Ctx, Value, qjs};

mod class;

use class::{class, make_ordinary};
pub use class::{iterator_result, register};

/// A row that is read this many times more than it has columns becomes ordinary: by then making all cells once would have
/// been cheaper.
const SPARE_READS: u32 = 2;

/// The columns of a table.
pub struct Columns {
    atoms: Vec<qjs::JSAtom>,
    /// Atom and position, ordered by atom.
    by_atom: Vec<(qjs::JSAtom, u32)>,
    /// Some header reads like an array index. Objects list such keys first, which virtual rows do not.
    has_index: bool,
}

impl Columns {
    /// Columns of these names, which are unique.
    pub fn new(ctx: &Ctx<'_>, headers: &[&str]) -> Self {
        let raw = ctx.as_raw().as_ptr();
        let atoms: Vec<_> = headers
            .iter()
            // SAFETY: pointer and length of live text; the atoms live as long as the instance.
            .map(|header| unsafe { qjs::JS_NewAtomLen(raw, header.as_ptr().cast(), header.len() as _) })
            .collect();
        let mut by_atom: Vec<_> = atoms.iter().zip(0..).map(|(atom, position)| (*atom, position)).collect();
        by_atom.sort_unstable();
        let has_index = headers.iter().any(|header| header.bytes().all(|byte| byte.is_ascii_digit()));
        Self { atoms, by_atom, has_index }
    }

    fn position(&self, atom: qjs::JSAtom) -> Option<usize> {
        const FEW: usize = 8;
        if self.atoms.len() <= FEW {
            return self.atoms.iter().position(|column| *column == atom);
        }
        let found = self.by_atom.binary_search_by_key(&atom, |(column, _)| *column).ok()?;
        Some(self.by_atom[found].1 as usize)
    }
}

/// Rows that came from the host together, and the next of them to hand out.
pub struct Batch {
    columns: Rc<Columns>,
    bytes: Vec<u8>,
    /// Where the rows begin that are on no page yet.
    next_page: usize,
    page: Option<Rc<Page>>,
    /// Where the next row begins on the page.
    next_row: usize,
}

/// Some rows in memory of the engine. A row that a script keeps keeps its page, hence few rows a page; and the engine has to
/// know of the memory, or it would not collect cycles of rows before all memory is used up.
struct Page {
    columns: Rc<Columns>,
    bytes: *mut u8,
    length: usize,
    runtime: *mut qjs::JSRuntime,
}

/// Rows a page: enough to make a page's own cost small, few enough for a script that keeps one row of them.
const PAGE_ROWS: usize = 16;

impl Page {
    fn new(ctx: &Ctx<'_>, columns: Rc<Columns>, bytes: &[u8]) -> Option<Self> {
        let raw = ctx.as_raw().as_ptr();
        // SAFETY: a live context; the memory is as long as what is copied there.
        unsafe {
            let copy = qjs::js_malloc(raw, bytes.len() as _).cast::<u8>();
            if copy.is_null() {
                return None;
            }
            copy.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            Some(Self { columns, bytes: copy, length: bytes.len(), runtime: qjs::JS_GetRuntime(raw) })
        }
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: allocated and filled by `new`, freed by `drop`.
        unsafe { std::slice::from_raw_parts(self.bytes, self.length) }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // SAFETY: allocated by `new` from this runtime, which outlives all rows.
        unsafe { qjs::js_free_rt(self.runtime, self.bytes.cast()) };
    }
}

impl Batch {
    /// The rows that `bytes` holds, encoded as in [`arbex_abi::rows`].
    pub fn new(columns: Rc<Columns>, bytes: Vec<u8>) -> Self {
        Self { columns, bytes, next_page: 0, page: None, next_row: 0 }
    }

    /// The next row as an object; none when all are handed out.
    pub fn take<'js>(&mut self, ctx: &Ctx<'js>) -> Option<Value<'js>> {
        if self.page.as_ref().is_none_or(|page| page.length <= self.next_row) {
            self.turn_page(ctx)?;
        }
        let page = self.page.as_ref()?;
        let (row, after) = Row::split_from(page.bytes().get(self.next_row..)?)?;
        let virtual_row =
            VirtualRow { page: Rc::clone(page), at: self.next_row, width: row.width(), reads: Cell::new(0) };
        let needs_properties = self.columns.has_index || self.columns.atoms.len() < row.width();
        self.next_row = page.length - after.len();
        let raw = ctx.as_raw().as_ptr();
        // SAFETY: a live context; the new object owns the virtual row until its finalizer or `make_ordinary` takes it back.
        let object = unsafe {
            let object = qjs::JS_NewObjectClass(raw, class().id);
            qjs::JS_SetOpaque(object, Box::into_raw(Box::new(virtual_row)).cast());
            if needs_properties {
                make_ordinary(raw, object);
            }
            Value::from_raw(ctx.clone(), object)
        };
        Some(object)
    }

    fn turn_page(&mut self, ctx: &Ctx<'_>) -> Option<()> {
        let from = self.bytes.get(self.next_page..)?;
        let mut rest = from;
        for _ in 0..PAGE_ROWS {
            let Some((_, after)) = Row::split_from(rest) else { break };
            rest = after;
        }
        let length = from.len() - rest.len();
        // The last page is let go of with the batch's last row.
        self.page = match length {
            0 => None,
            _ => Some(Rc::new(Page::new(ctx, Rc::clone(&self.columns), &from[..length])?)),
        };
        self.next_page += length;
        self.next_row = 0;
        self.page.is_some().then_some(())
    }
}

/// What stands behind a row that is not ordinary yet.
struct VirtualRow {
    page: Rc<Page>,
    /// Where the row begins on its page.
    at: usize,
    width: usize,
    reads: Cell<u32>,
}

impl VirtualRow {
    fn row(&self) -> Option<Row<'_>> {
        Row::split_from(self.page.bytes().get(self.at..)?).map(|(row, _)| row)
    }

    /// A new string of the cell. Missing cells are empty (decision 1).
    unsafe fn cell(&self, ctx: *mut qjs::JSContext, position: usize) -> qjs::JSValue {
        let text = self.row().and_then(|row| row.cell(position)).unwrap_or_default();
        // SAFETY: pointer and length of live UTF-8 text.
        unsafe { qjs::JS_NewStringLen(ctx, text.as_ptr().cast(), text.len() as _) }
    }
}
