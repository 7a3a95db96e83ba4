//! What a text is, and how it is looked at.

/// What a text is, which decides where a value in it ends.
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
    /// Whether a URL or a value in prose ends before `b`.
    #[inline]
    pub(crate) fn ends_word(self, b: u8) -> bool {
        self == Self::Text && ENDS_WORD[usize::from(b)]
    }

    /// What a text that was decoded out of another one is.
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

/// What begins a text; what follows a line feed is a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LineStart {
    /// A line like any other.
    Line,
    /// A line, but for a form, a path, and what `pairs` tells the end of: a member of JSON.
    Inline,
    /// The same, but what stands before a `=` is the name of a pair.
    Colon,
    /// No line.
    No,
}

/// How a text is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    pub(crate) mode: Mode,
    /// Whether the text goes to its end: what a cut goes through is hidden without being looked at, for it is not what it
    /// would be whole.
    pub(crate) whole: bool,
    /// Whether it was decoded out of another text.
    pub(crate) decoded: bool,
    /// What begins a text of [`Mode::Text`].
    pub(crate) first: LineStart,
}

impl Context {
    /// A whole text that is not encoded.
    pub(crate) fn new(mode: Mode) -> Self {
        Self { mode, whole: true, decoded: false, first: LineStart::Inline }
    }
}
