//! Passes over the input: decides what comes next, whether it shows, and how it is written.

mod rare;

use super::{
    fast::{self, Last, Place, Strings},
    layout::Layout,
    neighbours::{Neighbours, opens},
    printed::{Broken, Printed},
    vote::{Vote, Within, vote},
};
use crate::redact::text::slice::Slice;
use crate::{
    line_writer::LineWriter,
    redact::{
        codec::{
            json_lexer::{self as lexer, Stack, Stop},
            json_string,
        },
        rules::{
            Hidden, Rules, Surety,
            json_path::Walk,
            siblings::{Sign, describes, sign, tells},
            value::is_random,
        },
        scan::{self, prefilter::is_suspicious, scope::Scope},
        text::content::{Content, Style},
    },
};

/// Prints the documents of `content`, each on its own lines.
///
/// White space and record separators (RFC 7464) may stand between documents, so this reads JSON, NDJSON and JSON text
/// sequences alike.
pub(crate) fn print(scope: Scope<'_>, content: &Content<'_>, style: Style, writer: &mut LineWriter<'_>) -> Printed {
    match style {
        Style::Pretty => print_documents::<true>(scope, content, false, writer),
        Style::Compact => print_documents::<false>(scope, content, false, writer),
    }
}

/// Prints the documents of `content` on one line each, for the inside of something that is escaped later and whose name is
/// allowed.
pub(crate) fn print_inside(scope: Scope<'_>, content: &Content<'_>, writer: &mut LineWriter<'_>) -> Printed {
    print_documents::<false>(scope, content, true, writer)
}

/// Prints `content`, which is the inside of something that is escaped later (and whose name is allowed) where `inside` is
/// set.
fn print_documents<const PRETTY: bool>(
    scope: Scope<'_>,
    content: &Content<'_>,
    inside: bool,
    writer: &mut LineWriter<'_>,
) -> Printed {
    let Scope { rules, .. } = scope;
    let input = content.bytes;
    let shown = input.get(..content.shown).unwrap_or(input);
    let whole = !content.is_cut();
    let suspicious = is_suspicious(rules, input);
    let walk = rules.json_paths.walk();
    let mut printer = Printer::<PRETTY> {
        scope,
        rules,
        input,
        shown,
        at: 0,
        suspicious,
        // The value that this is the inside of has a name that is allowed.
        allow_only: rules.allow_only() && !inside,
        inside,
        plain: PRETTY && !suspicious && walk.is_none(),
        stack: Stack::default(),
        walk,
        out: Layout::new(writer, if PRETTY { 512 + 3 * shown.len() } else { shown.len() }),
        hidden: false,
        strings: Strings::default(),
        last_name: Last::default(),
        last: Broken::default(),
        neighbours: Neighbours::new(rules, input),
        sentences: 0,
        labels: false,
        within: Vec::new(),
        votes_left: 2 * shown.len(),
        named: Vec::new(),
        said: false,
    };
    let mut documents = 0;
    let stop = printer.documents(whole, &mut documents);
    let (hidden, last) = (printer.hidden, printer.last);
    printer.out.finish();
    if stop == Err(Stop::Full) {
        writer.set_full();
    }
    let (left_out, broken) = match stop {
        Err(Stop::Broken(at)) if at < shown.len() => {
            let left = shown.len() - at;
            (Some(format!("not JSON from byte {at} on, {left} bytes left out")), Some(Broken { left, ..last }))
        }
        Err(Stop::Cut) if whole => (Some("JSON ends in the middle".to_owned()), Some(last)),
        _ => (None, None),
    };
    let breaks = match stop {
        Err(Stop::Broken(at)) => Some(at).filter(|at| *at < shown.len()),
        _ => None,
    };
    Printed { documents, left_out, broken, breaks, hidden, whole: stop.is_ok() }
}

/// Says what comes next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A value, whose line has begun.
    Value,
    /// A line of a container, behind the bracket that opens it, which is not empty, or behind a comma.
    First,
    /// After a value: another one, or the end of the container that it is in.
    More,
}

