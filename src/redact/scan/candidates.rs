//! Holds the kinds of secrets that may be in a text.

/// The kinds of secrets that a text has signs of. The others are not searched for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Candidates(u16);

impl Candidates {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const ALL: Self = Self(u16::MAX);
    /// A name and its value.
    pub(crate) const PAIR: Self = Self(1);
    /// Something percent-encoded.
    pub(crate) const ENCODED: Self = Self(2);
    /// An element's tag.
    pub(crate) const MARKUP: Self = Self(4);
    /// A token or a key of a known shape.
    pub(crate) const SHAPE: Self = Self(8);
    /// The authority of a URL.
    pub(crate) const AUTHORITY: Self = Self(16);
    /// A path of a template.
    pub(crate) const PATH: Self = Self(32);
    /// An escape of JSON or HTML.
    pub(crate) const ESCAPE: Self = Self(64);
    /// A match of a pattern.
    pub(crate) const PATTERN: Self = Self(128);
    /// The key of a vendor.
    pub(crate) const KEY: Self = Self(256);

    /// Returns whether there is any sign of `what`.
    pub(crate) fn of(self, what: Self) -> bool {
        self.0 & what.0 != 0
    }

    pub(crate) fn any(self) -> bool {
        self != Self::NONE
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns these if they are the signs of something that is `found`, and none otherwise.
    pub(crate) fn when(self, found: bool) -> Self {
        if found { self } else { Self::NONE }
    }
}
