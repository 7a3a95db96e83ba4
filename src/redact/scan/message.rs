//! Finds codes of digits in what is said to a person, in many languages: `Ihr Code lautet 482913`, `482913 är din kod`.

use crate::redact::{
    rules::Rules,
    text::{edits::Edits, slice::Slice},
    work,
};

/// Finds codes of digits in a message to a person, in any of many languages: `Ihr Code lautet 482913`, `482913 är din kod`. Where the
/// message breaks off behind digits, what they are may follow.
pub(super) fn find_codes<'r>(rules: &'r Rules, text: &[u8], edits: &mut Edits<'r>) {
    /// The most bytes between a code and the word for it.
    const REACH: usize = 40;
    /// The fewest digits of a code, and the most.
    const DIGITS: std::ops::RangeInclusive<usize> = 4..=8;
    let mut at = 0;
    while let Some(start) = text.after(at).iter().position(u8::is_ascii_digit).map(|len| at + len) {
        let run = |at: usize| text.after(at).iter().take_while(|b| b.is_ascii_digit()).count();
        let len = match run(start) {
            // `482-913`
            3 if matches!(text.get(start + 3), Some(b'-' | b' ')) && run(start + 4) == 3 => 7,
            3 if matches!(text.get(start + 3), Some(b'-' | b' ')) && !edits.is_whole() && start + 7 > text.len() => {
                text.len() - start
            }
            len => len,
        };
        let end = start + len;
        if !work::allows(4 + (end - at) / 4) {
            return;
        }
        at = end;
        let before = text.part(start.saturating_sub(REACH)..start);
        let behind = text.part(end..text.len().min(end + REACH));
        let begins = before.last().is_none_or(|b| *b <= b' ' || b":>*(".contains(b) || *b >= 0x80);
        let ends = !matches!(behind, [b'.' | b',' | b'-' | b'/' | b':', b'0'..=b'9', ..])
            && !behind.first().is_some_and(|b| b.is_ascii_alphanumeric() || b"%_".contains(b));
        if !((DIGITS.contains(&len) || !edits.is_whole() && end == text.len()) && begins && ends) {
            continue;
        }
        work::spend(60);
        let sentence = |text: &[u8], from_end: bool| -> Vec<u8> {
            let is_end = |b: &u8| b".!?;\n".contains(b);
            let part = match from_end {
                true => text.after(text.iter().rposition(is_end).map_or(0, |at| at + 1)),
                false => text.part(..text.iter().position(is_end).unwrap_or(text.len())),
            };
            part.to_ascii_lowercase()
        };
        let (said, told) = (sentence(before, true), sentence(behind, false));
        let first = said.iter().all(|b| !b.is_ascii_alphanumeric()) || said.ends_with(b": ") || said.ends_with(b"] ");
        let may_go_on = end + behind.len() == text.len() && !edits.is_whole();
        if gives_code(&said, &told) || first && tells_code(&told) || may_go_on {
            edits.mask(start, end, rules.mask());
        }
    }
}

/// Returns whether digits are a code by what is said before them, and behind: a word for it, next to them or with a verb between
/// (`enter code 482913`, `din kode er 482913`), and no word for what they count.
fn gives_code(said: &[u8], told: &[u8]) -> bool {
    const VERBS: [&str; 14] =
        ["is", "er", "är", "ist", "lautet", "est", "es", "é", "è", "on", "jest", "este", "is:", "adalah"];
    const CALLS: [&str; 12] =
        ["enter", "use", "your", "type", "with", "login", "verification", "security", "access", "auth", "otp", "pin"];
    const MOST: usize = 3;
    let said = String::from_utf8_lossy(said);
    let words: Vec<_> = said.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let behind = String::from_utf8_lossy(told);
    let next = behind.strip_prefix(' ').and_then(|rest| rest.split(|c: char| !c.is_alphanumeric()).next());
    let is_counted = next.is_some_and(|next| next.starts_with(char::is_lowercase) && !goes_on(next));
    if is_counted {
        return false;
    }
    let Some(at) = words.iter().rposition(|word| is_word_for_code(word)) else { return has_code_in_script(&said) };
    let between = words.get(at + 1..).unwrap_or_default();
    let is_goods = at > 0 && words.get(at - 1).is_some_and(|word| is_of_goods(word.as_bytes()));
    let own = words.get(at).is_some_and(|word| CALLS.contains(word) || word.len() > 5);
    let is_called = || own || words.get(..at).is_some_and(|words| words.iter().any(|word| CALLS.contains(word)));
    !is_goods
        && match between {
            [] => is_called() || said.trim_end().ends_with(':'),
            [.., last] => between.len() <= MOST && VERBS.contains(last),
        }
}

