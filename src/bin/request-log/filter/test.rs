//! A test of one field.

use super::{
    error::FilterError,
    scan::Parts,
    value::{self, Glob},
};
use crate::read::{Exchange, Mark, Outcome};
use jiff::Timestamp;
use regex::Regex;
use std::{cmp::Ordering, time::Duration};

/// A test of one field.
#[derive(Debug)]
pub(super) enum Test {
    Status(Compare, Status),
    Time(Compare, Duration),
    End(Compare, Duration),
    Size(Compare, u64),
    Since(Timestamp),
    Until(Timestamp),
    Outcome(bool, Vec<Outcome>),
    Text(Field, bool, Pattern),
}

/// Names a way to compare two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compare {
    Less,
    AtMost,
    Equal,
    Unlike,
    AtLeast,
    More,
}

impl Compare {
    fn holds<T: Ord>(self, a: &T, b: &T) -> bool {
        let order = a.cmp(b);
        match self {
            Self::Less => order == Ordering::Less,
            Self::AtMost => order != Ordering::Greater,
            Self::Equal => order == Ordering::Equal,
            Self::Unlike => order != Ordering::Equal,
            Self::AtLeast => order != Ordering::Less,
            Self::More => order == Ordering::Greater,
        }
    }
}

/// Holds what a status is compared with.
#[derive(Debug)]
pub(super) enum Status {
    Code(u16),
    /// The first digit.
    Class(u16),
    None,
}

/// A field that is text.
#[derive(Debug)]
pub(super) enum Field {
    Method,
    Path,
    Target,
    Route,
    Id,
    Service,
    Version,
    Peer,
    Kind,
    Header(String),
    Body,
    Note,
}

/// Holds what text is compared with.
#[derive(Debug)]
pub(super) enum Pattern {
    Whole(Glob),
    Part(String),
    Regex(Box<Regex>),
}

