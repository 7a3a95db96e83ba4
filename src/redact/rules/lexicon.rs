//! Judges a name by its words, wherever it stands. This is the default set.
//!
//! A name is split into words, and its last secret word decides: `newPassword2` is `new password 2`, `SECRET_KEY_BASE`
//! is `secret key base`. Words beside it may take it back, as in `token_type` and `next_page_token`.

mod lists;
mod table;

use super::words::{MAX_WORD, Words};
use crate::redact::work;
use lists::*;
use table::{Role, pack, role};

/// Says how surely a name is that of a secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Surety {
    /// Surety by a container alone: it has the name of secrets, and this in it has not.
    Inside,
    /// Surety by a word that is used for other things too.
    Weak,
    /// Surety by a word that is used for several secrets, and for how many there are.
    Plural,
    /// Surety by a word that is used for secrets only.
    Strong,
}

/// Returns whether `name` is that of a secret, and how surely.
pub(crate) fn judge(name: &[u8]) -> Option<Surety> {
    if may_be_secret(name) { judge_words(name) } else { None }
}

/// Returns whether a name has a word for a secret in another script, in small letters.
pub(crate) fn is_of_other_script(name: &[u8]) -> bool {
    // Names are short, so the start of a search for words would cost more than the search.
    name.iter().any(|b| *b >= 0xce)
        && OTHER_SCRIPTS.iter().any(|word| name.windows(word.len()).any(|part| part == word.as_bytes()))
}

/// Does what [`judge`] does, for a name beyond ASCII: of its letters, those of Latin count without their accents.
#[cold]
pub(crate) fn judge_any(name: &[u8]) -> Option<Surety> {
    const LONGEST: usize = 128;
    const ACCENTS: [(char, char, u8); 9] = [
        ('à', 'å', b'a'),
        ('ç', 'ç', b'c'),
        ('è', 'ë', b'e'),
        ('ì', 'ï', b'i'),
        ('ñ', 'ñ', b'n'),
        ('ò', 'ö', b'o'),
        ('ù', 'ü', b'u'),
        ('ł', 'ł', b'l'),
        ('ş', 'ş', b's'),
    ];
    // Letters of Latin with accents begin with these bytes.
    let latin = name.iter().any(|b| matches!(b, 0xc3..=0xc5));
    if is_of_other_script(name) {
        return Some(Surety::Strong);
    }
    let Some(text) = std::str::from_utf8(name).ok().filter(|text| latin && text.len() <= LONGEST) else {
        return judge(name);
    };
    let mut plain = [0; LONGEST];
    let mut len = 0;
    for (to, c) in plain.iter_mut().zip(text.chars()) {
        let accent = ACCENTS.iter().find(|(first, last, _)| (*first..=*last).contains(&c));
        *to = accent.map_or_else(|| u8::try_from(c).unwrap_or(b'_'), |(.., b)| *b);
        len += 1;
    }
    judge(plain.get(..len).unwrap_or_default())
}

/// Pairs of letters that few words have besides the secret ones.
const LETTERS: &[&str] = &[
    "as", "cr", "cu", "cv", "ea", "ey", "fi", "hm", "ho", "hr", "ig", "jw", "ml", "mn", "mo", "nh", "nn", "nw", "od",
    "ok", "oo", "pi", "pw", "rd", "rf", "sc", "sk", "sp", "ss", "sw", "tp",
];

/// The second letters of each first one, a bit each: [`LETTERS`], and the last two of every word that has none of them and makes
/// a name secret, alone, with another or run together with others.
const SECOND_LETTERS: [u32; 32] = {
    const fn has_any(letters: &[u32; 32], word: &[u8]) -> bool {
        let mut at = 1;
        while at < word.len() {
            if letters[(word[at - 1] & 31) as usize] >> (word[at] & 31) & 1 == 1 {
                return true;
            }
            at += 1;
        }
        false
    }
    const fn add(letters: &mut [u32; 32], word: &str) {
        let word = word.as_bytes();
        if !has_any(letters, word) {
            letters[(word[word.len() - 2] & 31) as usize] |= 1 << (word[word.len() - 1] & 31);
        }
    }
    const fn add_all(letters: &mut [u32; 32], words: &[&str]) {
        let mut at = 0;
        while at < words.len() {
            add(letters, words[at]);
            at += 1;
        }
    }
    let (mut letters, mut at) = ([0; 32], 0);
    add_all(&mut letters, LETTERS);
    add_all(&mut letters, ENDS);
    add_all(&mut letters, BEGINNINGS);
    while at < SECRETS.len() {
        add(&mut letters, SECRETS[at].0);
        at += 1;
    }
    at = 0;
    while at < PAIRS.len() {
        if !has_any(&letters, PAIRS[at][0].as_bytes()) {
            add(&mut letters, PAIRS[at][1]);
        }
        at += 1;
    }
    letters
};

