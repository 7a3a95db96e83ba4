//! Finds what programs are given: the values of options (`--password x`, `curl -u ada:x`), and what the place of a word tells
//! (`htpasswd -b file ada x`, `echo x | docker login --password-stdin`).

use super::lexeme;
use crate::redact::{
    rules::{Rules, value::is_chosen},
    text::{edits::Edits, slice::Slice},
    work,
};
use regex::bytes::Regex;
use std::sync::LazyLock;

/// Programs whose own options give secrets, those options, and the sign in their values behind which the secret begins.
#[rustfmt::skip]
const OPTIONS: &[(&[u8], &[u8], Option<u8>)] = &[
    (b"curl", b"-u", Some(b':')), (b"curl", b"--user", Some(b':')), (b"curl", b"-U", Some(b':')), (b"curl", b"--proxy-user", Some(b':')),
    (b"curl", b"-b", Some(b'=')), (b"curl", b"--cookie", Some(b'=')), (b"http", b"-a", Some(b':')), (b"smbclient", b"-U", Some(b'%')),
    (b"openssl", b"-pass", Some(b':')), (b"openssl", b"-passin", Some(b':')), (b"openssl", b"-passout", Some(b':')),
    (b"login", b"-p", None), (b"sshpass", b"-p", None), (b"redis-cli", b"-a", None), (b"sqlcmd", b"-P", None), (b"ssh-keygen", b"-N", None),
    (b"ldapsearch", b"-w", None), (b"ldapadd", b"-w", None), (b"ldapmodify", b"-w", None), (b"zip", b"-P", None), (b"unzip", b"-P", None),
    (b"mosquitto_pub", b"-P", None), (b"mosquitto_sub", b"-P", None), (b"snmpwalk", b"-A", None), (b"snmpget", b"-A", None),
    (b"mongosh", b"-p", None), (b"mongodump", b"-p", None), (b"psexec", b"-p", None),
    (b"keytool", b"-storepass", None), (b"keytool", b"-keypass", None), (b"jarsigner", b"-storepass", None),
    (b"ipmitool", b"-P", None), (b"plink", b"-pw", None), (b"pscp", b"-pw", None), (b"ftp", b"-p", None), (b"lftp", b"-u", Some(b',')),
    (b"openssl", b"-k", None), (b"openssl", b"-K", None),
    (b"mysql", b"-p", None), (b"mysqladmin", b"-p", None), (b"mysqldump", b"-p", None), (b"mariadb", b"-p", None), (b"7z", b"-p", None),
    (b"7za", b"-p", None), (b"7zr", b"-p", None), (b"unrar", b"-p", None), (b"rar", b"-p", None), (b"rar", b"-hp", None), (b"bcp", b"-P", None),
];

/// The programs whose options have their values attached. They ask for the password where none is.
#[rustfmt::skip]
const ATTACHED: [&[u8]; 10] =
    [b"mysql", b"mysqladmin", b"mysqldump", b"mariadb", b"7z", b"7za", b"7zr", b"unrar", b"rar", b"bcp"];

/// The first letters of the programs in [`OPTIONS`], and the second characters of the options, a bit each.
const SIGNS: (u128, u128) = {
    // [`programs`] has a bit for each.
    assert!(OPTIONS.len() <= u64::BITS as usize);
    let (mut signs, mut at) = ((0, 0), 0);
    while at < OPTIONS.len() {
        let (program, option, _) = OPTIONS[at];
        signs.0 |= 1 << (program[0] & 127);
        signs.1 |= 1 << (option[1] & 127);
        at += 1;
    }
    signs
};

