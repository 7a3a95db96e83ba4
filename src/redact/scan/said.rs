//! Finds values that only a space parts from their names: settings (`requirepass x`, `set -x API_TOKEN x`), netrc
//! (`login ada password x`), and what mails and logs say (`your code is 482913`, `password -> x1`).
//!
//! Prose is full of such words. So the value must be the last word of its line, or follow `is` or `->`, and have digits.

use super::{lexeme, message, statements};
use crate::redact::{
    rules::{
        Hidden, Rules, Surety,
        value::{self, is_chosen},
    },
    text::{edits::Edits, slice::Slice},
    work,
};
use memchr::memmem::Finder;
use std::sync::LazyLock;

/// The most bytes that a name has, with the words around it.
const MOST: usize = 64;

/// Finds all of them in `text`.
pub(super) fn find_said<'r>(rules: &'r Rules, text: &[u8], edits: &mut Edits<'r>) {
    let mut at = 0;
    // What hides a word alone on its line, which the line before asks for; and whether that had two words.
    let (mut asked, mut is_setting) = (None::<Hidden<'r>>, false);
    while at < text.len() {
        let end = memchr::memchr(b'\n', text.after(at)).map_or(text.len(), |len| at + len);
        if !work::allows(8 + (end - at) / 16) {
            return;
        }
        let line = text.part(at..end).trim_ascii_end();
        let line = line.strip_suffix(b";").unwrap_or(line);
        let (before, value) = line.split_at_checked(last_word(line)).unwrap_or_default();
        let kind = kind(before);
        let named = kind.unwrap_or(before);
        // Where the text may break off, more may follow.
        let may_go_on = end == text.len() && is_begun(line, named, value);
        let was_setting = std::mem::replace(&mut is_setting, is_pair(line));
        let is_likely = is_mixed(value) || is_chosen(value) || may_go_on || kind.is_some() && value.len() > 5;
        if before.ends_with(b" auth ") && value::is_login(value) {
            let colon = memchr::memchr(b':', value).map_or(0, |colon| colon + 1);
            edits.mask(at + before.len() + colon, at + line.len(), rules.mask());
        } else if is_hash_of_user(value) {
            edits.mask(at + before.len() + 1, at + line.len() - 1, rules.mask());
        } else if let Some(hidden) = asked.filter(|_| is_likely && before.trim_ascii().is_empty() && !is_told(value)) {
            edits.mask(at + before.len(), at + line.len(), hidden.mask);
        } else if !before.trim_ascii().is_empty() && is_likely {
            let hidden = setting(rules, named)
                .or_else(|| name(rules, named, 1).filter(|_| is_mixed(value) || may_go_on || kind.is_some()))
                .or_else(|| {
                    let is_key = kind.is_some() && named.trim_ascii() == b"key";
                    (is_key || is_command(before)).then(|| Hidden::by(rules.mask()))
                });
            if let Some(hidden) = hidden.filter(|_| !is_told(value)) {
                edits.mask(at + before.len(), at + line.len(), hidden.mask);
            }
        } else if let Some((start, end)) = community(line) {
            edits.mask(at + start, at + end, rules.mask());
        } else if let Some(password) = entry(line) {
            edits.mask(at + password, at + line.len(), rules.mask());
        } else if is_setting && !value.iter().all(u8::is_ascii_alphabetic) {
            let next = text.after(end + 1);
            let next = next.part(..memchr::memchr(b'\n', next).unwrap_or(next.len()));
            let hidden = name(rules, before, 1).filter(|_| was_setting || is_pair(next));
            if let Some(hidden) =
                hidden.filter(|hidden| !(hidden.votes(value) || is_told(value) || lexeme::is_type(value)))
            {
                edits.mask(at + before.len(), at + line.len(), hidden.mask);
            }
        }
        if !line.trim_ascii().is_empty() {
            asked = asks(rules, line);
        }
        at = end + 1;
    }
    statements::find_login(rules, text, b"sqlplus ", 1, edits);
    find_codes(rules, text, edits);
    static IS: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(" is"));
    let arrows = memchr::memchr_iter(b'>', text).filter(|at| text.part(..*at).ends_with(b" -")).map(|at| at - 2);
    for at in IS.find_iter(text).chain(arrows) {
        if !work::allows(16) {
            return;
        }
        let rest = text.after(at + 3);
        let rest = rest.strip_prefix(b":").unwrap_or(rest);
        let Some(value) = rest.strip_prefix(b" ") else { continue };
        let value = behind_tags(value);
        let start = text.len() - value.len();
        let value =
            value.part(..value.iter().position(|b| *b <= b' ' || b"\"'<>,;)".contains(b)).unwrap_or(value.len()));
        let value = value.strip_suffix(b".").unwrap_or(value);
        let end = start + value.len();
        // Where the text breaks off, more digits may follow.
        let is_begun = end == text.len() && !edits.is_whole() && value.iter().all(u8::is_ascii_digit);
        if (is_mixed(value) || is_code(value, text.after(end)) || is_begun)
            && let Some(hidden) = name(rules, text.part(..at), 2).or_else(|| your_code(rules, text.part(..at)))
        {
            edits.mask(start, end, hidden.mask);
        }
    }
}

