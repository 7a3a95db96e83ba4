//! Tells by the text of a value, and by its name, that it is no secret: a state, a sentence, a label, a reference, a path, a version. JSON
//! and text ask alike.

use super::{
    lexicon,
    value::{bare, is_file, is_letter, is_reference, is_state, is_statement, is_to_fill_in, is_version, is_word},
};
use crate::redact::text::slice::Slice;

/// Returns whether a text, the value of a secret's `name` or of one that is `inside` of such a container, tells that it is none.
pub(crate) fn is_none(name: &[u8], text: &[u8], inside: bool) -> bool {
    is_version(text)
        || is_state(text)
        || is_statement(text)
        || is_reference(text)
        || is_to_fill_in(text)
        || is_file(text) && text.iter().filter(|b| matches!(b, b'/' | b'\\')).count() > 1
        || is_label(text, inside)
        || says(name, text)
        || is_about(name, text)
        || is_measure(name, text)
}

/// Returns whether a text is a number of something that the name is about, which is no secret by its last part:
/// `cluster.token_service.connections`.
fn is_measure(name: &[u8], text: &[u8]) -> bool {
    let last = memchr::memrchr(b'.', name).map(|dot| name.after(dot + 1));
    text.iter().all(u8::is_ascii_digit)
        && last.is_some_and(|last| {
            last.len() > 2 && last.iter().any(u8::is_ascii_alphabetic) && lexicon::judge(last).is_none()
        })
}

/// Returns whether a text is the label of a secret's field, in one of many languages: `Mot de passe`, `Passwort vergessen?`. One
/// that is said `of_another` may be in English.
pub(crate) fn is_label(text: &[u8], of_another: bool) -> bool {
    /// Words for passwords, and for codes and keys in other languages than English.
    #[rustfmt::skip]
    const WORDS: &[&str] = &[
        "passwort", "passworts", "kennwort", "einmal", "einmalcode", "schlüssel", "zugangscode", "passe", "jeton", "secrète", "usage", "accès", "clé", "clés", "claves", "chave", "chaves", "chiave", "chiavi", "jetons", "senhas", "segredo", "segreto", "secreto", "acceso", "contraseña", "contrasena", "clave", "senha",
        "wachtwoord", "salasana", "salasanan", "lösenord", "lösenordet", "passord", "passordet", "adgangskode", "hasło", "hasła",
        "heslo", "hesla", "jelszó", "parola", "şifre", "sifre", "lozinka", "пароль", "пароля", "код", "токен", "κωδικός", "sandi",
        "mật", "סיסמה", "المرور",
    ];
    /// Words of scripts that have no spaces between them.
    const PARTS: &[&str] =
        &["密码", "密碼", "口令", "验证码", "パスワード", "暗証番号", "トークン", "비밀번호", "암호", "รหัสผ่าน"];
    const LONGEST: usize = 200;
    let begins = matches!(text, [b'A'..=b'Z' | 0x80.., _, ..]) && text.len() <= LONGEST;
    let is_letter = |b: &u8| is_letter(b) || b" '-.,:!?()*".contains(b);
    let Some(text) = std::str::from_utf8(text).ok().filter(|_| begins && text.iter().all(is_letter)) else {
        return false;
    };
    let is_known =
        |word: &str| WORDS.contains(&&*word.to_lowercase()) || of_another && lexicon::judge(word.as_bytes()).is_some();
    text.split(|c: char| !c.is_alphabetic()).any(is_known) || PARTS.iter().any(|part| text.contains(part))
}

/// Returns whether a text is said of what the name is about, which is no secret by its last part: it begins with a capital, and has
/// three words or more, one of them a small one. `error.credentials.bad` is such a name.
pub(crate) fn is_about(name: &[u8], text: &[u8]) -> bool {
    const FEWEST: usize = 3;
    let last = memchr::memrchr(b'.', name).map(|dot| name.after(dot + 1));
    let is_mark = |b: &u8| b",;:()!?.'\"".contains(b);
    let words = || text.split(|b| *b == b' ').map(|word| bare(word, is_mark));
    last.is_some_and(|last| !last.is_empty() && lexicon::judge(last).is_none())
        && text.first().is_some_and(u8::is_ascii_uppercase)
        && words().count() >= FEWEST
        && words().all(is_word)
        && words().any(is_small)
}