/// Returns whether `name` has one of [`SECOND_LETTERS`]. This is quick, and most names have none.
#[inline]
fn may_be_secret(name: &[u8]) -> bool {
    let is_pair = |a: u8, b: u8| SECOND_LETTERS[usize::from(a & 31)] >> (b & 31) & 1;
    name.iter().zip(name.iter().skip(1)).fold(0, |any, (a, b)| any | is_pair(*a, *b)) != 0
}

/// Does what [`judge`] does, word by word.
fn judge_words(name: &[u8]) -> Option<Surety> {
    let (mut found, mut taken_by_id, mut ever) = (None, false, false);
    let (mut key, mut code, mut public) = (false, false, false);
    let (mut before, mut earlier, mut limits, mut verb) = (0, 0, false, false);
    // The key in a header of a vendor's: `X-ClickHouse-Key`.
    key |= matches!(name, [b'X' | b'x', b'-', ..]);
    work::spend(48 + 4 * name.len());
    let mut words = Words::of(name);
    while let Some(word) = words.next() {
        let role = role(word);
        let pair = role.is(Role::SECOND) && PAIR_WORDS.contains(&[before, word]);
        let secret = if pair || role.is(Role::STRONG) {
            Some(Surety::Strong)
        } else if role.is(Role::WEAK) {
            Some(Surety::Weak)
        } else if role.is(Role::KEY) && key && !public || role.is(Role::CODE) && (code || found.is_some()) {
            Some(Surety::Strong)
        } else if role.0 == 0 {
            run_together(words.raw())
        } else {
            None
        };
        let is_token = word == TOKEN || word == TOKENS;
        let taken = match word {
            // `autoStartToken` starts a program that signs, and no page of a list.
            TOKEN => self::role(before).is(Role::TAKES_TOKEN) && !(before == START && STARTERS.contains(&earlier)),
            PASS => PASS_TAKERS.iter().any(|taker| pack(taker) == before),
            SECRET | SECRETS_WORD => self::role(before).is(Role::TAKES_SECRET),
            TOKENS => limits || self::role(before).is(Role::TAKES_TOKEN | Role::TAKES_TOKENS),
            // `auth_result_code`
            _ => role.is(Role::CODE) && (before == RESPONSE || self::role(before).is(Role::TAKES_BACK)),
        };
        if secret.is_some() && !taken {
            found = if role.is(Role::PLURAL) { Some(Surety::Plural) } else { secret };
            ever = true;
            // A secret's id may be a secret itself (Vault's `secret_id`). The id of a key or a token is none.
            taken_by_id = !pair && (is_token || !role.is(Role::KEEPS_ID));
        } else if word == HINT && before == TOKEN {
            // OpenID Connect's `id_token_hint` is a token.
        } else if word == INPUT && before == SIGNATURE {
            // It says what is signed, and how (RFC 9421, section 4.1).
            found = None;
        } else if role.is(Role::TAKES_BACK) || taken || is_past(role, word) || matches!(word, ID | IDS) && taken_by_id {
            found = None;
            ever |= taken;
        }
        // The id is the key's in `secret_kms_key_id`, and `kmsEncryptionKey` is no `encryptionkey`.
        taken_by_id |= role.is(Role::KEY);
        ever |= role.is(Role::KEY) && public;
        verb |= before == 0 && role.is(Role::VERB);
        key |= role.is(Role::KEY_QUALIFIER) || role.0 == 0 && word & 0x00ff_ffff == API;
        code |= role.is(Role::CODE_QUALIFIER);
        public |= role.is(Role::TAKES_KEY);
        limits |= word == RATELIMIT;
        (earlier, before) = (before, word);
    }
    if verb && before != 0 {
        return None;
    }
    if ever { found } else { however_written(name) }
}