/// Finds the values of the arguments of programs: `--password x` of any, and the short options of some.
pub(super) fn find_options<'r>(rules: &'r Rules, text: &[u8], edits: &mut Edits<'r>) {
    let mut from = 0;
    const SHORT: usize = 3;
    // The end of the line that was read last, and which of the programs are called in it.
    let (mut line, mut called) = (0, 0);
    for at in memchr::memchr_iter(b'-', text) {
        // Or it is an element of a list.
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        let in_quotes = matches!(before, Some(b'"' | b'\''));
        if at < from || !in_quotes && before.is_some_and(|b| *b > b' ') {
            continue;
        }
        let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        let rest = text.after(at);
        let len = rest.iter().position(|b| !is_name(b)).unwrap_or(rest.len());
        if !work::allows(8 + len / 2) {
            return;
        }
        let option = rest.part(..len);
        let gap = if in_quotes {
            rest.after(len).iter().take_while(|b| b"\"', ".contains(b)).count().saturating_sub(1)
        } else {
            1
        };
        let value = (at + len + gap).min(text.len());
        if option.get(1).is_some_and(|b| SIGNS.1 >> (b & 127) & 1 != 0)
            && OPTIONS.iter().any(|(_, known, _)| option.starts_with(known))
        {
            if at >= line {
                (line, called) = programs(text, at);
            }
            if let Some((start, end)) = argument(text, at, option, called) {
                edits.mask(start, end, rules.mask());
                from = end;
                continue;
            }
        }
        // Some programs have one sign before long options too.
        let name = option.strip_prefix(b"--").or_else(|| option.strip_prefix(b"-").filter(|name| name.len() > SHORT));
        if let Some(name) = name
            && (rest.get(len) == Some(&b' ') || in_quotes && gap > 1)
            && ![&b"no-"[..], b"remove-", b"delete-"].iter().any(|verb| name.starts_with(verb))
            && let Some(hidden) = rules.secret_line(name)
        {
            let (start, end) = lexeme::prose_value(text, value, false, false);
            let content = text.part(start..end);
            // A placeholder, a variable, or the next option. In help a description stands further off.
            let is_none = !option.starts_with(b"--") && !content.iter().any(u8::is_ascii_digit) && !is_chosen(content)
                || matches!(content, [] | [b'-' | b'$' | b'<' | b'[' | b'{', ..])
                || text.part(value..start).contains(&b' ')
                || content.iter().all(|b| b.is_ascii_uppercase() || *b == b'_')
                || [&b"option"[..], b"options", b"flag", b"argument"].contains(&content)
                || hidden.votes(content)
                || lexeme::reads_on(text, start, end);
            if !is_none && matches!(text.get(value), Some(b) if *b != b'<' && *b != b'[') {
                edits.mask(start, end, hidden.mask);
                from = end;
            }
        }
    }
}

/// Returns the end of the line at `at`, and which programs of [`OPTIONS`] have their names in it as words, a bit each.
fn programs(text: &[u8], at: usize) -> (usize, u64) {
    let begin = memchr::memrchr(b'\n', text.part(..at)).map_or(0, |feed| feed + 1);
    let end = memchr::memchr(b'\n', text.after(at)).map_or(text.len(), |len| at + len);
    work::spend(2 * (end - begin));
    let mut called = 0;
    for word in text.part(begin..end).split(|b| !(b.is_ascii_alphanumeric() || *b == b'-' || *b == b'_')) {
        if !matches!(word, [first, _, ..] if SIGNS.0 >> (first & 127) & 1 != 0) {
            continue;
        }
        for (nth, (program, ..)) in OPTIONS.iter().enumerate() {
            called |= u64::from(word == *program) << nth;
        }
    }
    (end, called)
}

/// Returns where the secret is that the `option` at `at` gives to one of the programs that are `called` in its line.
fn argument(text: &[u8], at: usize, option: &[u8], called: u64) -> Option<(usize, usize)> {
    let mut known = OPTIONS.iter().enumerate().filter(|(nth, _)| called >> nth & 1 != 0);
    known.find_map(|(_, (program, known, sign))| {
        let attached = option.strip_prefix(*known)?;
        let is_attached = ATTACHED.contains(program);
        if attached.is_empty() == is_attached {
            return None;
        }
        let from = if is_attached { at + known.len() } else { (at + option.len() + 1).min(text.len()) };
        let (start, end) = lexeme::prose_value(text, from, false, false);
        match sign {
            Some(sign) => memchr::memchr(*sign, text.part(start..end))
                .map(|len| (start + len + 1, end))
                .filter(|(start, _)| text.get(*start) != Some(&b'$')),
            None => (!text.part(start..end).starts_with(b"$")).then_some((start, end)),
        }
    })
}

