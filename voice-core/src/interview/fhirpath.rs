//! The part of `FHIRPath` that forms use, over JSON: paths, filters, arithmetic and sums, `weight()`.
//!
//! Expressions are read when a form is loaded. What is not known is refused then, and nothing is left to be refused later:
//! an evaluation gives a collection, which is empty where the specification has an error.

mod evaluate;
mod functions;
mod node;
mod parser;
mod tokens;

use std::fmt;

pub(super) use evaluate::Context;
pub(super) use node::Node;
use parser::{Expr, Operator};

/// An expression that was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expression {
    root: Expr,
    source: String,
}

impl Expression {
    /// The longest expression in bytes.
    pub(super) const MAX_BYTES: usize = 20_000;

    /// Reads an expression.
    pub(super) fn parse(source: &str) -> Result<Self, Unsupported> {
        if source.len() > Self::MAX_BYTES {
            return Err(Unsupported(format!("the expression is longer than {} bytes", Self::MAX_BYTES)));
        }
        Ok(Self { root: parser::parse(source)?, source: source.to_owned() })
    }

    /// The names of the variables that it uses.
    pub(super) fn variables(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.root.each(&mut |expr| {
            if let Expr::Variable(name) = expr {
                names.push(name.as_str());
            }
        });
        names
    }

    /// The `linkId`s that it compares with.
    pub(super) fn link_ids(&self) -> Vec<&str> {
        let mut link_ids = Vec::new();
        self.root.each(&mut |expr| {
            let Expr::Binary(Operator::Equal | Operator::Equivalent, left, right) = expr else { return };
            match (&**left, &**right) {
                (Expr::Member(_, name), Expr::Literal(Node::Text(text)))
                | (Expr::Literal(Node::Text(text)), Expr::Member(_, name))
                    if name == "linkId" =>
                {
                    link_ids.push(text.as_str());
                }
                _ => {}
            }
        });
        link_ids
    }
}

/// Why an expression cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unsupported(String);

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