/// The small words of English, of which sentences are full.
const SMALL: [&[u8]; 42] = [
    b"a", b"an", b"the", b"of", b"to", b"for", b"in", b"is", b"are", b"if", b"or", b"and", b"from", b"with", b"on",
    b"be", b"not", b"by", b"as", b"at", b"this", b"that", b"it", b"your", b"you", b"which", b"each", b"see", b"when",
    b"only", b"any", b"use", b"was", b"has", b"have", b"will", b"can", b"may", b"but", b"all", b"one", b"no",
];

/// Returns whether this is one of the small words of English.
pub(crate) fn is_small(word: &[u8]) -> bool {
    SMALL.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// Returns whether a value says something: it is a sentence, or a label that repeats a word of its name.
pub(crate) fn says(name: &[u8], text: &[u8]) -> bool {
    /// Fewer words may be a secret that someone remembers.
    const FEWEST: usize = 4;
    // `%2A` is no place to fill in.
    let is_filled = |word: &[u8]| match word {
        [b'%', next, rest @ ..] => !next.is_ascii_digit() || rest.starts_with(b"$"),
        _ => matches!(word.first(), Some(b'{' | b'$' | b':' | b'}')),
    };
    let is_mark = |b: &u8| b",;:()!?.'\"`*\xab\xbb".contains(b);
    let is_plain = |word: &[u8]| {
        let word = bare(word, is_mark);
        is_word(word) || is_filled(word)
    };
    if !matches!(text.first(), Some(b'A'..=b'Z' | 0x80..)) || !text.split(|b| *b == b' ').all(is_plain) {
        return false;
    }
    let words = text.split(|b| *b == b' ').filter(|word| word.iter().any(is_letter)).count();
    let ends = text.last().is_some_and(|b| matches!(b, b'.' | b'!' | b'?' | b':')) || text.ends_with("…".as_bytes());
    let asks = text.last() == Some(&b'?');
    // `api_key`: `API key`
    let letters = |text: &[u8]| text.iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect();
    let is_name = || {
        // `login.apiKey`: `API key`
        let name = name.after(memchr::memrchr(b'.', name).map_or(0, |dot| dot + 1));
        let (said, named): (Vec<u8>, Vec<u8>) = (letters(text), letters(name));
        text.len() <= 2 * name.len() && said == named
    };
    ends && words + usize::from(asks) >= FEWEST || repeats(name, text, words, ends) || words > 1 && is_name()
}

/// Returns whether a text of so many words repeats one of its name.
fn repeats(name: &[u8], text: &[u8], words: usize, ends: bool) -> bool {
    /// The length of a word that is no article or the like.
    const LONG: usize = 4;
    const SHORTEST: usize = 3;
    let same = |word: &[u8], part: &[u8]| {
        let (word, part) = (word.strip_suffix(b"s").unwrap_or(word), part.strip_suffix(b"s").unwrap_or(part));
        word.eq_ignore_ascii_case(part)
    };
    let last = |word: &[u8]| {
        let name = name.strip_suffix(b"s").unwrap_or(name);
        let tail = name.len().checked_sub(word.len()).map(|at| name.after(at));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(word))
            && (tail.is_some_and(|tail| tail.first().is_some_and(u8::is_ascii_uppercase))
                || name.len() == word.len()
                || lexicon::judge(word).is_some())
    };
    match words {
        0 => false,
        1 => {
            let word = text.strip_suffix(b":").unwrap_or(text);
            let parts = name.rsplit(|b| !b.is_ascii_alphabetic());
            (!ends || word.len() < text.len())
                && (word.eq_ignore_ascii_case(name)
                    || parts.take(1).any(|part| part.eq_ignore_ascii_case(word))
                    || lexicon::judge(word).is_some() && parts_of(name, word))
        }
        _ => text.split(|b| !b.is_ascii_alphabetic()).filter(|word| word.len() >= SHORTEST).any(|word| {
            last(word)
                || word.len() >= LONG
                    && name.split(|b| !b.is_ascii_alphabetic()).any(|part| part.len() >= LONG && same(word, part))
        }),
    }
}

/// Returns whether a name has this word among others.
fn parts_of(name: &[u8], word: &[u8]) -> bool {
    name.split(|b| !b.is_ascii_alphabetic()).any(|part| part.eq_ignore_ascii_case(word))
}