/// Returns whether a value of this name is a secret if it looks like one: `key`, `primaryKey`, `routing_key`, `encoded`.
pub(crate) fn may_be(name: &[u8]) -> bool {
    let (mut may, mut taken, mut before) = (false, false, 0);
    work::spend(16 + 2 * name.len());
    for word in Words::of(name) {
        let role = role(word);
        // `bytesBase64Encoded` and `encodedImage` are no secrets.
        may = before == 0 && role.is(Role::MAYBE) || may && before != TICKET || role.is(Role::KEY);
        taken |= role.is(Role::TAKES_KEY);
        if role.is(Role::TAKES_BACK) || is_past(role, word) || matches!(word, ID | IDS) || DATA.contains(&word) {
            may = false;
        }
        before = word;
    }
    may && !taken || matches!(before, AUTH | INFO) && is_of_login(name)
}

/// Returns whether a value of this name, which may be a key, may also be a user's name and password: `proxy_auth`.
pub(crate) fn is_of_login(name: &[u8]) -> bool {
    let (mut auth, mut last) = (false, 0);
    for word in Words::of(name) {
        auth = word == AUTH || auth && !role(word).is(Role::TAKES_BACK);
        last = word;
    }
    // `basic.auth.user.info`
    auth && (last == AUTH || last == INFO)
}

/// Returns whether a name, among secrets, tells of them and is not that of one: behind a secret word, its words would take
/// that back.
pub(crate) fn tells(name: &[u8]) -> bool {
    let (mut tells, mut before) = (false, 0);
    for word in Words::of(name) {
        let role = role(word);
        // `status_code`
        let is_code = role.is(Role::CODE) && !(tells && self::role(before).is(Role::TAKES_BACK));
        if is_code || role.is(Role::STRONG | Role::WEAK | Role::KEY) {
            tells = false;
        } else if role.is(Role::TAKES_BACK) || matches!(word, ID | IDS) && before != 0 {
            tells = true;
        }
        before = word;
    }
    tells
}

/// Returns whether a word of no role says what was done: `revoked`, `enrolled`. What was done to the secret itself leaves it one.
fn is_past(role: Role, word: u128) -> bool {
    const SHORTEST: u32 = 6;
    const STILL_SECRET: [u128; 8] = [
        pack("encoded"),
        pack("encrypted"),
        pack("generated"),
        pack("hashed"),
        pack("masked"),
        pack("salted"),
        pack("signed"),
        pack("wrapped"),
    ];
    let len = (u128::BITS - word.leading_zeros()).div_ceil(8);
    role.0 == 0 && word & 0xffff == pack("ed") && len >= SHORTEST && !STILL_SECRET.contains(&word)
}

/// Returns how surely a name is that of a secret whose capitals part no words: `toKen`.
fn however_written(name: &[u8]) -> Option<Surety> {
    name.split(|b| !b.is_ascii_alphabetic()).find_map(|part| {
        if !part.iter().skip(1).any(u8::is_ascii_uppercase) || part.iter().all(u8::is_ascii_uppercase) {
            return None;
        }
        let folded = part.iter().fold(0, |word, b| word << 8 | u128::from(*b | 0x20));
        match role(folded) {
            role if part.len() <= MAX_WORD && role.is(Role::STRONG) => Some(Surety::Strong),
            role if part.len() <= MAX_WORD && role.is(Role::WEAK) => Some(Surety::Weak),
            _ => run_together(part),
        }
    })
}

/// Returns how surely a word of no role is a secret's name with others run together.
#[cold]
fn run_together(word: &[u8]) -> Option<Surety> {
    let ([first, .., before, last] | [first @ before, last]) = *word else { return None };
    // Nearly no word has such letters at its ends.
    if FIRST_LETTERS >> (first & 31) & 1 == 0 && LAST_LETTERS[usize::from(before & 31)] >> (last & 31) & 1 == 0 {
        return None;
    }
    let begins = |with: &str| word.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with.as_bytes()));
    let stem = |end: &&str| {
        let (stem, tail) = word.split_at_checked(word.len().checked_sub(end.len())?)?;
        tail.eq_ignore_ascii_case(end.as_bytes()).then_some(stem)
    };
    if BEGINNINGS.iter().any(|beginning| begins(beginning)) {
        return Some(Surety::Strong);
    }
    let (end, stem) = ENDS.iter().find_map(|end| Some((end, stem(end)?)))?;
    let ends = |taker: &&str| {
        let tail = stem.len().checked_sub(taker.len()).and_then(|at| stem.get(at..));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(taker.as_bytes()))
    };
    if *end == "key" {
        return KEY_QUALIFIERS.iter().any(ends).then_some(Surety::Strong);
    }
    if *end == "pass" {
        return (!PASS_TAKERS.iter().any(|taker| stem.eq_ignore_ascii_case(taker.as_bytes())))
            .then_some(Surety::Strong);
    }
    if *end == "pwd" && stem.eq_ignore_ascii_case(b"old") {
        return None;
    }
    let takers: [&[&str]; 2] = match *end {
        "token" => [TOKEN_TAKERS, &[]],
        "tokens" => [TOKEN_TAKERS, TOKENS_TAKERS],
        _ => [&[], &[]],
    };
    let taken = takers.into_iter().flatten().any(|taker| taker.len() > 2 && ends(taker));
    let surety = if matches!(*end, "cookie" | "signature") { Surety::Weak } else { Surety::Strong };
    (!taken).then_some(surety)
}

