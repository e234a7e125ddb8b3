//! Walking an expression over a value.

use std::cell::RefCell;

use super::tree::{Comparison, Node, Pick};
use super::value::{Kind, Name, Val};
use super::{Expression, Fault, FaultKind, functions, value_of};

/// Levels to which `==` looks into two values. Deeper ones (or values that hold themselves) are a fault, not an overflow.
const MAX_COMPARED_DEPTH: u32 = 500;

/// What the expression finds in `data`.
pub fn search(expression: &Expression, data: Val) -> Result<Val, Fault> {
    let literals = RefCell::new(vec![None; expression.literals.len()]);
    Search { expression, literals }.evaluate(&expression.root, &data)
}

/// One search under way.
pub struct Search<'a> {
    expression: &'a Expression,
    /// Literals that were met.
    literals: RefCell<Vec<Option<Val>>>,
}

impl Search<'_> {
    pub fn evaluate(&self, node: &Node, current: &Val) -> Result<Val, Fault> {
        Ok(match node {
            Node::Current => current.clone(),
            Node::Field(name) => match self.name(*name) {
                Some(name) if current.kind() == Kind::Object => current.field(name)?,
                _ => Val::NULL,
            },
            Node::Literal(literal) => self.literal(*literal)?,
            Node::Index(index) => element(current, *index)?,
            Node::Chain(steps) => {
                let Some((first, rest)) = steps.split_first() else { return Ok(current.clone()) };
                let mut found = self.evaluate(first, current)?;
                for step in rest {
                    found = self.evaluate(step, &found)?;
                }
                found
            }
            Node::Or(sides) => self.first_where(true, sides, current)?,
            Node::And(sides) => self.first_where(false, sides, current)?,
            Node::Not(node) => Val::boolean(!self.holds(node, current)?),
            Node::Compare(comparison, left, right) => {
                compare(*comparison, &self.evaluate(left, current)?, &self.evaluate(right, current)?)?
            }
            Node::List(_) | Node::Object(_) if current.kind() == Kind::Null => Val::NULL,
            Node::List(items) => {
                Val::array(items.iter().map(|item| self.evaluate(item, current)).collect::<Result<_, _>>()?)?
            }
            Node::Object(members) => {
                let object = Val::object()?;
                for (name, member) in members {
                    let member = self.evaluate(member, current)?;
                    if let Some(name) = self.name(*name) {
                        object.define(name, member)?;
                    }
                }
                object
            }
            Node::Project { source, picked, each } => {
                let source = self.evaluate(source, current)?;
                match self.project(&source, picked, each)? {
                    Some(found) => Val::array(found)?,
                    None => Val::NULL,
                }
            }
            Node::Call(function, arguments) => functions::call(self, *function, arguments, current)?,
        })
    }

    fn name(&self, place: usize) -> Option<&Name> {
        self.expression.names.get(place)
    }

    fn literal(&self, place: usize) -> Result<Val, Fault> {
        let Some(written) = self.expression.literals.get(place) else { return Ok(Val::NULL) };
        let mut literals = self.literals.borrow_mut();
        match literals.get_mut(place) {
            Some(Some(known)) => Ok(known.clone()),
            Some(unknown) => Ok(unknown.insert(value_of(written)?).clone()),
            None => value_of(written),
        }
    }

    /// The first side that is truthy, or that is not; else the last.
    fn first_where(&self, wanted: bool, sides: &[Node], current: &Val) -> Result<Val, Fault> {
        let mut found = Val::NULL;
        for side in sides {
            found = self.evaluate(side, current)?;
            if is_truthy(&found)? == wanted {
                break;
            }
        }
        Ok(found)
    }

    fn holds(&self, node: &Node, current: &Val) -> Result<bool, Fault> {
        is_truthy(&self.evaluate(node, current)?)
    }

    /// None when the source is not of the kind that the projection is for.
    fn project(&self, source: &Val, picked: &Pick, each: &Node) -> Result<Option<Vec<Val>>, Fault> {
        let wanted = if matches!(picked, Pick::Values) { Kind::Object } else { Kind::Array };
        if source.kind() != wanted {
            return Ok(None);
        }
        let mut found = Vec::new();
        let mut take = |element: Val| -> Result<(), Fault> {
            let result = if matches!(each, Node::Current) { element } else { self.evaluate(each, &element)? };
            if !result.is_null() {
                found.push(result);
            }
            Ok(())
        };
        match picked {
            Pick::Elements => {
                for index in 0..source.length()? {
                    take(source.element(index)?)?;
                }
            }
            Pick::Values => {
                for name in source.names()? {
                    take(source.field(&name)?)?;
                }
            }
            Pick::Flattened => {
                for index in 0..source.length()? {
                    let element = source.element(index)?;
                    if element.kind() != Kind::Array {
                        take(element)?;
                        continue;
                    }
                    for inner in 0..element.length()? {
                        take(element.element(inner)?)?;
                    }
                }
            }
            Pick::Filtered(condition) => {
                for index in 0..source.length()? {
                    let element = source.element(index)?;
                    if self.holds(condition, &element)? {
                        take(element)?;
                    }
                }
            }
            Pick::Slice { start, stop, step } => {
                for index in Slice::new(i64::from(source.length()?), *start, *stop, *step) {
                    take(source.element(index)?)?;
                }
            }
        }
        Ok(Some(found))
    }
}

