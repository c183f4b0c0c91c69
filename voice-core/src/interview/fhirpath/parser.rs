//! Expressions as trees.

use super::functions::Function;
use super::tokens::{Token, tokens};
use super::{Node, Unsupported};

/// The deepest nesting.
const MAX_DEPTH: usize = 60;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    /// `{}`.
    Empty,
    Literal(Node<'static>),
    /// `$this`, and what a path without a beginning starts at.
    This,
    /// `$index` within a filter.
    Index,
    Variable(String),
    Member(Box<Expr>, String),
    At(Box<Expr>, Box<Expr>),
    Call(Box<Expr>, Function, Vec<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    Negative(Box<Expr>),
    /// `is` and `as` with the name of a type.
    Is(Box<Expr>, String),
    As(Box<Expr>, String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Implies,
    Or,
    Xor,
    And,
    In,
    Contains,
    Equal,
    NotEqual,
    Equivalent,
    NotEquivalent,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Union,
    Add,
    Subtract,
    Concatenate,
    Multiply,
    Divide,
    WholeDivide,
    Remainder,
}

impl Operator {
    /// The operator of a token and how strongly it binds.
    fn of(token: &Token) -> Option<(Self, u8)> {
        let text = match token {
            Token::Name(name) => name.as_str(),
            Token::Sign(sign) => sign,
            _ => return None,
        };
        Some(match text {
            "implies" => (Self::Implies, 1),
            "or" => (Self::Or, 2),
            "xor" => (Self::Xor, 2),
            "and" => (Self::And, 3),
            "in" => (Self::In, 4),
            "contains" => (Self::Contains, 4),
            "=" => (Self::Equal, 5),
            "!=" => (Self::NotEqual, 5),
            "~" => (Self::Equivalent, 5),
            "!~" => (Self::NotEquivalent, 5),
            "<" => (Self::Less, 6),
            "<=" => (Self::LessOrEqual, 6),
            ">" => (Self::Greater, 6),
            ">=" => (Self::GreaterOrEqual, 6),
            "|" => (Self::Union, 7),
            "+" => (Self::Add, 9),
            "-" => (Self::Subtract, 9),
            "&" => (Self::Concatenate, 9),
            "*" => (Self::Multiply, 10),
            "/" => (Self::Divide, 10),
            "div" => (Self::WholeDivide, 10),
            "mod" => (Self::Remainder, 10),
            _ => return None,
        })
    }
}

/// How strongly `is` and `as` bind.
const TYPES: u8 = 8;

impl Expr {
    /// Calls `f` with each part.
    pub(super) fn each<'a>(&'a self, f: &mut dyn FnMut(&'a Self)) {
        f(self);
        match self {
            Self::Member(from, _) | Self::Negative(from) | Self::Is(from, _) | Self::As(from, _) => {
                from.each(f);
            }
            Self::At(left, right) | Self::Binary(_, left, right) => {
                left.each(f);
                right.each(f);
            }
            Self::Call(from, _, arguments) => {
                from.each(f);
                for argument in arguments {
                    argument.each(f);
                }
            }
            Self::Empty | Self::Literal(_) | Self::This | Self::Index | Self::Variable(_) => {}
        }
    }
}

pub(super) fn parse(source: &str) -> Result<Expr, Unsupported> {
    let mut parser = Parser { tokens: tokens(source)?, at: 0, depth: 0 };
    let expr = parser.expression(0)?;
    match parser.peek() {
        None => Ok(expr),
        Some(token) => Err(unexpected(token)),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

fn unexpected(token: &Token) -> Unsupported {
    let text = match token {
        Token::Name(text) | Token::Text(text) | Token::Variable(text) | Token::Dollar(text) => text.clone(),
        Token::Number(number) => number.to_string(),
        Token::Sign(sign) => (*sign).to_owned(),
    };
    let text: String = text.chars().take(40).collect();
    Unsupported(format!("`{}` is not expected there", text.escape_debug()))
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn takes(&mut self, sign: &str) -> bool {
        let is_it = matches!(self.peek(), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(is_it);
        is_it
    }

    fn expect(&mut self, sign: &str) -> Result<(), Unsupported> {
        if self.takes(sign) { Ok(()) } else { Err(Unsupported(format!("`{sign}` is missing"))) }
    }

    /// An expression of operators that bind more strongly than `least`.
    fn expression(&mut self, least: u8) -> Result<Expr, Unsupported> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Unsupported("the expression is nested too deeply".to_owned()));
        }
        let mut left = self.unary()?;
        // A tree of `a + b + c …` is as deep as it is long.
        let mut links = 0;
        while let Some(token) = self.peek() {
            if let (Token::Name(name), true) = (token, TYPES > least)
                && matches!(name.as_str(), "is" | "as")
            {
                let is_test = name == "is";
                self.at += 1;
                let kind = self.type_name()?;
                left = if is_test { Expr::Is(left.into(), kind) } else { Expr::As(left.into(), kind) };
                continue;
            }
            let Some((operator, strength)) = Operator::of(token).filter(|(_, strength)| *strength > least)
            else {
                break;
            };
            links += 1;
            if links > 500 {
                return Err(Unsupported("the expression has too many operators".to_owned()));
            }
            self.at += 1;
            let right = self.expression(strength)?;
            left = Expr::Binary(operator, left.into(), right.into());
        }
        self.depth -= 1;
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, Unsupported> {
        if self.takes("-") {
            let operand = self.expression(10)?;
            return Ok(Expr::Negative(operand.into()));
        }
        self.takes("+");
        let mut expr = self.term()?;
        let mut links = 0;
        loop {
            links += 1;
            if links > 100 {
                return Err(Unsupported("a path has too many steps".to_owned()));
            }
            if self.takes(".") {
                expr = match self.next() {
                    Some(Token::Name(name)) => self.invocation(expr, name)?,
                    Some(Token::Dollar(name)) if name == "this" => expr,
                    Some(token) => return Err(unexpected(&token)),
                    None => return Err(Unsupported("a path has no end".to_owned())),
                };
            } else if self.takes("[") {
                let index = self.expression(0)?;
                self.expect("]")?;
                expr = Expr::At(expr.into(), index.into());
            } else {
                return Ok(expr);
            }
        }
    }

    fn term(&mut self) -> Result<Expr, Unsupported> {
        Ok(match self.next() {
            Some(Token::Sign("(")) => {
                let expr = self.expression(0)?;
                self.expect(")")?;
                expr
            }
            Some(Token::Sign("{")) => {
                self.expect("}")?;
                Expr::Empty
            }
            Some(Token::Text(text)) => Expr::Literal(Node::Text(text)),
            Some(Token::Number(number)) => {
                // A unit after a number is ignored, as that of answers is.
                let is_unit = matches!(self.peek(), Some(Token::Text(_)));
                self.at += usize::from(is_unit);
                Expr::Literal(Node::Number(number))
            }
            Some(Token::Variable(name)) => Expr::Variable(name),
            Some(Token::Dollar(name)) => match name.as_str() {
                "this" => Expr::This,
                "index" => Expr::Index,
                _ => return Err(Unsupported(format!("`${name}` is not known"))),
            },
            Some(Token::Name(name)) => match name.as_str() {
                "true" => Expr::Literal(Node::Boolean(true)),
                "false" => Expr::Literal(Node::Boolean(false)),
                _ => self.invocation(Expr::This, name)?,
            },
            Some(token) => return Err(unexpected(&token)),
            None => return Err(Unsupported("the expression has no end".to_owned())),
        })
    }

    /// A member, or a function if an opening parenthesis follows.
    fn invocation(&mut self, from: Expr, name: String) -> Result<Expr, Unsupported> {
        if !self.takes("(") {
            return Ok(Expr::Member(from.into(), name));
        }
        if matches!(name.as_str(), "ofType" | "is" | "as") {
            let kind = self.type_name()?;
            self.expect(")")?;
            return Ok(if name == "is" { Expr::Is(from.into(), kind) } else { Expr::As(from.into(), kind) });
        }
        let mut arguments = Vec::new();
        if !self.takes(")") {
            loop {
                arguments.push(self.expression(0)?);
                if self.takes(")") {
                    break;
                }
                self.expect(",")?;
            }
        }
        let (function, least, most) = Function::named(&name)
            .ok_or_else(|| Unsupported(format!("the function `{name}` is not known")))?;
        if !(least..=most).contains(&arguments.len()) {
            return Err(Unsupported(format!("the function `{name}` has a wrong number of arguments")));
        }
        Ok(Expr::Call(from.into(), function, arguments))
    }

    fn type_name(&mut self) -> Result<String, Unsupported> {
        let missing = || Unsupported("the name of a type is missing".to_owned());
        let Some(Token::Name(mut name)) = self.next() else { return Err(missing()) };
        while self.takes(".") {
            match self.next() {
                Some(Token::Name(last)) => name = last,
                _ => return Err(missing()),
            }
        }
        Ok(name)
    }
}
