//! The tokens of an expression.

use super::{Fault, FaultKind};

/// Characters of a token that an error shows.
const SHOWN_CHARS: usize = 24;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Token<'a> {
    Name(&'a str),
    /// A quoted name as it stands there: a JSON string, quotes and escapes included.
    Quoted(&'a str),
    /// What is between apostrophes, escapes included.
    Raw(&'a str),
    /// What is between backticks, escapes included.
    Json(&'a str),
    Number(i64),
    Dot,
    Star,
    Current,
    Comma,
    Colon,
    Flatten,
    Filter,
    LeftBracket,
    RightBracket,
    LeftBrace,
    RightBrace,
    LeftParenthesis,
    RightParenthesis,
    Ampersand,
    And,
    Or,
    Pipe,
    Not,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    End,
}

/// Reads tokens one after the other.
pub struct Lexer<'a> {
    text: &'a str,
    /// Bytes read.
    at: usize,
    /// Where the token that was read last begins.
    began: usize,
}

/// The column of a place in an expression, in characters from 1.
pub fn column(expression: &str, place: usize) -> usize {
    1 + expression.get(..place).unwrap_or(expression).chars().count()
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, began: 0 }
    }

    /// Where the last token begins, in bytes.
    pub fn began(&self) -> usize {
        self.began
    }

    /// The column of a place, in characters from 1.
    pub fn column(&self, place: usize) -> usize {
        column(self.text, place)
    }

    /// The last token as it is written, for errors.
    pub fn shown(&self) -> String {
        let token = self.text.get(self.began..self.at).unwrap_or_default();
        if token.is_empty() {
            return "the end of the expression".to_owned();
        }
        let mut shown: String = token.chars().take(SHOWN_CHARS).collect();
        if shown.len() < token.len() {
            shown.push('…');
        }
        format!("`{shown}`")
    }

    pub fn fault(&self, message: impl AsRef<str>) -> Fault {
        let message = format!("{} at column {}", message.as_ref(), self.column(self.began));
        Fault::new(FaultKind::Syntax, message)
    }

    pub fn next(&mut self) -> Result<Token<'a>, Fault> {
        let rest = self.rest();
        self.at = self.text.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
        self.began = self.at;
        let Some(first) = self.rest().chars().next() else { return Ok(Token::End) };
        self.at += first.len_utf8();
        Ok(match first {
            'a'..='z' | 'A'..='Z' | '_' => {
                self.take_while(|c| c == '_' || c.is_ascii_alphanumeric());
                Token::Name(&self.text[self.began..self.at])
            }
            '-' | '0'..='9' => return self.number(),
            '"' => {
                self.until('"')?;
                Token::Quoted(&self.text[self.began..self.at])
            }
            '\'' => Token::Raw(self.until('\'')?),
            '`' => Token::Json(self.until('`')?),
            '.' => Token::Dot,
            '*' => Token::Star,
            '@' => Token::Current,
            ',' => Token::Comma,
            ':' => Token::Colon,
            '[' if self.follows(']') => Token::Flatten,
            '[' if self.follows('?') => Token::Filter,
            '[' => Token::LeftBracket,
            ']' => Token::RightBracket,
            '{' => Token::LeftBrace,
            '}' => Token::RightBrace,
            '(' => Token::LeftParenthesis,
            ')' => Token::RightParenthesis,
            '&' if self.follows('&') => Token::And,
            '&' => Token::Ampersand,
            '|' if self.follows('|') => Token::Or,
            '|' => Token::Pipe,
            '!' if self.follows('=') => Token::NotEqual,
            '!' => Token::Not,
            '<' if self.follows('=') => Token::LessOrEqual,
            '<' => Token::Less,
            '>' if self.follows('=') => Token::GreaterOrEqual,
            '>' => Token::Greater,
            '=' if self.follows('=') => Token::Equal,
            '=' => return Err(self.fault("`=` compares nothing, write `==`")),
            _ => return Err(self.fault(format!("unexpected {}", self.shown()))),
        })
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn follows(&mut self, wanted: char) -> bool {
        let follows = self.rest().starts_with(wanted);
        if follows {
            self.at += wanted.len_utf8();
        }
        follows
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) {
        self.at = self.text.len() - self.rest().trim_start_matches(wanted).len();
    }

    fn number(&mut self) -> Result<Token<'a>, Fault> {
        self.take_while(|c| c.is_ascii_digit());
        match &self.text[self.began..self.at] {
            "-" => Err(self.fault("`-` must be followed by digits")),
            digits => digits
                .parse()
                .map(Token::Number)
                .map_err(|_| self.fault(format!("the number {} is too large", self.shown()))),
        }
    }

    /// What is before the next `quote` that has no backslash in front, and past it.
    fn until(&mut self, quote: char) -> Result<&'a str, Fault> {
        let from = self.at;
        let mut escaped = false;
        for (offset, c) in self.rest().char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                c if c == quote => {
                    self.at = from + offset + quote.len_utf8();
                    return Ok(&self.text[from..from + offset]);
                }
                _ => {}
            }
        }
        Err(self.fault(format!("there is no closing {quote} for the one")))
    }
}
