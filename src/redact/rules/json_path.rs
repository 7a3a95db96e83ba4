//! Implements rules by path, such as `$.user.cards[*].pan`: the part of JSONPath (RFC 9535) that one pass can follow.

use crate::redact::text::mask::Mask;
use std::sync::Arc;

/// The paths of all rules.
#[derive(Clone, Debug, Default)]
pub(crate) struct Paths {
    /// The steps of one path after the other.
    steps: Vec<Step>,
    /// The beginning of each path in `steps`.
    starts: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Step {
    /// Is set where the step may select at any number of levels deeper (`..`).
    anywhere: bool,
    selector: Selector,
    /// The mask for the value that this step selects, if it is a path's last step.
    mask: Option<Mask>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Selector {
    /// The member of this name, folded.
    Name(Vec<u8>),
    Index(usize),
    Any,
}

impl Paths {
    /// Adds a path. The error says why it cannot be one.
    pub(crate) fn add(&mut self, path: &str, mask: &Mask) -> Result<(), String> {
        let mut steps = parse(path).map_err(|reason| format!("`{path}` is no path: {reason}"))?;
        if let Some(last) = steps.last_mut() {
            last.mask = Some(mask.clone());
        }
        self.starts.push(self.steps.len());
        self.steps.append(&mut steps);
        Ok(())
    }

    /// Adds all paths of `others`.
    pub(crate) fn join(&mut self, others: &Self) {
        let behind = self.steps.len();
        self.starts.extend(others.starts.iter().map(|start| behind + start));
        self.steps.extend_from_slice(&others.steps);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Sets the word of every mask.
    pub(crate) fn reword(&mut self, word: &Arc<str>) {
        self.steps.iter_mut().filter_map(|step| step.mask.as_mut()).for_each(|mask| mask.reword(word));
    }

    /// Returns a walk of the paths through a body; `None` where there are no paths.
    pub(crate) fn walk(&self) -> Option<Walk<'_>> {
        (!self.steps.is_empty()).then(|| Walk {
            steps: &self.steps,
            states: self.starts.clone(),
            root: self.starts.len(),
            levels: vec![],
        })
    }
}

/// Holds the position of the paths in the middle of a document.
pub(crate) struct Walk<'a> {
    steps: &'a [Step],
    /// The steps that may come next, one level after the other: those for the documents themselves, for each open
    /// container, and for the value at hand. Ascending within a level.
    states: Vec<usize>,
    /// The number of states that stand for the documents.
    root: usize,
    /// The open containers.
    levels: Vec<Level>,
}

/// An open container.
struct Level {
    /// The range of its states.
    states: (usize, usize),
    /// The index of the next element.
    index: usize,
}

impl<'a> Walk<'a> {
    /// Begins a document.
    pub(crate) fn start(&mut self) {
        self.levels.clear();
        self.states.truncate(self.root);
    }

    /// Opens the container at hand.
    pub(crate) fn open(&mut self) {
        let begin = self.levels.last().map_or(0, |level| level.states.1);
        self.levels.push(Level { states: (begin, self.states.len()), index: 0 });
    }

    /// Closes the innermost container.
    pub(crate) fn close(&mut self) {
        if let Some(level) = self.levels.pop() {
            self.states.truncate(level.states.1);
        }
    }

    /// Goes to the member `name`, and returns the mask that hides its value.
    pub(crate) fn member(&mut self, name: &[u8]) -> Option<&'a Mask> {
        self.child(|selector, _| match selector {
            Selector::Name(wanted) => fold(name).eq(wanted.iter().copied()),
            Selector::Index(_) => false,
            Selector::Any => true,
        })
    }

    /// Goes to the next element of an array, and returns the mask that hides it.
    pub(crate) fn element(&mut self) -> Option<&'a Mask> {
        self.child(|selector, index| match selector {
            Selector::Name(_) => false,
            Selector::Index(wanted) => index == *wanted,
            Selector::Any => true,
        })
    }

    fn child(&mut self, selects: impl Fn(&Selector, usize) -> bool) -> Option<&'a Mask> {
        let level = self.levels.last_mut()?;
        let (begin, end) = level.states;
        let index = level.index;
        level.index += 1;
        self.states.truncate(end);
        let mut mask = None;
        for at in begin..end {
            let state = self.states.get(at).copied().unwrap_or_default();
            let Some(step) = self.steps.get(state) else {
                continue;
            };
            let mut add = |state| {
                if self.states.len() == end || self.states.last() != Some(&state) {
                    self.states.push(state);
                }
            };
            if step.anywhere {
                add(state);
            }
            if selects(&step.selector, index) {
                match &step.mask {
                    Some(found) => mask = mask.or(Some(found)),
                    None => add(state + 1),
                }
            }
        }
        mask
    }
}

