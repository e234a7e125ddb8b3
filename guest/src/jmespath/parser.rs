//! Expressions as trees. Pure: what a tree needs of the engine (its names and literals) is only collected here.

use super::binding::{AND, COMPARISON, DOT, FILTER, FLATTEN, NOT, OR, PIPE, PROJECTION_ENDS, STAR, comparison, power};
use super::lexer::{Lexer, Token};
use super::signature::{self, Parameter};
use super::tree::{Argument, Node, Parsed, Pick, Written};
use super::{Fault, FaultKind};

/// Levels of parentheses, brackets, arguments and projections. Evaluating a level takes stack, and an overflow of the stack
/// would end the run where an error can be caught.
pub const MAX_DEPTH: u32 = 200;

pub fn parse(expression: &str) -> Result<Parsed, Fault> {
    let mut parser =
        Parser { lexer: Lexer::new(expression), token: Token::End, depth: 0, names: Vec::new(), literals: Vec::new() };
    parser.advance()?;
    let root = parser.expression(0)?;
    if parser.token != Token::End {
        return Err(parser.unexpected("the expression to end"));
    }
    Ok(Parsed { root, names: parser.names, literals: parser.literals })
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    /// The one that is looked at and not yet taken.
    token: Token<'a>,
    depth: u32,
    names: Vec<Written>,
    literals: Vec<Written>,
}

