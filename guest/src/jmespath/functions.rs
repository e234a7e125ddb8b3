//! The functions of JMESPath.

use std::cmp::Ordering;

use super::Fault;
use super::evaluate::{Search, is_equal};
use super::signature::{self, Function, Parameter, Signature};
use super::tree::{Argument, Node};
use super::value::{Kind, Utf8, Val};

/// Arguments that are evaluated, those that are expressions aside.
struct Arguments<'a> {
    values: Vec<Val>,
    expression: Option<&'a Node>,
}

impl Arguments<'_> {
    fn value(&self, position: usize) -> &Val {
        static NOTHING: Val = Val::NULL;
        self.values.get(position).unwrap_or(&NOTHING)
    }

    fn number(&self, position: usize) -> f64 {
        self.value(position).as_number().unwrap_or(f64::NAN)
    }
}

pub fn call(search: &Search<'_>, function: Function, given: &[Argument], current: &Val) -> Result<Val, Fault> {
    let signature = signature::of_function(function);
    if function == Function::NotNull {
        return first_that_is_not_null(search, given, current);
    }
    let mut arguments = Arguments { values: Vec::with_capacity(given.len()), expression: None };
    for (position, argument) in given.iter().enumerate() {
        match argument {
            Argument::Expression(node) => arguments.expression = Some(node),
            Argument::Value(node) => {
                let value = search.evaluate(node, current)?;
                check(signature, position, &value)?;
                arguments.values.push(value);
            }
        }
    }
    apply(search, signature, &arguments)
}

fn check(signature: &Signature, position: usize, value: &Val) -> Result<(), Fault> {
    let kind = value.kind();
    let fits = match signature.parameter(position) {
        Parameter::Any => true,
        Parameter::Number => kind == Kind::Number,
        Parameter::Text => kind == Kind::Text,
        Parameter::Array => kind == Kind::Array,
        Parameter::Object => kind == Kind::Object,
        Parameter::ArrayOrText => matches!(kind, Kind::Array | Kind::Text),
        Parameter::Countable => matches!(kind, Kind::Array | Kind::Object | Kind::Text),
        Parameter::Expression => false,
    };
    if fits { Ok(()) } else { Err(signature.wrong(position, kind.described())) }
}

fn apply(search: &Search<'_>, signature: &Signature, arguments: &Arguments<'_>) -> Result<Val, Fault> {
    let first = arguments.value(0);
    let each = arguments.expression.unwrap_or(&Node::Current);
    Ok(match signature.function {
        Function::Abs => Val::number(arguments.number(0).abs()),
        Function::Ceil => Val::number(arguments.number(0).ceil()),
        Function::Floor => Val::number(arguments.number(0).floor()),
        Function::Sum => Val::number(sum(signature, first)?.0),
        Function::Avg => match sum(signature, first)? {
            (_, 0) => Val::NULL,
            (sum, count) => Val::number(sum / f64::from(count)),
        },
        Function::Contains => Val::boolean(contains(first, arguments.value(1))?),
        Function::StartsWith => Val::boolean(first.utf8()?.bytes().starts_with(arguments.value(1).utf8()?.bytes())),
        Function::EndsWith => Val::boolean(first.utf8()?.bytes().ends_with(arguments.value(1).utf8()?.bytes())),
        Function::Join => join(signature, first, arguments.value(1))?,
        Function::Keys => Val::array(first.names()?.iter().map(|name| name.text()).collect::<Result<_, _>>()?)?,
        Function::Values => Val::array(first.names()?.iter().map(|name| first.field(name)).collect::<Result<_, _>>()?)?,
        Function::Length => Val::number(length(first)?),
        // Here the expression comes first: the only value is the array.
        Function::Map => {
            let mapped =
                elements(first)?.iter().map(|element| search.evaluate(each, element)).collect::<Result<_, _>>();
            Val::array(mapped?)?
        }
        Function::Max => extreme(keyed_by_themselves(signature, first)?, Ordering::Greater),
        Function::Min => extreme(keyed_by_themselves(signature, first)?, Ordering::Less),
        Function::MaxBy => extreme(keyed_by(search, signature, first, each)?, Ordering::Greater),
        Function::MinBy => extreme(keyed_by(search, signature, first, each)?, Ordering::Less),
        Function::Sort => sorted(keyed_by_themselves(signature, first)?)?,
        Function::SortBy => sorted(keyed_by(search, signature, first, each)?)?,
        Function::Merge => {
            let merged = Val::object()?;
            for object in &arguments.values {
                for name in object.names()? {
                    merged.define(&name, object.field(&name)?)?;
                }
            }
            merged
        }
        Function::Reverse if first.kind() == Kind::Text => {
            let reversed: Vec<u8> = characters(first.utf8()?.bytes()).rev().flatten().copied().collect();
            Val::text(&reversed)?
        }
        Function::Reverse => {
            let mut elements = elements(first)?;
            elements.reverse();
            Val::array(elements)?
        }
        Function::ToArray if first.kind() == Kind::Array => first.clone(),
        Function::ToArray => Val::array(vec![first.clone()])?,
        Function::ToNumber => to_number(first)?,
        Function::ToString if first.kind() == Kind::Text => first.clone(),
        // What `toJSON` makes of an object may have no JSON form.
        Function::ToString => match first.json()? {
            json if json.kind() == Kind::Text => json,
            _ => Val::text(b"null")?,
        },
        Function::Type => Val::text(first.kind().name().as_bytes())?,
        Function::NotNull => Val::NULL,
    })
}