/// Finds codes before what they are for: `482913 is your login code`, `Use 482913 as your code`.
fn find_codes<'r>(rules: &'r Rules, text: &[u8], edits: &mut Edits<'r>) {
    static YOUR: LazyLock<[Finder<'_>; 2]> = LazyLock::new(|| [" is your ", " as your "].map(Finder::new));
    for at in YOUR.iter().flat_map(|finder| finder.find_iter(text)) {
        if !work::allows(200) {
            return;
        }
        let before = text.part(at.saturating_sub(MOST)..at);
        let code = before.after(before.iter().rposition(|b| *b <= b' ' || *b == b'>').map_or(0, |space| space + 1));
        let number = memchr::memchr(b'-', code).map_or(code, |dash| code.after(dash + 1));
        let rest = text.part(at + 9..text.len().min(at + 9 + MOST));
        let rest = rest.part(..rest.iter().position(|b| b".,!<\n".contains(b)).unwrap_or(rest.len()));
        let mut words = rest.split(|b| !b.is_ascii_alphanumeric()).take(4);
        let mut last = &b"your"[..];
        let hidden = words.find_map(|word| {
            let before = std::mem::replace(&mut last, word);
            let name = [before, b"-", word].concat();
            let is_code = || (is_code_word(word) && !message::is_of_goods(before)).then(|| Hidden::by(rules.mask()));
            rules.secret_line(word).or_else(|| rules.secret_line(&name)).or_else(is_code)
        });
        if let Some(hidden) = hidden.filter(|_| is_code(number, b"")) {
            edits.mask(at - code.len(), at, hidden.mask);
        }
    }
}

/// Returns what `text` begins with behind the tags of HTML.
fn behind_tags(mut text: &[u8]) -> &[u8] {
    const MOST_TAGS: usize = 4;
    for _ in 0..MOST_TAGS {
        let near = text.get(..MOST).unwrap_or(text);
        match near.strip_prefix(b"<").and_then(|tag| memchr::memchr(b'>', tag)) {
            Some(len) => text = text.after(len + 2),
            None => break,
        }
    }
    text
}

/// Returns what hides the value behind `before`, if that ends with a code that someone is told is theirs: `Your Example code`.
fn your_code<'r>(rules: &'r Rules, before: &[u8]) -> Option<Hidden<'r>> {
    let near = before.after(before.len().saturating_sub(MOST));
    let mut words = near.trim_ascii_end().rsplit(|b| !b.is_ascii_alphanumeric());
    let last = words.next().unwrap_or_default();
    let is_code = is_code_word(last);
    let is_owned = |word: &[u8]| {
        word.eq_ignore_ascii_case(b"your") || word.eq_ignore_ascii_case(b"the") && !last.eq_ignore_ascii_case(b"code")
    };
    let mut words = words.take(3).peekable();
    let of_goods = words.peek().is_some_and(|word| message::is_of_goods(word));
    (is_code && !of_goods && words.any(is_owned)).then(|| Hidden::by(rules.mask()))
}

