//! Describes a text that is searched for secrets.

/// The kind of a text. It decides where a value in the text ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// Anything, with URLs and `name=value` in it.
    Text,
    /// One URL, to its end.
    Url,
    /// `name=value&…`
    Form,
}

impl Mode {
    /// Returns whether a URL or a value in prose ends before `b`.
    #[inline]
    pub(crate) fn ends_word(self, b: u8) -> bool {
        self == Self::Text && ENDS_WORD[usize::from(b)]
    }

    /// Returns the kind of a text that was decoded out of another one.
    pub(crate) fn of(text: &[u8]) -> Self {
        let end = text.iter().position(|&b| b <= b' ' || matches!(b, b'?' | b'/' | b'=')).unwrap_or(text.len());
        match text.get(end) {
            Some(b'?' | b'/') if end == 0 => Self::Url,
            Some(b'/') if text.get(..end).is_some_and(|head| head.ends_with(b":")) => Self::Url,
            Some(b'=') if end > 0 => Self::Form,
            _ => Self::Text,
        }
    }
}

/// The bytes that end a word in prose.
pub(crate) const ENDS_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 256 {
        table[b] = b <= b' ' as usize || matches!(b as u8, b'"' | b'\'' | b'`' | b'<' | b'>');
        b += 1;
    }
    table
};

/// The beginning of a text. What follows a line feed is always a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LineStart {
    /// A line like any other.
    Line,
    /// A line, except where it is a form, a path or a member of JSON, whose end `pairs` finds.
    Inline,
    /// The same, but what stands before a `=` is the name of a pair.
    Colon,
    /// No line.
    No,
}

/// Says how to search a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    pub(crate) mode: Mode,
    /// Is set where the text goes to its end. A value that is cut is hidden unread, since the whole value may be
    /// another one.
    pub(crate) whole: bool,
    /// Is set where the text was decoded out of another text.
    pub(crate) decoded: bool,
    /// The beginning of a text of [`Mode::Text`].
    pub(crate) first: LineStart,
}

impl Context {
    /// Returns the context of a whole text that is not encoded.
    pub(crate) fn new(mode: Mode) -> Self {
        Self { mode, whole: true, decoded: false, first: LineStart::Inline }
    }
}