/// Evaluates only up to the first, as `||` does.
fn first_that_is_not_null(search: &Search<'_>, given: &[Argument], current: &Val) -> Result<Val, Fault> {
    for argument in given {
        if let Argument::Value(node) = argument {
            let value = search.evaluate(node, current)?;
            if !value.is_null() {
                return Ok(value);
            }
        }
    }
    Ok(Val::NULL)
}

fn elements(array: &Val) -> Result<Vec<Val>, Fault> {
    (0..array.length()?).map(|index| array.element(index)).collect()
}

/// Sum and count.
fn sum(signature: &Signature, numbers: &Val) -> Result<(f64, u32), Fault> {
    let count = numbers.length()?;
    let mut sum = 0.0;
    for index in 0..count {
        let element = numbers.element(index)?;
        let Some(number) = element.as_number() else {
            return Err(signature.wrong_element(0, "an array of numbers", index as usize, element.kind().described()));
        };
        sum += number;
    }
    Ok((sum, count))
}

fn contains(subject: &Val, wanted: &Val) -> Result<bool, Fault> {
    if subject.kind() == Kind::Text {
        // Another kind than a string is in no string.
        return Ok(wanted.kind() == Kind::Text && is_within(subject.utf8()?.bytes(), wanted.utf8()?.bytes()));
    }
    for index in 0..subject.length()? {
        if is_equal(&subject.element(index)?, wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_within(text: &[u8], wanted: &[u8]) -> bool {
    match (std::str::from_utf8(text), std::str::from_utf8(wanted)) {
        // The library's search is linear.
        (Ok(text), Ok(wanted)) => text.contains(wanted),
        // Half a surrogate pair is in one of them.
        _ => wanted.is_empty() || text.windows(wanted.len()).any(|window| window == wanted),
    }
}

fn join(signature: &Signature, glue: &Val, texts: &Val) -> Result<Val, Fault> {
    let glue = glue.utf8()?;
    let mut joined = Vec::new();
    for index in 0..texts.length()? {
        let element = texts.element(index)?;
        if element.kind() != Kind::Text {
            return Err(signature.wrong_element(1, "an array of strings", index as usize, element.kind().described()));
        }
        if 0 < index {
            joined.extend_from_slice(glue.bytes());
        }
        joined.extend_from_slice(element.utf8()?.bytes());
    }
    Val::text(&joined)
}

fn length(value: &Val) -> Result<f64, Fault> {
    Ok(match value.kind() {
        Kind::Text => characters(value.utf8()?.bytes()).count() as f64,
        Kind::Object => value.names()?.len() as f64,
        _ => f64::from(value.length()?),
    })
}

/// The bytes of each code point. Works for halves of surrogate pairs too, which `str` cannot hold.
fn characters(utf8: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    let is_first = |byte: u8| byte & 0b1100_0000 != 0b1000_0000;
    let starts: Vec<usize> = (0..utf8.len()).filter(|&at| is_first(utf8[at])).chain([utf8.len()]).collect();
    (1..starts.len()).map(move |n| &utf8[starts[n - 1]..starts[n]])
}

/// As JSON writes numbers, else null.
fn to_number(value: &Val) -> Result<Val, Fault> {
    Ok(match value.kind() {
        Kind::Number => value.clone(),
        Kind::Text => match std::str::from_utf8(value.utf8()?.bytes()) {
            Ok(text) if is_json_number(text) => text.parse().map_or(Val::NULL, Val::number),
            _ => Val::NULL,
        },
        _ => Val::NULL,
    })
}

fn is_json_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

/// What elements are ordered by.
enum Key {
    Number(f64),
    Text(Utf8),
}

impl Key {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            // Zero has one place, whatever its sign, and what is not a number comes last.
            (Self::Number(one), Self::Number(other)) => (one + 0.0).total_cmp(&(other + 0.0)),
            (Self::Text(one), Self::Text(other)) => one.bytes().cmp(other.bytes()),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        }
    }
}

/// The key in `value`, when it is of the kind of the first key.
fn key_of(value: &Val, first: Option<&(Key, Val)>) -> Result<Option<Key>, Fault> {
    Ok(match (value.kind(), first) {
        (Kind::Number, None | Some((Key::Number(_), _))) => value.as_number().map(Key::Number),
        (Kind::Text, None | Some((Key::Text(_), _))) => Some(Key::Text(value.utf8()?)),
        _ => None,
    })
}

fn expected_key(first: Option<&(Key, Val)>, plural: bool) -> &'static str {
    match (first, plural) {
        (None, true) => "an array of numbers or of strings",
        (Some((Key::Number(_), _)), true) => "an array of numbers only",
        (Some((Key::Text(_), _)), true) => "an array of strings only",
        (None, false) => "numbers or strings",
        (Some((Key::Number(_), _)), false) => "numbers only",
        (Some((Key::Text(_), _)), false) => "strings only",
    }
}

