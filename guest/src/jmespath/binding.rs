//! How strongly operators bind.

use super::lexer::Token;
use super::tree::Comparison;

// How strongly an operator binds what is left of it. What binds weaker than `PROJECTION_ENDS` ends a projection.
pub const PIPE: u8 = 1;
pub const OR: u8 = 2;
pub const AND: u8 = 3;
pub const COMPARISON: u8 = 5;
pub const FLATTEN: u8 = 9;
pub const PROJECTION_ENDS: u8 = 10;
pub const STAR: u8 = 20;
pub const FILTER: u8 = 21;
pub const DOT: u8 = 40;
pub const NOT: u8 = 45;
pub const BRACKET: u8 = 55;

pub fn power(token: Token<'_>) -> u8 {
    match token {
        Token::Pipe => PIPE,
        Token::Or => OR,
        Token::And => AND,
        Token::Flatten => FLATTEN,
        Token::Filter => FILTER,
        Token::Dot => DOT,
        Token::LeftBracket => BRACKET,
        token if comparison(token).is_some() => COMPARISON,
        _ => 0,
    }
}

pub fn comparison(token: Token<'_>) -> Option<Comparison> {
    Some(match token {
        Token::Equal => Comparison::Equal,
        Token::NotEqual => Comparison::NotEqual,
        Token::Less => Comparison::Less,
        Token::LessOrEqual => Comparison::LessOrEqual,
        Token::Greater => Comparison::Greater,
        Token::GreaterOrEqual => Comparison::GreaterOrEqual,
        _ => return None,
    })
}
