//! The functions of JMESPath: what they take.

use super::{Fault, FaultKind};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    Abs,
    Avg,
    Ceil,
    Contains,
    EndsWith,
    Floor,
    Join,
    Keys,
    Length,
    Map,
    Max,
    MaxBy,
    Merge,
    Min,
    MinBy,
    NotNull,
    Reverse,
    Sort,
    SortBy,
    StartsWith,
    Sum,
    ToArray,
    ToNumber,
    ToString,
    Type,
    Values,
}

/// What an argument must be. What the elements of an array must be is found while they are read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Parameter {
    Any,
    Number,
    Text,
    Array,
    Object,
    ArrayOrText,
    Countable,
    /// `&expression`
    Expression,
}

impl Parameter {
    fn expected(self) -> &'static str {
        match self {
            Self::Any => "a value",
            Self::Number => "a number",
            Self::Text => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
            Self::ArrayOrText => "an array or a string",
            Self::Countable => "an array, an object or a string",
            Self::Expression => "an expression such as &name",
        }
    }
}

pub struct Signature {
    pub name: &'static str,
    pub function: Function,
    pub parameters: &'static [Parameter],
    /// The last parameter may be given again and again.
    pub is_variadic: bool,
}

pub fn of(name: &str) -> Option<&'static Signature> {
    SIGNATURES.iter().find(|signature| signature.name == name)
}

pub fn of_function(function: Function) -> &'static Signature {
    // They stand in the order of the enum; a test of the compliance suite calls every one.
    &SIGNATURES[function as usize]
}

impl Signature {
    /// What the argument at `position` must be.
    pub fn parameter(&self, position: usize) -> Parameter {
        self.parameters.get(position).or(self.parameters.last()).copied().unwrap_or(Parameter::Any)
    }

    /// Whether so many arguments may be given; else what is wrong.
    pub fn check_arity(&self, given: usize) -> Result<(), String> {
        let wanted = self.parameters.len();
        if given == wanted || self.is_variadic && wanted < given {
            return Ok(());
        }
        let least = if self.is_variadic { "at least " } else { "" };
        let plural = if wanted == 1 { "" } else { "s" };
        Err(format!("{}() takes {least}{wanted} argument{plural}, not {given}", self.name))
    }

    /// The argument at `position` is `found`, which it must not be.
    pub fn wrong(&self, position: usize, found: &str) -> Fault {
        let expected = self.parameter(position).expected();
        let message = format!("{}() argument {} must be {expected}, not {found}", self.name, position + 1);
        Fault::new(FaultKind::Type, message)
    }

    /// An element of the array at `position` is `found`, which is not what the function can work with.
    pub fn wrong_element(&self, position: usize, expected: &str, index: usize, found: &str) -> Fault {
        let argument = position + 1;
        let message = format!("{}() argument {argument} must be {expected}, but [{index}] is {found}", self.name);
        Fault::new(FaultKind::Type, message)
    }

    /// What the expression at `position` gives for an element is `found`.
    pub fn wrong_key(&self, position: usize, expected: &str, index: usize, found: &str) -> Fault {
        let argument = position + 1;
        let message =
            format!("{}() argument {argument} must give {expected}, but for [{index}] it is {found}", self.name);
        Fault::new(FaultKind::Type, message)
    }
}

const fn fixed(name: &'static str, function: Function, parameters: &'static [Parameter]) -> Signature {
    Signature { name, function, parameters, is_variadic: false }
}

const fn variadic(name: &'static str, function: Function, parameters: &'static [Parameter]) -> Signature {
    Signature { name, function, parameters, is_variadic: true }
}

static SIGNATURES: [Signature; 26] = {
    use Parameter::*;
    [
        fixed("abs", Function::Abs, &[Number]),
        fixed("avg", Function::Avg, &[Array]),
        fixed("ceil", Function::Ceil, &[Number]),
        fixed("contains", Function::Contains, &[ArrayOrText, Any]),
        fixed("ends_with", Function::EndsWith, &[Text, Text]),
        fixed("floor", Function::Floor, &[Number]),
        fixed("join", Function::Join, &[Text, Array]),
        fixed("keys", Function::Keys, &[Object]),
        fixed("length", Function::Length, &[Countable]),
        fixed("map", Function::Map, &[Expression, Array]),
        fixed("max", Function::Max, &[Array]),
        fixed("max_by", Function::MaxBy, &[Array, Expression]),
        variadic("merge", Function::Merge, &[Object]),
        fixed("min", Function::Min, &[Array]),
        fixed("min_by", Function::MinBy, &[Array, Expression]),
        variadic("not_null", Function::NotNull, &[Any]),
        fixed("reverse", Function::Reverse, &[ArrayOrText]),
        fixed("sort", Function::Sort, &[Array]),
        fixed("sort_by", Function::SortBy, &[Array, Expression]),
        fixed("starts_with", Function::StartsWith, &[Text, Text]),
        fixed("sum", Function::Sum, &[Array]),
        fixed("to_array", Function::ToArray, &[Any]),
        fixed("to_number", Function::ToNumber, &[Any]),
        fixed("to_string", Function::ToString, &[Any]),
        fixed("type", Function::Type, &[Any]),
        fixed("values", Function::Values, &[Object]),
    ]
};