impl Pattern {
    fn fits(&self, text: &str) -> bool {
        match self {
            Self::Whole(glob) => glob.fits(text),
            Self::Part(part) => text.to_lowercase().contains(part),
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

const FIELDS: [&str; 18] = [
    "status", "time", "end", "size", "since", "until", "outcome", "method", "path", "target", "route", "id", "service",
    "version", "peer", "kind", "body", "note",
];
const STATUSES: &str = "such as `500`, `4xx` or `none`";
const DURATIONS: &str = "such as `100ms`, `1.5s` or `2m`";
const TIMES: &str = "such as `-15m`, `2026-11-28` or `2026-11-28T16:00:00Z`";
const SIZES: &str = "such as `500`, `10kB` or `1MB`";
const ORDERS: [&str; 4] = [">", ">=", "<", "<="];
const NUMBERS: [&str; 7] = [":", "=", "!=", ">", ">=", "<", "<="];
const TEXTS: [&str; 5] = [":", "=", "!=", "~", "!~"];

impl Test {
    /// Reads a test.
    pub(super) fn new(filter: &str, parts: &Parts<'_>) -> Result<Self, FilterError> {
        Reader { filter, parts }.test()
    }

    pub(super) fn keeps(&self, exchange: &Exchange) -> bool {
        match self {
            Self::Status(compare, status) => match (status, exchange.status) {
                (Status::None, status) => compare.holds(&status.is_none(), &true),
                (Status::Code(code), Some(status)) => compare.holds(&status, code),
                (Status::Class(class), Some(status)) => compare.holds(&(status / 100), class),
                (_, None) => *compare == Compare::Unlike,
            },
            Self::Time(compare, time) => exchange.time.is_some_and(|has| compare.holds(&has, time)),
            Self::End(compare, end) => exchange.end.is_some_and(|has| compare.holds(&has, end)),
            Self::Size(compare, size) => exchange.size().is_some_and(|has| compare.holds(&has, size)),
            Self::Since(time) => exchange.began.is_some_and(|began| began >= *time),
            Self::Until(time) => exchange.began.is_some_and(|began| began < *time),
            Self::Outcome(is, outcomes) => outcomes.contains(&exchange.outcome) == *is,
            Self::Text(field, is, pattern) => field.any(exchange, pattern) == *is,
        }
    }

    /// Returns what must stand in the id of each exchange that is kept.
    pub(super) fn id(&self) -> Option<String> {
        match self {
            Self::Text(Field::Id, true, Pattern::Whole(glob)) => glob.literal().map(str::to_owned),
            _ => None,
        }
    }
}

impl Field {
    /// Tells whether a value of the field fits.
    fn any(&self, exchange: &Exchange, pattern: &Pattern) -> bool {
        let mut messages = [Mark::Request, Mark::Response].into_iter();
        match self {
            Self::Method => pattern.fits(&exchange.method),
            Self::Path => pattern.fits(exchange.path()),
            Self::Target => pattern.fits(&exchange.target),
            Self::Route => exchange.route.as_deref().is_some_and(|route| pattern.fits(route)),
            Self::Id => pattern.fits(&exchange.id),
            Self::Service => exchange.service().is_some_and(|service| pattern.fits(service)),
            Self::Version => pattern.fits(&exchange.version),
            Self::Peer => exchange.peer.is_some_and(|peer| pattern.fits(&peer.to_string())),
            Self::Kind => pattern.fits(exchange.kind.as_str()),
            Self::Header(name) => messages.any(|mark| {
                exchange.headers(mark).any(|(n, value)| n.eq_ignore_ascii_case(name) && pattern.fits(value))
            }),
            // Compares line by line, except for a pattern that spans lines.
            Self::Body => messages.any(|mark| match pattern {
                Pattern::Regex(regex) if !regex.as_str().contains("\\n") => {
                    exchange.body(mark).any(|line| regex.is_match(line))
                }
                Pattern::Part(_) => exchange.body(mark).any(|line| pattern.fits(line)),
                _ => pattern.fits(&exchange.body(mark).collect::<Vec<_>>().join("\n")),
            }),
            Self::Note => exchange.notes().any(|note| pattern.fits(note)),
        }
    }
}

/// Reads the test that `parts` are.
struct Reader<'a> {
    filter: &'a str,
    parts: &'a Parts<'a>,
}

impl Reader<'_> {
    fn test(&self) -> Result<Test, FilterError> {
        let field = self.parts.field.to_ascii_lowercase();
        Ok(match field.as_str() {
            "status" => Test::Status(self.compare(&NUMBERS)?, self.value(STATUSES, "status", status)?),
            "time" => Test::Time(self.compare(&ORDERS)?, self.value(DURATIONS, "duration", value::duration)?),
            "end" => Test::End(self.compare(&ORDERS)?, self.value(DURATIONS, "duration", value::duration)?),
            "size" => Test::Size(self.compare(&NUMBERS)?, self.value(SIZES, "size", value::size)?),
            "since" | "until" => {
                self.operator(&[":", "="])?;
                let time = self.value(TIMES, "time", |text| value::time(text, Timestamp::now()))?;
                if field == "since" { Test::Since(time) } else { Test::Until(time) }
            }
            "outcome" => {
                self.operator(&[":", "=", "!="])?;
                Test::Outcome(self.parts.operator != "!=", self.outcomes()?)
            }
            _ => {
                let field = self.field(&field)?;
                self.operator(&TEXTS)?;
                let pattern = self.pattern(&field)?;
                Test::Text(field, !self.parts.operator.starts_with('!'), pattern)
            }
        })
    }

    fn field(&self, field: &str) -> Result<Field, FilterError> {
        Ok(match field {
            "method" => Field::Method,
            "path" => Field::Path,
            "target" => Field::Target,
            "route" => Field::Route,
            "id" => Field::Id,
            "service" => Field::Service,
            "version" => Field::Version,
            "peer" => Field::Peer,
            "kind" => Field::Kind,
            "body" => Field::Body,
            "note" => Field::Note,
            _ => match field.strip_prefix("header.").filter(|name| !name.is_empty()) {
                Some(name) => Field::Header(name.to_owned()),
                None => return Err(self.unknown(field)),
            },
        })
    }

    fn unknown(&self, field: &str) -> FilterError {
        let near = FIELDS.into_iter().map(|name| (distance(field, name), name)).min();
        let help = match near.filter(|(distance, _)| *distance <= 2) {
            Some((_, name)) => format!("did you mean `{name}`?"),
            None => format!("the fields are {}, header.NAME", FIELDS.join(", ")),
        };
        self.error(self.parts.field_at.clone(), format!("no field is named `{}`", self.parts.field), &help)
    }

    fn operator(&self, known: &[&str]) -> Result<(), FilterError> {
        if known.contains(&self.parts.operator) {
            return Ok(());
        }
        let message = format!("`{}` can't be asked with `{}`", self.parts.field, self.parts.operator);
        let known: Vec<_> = known.iter().map(|operator| format!("`{operator}`")).collect();
        Err(self.error(self.parts.operator_at.clone(), message, &format!("but with {}", known.join(", "))))
    }

    fn compare(&self, known: &[&str]) -> Result<Compare, FilterError> {
        self.operator(known)?;
        Ok(match self.parts.operator {
            "<" => Compare::Less,
            "<=" => Compare::AtMost,
            ">=" => Compare::AtLeast,
            ">" => Compare::More,
            "!=" => Compare::Unlike,
            _ => Compare::Equal,
        })
    }

    fn value<T>(&self, help: &str, what: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, FilterError> {
        self.present(help)?;
        let value = self.parts.value;
        read(value).ok_or_else(|| self.error(self.parts.value_at.clone(), format!("`{value}` is no {what}"), help))
    }

    fn present(&self, help: &str) -> Result<(), FilterError> {
        let at = self.parts.value_at.clone();
        if at.is_empty() {
            return Err(self.error(at, format!("nothing to compare `{}` with", self.parts.field), help));
        }
        Ok(())
    }

    fn outcomes(&self) -> Result<Vec<Outcome>, FilterError> {
        let names: Vec<_> = Outcome::ALL.iter().map(|outcome| outcome.as_str().replace(' ', "-")).collect();
        let help = format!("{}, aborted, failed", names.join(", "));
        self.present(&help)?;
        let name = self.parts.value.to_ascii_lowercase().replace([' ', '_'], "-");
        let all = || Outcome::ALL.iter().copied();
        let outcomes: Vec<_> = match name.as_str() {
            "aborted" => all().filter(|outcome| outcome.is_aborted()).collect(),
            "failed" => all().filter(|outcome| outcome.is_failure()).collect(),
            _ => all().zip(names).filter(|(_, known)| *known == name).map(|(outcome, _)| outcome).collect(),
        };
        let message = || format!("no outcome is named `{}`", self.parts.value);
        if outcomes.is_empty() { Err(self.error(self.parts.value_at.clone(), message(), &help)) } else { Ok(outcomes) }
    }

    fn pattern(&self, field: &Field) -> Result<Pattern, FilterError> {
        self.present("")?;
        let value = self.parts.value;
        if self.parts.operator.ends_with('~') {
            return match Regex::new(value) {
                Ok(regex) => Ok(Pattern::Regex(Box::new(regex))),
                Err(error) => {
                    // The last line says what is wrong, those before show the pattern again.
                    let text = error.to_string();
                    let message = text.lines().next_back().unwrap_or_default().trim_start_matches("error: ");
                    Err(self.error(self.parts.value_at.clone(), message.to_owned(), ""))
                }
            };
        }
        let in_part = matches!(field, Field::Header(_) | Field::Body | Field::Note);
        if in_part && self.parts.operator == ":" && !value.contains('*') {
            return Ok(Pattern::Part(value.to_lowercase()));
        }
        Ok(Pattern::Whole(Glob::new(value, matches!(field, Field::Method | Field::Kind))))
    }

    fn error(&self, at: std::ops::Range<usize>, message: String, help: &str) -> FilterError {
        FilterError { filter: self.filter.to_owned(), at, message, help: help.to_owned() }
    }
}

fn status(text: &str) -> Option<Status> {
    match text.to_ascii_lowercase().as_bytes() {
        b"none" | b"-" => Some(Status::None),
        [class @ b'1'..=b'9', b'x', b'x'] => Some(Status::Class(u16::from(class - b'0'))),
        [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9'] => text.parse().ok().map(Status::Code),
        _ => None,
    }
}

/// Counts the letters that must change to make one word the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let change = corner + usize::from(x != y);
            corner = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}
