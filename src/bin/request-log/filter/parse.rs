//! Builds a filter from its parts: `or` binds least, then `and`, which may be left out, then `not`.

use super::{
    Node,
    error::FilterError,
    scan::{Token, tokens},
    test::Test,
};
use std::ops::Range;

/// The maximum depth of nested parentheses.
const MAX_DEPTH: usize = 64;

/// Reads a filter. Returns `None` if it is empty.
pub(super) fn parse(filter: &str) -> Result<Option<Node>, FilterError> {
    let tokens = tokens(filter)?;
    if tokens.is_empty() {
        return Ok(None);
    }
    let mut parser = Parser { filter, tokens, next: 0, depth: 0 };
    let node = parser.any()?;
    match parser.peek() {
        Some(Token::Close(at)) => {
            let at = *at;
            Err(parser.error(at..at + 1, "nothing opens this parenthesis", ""))
        }
        _ => Ok(Some(node)),
    }
}

struct Parser<'a> {
    filter: &'a str,
    tokens: Vec<Token<'a>>,
    next: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&Token<'a>> {
        self.tokens.get(self.next)
    }

    fn any(&mut self) -> Result<Node, FilterError> {
        let mut nodes = vec![self.all()?];
        while self.peek() == Some(&Token::Or) {
            self.next += 1;
            nodes.push(self.all()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Any(nodes) })
    }

    fn all(&mut self) -> Result<Node, FilterError> {
        let mut nodes = vec![self.one()?];
        loop {
            match self.peek() {
                None | Some(Token::Or | Token::Close(_)) => break,
                Some(Token::And) => self.next += 1,
                Some(_) => {}
            }
            nodes.push(self.one()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::All(nodes) })
    }

    fn one(&mut self) -> Result<Node, FilterError> {
        let token = self.peek().cloned();
        self.next += 1;
        match token {
            Some(Token::Not) => {
                self.deeper(0)?;
                let node = self.one()?;
                self.depth -= 1;
                Ok(Node::Not(Box::new(node)))
            }
            Some(Token::Open(at)) => {
                self.deeper(at)?;
                let node = self.any()?;
                if !matches!(self.peek(), Some(Token::Close(_))) {
                    return Err(self.error(at..at + 1, "the parenthesis is not closed", ""));
                }
                self.next += 1;
                self.depth -= 1;
                Ok(node)
            }
            Some(Token::Test(parts)) => Test::new(self.filter, &parts).map(Node::Test),
            Some(Token::Word(word, at)) => Err(self.error(at, &format!("`{word}` is no test"), SUCH_AS)),
            Some(Token::Close(at)) => Err(self.error(at..at + 1, "a test is missing here", SUCH_AS)),
            Some(Token::And | Token::Or) | None => {
                let end = self.filter.trim_end().len();
                Err(self.error(end..end, "it ends where a test should be", SUCH_AS))
            }
        }
    }

    fn deeper(&mut self, at: usize) -> Result<(), FilterError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(at..at + 1, "it is nested too deep", ""));
        }
        Ok(())
    }

    fn error(&self, at: Range<usize>, message: &str, help: &str) -> FilterError {
        FilterError { filter: self.filter.to_owned(), at, message: message.to_owned(), help: help.to_owned() }
    }
}

const SUCH_AS: &str = "such as `status>=500`";