struct Printer<'a, 'p, const PRETTY: bool> {
    scope: Scope<'a>,
    rules: &'a Rules,
    /// The whole input.
    input: &'a [u8],
    /// The part of the input that is shown.
    shown: &'a [u8],
    at: usize,
    /// Is set where strings and numbers must be searched even without a sign of a secret in them.
    suspicious: bool,
    /// Is set where a value without a name is hidden.
    allow_only: bool,
    /// Is set where this is the inside of something that is escaped later.
    inside: bool,
    /// Is set where there may be lines that need no second look.
    plain: bool,
    stack: Stack,
    /// The position in the rules by path, if there are any.
    walk: Option<Walk<'a>>,
    out: Layout<'p>,
    hidden: bool,
    /// The last strings that were searched closely and shown as they were written.
    strings: Strings<'a>,
    /// The last long name that was judged.
    last_name: Last<'a>,
    /// The last document that was begun.
    last: Broken,
    neighbours: Neighbours<'a>,
    /// The depth of the container in which sentences about fields stand; 0 where there is none.
    sentences: usize,
    /// Is set where those are labels, which may have one word.
    labels: bool,
    /// The containers under names of secrets that this is in, the innermost last.
    within: Vec<Within<'a>>,
    /// The bytes of containers that may still be read for whether they show. Past that, one within another is hidden unread.
    votes_left: usize,
    /// The beginnings of the elements whose names other elements give, the last first.
    named: Vec<usize>,
    /// Is set where the next string is said to a person.
    said: bool,
}