/// The first letters of [`BEGINNINGS`], a bit each.
const FIRST_LETTERS: u32 = {
    let (mut letters, mut at) = (0, 0);
    while at < BEGINNINGS.len() {
        letters |= 1 << (BEGINNINGS[at].as_bytes()[0] & 31);
        at += 1;
    }
    letters
};

/// The last letters of [`ENDS`], a bit each by the letter before.
const LAST_LETTERS: [u32; 32] = {
    let (mut letters, mut at) = ([0; 32], 0);
    while at < ENDS.len() {
        let end = ENDS[at].as_bytes();
        letters[(end[end.len() - 2] & 31) as usize] |= 1 << (end[end.len() - 1] & 31);
        at += 1;
    }
    letters
};

/// In `x-ratelimit-reset-tokens`, tokens are counted.
const RATELIMIT: u128 = pack("ratelimit");
const ID: u128 = pack("id");
const IDS: u128 = pack("ids");
/// The end of words that qualify a key as `api` does: `rapidapi`.
const API: u128 = pack("api");
const TOKEN: u128 = pack("token");
const TOKENS: u128 = pack("tokens");
/// What is encoded and no secret.
const DATA: [u128; 8] = [
    pack("audio"),
    pack("content"),
    pack("html"),
    pack("image"),
    pack("images"),
    pack("photo"),
    pack("polyline"),
    pack("video"),
];
const TICKET: u128 = pack("ticket");
const AUTH: u128 = pack("auth");
const INFO: u128 = pack("info");
const START: u128 = pack("start");
const STARTERS: [u128; 2] = [pack("auto"), pack("qr")];
const INPUT: u128 = pack("input");
const SIGNATURE: u128 = pack("signature");
const PASS: u128 = pack("pass");
const SECRET: u128 = pack("secret");
const SECRETS_WORD: u128 = pack("secrets");
const RESPONSE: u128 = pack("response");
const HINT: u128 = pack("hint");

