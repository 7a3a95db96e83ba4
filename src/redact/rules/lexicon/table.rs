//! Finds what a word of the lexicon does to a name, by one look-up.

use super::{super::words::MAX_WORD, lists::*};

/// The roles of a word among the words of this lexicon, in bits.
#[derive(Clone, Copy)]
pub(super) struct Role(pub(super) u16);

impl Role {
    pub(super) const STRONG: u16 = 1;
    pub(super) const WEAK: u16 = 2;
    pub(super) const KEY: u16 = 4;
    pub(super) const CODE: u16 = 8;
    pub(super) const SECOND: u16 = 16;
    pub(super) const KEY_QUALIFIER: u16 = 32;
    pub(super) const CODE_QUALIFIER: u16 = 64;
    pub(super) const TAKES_BACK: u16 = 128;
    pub(super) const TAKES_TOKEN: u16 = 256;
    pub(super) const TAKES_KEY: u16 = 512;
    pub(super) const TAKES_TOKENS: u16 = 2048;
    pub(super) const KEEPS_ID: u16 = 1024;
    pub(super) const PLURAL: u16 = 4096;
    pub(super) const MAYBE: u16 = 8192;
    pub(super) const TAKES_SECRET: u16 = 16_384;
    pub(super) const VERB: u16 = 32_768;

    pub(super) fn is(self, role: u16) -> bool {
        self.0 & role != 0
    }
}

/// Returns the role of a word.
pub(super) fn role(word: u128) -> Role {
    let mut at = slot(word);
    loop {
        match TABLE[at] {
            (0, _) => return Role(0),
            (known, role) if known == word => return Role(role),
            _ => at = (at + 1) % SLOTS,
        }
    }
}

/// More than twice as many as there are words, so that a search ends soon.
const SLOTS: usize = 1024;

/// Returns where the search for a word begins.
const fn slot(word: u128) -> usize {
    let folded = (word as u64) ^ ((word >> 64) as u64).rotate_left(23);
    (folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54) as usize
}

/// Every word with its roles, where [`slot`] says or behind it.
static TABLE: [(u128, u16); SLOTS] = {
    let mut table = [(0, 0); SLOTS];
    let mut at = 0;
    while at < SECRETS.len() {
        let (word, kind) = SECRETS[at];
        let role = match kind {
            Kind::Strong => Role::STRONG,
            Kind::Weak => Role::WEAK,
            Kind::Key => Role::KEY,
            Kind::Code => Role::CODE,
        };
        add(&mut table, word, role);
        at += 1;
    }
    at = 0;
    while at < PAIRS.len() {
        add(&mut table, PAIRS[at][1], Role::SECOND);
        at += 1;
    }
    add(&mut table, "secret", Role::KEEPS_ID);
    add(&mut table, "secrets", Role::KEEPS_ID);
    add_all(&mut table, KEY_QUALIFIERS, Role::KEY_QUALIFIER);
    add_all(&mut table, CODE_QUALIFIERS, Role::CODE_QUALIFIER);
    add_all(&mut table, TAKE_BACK, Role::TAKES_BACK);
    add_all(&mut table, TOKEN_TAKERS, Role::TAKES_TOKEN);
    add_all(&mut table, TOKENS_TAKERS, Role::TAKES_TOKENS);
    add_all(&mut table, KEY_TAKERS, Role::TAKES_KEY);
    add_all(&mut table, PLURALS, Role::PLURAL);
    add_all(&mut table, MAYBE, Role::MAYBE);
    add_all(&mut table, SECRET_TAKERS, Role::TAKES_SECRET);
    add_all(&mut table, VERBS, Role::VERB);
    table
};

const fn add_all(table: &mut [(u128, u16); SLOTS], words: &[&str], role: u16) {
    let mut at = 0;
    while at < words.len() {
        add(table, words[at], role);
        at += 1;
    }
}

const fn add(table: &mut [(u128, u16); SLOTS], word: &str, role: u16) {
    let word = pack(word);
    let mut at = slot(word);
    while table[at].0 != 0 && table[at].0 != word {
        at = (at + 1) % SLOTS;
    }
    table[at].0 = word;
    table[at].1 |= role;
}

/// Returns a word as [`Words`] gives it.
pub(super) const fn pack(word: &str) -> u128 {
    let (bytes, mut packed, mut at) = (word.as_bytes(), 0, 0);
    assert!(bytes.len() <= MAX_WORD);
    while at < bytes.len() {
        packed = packed << 8 | bytes[at] as u128;
        at += 1;
    }
    packed
}