/// Returns whether this is a word for a code.
fn is_code_word(word: &[u8]) -> bool {
    [&b"code"[..], b"pin", b"otp", b"passcode"].iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// Returns what is before the words that say how a password is written: `password 7 0822455D0A16`, `psksecret ENC X3RP…`, `psk ascii 0 x1`.
fn kind(before: &[u8]) -> Option<&[u8]> {
    let is_kind = |word: &[u8], kinds: usize| {
        matches!(word, [b'0' | b'4'..=b'9'])
            || matches!(word, [b'1'..=b'3']) && kinds > 0
            || [&b"ENC"[..], b"ascii", b"ascii-text", b"hex", b"md5", b"encrypted"].contains(&word)
    };
    let mut named = before.trim_ascii_end();
    let mut kinds = 0;
    while kinds < 3 {
        let (before, word) = named.split_at_checked(last_word(named))?;
        if !is_kind(word, kinds) {
            // The number behind an option is its value.
            return (kinds > 0 && word.first().is_some_and(u8::is_ascii_alphabetic)).then_some(named);
        }
        named = before.trim_ascii_end();
        kinds += 1;
    }
    None
}

/// Returns where the community of SNMP is in a line that ends with what it may do: `snmp-server community x RO`.
fn community(line: &[u8]) -> Option<(usize, usize)> {
    let before = line.strip_suffix(b" RO").or_else(|| line.strip_suffix(b" RW"))?.trim_ascii_end();
    let start = last_word(before);
    before.part(..start).trim_ascii_end().ends_with(b"community").then_some((start, before.len()))
}

/// Returns whether a line has two words.
fn is_pair(line: &[u8]) -> bool {
    /// A longer line is no setting.
    const LONGEST: usize = 128;
    line.len() <= LONGEST && line.split(|b| *b <= b' ').filter(|word| !word.is_empty()).take(3).count() == 2
}

/// Returns whether this is a hash in quotes as PostgreSQL has it: `"md502729fbc…"`.
fn is_hash_of_user(value: &[u8]) -> bool {
    const LEN: usize = 32;
    let hex = value.strip_prefix(b"\"md5").and_then(|value| value.strip_suffix(b"\""));
    hex.is_some_and(|hex| hex.len() == LEN && hex.iter().all(u8::is_ascii_hexdigit))
}

/// Returns what hides a word alone on the next line, if this one ends with a colon and says what that is: `The new password for ada is:`.
fn asks<'r>(rules: &'r Rules, line: &[u8]) -> Option<Hidden<'r>> {
    const MOST_WORDS: usize = 24;
    let line = line.strip_suffix(b":")?;
    let words = line.split(|b| !b.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).take(MOST_WORDS);
    let is_surely = |hidden: &Hidden<'_>| hidden.surety == Some(Surety::Strong);
    words.clone().nth(2)?;
    words.filter_map(|word| rules.secret_line(word)).find(is_surely)
}

/// Finds the words of a wallet's phrase, behind what it is called: `recovery phrase: apple banana …`.
pub(super) fn find_phrases<'r>(rules: &'r Rules, text: &[u8], edits: &mut Edits<'r>) {
    static CALLED: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("hrase"));
    static MNEMONIC: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("nemonic"));
    let mut from = 0;
    let ends = CALLED.find_iter(text).map(|at| (at + 5, 6)).chain(MNEMONIC.find_iter(text).map(|at| (at + 7, 8)));
    for (at, len) in ends {
        // The word has one letter more than what was searched for.
        let is_word = match at.checked_sub(len + 1) {
            Some(before) => !text.get(before).is_some_and(u8::is_ascii_alphanumeric),
            None => at == len,
        };
        if !is_word {
            continue;
        }
        let near = text.part(at.saturating_sub(MOST)..at);
        let mut words = near.rsplit(|b| !b.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let (word, first) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let is_named =
            || rules.secret_line(word).or_else(|| rules.secret_line(&[first, b"-", word].concat())).is_some();
        if at >= from
            && is_named()
            && let Some((start, end)) = phrase(text, at)
        {
            edits.mask(start, end, rules.mask());
            from = end;
        }
    }
}