fn keyed_by_themselves(signature: &Signature, array: &Val) -> Result<Vec<(Key, Val)>, Fault> {
    let mut keyed = Vec::new();
    for (index, element) in elements(array)?.into_iter().enumerate() {
        let Some(key) = key_of(&element, keyed.first())? else {
            let expected = expected_key(keyed.first(), true);
            return Err(signature.wrong_element(0, expected, index, element.kind().described()));
        };
        keyed.push((key, element));
    }
    Ok(keyed)
}

fn keyed_by(search: &Search<'_>, signature: &Signature, array: &Val, by: &Node) -> Result<Vec<(Key, Val)>, Fault> {
    let mut keyed = Vec::new();
    for (index, element) in elements(array)?.into_iter().enumerate() {
        let found = search.evaluate(by, &element)?;
        let Some(key) = key_of(&found, keyed.first())? else {
            let expected = expected_key(keyed.first(), false);
            return Err(signature.wrong_key(1, expected, index, found.kind().described()));
        };
        keyed.push((key, element));
    }
    Ok(keyed)
}

/// The first of those that are furthest in a direction; null when there are none.
fn extreme(keyed: Vec<(Key, Val)>, direction: Ordering) -> Val {
    let furthest = keyed.into_iter().reduce(|best, next| if next.0.cmp(&best.0) == direction { next } else { best });
    furthest.map_or(Val::NULL, |(_, value)| value)
}

fn sorted(mut keyed: Vec<(Key, Val)>) -> Result<Val, Fault> {
    keyed.sort_by(|one, other| one.0.cmp(&other.0));
    Val::array(keyed.into_iter().map(|(_, value)| value).collect())
}