/// Folds a name: case, `-` and `_` make no difference, as everywhere else.
fn fold(name: &[u8]) -> impl Iterator<Item = u8> + '_ {
    name.iter().filter(|byte| !matches!(byte, b'-' | b'_')).map(u8::to_ascii_lowercase)
}

fn parse(path: &str) -> Result<Vec<Step>, String> {
    let mut rest = path.strip_prefix('$').ok_or("a path begins with `$`")?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let anywhere = rest.starts_with("..");
        let selector;
        (selector, rest) = if let Some(inside) = rest.strip_prefix("..[").or_else(|| rest.strip_prefix('[')) {
            bracketed(inside)?
        } else if let Some(name) = rest.strip_prefix("..").or_else(|| rest.strip_prefix('.')) {
            named(name)?
        } else {
            return Err(format!("`.` or `[` expected before {rest:?}"));
        };
        steps.push(Step { anywhere, selector, mask: None });
    }
    if steps.is_empty() { Err("it selects the whole body".into()) } else { Ok(steps) }
}

/// Parses the selector behind a dot, and returns it with the text that follows.
fn named(text: &str) -> Result<(Selector, &str), String> {
    if let Some(rest) = text.strip_prefix('*') {
        return Ok((Selector::Any, rest));
    }
    let end =
        text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-' || !c.is_ascii())).unwrap_or(text.len());
    match text.split_at(end) {
        ("", _) => {
            Err("a name is missing after a dot; other names than of letters, digits, `_` and `-` go in `['…']`".into())
        }
        (name, rest) => Ok((Selector::Name(fold(name.as_bytes()).collect()), rest)),
    }
}

/// Parses the selector behind a bracket, and returns it with the text behind its closing one.
fn bracketed(text: &str) -> Result<(Selector, &str), String> {
    let text = text.trim_start();
    let (selector, rest) = if let Some(rest) = text.strip_prefix('*') {
        (Selector::Any, rest)
    } else if let Some(quote @ ('\'' | '"')) = text.chars().next() {
        let (name, rest) = quoted(&text[1..], quote)?;
        (Selector::Name(fold(name.as_bytes()).collect()), rest)
    } else {
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (index, rest) = text.split_at(digits);
        let index = index.parse().map_err(|_| match text.chars().next() {
            Some('-') => "an index can't be counted from the end in one pass",
            Some('?') => "filters can't be followed",
            _ => "an index, a quoted name or `*` expected in brackets",
        })?;
        (Selector::Index(index), rest)
    };
    match rest.trim_start().strip_prefix(']') {
        Some(rest) => Ok((selector, rest)),
        None => Err("`]` expected; slices and lists of selectors can't be followed".into()),
    }
}

/// Returns the text up to the closing quote, and the text behind that.
fn quoted(text: &str, quote: char) -> Result<(String, &str), String> {
    let mut name = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some((_, c @ ('\\' | '\'' | '"' | '/'))) => name.push(c),
                _ => return Err("of escapes, only those of quotes and backslashes are known".into()),
            },
            c if c == quote => return Ok((name, &text[at + 1..])),
            c => name.push(c),
        }
    }
    Err("a quote is not closed".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(path: &str) -> String {
        Paths::default().add(path, &Mask::default()).unwrap_err()
    }

    #[test]
    fn what_cannot_be_followed_is_refused_with_the_reason() {
        assert_eq!(error("user"), "`user` is no path: a path begins with `$`");
        assert_eq!(error("$"), "`$` is no path: it selects the whole body");
        assert_eq!(error("$a"), "`$a` is no path: `.` or `[` expected before \"a\"");
        assert_eq!(error("$[-1]"), "`$[-1]` is no path: an index can't be counted from the end in one pass");
        assert_eq!(error("$[?(@.a)]"), "`$[?(@.a)]` is no path: filters can't be followed");
        assert_eq!(
            error("$[1:2]"),
            "`$[1:2]` is no path: `]` expected; slices and lists of selectors can't be followed"
        );
        assert_eq!(error("$['a"), "`$['a` is no path: a quote is not closed");
        assert!(error("$.").contains("a name is missing after a dot"));
        assert!(error("$...a").contains("a name is missing after a dot"));
        assert!(error("$[99999999999999999999999]").contains("an index"));
    }

    #[test]
    fn selectors_are_read() {
        let selectors: Vec<_> = parse("$.user_Id['a.b'][\"c\\\"d\"][3][*].*..e..[ 0 ]")
            .unwrap()
            .into_iter()
            .map(|s| (s.anywhere, s.selector))
            .collect();
        let name = |name: &str| Selector::Name(name.into());
        assert_eq!(
            selectors,
            [
                (false, name("userid")),
                (false, name("a.b")),
                (false, name("c\"d")),
                (false, Selector::Index(3)),
                (false, Selector::Any),
                (false, Selector::Any),
                (true, name("e")),
                (true, Selector::Index(0)),
            ]
        );
    }
}