/// Returns where a phrase of twelve words or more (BIP 39) begins and ends that follows `at`, or is broken off there.
fn phrase(text: &[u8], at: usize) -> Option<(usize, usize)> {
    const FEWEST: usize = 12;
    const LONGEST: usize = 1024;
    let text = text.part(..text.len().min(at + LONGEST));
    let is_gap = |b: &&u8| b.is_ascii_whitespace() || b.is_ascii_digit() || b":.,)\"'>-#".contains(b);
    let gap = |at: usize| text.after(at).iter().take_while(is_gap).count();
    let mut start = at + gap(at);
    if text.after(start).starts_with(b"is") {
        start += 2 + gap(start + 2);
    }
    let (mut end, mut next, mut count) = (start, start, 0);
    loop {
        let len = text.after(next).iter().take_while(|b| b.is_ascii_lowercase()).count();
        let is_word = (3..=8).contains(&len) || next + len == text.len() && len < 9;
        if len == 0 || !is_word {
            break;
        }
        (end, count) = (next + len, count + 1);
        let gap = gap(end);
        next = end + gap;
        if gap == 0 {
            break;
        }
    }
    let breaks_off = next == text.len() && text.part(at..start).iter().any(|b| b":\n\"'".contains(b));
    (count >= FEWEST || breaks_off && count > 0).then_some((start, end))
}

/// Returns what hides the value of a setting, which is alone on its line with a name of several words: `auth_pass x`, `bindpw x`.
fn setting<'r>(rules: &'r Rules, before: &[u8]) -> Option<Hidden<'r>> {
    let name = before.trim_ascii();
    let is_joined = name.iter().any(|b| matches!(b, b'_' | b'-'))
        || name.ends_with(b"pw")
        || name.ends_with(b"pass")
        || name == b"masterauth";
    let is_name = (3..=MOST).contains(&name.len())
        && name.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'.'));
    if is_name {
        return rules.secret_line(name).filter(|_| is_joined);
    }
    // `aws configure set aws_secret_access_key x`, and `ENV DB_PASS x` of a Dockerfile.
    let name = name.after(name.iter().rposition(|b| *b <= b' ').map_or(0, |at| at + 1));
    let verb = before.trim_ascii().strip_suffix(name)?.trim_ascii_end();
    rules.secret_line(name).filter(|_| verb.ends_with(b" set") || verb == b"ENV")
}

/// Returns whether `value`, which the text ends with, may be the beginning of a secret: behind a setting of two words, or one that
/// no sentence has.
fn is_begun(line: &[u8], before: &[u8], value: &[u8]) -> bool {
    const SHORTEST: usize = 6;
    let before = before.trim_ascii();
    let name = before.rsplit(|b| *b <= b' ').next().unwrap_or_default();
    let is_variable = before.strip_suffix(name).is_some_and(|verb| verb.trim_ascii() == b"ENV");
    let is_setting =
        is_variable || is_command(before) || name.contains(&b'-') || name.len() + 1 + value.len() == line.len();
    value.len() >= SHORTEST
        && is_setting
        && (is_variable
            || is_command(before)
            || name.iter().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'-')))
        && value.iter().all(|b| b.is_ascii_graphic() && !b":/.".contains(b))
        && value.first().is_some_and(u8::is_ascii_alphanumeric)
        && value.iter().any(u8::is_ascii_lowercase)
        && !value.iter().all(u8::is_ascii_lowercase)
        && !value.contains(&b'=')
}

/// Returns whether a line that goes on with one more word logs in: `PASS` of FTP and POP3, `AUTH` of SMTP and Redis, `LOGIN` of
/// IMAP.
fn is_command(before: &[u8]) -> bool {
    let mut words = before.split(|b| *b == b' ').filter(|word| !word.is_empty());
    matches!(
        [words.next(), words.next(), words.next(), words.next()],
        [Some(b"PASS" | b"AUTH"), None, ..]
            | [Some(b"AUTH"), Some(_), None, _]
            | [Some(_), Some(b"LOGIN"), Some(_), None]
    )
}

/// Returns where the password begins in a line of libpq's password file: `host:5432:database:user:password`.
fn entry(line: &[u8]) -> Option<usize> {
    let mut colons = memchr::memchr_iter(b':', line);
    let (host, port, _, user) = (colons.next()?, colons.next()?, colons.next()?, colons.next()?);
    let is_port = |port: &[u8]| port == b"*" || port.len() == 4 && port.iter().all(u8::is_ascii_digit);
    let is_host = host > 2 && line.part(..host).iter().any(u8::is_ascii_alphabetic) || line.starts_with(b"*:");
    let is_entry = colons.next().is_none() && user + 1 < line.len() && !line.iter().any(|b| *b <= b' ');
    (is_entry && is_host && is_port(line.part(host + 1..port))).then_some(user + 1)
}