impl<'a> Parser<'a> {
    fn advance(&mut self) -> Result<Token<'a>, Fault> {
        let token = self.token;
        self.token = self.lexer.next()?;
        Ok(token)
    }

    fn unexpected(&self, wanted: &str) -> Fault {
        self.lexer.fault(format!("expected {wanted}, found {}", self.lexer.shown()))
    }

    fn expect(&mut self, token: Token<'_>, wanted: &str) -> Result<(), Fault> {
        if self.token != token {
            return Err(self.unexpected(wanted));
        }
        self.advance().map(drop)
    }

    fn expression(&mut self, bound_by: u8) -> Result<Node, Fault> {
        let around = self.depth;
        self.descend()?;
        let left = self.prefix()?;
        let left = self.infixes(left, bound_by)?;
        self.depth = around;
        Ok(left)
    }

    /// What binds closer to `left` than `bound_by`.
    fn infixes(&mut self, mut left: Node, bound_by: u8) -> Result<Node, Fault> {
        while bound_by < power(self.token) {
            left = self.infix(left)?;
            // These hold what is left of them, so that a row of them is as deep as it is long.
            if matches!(left, Node::Compare(..) | Node::Project { .. }) {
                self.descend()?;
            }
        }
        Ok(left)
    }

    fn descend(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if MAX_DEPTH < self.depth {
            return Err(self.lexer.fault(format!("the expression is nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(())
    }

    fn prefix(&mut self) -> Result<Node, Fault> {
        match self.token {
            Token::Name(name) => {
                let at = self.lexer.began();
                self.advance()?;
                if self.token == Token::LeftParenthesis {
                    return self.call(name, at);
                }
                Ok(Node::Field(self.written_name(name.to_owned(), false, at)))
            }
            Token::Quoted(name) => {
                let at = self.lexer.began();
                self.advance()?;
                if self.token == Token::LeftParenthesis {
                    return Err(self.lexer.fault("the name of a function has no quotes"));
                }
                Ok(Node::Field(self.written_name(name.to_owned(), true, at)))
            }
            Token::Raw(text) => self.literal(text.replace("\\'", "'"), false),
            Token::Json(text) => self.literal(text.replace("\\`", "`"), true),
            Token::Current => self.advance().map(|_| Node::Current),
            Token::Star => {
                self.advance()?;
                self.project(Node::Current, Pick::Values, STAR)
            }
            Token::Flatten => {
                self.advance()?;
                self.project(Node::Current, Pick::Flattened, FLATTEN)
            }
            Token::Filter => self.filter(Node::Current),
            Token::LeftBracket => {
                self.advance()?;
                match self.token {
                    Token::Number(_) | Token::Colon => self.index_or_slice(Node::Current),
                    Token::Star => self.star_or_list(),
                    _ => self.list(),
                }
            }
            Token::LeftBrace => self.object(),
            Token::Not => {
                self.advance()?;
                Ok(Node::Not(Box::new(self.expression(NOT)?)))
            }
            Token::LeftParenthesis => {
                self.advance()?;
                let inner = self.expression(0)?;
                self.expect(Token::RightParenthesis, "`)`")?;
                Ok(inner)
            }
            Token::Ampersand => Err(self.lexer.fault("`&` is for arguments of functions only, found it")),
            _ => Err(self.unexpected("an expression")),
        }
    }

    fn infix(&mut self, left: Node) -> Result<Node, Fault> {
        if let Some(comparison) = comparison(self.token) {
            self.advance()?;
            let right = self.expression(COMPARISON)?;
            return Ok(Node::Compare(comparison, Box::new(left), Box::new(right)));
        }
        match self.token {
            Token::Dot => {
                self.advance()?;
                if self.token == Token::Star {
                    self.advance()?;
                    return self.project(left, Pick::Values, STAR);
                }
                let right = self.after_dot(DOT)?;
                Ok(chained(left, right))
            }
            Token::LeftBracket => {
                self.advance()?;
                match self.token {
                    Token::Number(_) | Token::Colon => self.index_or_slice(left),
                    Token::Star => {
                        self.advance()?;
                        self.expect(Token::RightBracket, "`]`")?;
                        self.project(left, Pick::Elements, STAR)
                    }
                    _ => Err(self.unexpected("a number, `:` or `*` after `[`")),
                }
            }
            Token::Flatten => {
                self.advance()?;
                self.project(left, Pick::Flattened, FLATTEN)
            }
            Token::Filter => self.filter(left),
            Token::Pipe => {
                self.advance()?;
                let right = self.expression(PIPE)?;
                Ok(chained(left, right))
            }
            Token::Or => {
                self.advance()?;
                let right = self.expression(OR)?;
                Ok(match left {
                    Node::Or(mut sides) => {
                        sides.push(right);
                        Node::Or(sides)
                    }
                    left => Node::Or(vec![left, right]),
                })
            }
            Token::And => {
                self.advance()?;
                let right = self.expression(AND)?;
                Ok(match left {
                    Node::And(mut sides) => {
                        sides.push(right);
                        Node::And(sides)
                    }
                    left => Node::And(vec![left, right]),
                })
            }
            _ => Err(self.unexpected("an operator")),
        }
    }

    /// What may stand behind a dot: a name, a call, `*`, or a selection of several.
    fn after_dot(&mut self, bound_by: u8) -> Result<Node, Fault> {
        match self.token {
            Token::Name(_) | Token::Quoted(_) | Token::Star => self.expression(bound_by),
            Token::LeftBracket => {
                self.advance()?;
                self.list()
            }
            Token::LeftBrace => self.object(),
            _ => Err(self.unexpected("a name, `*`, `[` or `{` after `.`")),
        }
    }

    /// A projection, with what belongs to each of its elements.
    fn project(&mut self, source: Node, picked: Pick, bound_by: u8) -> Result<Node, Fault> {
        let each = match self.token {
            Token::Dot => {
                self.advance()?;
                self.after_dot(bound_by)?
            }
            Token::LeftBracket | Token::Filter => self.expression(bound_by)?,
            token if power(token) < PROJECTION_ENDS => Node::Current,
            _ => return Err(self.unexpected("`.`, `[` or `[?`")),
        };
        Ok(Node::Project { source: Box::new(source), picked, each: Box::new(each) })
    }

    /// The token is `[?`.
    fn filter(&mut self, source: Node) -> Result<Node, Fault> {
        self.advance()?;
        let condition = self.expression(0)?;
        self.expect(Token::RightBracket, "`]`")?;
        self.project(source, Pick::Filtered(Box::new(condition)), FILTER)
    }

    /// The token is the first behind `[`: a number or a colon.
    fn index_or_slice(&mut self, source: Node) -> Result<Node, Fault> {
        let mut parts = [None; 3];
        let mut colons = 0;
        loop {
            match self.token {
                Token::Number(number) if parts[colons].is_none() => parts[colons] = Some(number),
                Token::Colon if colons < 2 => colons += 1,
                Token::RightBracket => break,
                _ => return Err(self.unexpected("`]`")),
            }
            self.advance()?;
        }
        let end = self.lexer.began();
        self.advance()?;
        match (colons, parts) {
            (0, [Some(index), ..]) => Ok(chained(source, Node::Index(index))),
            (_, [start, stop, step]) => match step.unwrap_or(1) {
                0 => {
                    let column = self.lexer.column(end);
                    Err(Fault::new(FaultKind::Value, format!("the step of a slice cannot be 0 (column {column})")))
                }
                step => self.project(source, Pick::Slice { start, stop, step }, STAR),
            },
        }
    }

    /// Behind `[` stands a `*`: the wildcard `[*]`, or a list whose first expression begins with one.
    fn star_or_list(&mut self) -> Result<Node, Fault> {
        self.advance()?;
        if self.token == Token::RightBracket {
            self.advance()?;
            return self.project(Node::Current, Pick::Elements, STAR);
        }
        // The star was taken already; what follows it is parsed as if it were looked at.
        let first = self.project(Node::Current, Pick::Values, STAR)?;
        let first = self.infixes(first, 0)?;
        self.list_after(first)
    }

    /// The token is the first behind `[`.
    fn list(&mut self) -> Result<Node, Fault> {
        let first = self.expression(0)?;
        self.list_after(first)
    }

    fn list_after(&mut self, first: Node) -> Result<Node, Fault> {
        let mut items = vec![first];
        while self.token == Token::Comma {
            self.advance()?;
            items.push(self.expression(0)?);
        }
        self.expect(Token::RightBracket, "`,` or `]`")?;
        Ok(Node::List(items))
    }

    /// The token is `{`.
    fn object(&mut self) -> Result<Node, Fault> {
        let mut members = Vec::new();
        loop {
            self.advance()?;
            let at = self.lexer.began();
            let name = match self.token {
                Token::Name(name) => self.written_name(name.to_owned(), false, at),
                Token::Quoted(name) => self.written_name(name.to_owned(), true, at),
                _ => return Err(self.unexpected("a name")),
            };
            self.advance()?;
            self.expect(Token::Colon, "`:`")?;
            members.push((name, self.expression(0)?));
            if self.token != Token::Comma {
                break;
            }
        }
        self.expect(Token::RightBrace, "`,` or `}`")?;
        Ok(Node::Object(members))
    }

    /// The token is `(`.
    fn call(&mut self, name: &str, at: usize) -> Result<Node, Fault> {
        let signature = signature::of(name).ok_or_else(|| {
            let column = self.lexer.column(at);
            Fault::new(FaultKind::Function, format!("there is no function {name}() (column {column})"))
        })?;
        self.advance()?;
        let mut arguments = Vec::new();
        while self.token != Token::RightParenthesis {
            if !arguments.is_empty() {
                self.expect(Token::Comma, "`,` or `)`")?;
            }
            let is_expression = self.token == Token::Ampersand;
            if is_expression {
                self.advance()?;
            }
            let argument = self.expression(0)?;
            arguments.push(if is_expression { Argument::Expression(argument) } else { Argument::Value(argument) });
        }
        self.advance()?;
        signature
            .check_arity(arguments.len())
            .map_err(|message| Fault::new(FaultKind::Arity, format!("{message} (column {})", self.lexer.column(at))))?;
        for (position, argument) in arguments.iter().enumerate() {
            let wants_expression = signature.parameter(position) == Parameter::Expression;
            if wants_expression != matches!(argument, Argument::Expression(_)) {
                let found = if wants_expression { "a value" } else { "an expression" };
                return Err(signature.wrong(position, found));
            }
        }
        Ok(Node::Call(signature.function, arguments))
    }

    fn written_name(&mut self, text: String, is_json: bool, at: usize) -> usize {
        self.names.push(Written { text, is_json, at });
        self.names.len() - 1
    }

    fn literal(&mut self, text: String, is_json: bool) -> Result<Node, Fault> {
        let at = self.lexer.began();
        self.advance()?;
        self.literals.push(Written { text, is_json, at });
        Ok(Node::Literal(self.literals.len() - 1))
    }
}

/// `right` applied to the result of `left`.
fn chained(left: Node, right: Node) -> Node {
    match (left, right) {
        (Node::Current, right) => right,
        (Node::Chain(mut steps), right) => {
            steps.push(right);
            Node::Chain(steps)
        }
        (left, right) => Node::Chain(vec![left, right]),
    }
}
