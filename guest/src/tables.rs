//! The open tables of the run: their columns, and the batch whose rows are handed out now.

use std::cell::RefCell;
use std::ffi::c_int;
use std::rc::Rc;

use rquickjs::{Array, Ctx, Function, Value, qjs};

use crate::row::{self, Batch, Columns};

struct Table {
    id: u32,
    columns: Rc<Columns>,
    batch: Option<Batch>,
}

thread_local! {
    static TABLES: RefCell<Vec<Table>> = const { RefCell::new(Vec::new()) };
}

/// Remember a table that was opened.
pub fn opened(ctx: &Ctx<'_>, id: u32, headers: &[&str]) {
    let columns = Rc::new(Columns::new(ctx, headers));
    TABLES.with_borrow_mut(|tables| {
        tables.retain(|table| table.id != id);
        tables.push(Table { id, columns, batch: None });
    });
}

/// Rows of a table came; those that it had are handed out. A table that was closed meanwhile needs them no more.
pub fn rows_came(id: u32, cells: &[u8]) {
    with(id, |table| table.batch = Some(Batch::new(Rc::clone(&table.columns), cells.to_vec())));
}

/// Forget a table. Rows that were handed out keep what they need.
pub fn closed(id: u32) {
    TABLES.with_borrow_mut(|tables| tables.retain(|table| table.id != id));
}

fn with<R>(id: u32, work: impl FnOnce(&mut Table) -> R) -> Option<R> {
    TABLES.with_borrow_mut(|tables| tables.iter_mut().find(|table| table.id == id).map(work))
}

/// The next row that has come already, else `undefined`.
pub fn take_row<'js>(ctx: Ctx<'js>, id: u32) -> Option<Value<'js>> {
    with(id, |table| table.batch.as_mut()?.take(&ctx)).flatten()
}

/// Append up to `count` rows that have come already to the array `rows`.
pub fn take_rows<'js>(ctx: Ctx<'js>, id: u32, rows: Array<'js>, count: f64) -> rquickjs::Result<()> {
    let mut left = count;
    while 1.0 <= left
        && let Some(row) = take_row(ctx.clone(), id)
    {
        let property = rquickjs::object::Property::from(row).writable().enumerable().configurable();
        rows.as_object().prop(rows.len() as u32, property)?;
        left -= 1.0;
    }
    Ok(())
}

/// The `next` of an async iterator over a table: `await`ed row by row, so it is the hot path of most scripts. A row that has
/// come already is handed out from here; `wait` is called for one that has not.
pub fn make_next<'js>(ctx: Ctx<'js>, id: u32, wait: Function<'js>) -> Value<'js> {
    let raw = ctx.as_raw().as_ptr();
    // SAFETY: a live context; the function keeps references of its own to the id and `wait`.
    unsafe {
        let mut data = [qjs::JS_MKVAL(qjs::JS_TAG_INT, id as i32), wait.as_raw()];
        let next = qjs::JS_NewCFunctionData2(raw, Some(next), c"next".as_ptr(), 0, 0, 2, data.as_mut_ptr());
        Value::from_raw(ctx, next)
    }
}

unsafe extern "C" fn next(
    ctx: *mut qjs::JSContext,
    _this: qjs::JSValue,
    _argc: c_int,
    _argv: *mut qjs::JSValue,
    _magic: c_int,
    data: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: called by the engine with a live context and the two values of `make_next`; what is made here is given away or
    // freed here.
    unsafe {
        let live = Ctx::from_raw(std::ptr::NonNull::new_unchecked(ctx));
        let Some(next) = take_row(live, qjs::JS_VALUE_GET_INT(*data) as u32) else {
            return qjs::JS_Call(ctx, *data.add(1), qjs::JS_UNDEFINED, 0, std::ptr::null_mut());
        };
        let next = std::mem::ManuallyDrop::new(next).as_raw();
        let result = row::iterator_result(ctx, next);
        let promise = qjs::JS_NewSettledPromise(ctx, false, result);
        qjs::JS_FreeValue(ctx, result);
        promise
    }
}