/// Returns where the last word of `line` begins.
fn last_word(line: &[u8]) -> usize {
    memchr::memrchr2(b' ', b'\t', line).map_or(0, |at| at + 1)
}

/// Returns what hides the value behind `before`, which ends with a name of up to so many words that is used for secrets
/// only.
fn name<'r>(rules: &'r Rules, before: &[u8], words: usize) -> Option<Hidden<'r>> {
    let before = before.trim_ascii_end();
    let near = before.after(before.len().saturating_sub(MOST));
    work::spend(32);
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let mut start = near.len();
    (0..words).find_map(|_| {
        let trimmed = near.part(..start).trim_ascii_end();
        start = trimmed.len() - trimmed.iter().rev().take_while(|b| is_name(b)).count();
        let word = near.after(start).trim_ascii();
        let hidden = match rules.secret_line(word) {
            // `tacacs-server key x1`
            None if word == b"key" => rules
                .secret_line(&[near.part(..start).trim_ascii_end().rsplit(|b| *b <= b' ').next()?, b"-key"].concat()),
            hidden => hidden,
        }?;
        (start < trimmed.len() && hidden.surety.is_none_or(|surety| surety == Surety::Strong)).then_some(hidden)
    })
}

/// Returns whether a word has letters and digits, as few words of prose have, and is no path, position or call.
fn is_mixed(word: &[u8]) -> bool {
    const SHORTEST: usize = 6;
    word.len() >= SHORTEST
        && word.iter().any(u8::is_ascii_digit)
        && word.iter().any(u8::is_ascii_alphabetic)
        && word.iter().all(u8::is_ascii_graphic)
        && word.iter().any(|b| !b.is_ascii_digit() && *b != b'.' && *b != b'v')
        && !is_told(word)
}

/// Returns whether a word is the number of an RFC, the name of a constant (`TLS1_AD_UNKNOWN`), a variable, a path or a pair.
fn is_told(word: &[u8]) -> bool {
    let is_constant = !word.iter().any(u8::is_ascii_lowercase) && word.iter().filter(|b| **b == b'_').count() > 1;
    let is_pair = word.iter().rposition(|b| *b != b'=').is_some_and(|end| word.part(..end).contains(&b'='));
    word.starts_with(b"RFC")
        || is_constant
        || is_pair
        || matches!(word.first(), Some(b'$' | b'/' | b'<' | b'%' | b'{'))
        || word.iter().any(|b| b"\"'`()[]{}<>:,;/\\|*".contains(b)) && !value::is_random(word)
}

