//! Expressions as trees.

use super::signature::Function;

/// One step of an expression, applied to a value: the current one.
#[derive(Debug)]
pub enum Node {
    Current,
    /// By its place in [`Parsed::names`].
    Field(usize),
    /// By its place in [`Parsed::literals`].
    Literal(usize),
    Index(i64),
    /// Each is applied to the result of the one before.
    Chain(Vec<Node>),
    Or(Vec<Node>),
    And(Vec<Node>),
    Not(Box<Node>),
    Compare(Comparison, Box<Node>, Box<Node>),
    List(Vec<Node>),
    Object(Vec<(usize, Node)>),
    /// `each` is applied to what `picked` takes of the value of `source`; what is null is left out.
    Project {
        source: Box<Node>,
        picked: Pick,
        each: Box<Node>,
    },
    Call(Function, Vec<Argument>),
}

#[derive(Debug)]
pub enum Pick {
    Elements,
    Values,
    Flattened,
    Filtered(Box<Node>),
    Slice { start: Option<i64>, stop: Option<i64>, step: i64 },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug)]
pub enum Argument {
    Value(Node),
    /// `&expression`
    Expression(Node),
}

/// A name or a literal as it stands in the expression.
#[derive(Debug)]
pub struct Written {
    pub text: String,
    /// Whether `text` is JSON; else it is the string itself.
    pub is_json: bool,
    /// Where it stands, in bytes. Counting columns takes time and is left to errors.
    pub at: usize,
}

#[derive(Debug)]
pub struct Parsed {
    pub root: Node,
    pub names: Vec<Written>,
    pub literals: Vec<Written>,
}