/// Returns whether a value is the name of a secret, or of the key of it, that is elsewhere: `existingSecret: shop-db`,
/// `from_secret: token`, `passwordKey: db-password`, `key: ACCESS_KEY_ID`.
pub(crate) fn names_key(name: &[u8], value: &[u8]) -> bool {
    let all = |is: fn(&u8) -> bool| !value.is_empty() && value.iter().all(is);
    let name = name.after(name.iter().rposition(|b| !b.is_ascii_alphanumeric() && *b != b'_').map_or(0, |at| at + 1));
    let begins = |with: &[u8]| name.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with));
    let ends = |with: &[u8]| name.len() >= with.len() && name.after(name.len() - with.len()).eq_ignore_ascii_case(with);
    let is_elsewhere = begins(b"existing") || begins(b"from_secret") || begins(b"fromSecret");
    let is_key =
        [&b"passwordkey"[..], b"password_key", b"tokenkey", b"token_key", b"usernamekey"].iter().any(|key| ends(key));
    (is_elsewhere || is_key) && all(|b| b.is_ascii_lowercase() || b"_-.".contains(b))
        || ends(b"secretkey") && matches!(value, b"password" | b"token" | b"username")
        || ends(b"key")
            && (name.len() > 3 && names_secret(value)
                || value.contains(&b'_') && all(|b| b.is_ascii_uppercase() || *b == b'_'))
}

/// Returns whether a text is the name of a secret, in letters alone: one that is elsewhere.
pub(crate) fn names_secret(text: &[u8]) -> bool {
    text.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-'))
        && lexicon::judge(text) == Some(lexicon::Surety::Strong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_told() {
        for text in [
            "The provided password is incorrect.",
            "You can't access this page (yet), sorry!",
            "It must contain at least 12 characters.",
        ] {
            assert!(is_statement(text.as_bytes()), "{text}");
        }
        for text in ["Correct horse battery staple", "correct horse battery staple.", "My dog rex7 barks.", "Hunter2!"]
        {
            assert!(!is_statement(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn values_that_tell_show_by_their_name() {
        for (name, text) in [
            ("password_hint", "Password"),
            ("enter_pin", "Enter the PIN of your card"),
            ("Provider.badCredentials", "Bad credentials"),
            ("secrets", "list"),
            ("cluster.token_service.active", "12048"),
            ("private_key", "/run/secrets/key_2"),
            ("admin_password", "$__file{/run/secrets/a}"),
            ("password", "((registry.password))"),
        ] {
            assert!(is_none(name.as_bytes(), text.as_bytes(), false), "{name}");
        }
        for (name, text) in [
            ("password", "Correct Word"),
            ("db.password", "12048"),
            ("token", "/AbC9dE2fG4"),
            ("password", "/kirsche7Mond"),
        ] {
            assert!(!is_none(name.as_bytes(), text.as_bytes(), false), "{name}");
        }
        assert!(names_key(b"key", b"ACCESS_KEY_ID") && names_key(b"from_secret", b"hub_token"));
        assert!(!names_key(b"api_key", b"hunter") && !names_key(b"from", b"hub_token"));
    }

    #[test]
    fn labels_of_many_languages_are_told() {
        for text in [
            "Passwort",
            "Mot de passe",
            "Contraseña",
            "パスワードを再入力",
            "Введите пароль",
            "Jeton d'accès",
            "Clés d’API",
        ] {
            assert!(is_label(text.as_bytes(), false), "{text}");
        }
        for text in ["Email Signature", "Invalid password", "Password"] {
            assert!(is_label(text.as_bytes(), true) && !is_label(text.as_bytes(), false), "{text}");
        }
        for text in ["Correct Horse", "passwort", "Passwort7", "Häuschen", "Zażółć gęślą jaźń", "Code Monkey"]
        {
            assert!(!is_label(text.as_bytes(), false), "{text}");
        }
        assert!(is_about(b"error.credentials.bad", b"Wrong user name or password"));
        assert!(
            !is_about(b"db.password", b"The cat and the dog") && !is_about(b"a.password.b", b"Correct horse battery")
        );
        use crate::redact::rules::value::is_to_fill_in;
        assert!(is_to_fill_in(b"{{user `pw`}}") && is_to_fill_in(b"$(API_KEY)") && is_to_fill_in(b"<pin>"));
        assert!(!is_to_fill_in(b"{{'x'}}") && !is_to_fill_in(b"$(x)") && !is_to_fill_in(b"<angle-7f>"));
    }
}