/// Returns whether digits that a sentence begins with are a code by what is said behind them: `482913 är din kod`.
fn tells_code(told: &[u8]) -> bool {
    const MOST: usize = 5;
    let told = String::from_utf8_lossy(told);
    let mut words = told.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).take(MOST + 1);
    let mut before = "";
    let found = words.any(|word| {
        is_word_for_code(word) && !is_of_goods(std::mem::replace(&mut before, word).as_bytes()) || {
            before = word;
            false
        }
    });
    found || has_code_in_script(&told)
}

/// Returns whether a sentence goes on with this word behind a code.
fn goes_on(word: &str) -> bool {
    [
        "to", "as", "for", "and", "is", "within", "valid", "um", "zum", "pour", "para", "per", "för", "til", "är",
        "er", "ist", "or",
    ]
    .contains(&word)
}

/// Returns whether a word in small letters is one for a code, and for none of a shop or an error.
fn is_word_for_code(word: &str) -> bool {
    const WORDS: [&str; 12] =
        ["code", "kode", "koodi", "código", "codigo", "codice", "kod", "otp", "pin", "код", "parool", "codul"];
    const OTHERS: [&str; 10] =
        ["fehler", "status", "error", "erreur", "virhe", "feil", "fel", "post", "barcode", "unicode"];
    let word = word.strip_suffix("si").or_else(|| word.strip_suffix("en")).unwrap_or(word);
    WORDS.iter().any(|known| word == *known || known.len() > 3 && word.ends_with(known))
        && !OTHERS.iter().any(|other| word.starts_with(other))
}

/// Returns whether a text of a script without spaces has a word for a code.
fn has_code_in_script(text: &str) -> bool {
    ["验证码", "驗證碼", "校验码", "コード", "코드", "인증번호"].iter().any(|known| text.contains(known))
}

/// Returns whether a code with this word before it is no secret: an order's, a shop's, an error's.
pub(super) fn is_of_goods(word: &[u8]) -> bool {
    #[rustfmt::skip]
    const WORDS: [&[u8]; 22] = [
        b"area", b"bar", b"booking", b"color", b"country", b"coupon", b"currency", b"customer", b"discount", b"error", b"exit", b"gift",
        b"invite", b"order", b"postal", b"product", b"promo", b"referral", b"status", b"tracking", b"voucher", b"zip",
    ];
    WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_in_messages_go() {
        let shown = |text: &str, whole: bool| {
            let (rules, mut edits) = (Rules::new(), Edits::new(whole));
            find_codes(&rules, text.as_bytes(), &mut edits);
            edits
                .apply(text.as_bytes(), rules.mask())
                .map_or(text.to_owned(), |hidden| String::from_utf8(hidden).unwrap())
        };
        for text in [
            "Ihr Bestätigungscode lautet 482913",
            "Vahvistuskoodisi on 482913.",
            "Din kode er: 482913",
            "482913 är din kod",
            "Acme: 482913 is your verification code",
            "Enter code 482913 to sign in",
            "您的验证码是482913，请勿泄露",
            "Votre code est 482913",
            "[Acme] 482913 (verification code)",
            "OTP for login is 482913 valid till 10:30",
        ] {
            assert_eq!(shown(text, true), text.replace("482913", "REDACTED"), "{text}");
        }
        for text in [
            "Order 482913 confirmed. Enter your code",
            "Error code 40412",
            "Fehlercode 40412",
            "Your promo code 40412",
            "The fee is 4000.50 and the code is lost",
            "code review of PR 4711 is open",
            "Your tracking code 48291377 and your discount code 40412020",
            "In Python code 1000 lines are normal",
            "This code returns 123456",
            "The HTTP status code is 40412",
            "in 2026 the code was new",
        ] {
            assert_eq!(shown(text, true), text);
        }
        assert_eq!(shown("Your code is 482-913.", true), "Your code is REDACTED.");
        assert_eq!(shown("Acme: 482913 is yo", false), "Acme: REDACTED is yo");
    }
}