/// The indices that a slice takes of an array.
struct Slice {
    next: i64,
    stop: i64,
    step: i64,
}

impl Slice {
    fn new(length: i64, start: Option<i64>, stop: Option<i64>, step: i64) -> Self {
        // Going backwards, the end is before the first element.
        let (least, most) = if step < 0 { (-1, length - 1) } else { (0, length) };
        let bounded = |place: i64| {
            let place = if place < 0 { place.saturating_add(length) } else { place };
            place.clamp(least, most)
        };
        let (from, to) = if step < 0 { (most, least) } else { (least, most) };
        Self { next: start.map_or(from, bounded), stop: stop.map_or(to, bounded), step }
    }
}

impl Iterator for Slice {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let goes_on = if self.step < 0 { self.stop < self.next } else { self.next < self.stop };
        let index = u32::try_from(self.next).ok().filter(|_| goes_on)?;
        self.next = self.next.saturating_add(self.step);
        Some(index)
    }
}

fn element(array: &Val, index: i64) -> Result<Val, Fault> {
    if array.kind() != Kind::Array {
        return Ok(Val::NULL);
    }
    let length = i64::from(array.length()?);
    let index = if index < 0 { index.saturating_add(length) } else { index };
    match u32::try_from(index) {
        Ok(place) if index < length => array.element(place),
        _ => Ok(Val::NULL),
    }
}

/// False are null, `false` and all that is empty. Numbers are true, 0 too.
fn is_truthy(value: &Val) -> Result<bool, Fault> {
    Ok(match value.kind() {
        Kind::Null => false,
        Kind::Boolean => value.is_true(),
        Kind::Number => true,
        Kind::Text | Kind::Array => value.length()? != 0,
        Kind::Object => !value.names()?.is_empty(),
    })
}

fn compare(comparison: Comparison, left: &Val, right: &Val) -> Result<Val, Fault> {
    if comparison == Comparison::Equal || comparison == Comparison::NotEqual {
        return Ok(Val::boolean(is_equal(left, right)? == (comparison == Comparison::Equal)));
    }
    // Only numbers have an order.
    let (Some(left), Some(right)) = (left.as_number(), right.as_number()) else { return Ok(Val::NULL) };
    Ok(Val::boolean(match comparison {
        Comparison::Less => left < right,
        Comparison::LessOrEqual => left <= right,
        Comparison::Greater => left > right,
        _ => left >= right,
    }))
}

/// Whether both are the same JSON.
pub fn is_equal(left: &Val, right: &Val) -> Result<bool, Fault> {
    is_equal_at(left, right, 0)
}

fn is_equal_at(left: &Val, right: &Val, depth: u32) -> Result<bool, Fault> {
    if MAX_COMPARED_DEPTH < depth {
        let message = format!("values nested deeper than {MAX_COMPARED_DEPTH} levels cannot be compared");
        return Err(Fault::new(FaultKind::Value, message));
    }
    let kind = left.kind();
    if kind != right.kind() {
        return Ok(false);
    }
    Ok(match kind {
        Kind::Null => true,
        Kind::Boolean => left.is_true() == right.is_true(),
        Kind::Number => left.as_number() == right.as_number(),
        _ if left.is(right) => true,
        Kind::Text => left.length()? == right.length()? && left.utf8()?.bytes() == right.utf8()?.bytes(),
        Kind::Array => {
            let length = left.length()?;
            if length != right.length()? {
                return Ok(false);
            }
            for index in 0..length {
                if !is_equal_at(&left.element(index)?, &right.element(index)?, depth + 1)? {
                    return Ok(false);
                }
            }
            true
        }
        Kind::Object => {
            let names = left.names()?;
            if names.len() != right.names()?.len() {
                return Ok(false);
            }
            for name in &names {
                let (one, other) = (left.field(name)?, right.field(name)?);
                // A member that is null and one that is not there look alike.
                if one.is_null() && !right.has(name)? || !is_equal_at(&one, &other, depth + 1)? {
                    return Ok(false);
                }
            }
            true
        }
    })
}