/// [`PAIRS`], packed.
const PAIR_WORDS: [[u128; 2]; PAIRS.len()] = {
    let mut words = [[0; 2]; PAIRS.len()];
    let mut at = 0;
    while at < PAIRS.len() {
        words[at] = [pack(PAIRS[at][0]), pack(PAIRS[at][1])];
        at += 1;
    }
    words
};

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(names: &str, surety: Option<Surety>) {
        for name in names.split_whitespace() {
            assert_eq!(judge(name.as_bytes()), surety, "{name}");
        }
    }

    #[test]
    fn secret_words_make_secret_names() {
        check(
            "password newPassword2 new_password1 user[password][0] PASSWORD_CONFIRMATION passwordHash db-passwd pwd passcode \
             keyPassphrase sshKeyPassphrase token sessionToken access_token csrfmiddlewaretoken _csrf X-XSRF-TOKEN \
             id_token_hint secret client_secret secret_id SECRET_KEY_BASE aws_secret_access_key authorization \
             X-Forwarded-Authorization api_key apiKey APIKey X-Api-Key X-RapidAPI-Key Ocp-Apim-Subscription-Key x-functions-key AccountKey \
             private_key x-amz-server-side-encryption-customer-key X-Auth-Key license_key sessionid JSESSIONID \
             session_id X-Session-Id session[key] connection_string ConnectionStrings SAMLResponse PresharedKey psk pw user-pw Passwort seedPhrase card[number] backup_codes \
             authorization_code pre-authorized_code card_code unsealKey primaryMasterKey accesstoken clientsecret userpassword myapikey appkey wepkey encryptionkey signing_salt connect.sid CB-ACCESS-SIGN two_factor_code password_reset_token resetPasswordToken secret_token_type_key plainTextToken toKen accessTOken passwordconfirmation passsha256 passbcrypt pwhash SessionTicket validationKey backup_words X-Honeycomb-Team \
             bindpw rootpw dnpass smtppass requirepass storepass userPasswort dbpwd ldap_default_authtok",
            Some(Surety::Strong),
        );
        check("tokens JWTs apikeys credentials encryption_keys", Some(Surety::Plural));
        check(
            "pass smtp_pass mot_de_passe hmac Jenkins-Crumb pin user.pin otp otp2 HTTP_COOKIE cookie Set-Cookie signature X-Hub-Signature-256 sig x-amz-signature \
             code_verifier client_assertion cvc cvv2 ssn mnemonic passWord",
            Some(Surety::Weak),
        );
    }

    #[test]
    fn words_beside_take_it_back() {
        check(
            "token_type token_count token_endpoint token_expires_in_days passwordPolicy password_min_length password_changed_at \
             secret_name secretKeyRef cookie_domain signature_algorithm client_assertion_type next_page_token nextToken pageToken \
             nextpagetoken continuationToken syncToken cursor_token max_tokens maxTokens total_tokens max_completion_tokens \
             x-ratelimit-limit-tokens x-ratelimit-reset-tokens tokens_per_minute prompt_tokens_details aws_access_key_id private_key_id \
             token_id passwordless credentialId session_id_type public_access_key tokenDecimals password_file pin_color secretsTotal crumbRequestField changeToken nextForwardToken IdempotencyToken tokenIds cookie_samesite key-alias SigningKeyCertificate MasterUserSecretKmsKeyId accessTokenLifespan password_hint login.password.help auth_result_code authResponseCode tokenDecimal tokenAmount tokenHolder tokenBalances pinUvAuthProtocols rotate-token secret-scan secret_detection \
             first_pass OLDPWD discovery-token-ca-cert-hash authorization_servers passwordLastUpdateInstant password_failures otp_sent ldap_default_authtok_type bearer_methods_supported",
            None,
        );
    }

    #[test]
    fn other_names_are_left_alone() {
        check(
            "monkey turkey hotkey kmsEncryptionKey publicAccessKey key keys public_key primary_key partitionKey Sec-WebSocket-Key Idempotency-Key code codes country_code status_code \
             zip_code tokenizer tokenization secretary passenger compass bypass trespass passport passing pinned spinner shipping opinion \
             option hotpot design signal signed sigma cook author authority authored assertions verify state nonce hash session \
             sessions user name accesskeyid phrase purchase account_number card_holder sid \u{e9}",
            None,
        );
        check("", None);
    }

    #[test]
    fn every_word_of_the_table_is_found() {
        for (word, _) in SECRETS {
            assert_ne!(role(pack(word)).0, 0, "{word}");
        }
        for word in [TAKE_BACK, TOKEN_TAKERS, TOKENS_TAKERS, KEY_TAKERS, KEY_QUALIFIERS, CODE_QUALIFIERS].concat() {
            assert_ne!(role(pack(word)).0, 0, "{word}");
        }
    }

    /// Checks that the documentation of the default set names every word and every pair of the table, and no other.
    #[test]
    fn the_documentation_lists_the_table() {
        let docs = include_str!("../redactor.rs");
        let list =
            docs.split("A secret word hides the value:").nth(1).unwrap().split("Words beside it").next().unwrap();
        let told: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
        let pairs: Vec<String> = PAIRS.iter().map(|pair| pair.join(" ")).collect();
        let words = SECRETS.iter().map(|(word, _)| *word).chain(pairs.iter().map(String::as_str));
        for word in words.clone() {
            assert!(told.contains(&word), "{word} is not told");
        }
        let qualifiers = [KEY_QUALIFIERS, CODE_QUALIFIERS].concat();
        for word in told {
            assert!(words.clone().any(|known| known == word) || qualifiers.contains(&word), "{word} is not known");
        }
        assert!(judge(b"autoStartToken").is_some() && judge(b"nextStartToken").is_none());
        assert!(tells(b"status_code") && !tells(b"auth_code") && judge(b"signature_input").is_none());
        for readme in ["token_type", "password_policy", "secret_name", "next_page_token", "max_tokens"] {
            assert_eq!(judge(readme.as_bytes()), None);
        }
    }
}