/// The words of a command, and how many operands stand before the secret.
#[rustfmt::skip]
const COMMANDS: &[(&[u8], usize)] = &[
    (b"net user ", 1), (b"net use ", 0), (b"htpasswd -", 2), (b"rabbitmqctl add_user ", 1), (b"rabbitmqctl change_password ", 1),
    (b"vault login ", 0), (b"wpa_passphrase ", 1), (b"mc alias set ", 3), (b"chpasswd", 0), (b"password-stdin", 0), (b"passwd --stdin", 0), (b"passphrase-fd", 0), (b"sudo -S", 0), (b" on >", 0),
];

/// Finds the operands that are secrets by their place in a command, and what is written to a program that reads a password.
pub(super) fn find_operands<'r>(rules: &'r Rules, text: &[u8], edits: &mut Edits<'r>) {
    static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let words = COMMANDS.iter().filter_map(|(words, _)| std::str::from_utf8(words).ok()).collect::<Vec<_>>();
        Regex::new(&words.join("|")).ok()
    });
    let mut from = 0;
    for found in WORDS.as_ref().into_iter().flat_map(|words| words.find_iter(text)) {
        let (at, words) = (found.start(), found.as_bytes());
        if at < from {
            continue;
        }
        let rest = lexeme::line_behind(text, found.end());
        from = found.end() + rest.len();
        // The options of `htpasswd` say what follows them.
        let options = rest.part(..rest.iter().position(|b| *b == b' ').unwrap_or(rest.len()));
        let options = options.part(..if words.ends_with(b"-") { options.len() } else { 0 });
        let mut operands = Operands { text: text.part(..from), at: found.end() + options.len() };
        let secret = match words {
            b" on >" => operands.next(),
            b"chpasswd" | b"password-stdin" | b"passwd --stdin" | b"passphrase-fd" | b"sudo -S" => {
                let before = lexeme::line_before(text, at);
                written(text, at - before.len(), at).or_else(|| {
                    let here = memchr::memmem::find(rest, b"<<<").filter(|_| words == b"chpasswd")?;
                    Operands { at: found.end() + here + 3, ..operands }.next()
                })
            }
            b"htpasswd -" => {
                let before = if options.contains(&b'n') { 1 } else { 2 };
                operands.nth(before).filter(|_| options.contains(&b'b'))
            }
            b"net use " => operands.find(|(start, end)| {
                let word = text.part(*start..*end);
                !(word.ends_with(b":") || word.starts_with(b"\\\\"))
            }),
            _ => operands.nth(COMMANDS.iter().find(|(known, _)| *known == words).map_or(0, |(_, before)| *before)),
        };
        let Some((start, end)) = secret else { continue };
        // The users' names show.
        let is_pair = words == b"chpasswd" || words == b" on >";
        let user = memchr::memchr(b':', text.part(start..end)).filter(|_| is_pair && words != b" on >");
        let start = user.map_or(start, |colon| start + colon + 1);
        let value = text.part(start..end);
        let is_none = matches!(value, [] | [b'$' | b'%' | b'<' | b'{' | b'*' | b'-' | b'/' | b'=', ..])
            || words == b"vault login " && value.contains(&b'=');
        if !is_none {
            edits.mask(start, end, rules.mask());
        }
    }
}

/// Returns what `echo` or `printf` writes in `start..end`, before the last bar there.
fn written(text: &[u8], start: usize, end: usize) -> Option<(usize, usize)> {
    let bar = start + memchr::memrchr(b'|', text.part(start..end))?;
    let line = text.part(start..bar);
    let echo =
        [&b"echo "[..], b"printf "].iter().find_map(|word| Some(memchr::memmem::rfind(line, word)? + word.len()))?;
    Operands { text: text.part(..bar), at: start + echo }
        .filter(|(start, end)| !text.part(*start..*end).contains(&b'%'))
        .last()
}

/// The operands of a command, without their quotes, up to the next command.
struct Operands<'t> {
    text: &'t [u8],
    at: usize,
}

