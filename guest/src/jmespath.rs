//! JMESPath (jmespath.org) over JavaScript values: a tree of the expression is walked, members are read through the engine,
//! and nothing is converted. DESIGN.md has what the alternatives cost.

mod binding;
mod evaluate;
mod functions;
mod lexer;
mod parser;
mod signature;
mod tree;
mod value;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use rquickjs::{Ctx, String as JsString, Value};

use crate::text;
use tree::{Node, Parsed, Written};
use value::{Name, Val};

/// What is wrong with an expression, or with what it met.
#[derive(Clone, Copy, Debug, PartialEq)]
enum FaultKind {
    Syntax,
    Type,
    Value,
    Arity,
    Function,
}

impl FaultKind {
    /// As the specification names them.
    fn name(self) -> &'static str {
        match self {
            Self::Syntax => "syntax error",
            Self::Type => "invalid-type",
            Self::Value => "invalid-value",
            Self::Arity => "invalid-arity",
            Self::Function => "unknown-function",
        }
    }
}

/// Why there is no result.
#[derive(Debug)]
enum Fault {
    /// To be thrown as an `Error` with this message.
    Message(String),
    /// An exception is pending already: a getter of the script threw it.
    Thrown,
}

impl Fault {
    fn new(kind: FaultKind, message: String) -> Self {
        Self::Message(format!("{}: {message}", kind.name()))
    }
}

/// An expression made ready for this engine.
struct Expression {
    root: Node,
    /// The names that `Node::Field` and `Node::Object` point to.
    names: Vec<Name>,
    /// What `Node::Literal` points to. Made anew for each search: a script may change what it got.
    literals: Vec<Written>,
}

/// Expressions that are kept parsed, and how long they may be.
const MAX_CACHED: usize = 64;
const MAX_CACHED_BYTES: usize = 4096;

thread_local! {
    static CACHE: RefCell<BTreeMap<String, Rc<Expression>>> = const { RefCell::new(BTreeMap::new()) };
}

/// `search(expression, data)`: throws an `Error` whose message begins with the kind of the fault.
pub fn search<'js>(ctx: Ctx<'js>, expression: JsString<'js>, data: Value<'js>) -> rquickjs::Result<Value<'js>> {
    let found = expression_of(&text::lossy(&expression))
        .and_then(|expression| evaluate::search(&expression, Val::of(&data).cleaned()));
    match found {
        Ok(found) => Ok(found.into_value(&ctx)),
        Err(fault) => {
            if let Fault::Message(message) = fault {
                value::throw(&message);
            }
            Err(rquickjs::Error::Exception)
        }
    }
}

fn expression_of(text: &str) -> Result<Rc<Expression>, Fault> {
    if let Some(cached) = CACHE.with(|cache| cache.borrow().get(text).cloned()) {
        return Ok(cached);
    }
    let expression = Rc::new(prepare(text, parser::parse(text)?)?);
    if text.len() <= MAX_CACHED_BYTES {
        CACHE.with(|cache| {
            let mut cache = cache.borrow_mut();
            if MAX_CACHED <= cache.len() {
                cache.clear();
            }
            cache.insert(text.to_owned(), expression.clone());
        });
    }
    Ok(expression)
}

fn prepare(text: &str, Parsed { root, names, literals }: Parsed) -> Result<Expression, Fault> {
    // A literal that is no JSON is a fault of the expression, also where it is never looked at.
    for literal in literals.iter().filter(|literal| literal.is_json) {
        checked_value_of(literal, text)?;
    }
    let names = names.iter().map(|name| Name::of(&checked_value_of(name, text)?)).collect::<Result<_, _>>()?;
    Ok(Expression { root, names, literals })
}

/// The value of what is written in `expression`, which is a fault of it where it is no JSON.
fn checked_value_of(written: &Written, expression: &str) -> Result<Val, Fault> {
    value_of(written).map_err(|_| {
        let (reason, column) = (value::take_exception(), lexer::column(expression, written.at));
        Fault::new(FaultKind::Syntax, format!("what is quoted is not JSON ({reason}) at column {column}"))
    })
}

/// The value of what is written in an expression.
fn value_of(written: &Written) -> Result<Val, Fault> {
    if written.is_json { Val::parse(&written.text) } else { Val::text(written.text.as_bytes()) }
}