/// Returns whether a word, and what is behind it, are a code of digits and no number of something.
fn is_code(word: &[u8], behind: &[u8]) -> bool {
    (4..=10).contains(&word.len())
        && word.iter().all(u8::is_ascii_digit)
        && !behind.strip_prefix(b" ").is_some_and(|next| next.first().is_some_and(u8::is_ascii_lowercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let rules = Rules::new();
        Edits::shown(text, |text, edits| find_said(&rules, text, edits))
    }

    #[test]
    fn what_a_name_says_goes() {
        assert_eq!(
            shown("machine h login ada password pw-123\nport 80"),
            "machine h login ada password REDACTED\nport 80"
        );
        assert_eq!(shown("$ sqlplus scott/x@orcl"), "$ sqlplus scott/REDACTED@orcl");
        assert_eq!(shown("set -x API_TOKEN abc-123  \n"), "set -x API_TOKEN REDACTED  \n");
        assert_eq!(shown("Your temporary password is Tmp-77. Hi"), "Your temporary password is REDACTED. Hi");
        assert_eq!(shown("the new password is: Tmp-77x\n"), "the new password is: REDACTED\n");
        assert_eq!(shown("Your verification code is 482913."), "Your verification code is REDACTED.");
        assert_eq!(shown("Login(user -> ada, password -> pw-123)"), "Login(user -> ada, password -> REDACTED)");
        assert_eq!(
            shown("USER ada\nPASS ftp-pw1\na1 LOGIN ada pw-123"),
            "USER ada\nPASS REDACTED\na1 LOGIN ada REDACTED"
        );
        assert_eq!(
            shown("db.example.com:5432:app:ada:x y\nh.example:5432:*:ada:pw"),
            "db.example.com:5432:app:ada:x y\nh.example:5432:*:ada:REDACTED"
        );
        assert_eq!(shown("username ada password 7 0822455D0A16\n"), "username ada password 7 REDACTED\n");
        assert_eq!(shown("tacacs-server key tac-9x\n"), "tacacs-server key REDACTED\n");
        // The text may break off in it.
        assert_eq!(shown("PASS ftp-Geheim"), "PASS REDACTED");
        assert_eq!(shown("user ada insecure-password Kupfer"), "user ada insecure-password REDACTED");
        assert_eq!(shown("482913 is your login code"), "REDACTED is your login code");
        assert_eq!(shown("482913 is your Example code."), "REDACTED is your Example code.");
        assert_eq!(shown("Use 482913 as your code"), "Use REDACTED as your code");
        assert_eq!(shown("Your Example code is: 482913."), "Your Example code is: REDACTED.");
        assert_eq!(shown("Your new password is <b>Tmp-77</b>"), "Your new password is <b>REDACTED</b>");
        assert_eq!(shown("G-482913 is your Example verification code."), "REDACTED is your Example verification code.");
    }

    #[test]
    fn settings_and_phrases_go() {
        assert_eq!(shown("  auth_pass gate77xy\n  auth_type PASS\n"), "  auth_pass REDACTED\n  auth_type PASS\n");
        assert_eq!(
            shown("\tkey 7 64193C0098\nset psksecret ENC X3/RP3tmYj8qT1w9=="),
            "\tkey 7 REDACTED\nset psksecret ENC REDACTED"
        );
        assert_eq!(
            shown("wpa-psk ascii 0 Kirsche77\n community x1 RO"),
            "wpa-psk ascii 0 REDACTED\n community REDACTED RO"
        );
        assert_eq!(shown("Agent: the PIN is 48213."), "Agent: the PIN is REDACTED.");
        assert_eq!(shown("user fluent\npassword Kaninchen.bau\n"), "user fluent\npassword REDACTED\n");
        assert_eq!(
            shown("The new password for ada is:\n\n  Kx7-tmp\nBye"),
            "The new password for ada is:\n\n  REDACTED\nBye"
        );
        assert_eq!(shown("\"a\" \"md502729fbc2f36b3c9def8249a74a5e8a0\""), "\"a\" \"REDACTED\"");
        assert_eq!(shown("bindpw Brief-Taube;\nrootpw $PW\n"), "bindpw REDACTED;\nrootpw $PW\n");
        let words = "apple banana cherry dolphin eagle falcon grape hotel igloo jungle kettle lemon";
        let rules = Rules::new();
        let shown = |text: &str| Edits::shown(text, |text, edits| find_phrases(&rules, text, edits));
        assert_eq!(
            shown(&format!("Your recovery phrase is: {words}\nKeep it.")),
            "Your recovery phrase is: REDACTED\nKeep it."
        );
        assert_eq!(shown(&format!("Seed phrase:\n\n{words}")), "Seed phrase:\n\nREDACTED");
        assert_eq!(shown("recovery phrase: apple ban"), "recovery phrase: REDACTED");
        assert_eq!(shown("the recovery phrase has twelve words"), "the recovery phrase has twelve words");
    }

    #[test]
    fn prose_stays() {
        for text in [
            "the password is too short",
            "the token is 1024 bytes long",
            "Forgot your Password",
            "call login.cmd --token %TOKEN%",
            "run it with --token TOKEN_VALUE",
            "db1 password=pw port=5432",
            "4829 is your rank",
            "no such secret\nin token.rs:12",
            "a token is a word",
            "using passport abc123",
            "the status code is 40412",
            "Your order code is 40412",
            "40412 is your booking code",
            "PASS src/login.test.js",
            "AUTH required",
            "10:2000:30:aa:bb",
            "Failed password for root from 10.0.0.1 port 22 ssh2",
        ] {
            assert_eq!(shown(text), text);
        }
    }
}