impl Iterator for Operands<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        loop {
            let rest = self.text.after(self.at);
            let start = self.at + rest.iter().position(|b| *b != b' ')?;
            let rest = self.text.after(start);
            let len = rest.iter().position(|b| *b == b' ').unwrap_or(rest.len());
            let (from, to) = match rest.first()? {
                b'|' | b';' | b'&' | b'#' => return None,
                quote @ (b'"' | b'\'') => {
                    let inside = rest.after(1);
                    let len = memchr::memchr(*quote, inside).unwrap_or(inside.len());
                    self.at = (start + len + 2).min(self.text.len());
                    (start + 1, start + 1 + len)
                }
                _ if rest.part(..len).ends_with(b";") => {
                    self.at = self.text.len();
                    (start, start + len - 1)
                }
                _ => {
                    self.at = start + len;
                    (start, start + len)
                }
            };
            // An option.
            if !matches!(rest, [b'-' | b'/', b, ..] if b.is_ascii_alphabetic())
                || rest.part(1..len.max(1)).contains(&b'/')
            {
                return Some((from, to));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let rules = Rules::new();
        Edits::shown(text, |text, edits| {
            find_options(&rules, text, edits);
            find_operands(&rules, text, edits);
        })
    }

    #[test]
    fn what_programs_are_given_goes() {
        for (text, hidden) in [
            ("curl -u ada:x https://h/", "curl -u ada:REDACTED https://h/"),
            ("curl --cookie 'sid=x; a=y' h", "curl --cookie 'sid=REDACTED' h"),
            ("app --port 80 --api-key x1 -v", "app --port 80 --api-key REDACTED -v"),
            ("docker login -u a -p x1 h", "docker login -u a -p REDACTED h"),
            ("mysql -u root -px1 -h db", "mysql -u root -pREDACTED -h db"),
            ("redis-cli -h db -a x1 ping", "redis-cli -h db -a REDACTED ping"),
            ("openssl rsa -passin pass:x1 -in a", "openssl rsa -passin pass:REDACTED -in a"),
            ("keytool -list -storepass x1 -v", "keytool -list -storepass REDACTED -v"),
            ("smbclient //h/s -U ada%x1", "smbclient //h/s -U ada%REDACTED"),
            ("redis-cli -h c -a x1 ping", "redis-cli -h c -a REDACTED ping"),
            ("smbclient //n/s -U ada%x1 -c ls", "smbclient //n/s -U ada%REDACTED -c ls"),
            ("influx -username ada -password x1 -database d", "influx -username ada -password REDACTED -database d"),
            ("openssl enc -k x1 -in a", "openssl enc -k REDACTED -in a"),
            ("7za x -px1 a.7z; rar a -hpx1 b", "7za x -pREDACTED a.7z; rar a -hpREDACTED b"),
            ("Connect-It -Password Ab-cdef -Host h", "Connect-It -Password REDACTED -Host h"),
            ("net user ada x1 /add", "net user ada REDACTED /add"),
            ("net use Z: \\\\h\\s x1 /user:ada", "net use Z: \\\\h\\s REDACTED /user:ada"),
            ("htpasswd -bc /etc/users ada x1", "htpasswd -bc /etc/users ada REDACTED"),
            ("htpasswd -nbB ada 'x 1'", "htpasswd -nbB ada 'REDACTED'"),
            ("echo 'ada:x1' | sudo chpasswd -e", "echo 'ada:REDACTED' | sudo chpasswd -e"),
            ("chpasswd <<< \"ada:x1\"", "chpasswd <<< \"ada:REDACTED\""),
            ("echo x1 | docker login -u ada --password-stdin", "echo REDACTED | docker login -u ada --password-stdin"),
            ("printf '%s' x1 | passwd --stdin ada", "printf '%s' REDACTED | passwd --stdin ada"),
            ("ACL SETUSER ada on >x1 ~*", "ACL SETUSER ada on >REDACTED ~*"),
            ("vault login hvs-x1", "vault login REDACTED"),
            ("mc alias set s3 https://h ID1 x1", "mc alias set s3 https://h ID1 REDACTED"),
        ] {
            assert_eq!(shown(text), hidden);
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "curl -u ada h",
            "  --password <PASSWORD>  The password",
            "  --token TOKEN the token; --password-stdin",
            "mysql -u root -p -h db; cp -p a b",
            "ls -a x1; scp -P 22 a b; tar -A x1",
            "run it -password reset",
            "curl -u \"$USER:$PASSWORD\" h",
            "htpasswd -c /etc/users ada; net user ada /delete",
            "vault login -method=oidc role=dev",
            "echo \"$TOKEN\" | docker login --password-stdin",
            "cat f | docker login --password-stdin",
            "net use Z: /delete; it is on > off",
            "echo master | git bundle create a --stdin",
        ] {
            assert_eq!(shown(text), text);
        }
    }
}
