//! Text that is hard to look through.

use regex::Regex;
use tower_request_log::{Detector, Redactor};

/// What, repeated, opens and never closes, or begins again what was just looked at. `{n}` is other letters each time.
#[rustfmt::skip]
pub(crate) const PIECES: &[&str] = &[
    "eyJ", "eyJ.", "https://", "https://a:", "a://b:c@", "=//", "a=", "a={", "a={\"b\":", "a=%7B", "%25", "%",
    "%2525", "=", "&", ";", "a;", "token=;", "token=a;b=", "?", "#", "/", ",/", ",/games/a", ",/files/a", "/../",
    ",/../a/..", "//", "bearer ", "Bearer", "b", "-----BEGIN PRIVATE KEY-----", "PRIVATE KEY", "BEGIN ", "\":",
    "\"a\":", "'\":", "\" :", ":", " :", "\\\":", "\"password\":\"", "\"password\":\\\"", "password='", "4111 ",
    "4111111111111111 ", "GB82", "GB82 ", "a@", "a@b.c", "@", "acct-1", "a.", "a[", "[", "{", "AKIA", "ghp_", "&a",
    "%3D", "a%3D", "a%26", "+", "a=+", "password=%", "é", "\" ", "a: \"", "a:\\", "=\\\"", "x", " ", "\n", "\0",
    "password:\n", "password: x\n", "- ", "\"", "export ", "<password>", "<token ", "<a:", "</password>", "</", "<",
    "<password", "<a password=", "<!--", "<![CDATA[", "\\u", "\\u0070", "\"\\u0070assword\":", "a={\"b\":{\"b\":",
    "\\/", "/.\\/", "\\/..", ".", "-.", "[]", "%@//", "@://%25", "//,", "/,..", "/%2e",
    "/%2F", "\\n/", "/games/", "/files/%2F", "=/token:x", "=\"token\":\"x\"}", "@//]", "<value></a><a name=token>",
    "%#a=", "%@///../", "eyJ.eyJ.", "key=", "<a b=\"", "<a b='", "[[", "{\"a\":[", "\\u005c", "\\u005cu005c", "-----BEGIN ",
    "{\"name\":\"a\",\"value\":1},", "{\"name\":", "\"name\":\"token\",", "\"value\":", "name: token\nvalue: ", "- name: a\n  value: b\n",
    "token,id\n", "a,b,", "a\ttoken\t", "://@", "://a:b@c:d@", "user:p@", "_", "-", "A", "dapi", "AKIAA", "sk-", "SG.", "xoxb-1-", "p_",
    "\"a\":\"\\", "\\\"", "\\\\", "%5C", "%5Cu0025", "&amp;", "&#37;", "&#x25;", "&lt;a&gt;", "a%", "%C3", "a: b: ", "token: ", "token token ", "key: ",
    "Set-Cookie: a=b; ", "a=b; c=d; ", "password=a&", "x-a: token\n", "password is ", "curl -u a:b ", "--token ", "{{", "${a}", "a:b,c:d,", "'a':'b',",
    "\\n\\n", "\\", "=a&b=%26c%3D", "?a=b?c=d", "#a=b#", "//a/../b", "\"}", "\"{", "{\\\"a\\\":", "<a name=\"token\" value=\"", "<x:y ", "<?", "data: {\n", "event: a\n",
    "{n}=", "{n}:\"", "\"{n}\":", "{n}: a\n", "<{n}>", "</{n}>", "<a name={n}>", "?{n}=%7B&", "&{n}[a]=", "{\"{n}\":1},", "--{n} ",
    "{n}token=a ", "{n}_pin: \"a\"\n", "\"token{n}\": b, ", "{n}='a', ", "https://{n}:", "%25{n}%3D", "\\u007b{n}", "{n}@", "/{n}/../",
    "identified by '", "password '", "('password', '", "values ('a'),", "login a password a1b2c3\n", "your code is 123456 ", " is a1b2c3",
    "password -> a1", "$2b$12$", "@tcp(", "oracle:thin:a/", "alues", "-p ", "mysql -pa ", "--password a ", "h:1234:d:u:p\n",
    "AUTH a1b2c3\n", "kind: Secret\ndata:\n  a: b\n", "- name: token\n  value: b\n", "- value: b\n", "<key>token</key><string>a</string>",
    "<td>token</td><td>a1</td>", "<value>a</value><name>", "a|token\n", "a;token;", "token,a\n1,2\n", "token:\n  a: 1\n", "token: |\n", "token: '''\n",
    "token = [\n", "token = f(\"a\")\n", "if token == \"a\":\n", "token=<a", "token=(", "token=\"\"\"", "Some(\"", "token: Some(\"a\"), ",
    "\u{1b}[31m", "\\u0022", "&quot;:", "&#x3d;", "%2525257B", "%5C%22", "+%7B", "%22%3A", "token%3Da%26",
];

/// Returns a piece again and again, about `len` bytes of it. `{n}` in it stands for other letters each time.
pub(crate) fn text(piece: &str, len: usize) -> String {
    let Some((before, after)) = piece.split_once("{n}") else {
        return piece.repeat((len / piece.len()).max(1));
    };
    let letters =
        |number: usize| [number / 676 % 26, number / 26 % 26, number % 26].map(|n| char::from(b'a' + n as u8));
    let pieces = (1..).map(|number| [before, &String::from_iter(letters(number)), after].concat());
    pieces.take((len / piece.len()).max(1)).collect()
}

/// A rule of every kind.
pub(crate) fn redactor() -> Redactor {
    Redactor::new()
        .header("x-client-id")
        .query("q")
        .field("pin")
        .field("user.name")
        .path("/games/{game}/bet")
        .path("/files/{*rest}")
        .pattern(Regex::new(r"acct-(?<secret>[0-9]+)").unwrap())
        .detect(Detector::CardNumber)
        .detect(Detector::CloudKey)
        .detect(Detector::Email)
        .detect(Detector::Iban)
}