impl<'a, const PRETTY: bool> Printer<'a, '_, PRETTY> {
    fn documents(&mut self, whole: bool, count: &mut usize) -> Result<(), Stop> {
        if self.shown.starts_with(b"\xef\xbb\xbf") {
            self.at = 3;
        }
        loop {
            self.at = lexer::separator(self.shown, self.at);
            let Some(&first) = self.shown.get(self.at) else {
                return if whole { Ok(()) } else { Err(Stop::Cut) };
            };
            if let Some(walk) = &mut self.walk {
                walk.start();
            }
            self.last = Broken { start: self.at, printed: self.out.len(), left: 0 };
            self.out.start();
            let mut result = self.document();
            if result.is_ok() && !matches!(first, b'{' | b'[') {
                // A value without a closing bracket must end before a byte that can follow it.
                result = match self.input.get(self.at) {
                    Some(b' ' | b'\t' | b'\r' | b'\n' | 0x1e) => Ok(()),
                    Some(_) => Err(Stop::Broken(self.at)),
                    None if whole || first == b'"' => Ok(()),
                    None => Err(Stop::Cut),
                };
            }
            if let Err(Stop::Broken(_)) = result {
                self.out.trim();
            }
            if !self.out.end() {
                return Err(Stop::Full);
            }
            result?;
            *count += 1;
        }
    }

    /// Prints one document.
    fn document(&mut self) -> Result<(), Stop> {
        let mut next = Next::Value;
        loop {
            next = match next {
                Next::Value => self.value()?,
                Next::First => {
                    self.line()?;
                    if let Some(walk) = &mut self.walk {
                        walk.open();
                    }
                    self.shown_next()?
                }
                Next::More => match self.stack.top() {
                    None => return Ok(()),
                    Some(object) => self.more(object)?,
                },
            };
            if self.plain && next != Next::Value && self.sentences == 0 && self.within.is_empty() {
                next = self.plain_lines(next);
            }
        }
    }

    /// Prints the value at hand, or the bracket that opens it.
    #[inline(always)]
    fn value(&mut self) -> Result<Next, Stop> {
        match self.token()? {
            b'"' => self.string()?,
            open @ (b'{' | b'[') => {
                let object = open == b'{';
                self.out.byte(open);
                self.at += 1;
                if self.token()? != lexer::close(object) {
                    self.stack.push(object);
                    return Ok(Next::First);
                }
                self.out.byte(lexer::close(object));
                self.at += 1;
            }
            b'-' | b'0'..=b'9' => self.scalar(lexer::number(self.input, self.at))?,
            b't' | b'f' | b'n' => self.scalar(lexer::literal(self.input, self.at))?,
            _ => return Err(Stop::Broken(self.at)),
        }
        Ok(Next::More)
    }

    /// Reads what follows a value in a container.
    #[inline(always)]
    fn more(&mut self, object: bool) -> Result<Next, Stop> {
        let byte = self.token()?;
        if byte == b',' {
            self.at += 1;
            self.next_line()?;
            return self.shown_next();
        }
        if byte != lexer::close(object) {
            return Err(Stop::Broken(self.at));
        }
        self.stack.pop();
        if self.sentences > self.stack.depth() {
            self.sentences = 0;
        }
        if !self.within.is_empty() {
            self.leave();
        }
        if let Some(walk) = &mut self.walk {
            walk.close();
        }
        self.line()?;
        self.out.byte(byte);
        self.at += 1;
        Ok(Next::More)
    }

    /// Prints the lines from here on that need no second look.
    fn plain_lines(&mut self, next: Next) -> Next {
        let Some(stack) = self.stack.shallow().filter(|stack| *stack > 1) else { return next };
        let mut place = Place { at: self.at, len: 0, stack, first: next == Next::First, hidden: self.hidden };
        self.out.plain(self.rules, &self.strings, &mut self.last_name, self.shown, &mut place);
        self.stack.set_shallow(place.stack);
        (self.at, self.hidden) = (place.at, place.hidden);
        if place.first { Next::First } else { Next::More }
    }

    /// Returns the first byte of the next token.
    #[inline(always)]
    fn token(&mut self) -> Result<u8, Stop> {
        self.at = lexer::space(self.shown, self.at);
        self.shown.get(self.at).copied().ok_or(Stop::Cut)
    }

    #[inline(always)]
    fn line(&mut self) -> Result<(), Stop> {
        if !PRETTY || self.out.line::<false>(self.stack.depth()) { Ok(()) } else { Err(Stop::Full) }
    }

    /// Prints a comma, and begins the next line.
    #[inline(always)]
    fn next_line(&mut self) -> Result<(), Stop> {
        if !PRETTY {
            self.out.byte(b',');
            Ok(())
        } else if self.out.line::<true>(self.stack.depth()) {
            Ok(())
        } else {
            Err(Stop::Full)
        }
    }

    /// Reads up to the next value of a container, and the value too where it is hidden.
    #[inline(always)]
    fn shown_next(&mut self) -> Result<Next, Stop> {
        let shows = if self.stack.top() == Some(true) {
            self.name()?
        } else {
            match self.walk.as_mut().and_then(Walk::element) {
                None if self.named.is_empty() && self.within.is_empty() => true,
                None => !self.hide_element()?,
                Some(mask) => self.token().and_then(|_| self.hide(mask)).map(|()| false)?,
            }
        };
        Ok(if shows { Next::Value } else { Next::More })
    }

    /// Hides the element at hand if the one before gives its name, or it has none among secrets; else returns `false`.
    #[cold]
    fn hide_element(&mut self) -> Result<bool, Stop> {
        self.token()?;
        while self.named.pop_if(|at| *at < self.at).is_some() {}
        let is_named = self.named.pop_if(|at| *at == self.at).is_some();
        let by = self.within().map(|within| within.by);
        let is_hidden = is_named || by.is_some_and(|by| !self.votes(by));
        if is_hidden {
            self.hide(by.map_or(self.rules.mask(), |by| by.mask))?;
        }
        Ok(is_hidden)
    }

    /// Returns the container under the name of secrets that this is in, but for what tells of them.
    fn within(&self) -> Option<Within<'a>> {
        self.within.last().copied().filter(|within| within.told == 0)
    }

    /// Returns whether a name among secrets is one: some maps have them for keys.
    #[inline(always)]
    fn is_secret_name(&self, name: &[u8]) -> bool {
        !self.within.is_empty() && self.within().is_some() && is_random(name)
    }

    /// Leaves the container that was just closed.
    #[cold]
    fn leave(&mut self) {
        let depth = self.stack.depth();
        while self.within.pop_if(|within| within.depth > depth).is_some() {}
        if let Some(within) = self.within.last_mut().filter(|within| within.told > depth) {
            within.told = 0;
        }
    }

    /// Prints a member's name and its colon. If the value is hidden, prints it too and returns `false`.
    #[inline(always)]
    fn name(&mut self) -> Result<bool, Stop> {
        if self.token()? != b'"' {
            return Err(Stop::Broken(self.at));
        }
        let verdict = match self.plain_string(false) {
            Some(end) => {
                let name = self.input.part(self.at + 1..end - 1);
                let verdict = self.verdict(name, self.at);
                if self.is_secret_name(name) {
                    self.redacted(&self.rules.mask().applied(name));
                } else {
                    self.out.span(self.input, self.at, end);
                }
                self.at = end;
                verdict
            }
            None => {
                let start = self.at + 1;
                let name = lexer::string(self.input, start)?;
                if name.end >= self.shown.len() {
                    return self.cut_name(start, name);
                }
                self.odd_name(self.input.part(start..name.end), name)
            }
        };
        if self.token()? != b':' {
            return Err(Stop::Broken(self.at));
        }
        self.out.byte(b':');
        self.at += 1;
        self.token()?;
        if PRETTY {
            self.out.byte(b' ');
        }
        match verdict {
            None => Ok(true),
            Some(hidden) => self.hidden_value(hidden),
        }
    }

    /// Hides the value at hand, or returns that it shows by what it is.
    #[inline(never)]
    fn hidden_value(&mut self, hidden: Hidden<'a>) -> Result<bool, Stop> {
        if hidden.surety.is_some() && self.votes(hidden) { Ok(true) } else { self.hide(hidden.mask).map(|()| false) }
    }

    /// Returns whether the content of the value at hand lets it show, though the lexicon hides its name.
    fn votes(&mut self, hidden: Hidden<'a>) -> bool {
        // Only for counts are members read ahead.
        if hidden.surety == Some(Surety::Plural) && self.shown.get(self.at) == Some(&b'{') {
            let len = lexer::value(self.shown, self.at).map_or(0, |end| end - self.at);
            match self.votes_left.checked_sub(len) {
                Some(left) => self.votes_left = left,
                None => return false,
            }
        }
        let least = (self.sentences > 0).then_some(if self.labels { 1 } else { 2 });
        match vote(self.shown, self.at, hidden.surety, least) {
            Vote::Show => true,
            Vote::Hide => false,
            Vote::Within => {
                if self.within().is_none() {
                    let by = Hidden { surety: Some(Surety::Inside), ..hidden };
                    self.within.push(Within { depth: self.stack.depth() + 1, told: 0, by });
                }
                true
            }
        }
    }

    /// Returns what hides the value of the member with this name.
    #[inline(always)]
    fn verdict(&mut self, name: &[u8], start: usize) -> Option<Hidden<'a>> {
        match self.walk.as_mut().and_then(|walk| walk.member(name)) {
            Some(mask) => Some(Hidden::by(mask)),
            None if self.within.is_empty() && self.rules.is_harmless(name) => None,
            None => self.odd_verdict(name, start),
        }
    }

    /// Does what [`Self::verdict`] does, for a name that hides something, or has a sign of its neighbours.
    #[inline(never)]
    fn odd_verdict(&mut self, name: &[u8], start: usize) -> Option<Hidden<'a>> {
        if let Some(hidden) = self.rules.field(name) {
            return Some(hidden);
        }
        if let Some(within) = self.within() {
            let opens = opens(self.input, start);
            let is_told = match opens {
                true => describes(name),
                false => tells(name) || self.neighbours.is_plain(name, start),
            };
            if !(is_told || self.rules.allows_field(name)) {
                return Some(within.by);
            }
            // What tells is judged by its own names.
            if let Some(within) = self.within.last_mut().filter(|_| opens) {
                within.told = self.stack.depth() + 1;
            }
        }
        let Some(sign) = sign(name) else {
            let hides = self.rules.may_be_key(name) && self.neighbours.has_key(name, start);
            return hides.then(|| Hidden::by(self.rules.mask()));
        };
        match sign {
            Sign::Sentences | Sign::Labels => {
                if self.sentences == 0 && self.rules.defaults() && opens(self.input, start) {
                    self.sentences = self.stack.depth() + 1;
                    self.labels = sign == Sign::Labels;
                }
                None
            }
            Sign::Pairs | Sign::Turns | Sign::Rows | Sign::Arguments if !self.rules.has_names() => None,
            sign @ (Sign::Pairs | Sign::Turns | Sign::Rows | Sign::Arguments) => {
                let named = match sign {
                    Sign::Arguments => self.neighbours.arguments(start),
                    Sign::Rows => self.neighbours.rows(start),
                    sign => self.neighbours.pairs(start, sign == Sign::Turns),
                };
                let Some(mut named) = named else { return Some(Hidden::by(self.rules.mask())) };
                if !named.is_empty() {
                    // One list may stand in another.
                    self.named.append(&mut named);
                    self.named.sort_unstable_by(|a, b| b.cmp(a));
                    self.plain = false;
                }
                None
            }
            Sign::Said => {
                let hidden = self.neighbours.hidden(sign, start);
                self.said = hidden.is_none() && self.rules.defaults() && !opens(self.input, start);
                hidden
            }
            sign => self.neighbours.hidden(sign, start),
        }
    }

    /// Returns the end of the string at hand, if it can be shown as it is.
    fn plain_string(&self, escapes: bool) -> Option<usize> {
        let escapes = escapes && !self.rules.patterns.has_own();
        if self.suspicious { None } else { fast::string(self.rules, self.shown, self.at, 0, escapes) }
    }

    /// Returns whether the string at hand, which is plain and ends before `end`, says a secret to a person.
    fn says_secret(&self, end: usize) -> bool {
        let raw = self.input.part(self.at + 1..end - 1);
        raw.iter().any(u8::is_ascii_digit) && scan::hide_said(self.rules, &json_string::decode(raw), true).is_some()
    }

    /// Prints a string that is no name.
    #[inline(always)]
    fn string(&mut self) -> Result<(), Stop> {
        let said = std::mem::take(&mut self.said);
        // If lines may be plain, this one was found not to be, or only its name was.
        if (said || !self.plain)
            && let Some(end) = self.plain_string(true)
            && !(said && self.says_secret(end))
        {
            self.out.span(self.input, self.at, end);
            self.at = end;
            return Ok(());
        }
        let start = self.at + 1;
        let string = lexer::string(self.input, start)?;
        if self.allow_only && !self.stack.in_object() {
            return self.hide(self.rules.mask());
        }
        if string.end >= self.shown.len() {
            return self.cut_string(start, string, said).map(drop);
        }
        let raw = self.input.part(start..string.end);
        match self.hide_text(raw, true, said) {
            Some(text) => self.redacted(&text),
            None => {
                if self.verbatim(raw, string.odd) {
                    self.strings.add(self.input.part(self.at..=string.end));
                }
            }
        }
        self.at = string.end + 1;
        Ok(())
    }

    /// Redacts the inside of a string, which may be said to a person; `None` where there is nothing to hide.
    fn hide_text(&self, raw: &[u8], whole: bool, said: bool) -> Option<Vec<u8>> {
        let text = json_string::decode(raw);
        let told = if said { scan::hide_said(self.rules, &text, whole) } else { None };
        self.scope.value(told.as_deref().unwrap_or(&text), whole).or(told)
    }

    /// Prints a number or a literal.
    #[inline(always)]
    fn scalar(&mut self, end: Result<usize, Stop>) -> Result<(), Stop> {
        if self.allow_only && !self.stack.in_object() {
            return self.hide(self.rules.mask());
        }
        let stop = match end {
            Ok(end) if end < self.shown.len() => {
                if self.suspicious {
                    self.odd_scalar(end);
                } else {
                    self.out.span(self.input, self.at, end);
                }
                self.at = end;
                return Ok(());
            }
            Ok(_) => None,
            Err(stop) => Some(stop),
        };
        self.cut_scalar(end.ok(), stop)
    }

    /// Writes the mask for something that was hidden.
    fn redacted(&mut self, text: &[u8]) {
        self.hidden = true;
        let inside = self.inside;
        self.out.with(|out| json_string::encode(text, inside, out));
    }

    /// Prints a string as it was written. Returns `false` where hostile characters in it were escaped.
    fn verbatim(&mut self, raw: &[u8], odd: bool) -> bool {
        let clean = !odd || self.inside || json_string::is_clean(raw);
        self.out.byte(b'"');
        if clean {
            self.out.push(raw);
        } else {
            self.out.with(|out| crate::escape::json(raw, out));
        }
        self.out.byte(b'"');
        clean
    }
}
