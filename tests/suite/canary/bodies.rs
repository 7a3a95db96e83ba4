//! Canaries in bodies.

use super::{
    cases::{Case, Rules},
    exchange::Message,
    secret::plant,
};
#[cfg(feature = "gzip")]
use flate2::{
    Compression,
    write::{GzEncoder, ZlibEncoder},
};
#[cfg(feature = "gzip")]
use std::io::Write;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |rules: Rules, content_type: &str, body: &str| {
        let message = Message::default().content_type(content_type).body(plant(body));
        cases.push(Case::new(rules, format!("{content_type}: {body}"), message));
    };
    for (rules, body) in JSON {
        add(*rules, "application/json", body);
    }
    // What says that it is JSON, and what only is.
    for content_type in JSON_TYPES {
        for body in [
            "{\"a\": \"v1s1ble\", \"password\": \"{c}\"}",
            "{\"a\":\"v1s1ble\",\"b\":[{\"pass\\u0077ord\":{\"c\":\"{cu}\"}}]}",
        ] {
            add(Rules::Default, content_type, body);
        }
    }
    for (rules, body) in LINES {
        add(*rules, "application/x-ndjson", body);
        add(*rules, "", body);
    }
    for (rules, body) in EVENTS {
        add(*rules, "text/event-stream", body);
    }
    for (rules, body) in FORMS {
        add(*rules, "application/x-www-form-urlencoded", body);
    }
    for (nth, (rules, body)) in PARTS.iter().enumerate() {
        let body = format!("--b\n{body}\n--b--\n");
        add(*rules, "multipart/form-data; boundary=b", &body.replace('\n', "\r\n"));
        // Some end lines with LF alone.
        if nth % 4 == 0 {
            add(*rules, "multipart/form-data; boundary=b", &body);
        }
    }
    for (rules, body) in TEXTS {
        add(*rules, "text/plain", body);
        add(*rules, "", body);
    }
    for (content_type, body) in ODD {
        add(Rules::Default, content_type, body);
    }
    for body in ["data: v1s1ble\ndata: /games/{c}/bet\n\n", ": v1s1ble\ndata: {\"a\":\"/games/{c}/bet\"}\n\n"] {
        add(Rules::Template, "text/event-stream", body);
    }
    cases.extend(whole_only());
    cases.extend(detectors());
    cases.extend(charsets());
    #[cfg(feature = "gzip")]
    cases.extend(encodings());
    cases
}

/// What can only be told from harmless text by what the sender did not send when it broke off.
fn whole_only() -> impl Iterator<Item = Case> {
    let bodies = [
        (Rules::Default, "see https://{c}@v1s1ble/"),
        (Rules::Default, "{\"a\": \"v1s1ble\", \"b\": \"https://{c}@h/\"}"),
    ];
    bodies.into_iter().map(|(rules, body)| {
        let message = Message::default().content_type("text/plain").body(plant(body));
        Case::new(rules, format!("only whole: {body}"), message).sent_whole()
    })
}

fn detectors() -> impl Iterator<Item = Case> {
    let secrets = [
        "4111111111111111",
        "4111 1111 1111 1111",
        "5500-0000-0000-0004",
        "378282246310005",
        "AKIAIOSFODNN7EXAMPLE",
        "AIzaSyA1234567890abcdefghijklmnopqrstuv",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "xoxb-123456789012-abcdefABCDEF",
        "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
        "jane.canary@example.org",
        "GB82WEST12345698765432",
        "GB82 WEST 1234 5698 7654 32",
        "DE89370400440532013000",
    ];
    let places = [
        ("application/json", "{\"a\": \"v1s1ble\", \"b\": \"@\"}"),
        ("application/json", "[\"v1s1ble: @.\"]"),
        ("application/x-www-form-urlencoded", "a=v1s1ble&b=@"),
        ("text/plain", "v1s1ble (@), and more"),
        ("text/event-stream", "data: v1s1ble @\n\n"),
    ];
    secrets.into_iter().flat_map(move |secret| {
        places.into_iter().map(move |(content_type, body)| {
            let body = body.replace('@', secret);
            let message = Message::default().content_type(content_type).header("x-note", secret).body(body.clone());
            Case::new(Rules::Detect, format!("{content_type}: {body}"), message).sent_whole().secret(secret)
        })
    })
}

fn charsets() -> Vec<Case> {
    let mut cases = Vec::new();
    for body in ["{\"a\":\"v1s1ble\",\"password\":\"{c}\"}", "[{\"a\":\"v1s1ble é\"},{\"p\\u0061ssword\":[\"{c}\"]}]"]
    {
        let text = plant(body);
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let le32: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        let be32: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
        for (name, content_type, bytes) in [
            ("UTF-32LE with a mark", "application/json", [b"\xff\xfe\0\0", &le32[..]].concat()),
            ("UTF-32LE", "application/json", le32),
            ("UTF-32BE", "", be32),
            ("UTF-16LE, stated as UTF-16BE", "application/json; charset=utf-16be", le.clone()),
            ("UTF-8 with a mark", "application/json", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
            ("UTF-8 with a mark and no type", "", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
            ("UTF-16LE with a mark", "application/json", [b"\xff\xfe", &le[..]].concat()),
            ("UTF-16BE with a mark", "application/json", [b"\xfe\xff", &be[..]].concat()),
            ("UTF-16LE, stated", "application/json; charset=utf-16le", le.clone()),
            ("UTF-16BE, stated", "application/json; charset=\"UTF-16BE\"", be.clone()),
            ("UTF-16LE, sniffed", "application/json", le.clone()),
            ("UTF-16BE, sniffed", "", be.clone()),
            ("UTF-16LE, stated otherwise", "application/json; charset=utf-8", le.clone()),
            ("UTF-8, stated as UTF-16", "application/json; charset=utf-16", text.clone().into_bytes()),
            ("UTF-8, stated as Latin-1", "application/json; charset=iso-8859-1", text.clone().into_bytes()),
            ("UTF-8, stated as Shift_JIS", "application/json; charset=shift_jis", text.clone().into_bytes()),
            ("UTF-8, stated as ISO-2022-JP", "application/json; charset=iso-2022-jp", text.clone().into_bytes()),
            ("UTF-8, stated as UTF-7", "application/json; charset=utf-7", text.clone().into_bytes()),
        ] {
            let message = Message::default().content_type(content_type).body(bytes);
            // Some are shown as no text at all.
            cases.push(Case::new(Rules::Default, format!("{name}: {body}"), message).hidden_anyway());
        }
    }
    for (name, charset) in [("UTF-16LE", "utf-16le"), ("Latin-1", "iso-8859-1")] {
        let form = plant("a=v1s1ble&password={c}");
        let bytes = match charset {
            "utf-16le" => form.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            _ => form.into_bytes(),
        };
        let content_type = format!("application/x-www-form-urlencoded; charset={charset}");
        let message = Message::default().content_type(&content_type).body(bytes);
        cases.push(Case::new(Rules::Default, format!("a form in {name}"), message).hidden_anyway());
    }
    cases
}

#[cfg(feature = "gzip")]
fn encodings() -> Vec<Case> {
    let gzip = |bytes: &[u8], level| {
        let mut encoder = GzEncoder::new(Vec::new(), level);
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let json = plant("{\"a\": \"v1s1ble\", \"password\": \"{c}\", \"b\": [1, 2, 3]}");
    let unsaid = json.replace("v1s1ble", "b");
    let unsaid = gzip(unsaid.as_bytes(), Compression::none());
    let packed = gzip(json.as_bytes(), Compression::best());
    let stored = gzip(json.as_bytes(), Compression::none());
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::none());
    zlib.write_all(json.as_bytes()).unwrap();
    let zlib = zlib.finish().unwrap();
    let mut bodies = vec![
        ("gzip in capitals, among nothing", " , GZIP ,identity", packed.clone()),
        ("gzip and more", "gzip", [&packed[..], json.as_bytes()].concat()),
        ("gzip", "gzip", packed.clone()),
        ("gzip, stored", "gzip", stored.clone()),
        ("gzip twice", "gzip, gzip", gzip(&packed, Compression::best())),
        ("gzip said, not done", "gzip", json.clone().into_bytes()),
        ("gzip done, not said", "", unsaid.clone()),
        ("gzip done, identity said", "identity", unsaid.clone()),
        ("gzip done, br said", "br", unsaid),
        ("nobody knows", "canary", json.replace("v1s1ble", "b").into_bytes()),
        ("gzip broken off", "gzip", [&packed[..packed.len() / 2], super::secret::SECRET.as_bytes()].concat()),
    ];
    if cfg!(feature = "deflate") {
        bodies.push(("deflate, raw", "deflate", zlib[2..zlib.len() - 4].to_vec()));
        bodies.push(("deflate", "deflate", zlib));
    }
    let case = |(name, encoding, bytes): (&str, &str, Vec<u8>)| {
        let mut message = Message::default().content_type("application/json").body(bytes);
        if !encoding.is_empty() {
            message = message.header("content-encoding", encoding);
        }
        Case::new(Rules::Default, name.to_owned(), message).hidden_anyway()
    };
    bodies.into_iter().map(case).collect()
}

const JSON_TYPES: &[&str] = &[
    "",
    "application/json; charset=utf-8",
    "application/problem+json",
    "application/vnd.api+json",
    "text/json",
    "text/plain",
    "text/html",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "application/javascript",
    "application/xml",
    "nonsense",
];

const JSON: &[(Rules, &str)] = &[
    // Where it stands.
    (Rules::Default, "{\"password\":\"{c}\",\"a\":\"v1s1ble\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"password\":\"{c}\"}"),
    (Rules::Default, "{ \"a\" : \"v1s1ble\" ,\n \"password\"\t:\r\n \"{c}\" }"),
    (Rules::Default, "[\"v1s1ble\",[[{\"a\":[{\"token\":\"{c}\"}]}]]]"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"secret\":\"{c}\",\"secret\":\"{c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"secret\":null,\"secret\":\"{c}\"}"),
    // What it is.
    (Rules::Default, "{\"a\":\"v1s1ble\",\"token\":[\"{c}\",\"{c}\"]}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"token\":{\"a\":{\"b\":[\"{c}\"]}},\"c\":1}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"token\":{\"{c}\":1},\"c\":1}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"token\":\"a\\\"{c}\",\"c\":1}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"token\":\"a\\\\\",\"password\":\"{c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"token\":\"{s}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"token\":\"{cu}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"token\":\"}]{c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"token\":[\"]\",\"}\",\"{c}\"]}"),
    // What it is called.
    (Rules::Default, "{\"a\":\"v1s1ble\",\"\\u0070assword\":\"{c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"PASS-WORD\":\"{c}\",\"Pass_Word\":\"{c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"access_token\":\"{c}\",\"refreshToken\":\"{c}\",\"id-token\":\"{c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"client_secret\":\"{c}\",\"apiKey\":\"{c}\",\"api_key\":\"{c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"private_key\":\"{c}\",\"authorization\":\"{c}\",\"signature\":\"{c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"aws_secret_access_key\":\"{c}\",\"AccessKey\":\"{c}\",\"sig\":\"{c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"user.password\":\"{c}\",\"user[password]\":\"{c}\",\"password[]\":\"{c}\"}"),
    (
        Rules::Default,
        "{\"a\":\"v1s1ble\",\" password \":\"{c}\",\"pass\\u200bword\":\"{c}\",\"password\\u0000\":\"{c}\"}",
    ),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"ｐassword\":\"{c}\",\"\\uff50assword\":\"{c}\",\"toKen\":\"{c}\"}"),
    (Rules::Named, "{\"a\":\"v1s1ble\",\"canary\":\"{c}\"}"),
    (Rules::Named, "{\"a\":\"v1s1ble\",\"CANARY\":[{\"b\":\"{c}\"}]}"),
    (Rules::NamedOnly, "{\"a\":\"v1s1ble\",\"can\\u0061ry\":\"{c}\"}"),
    // What is in strings.
    (Rules::Default, "{\"a\":\"v1s1ble\",\"b\":\"{\\\"password\\\":\\\"{c}\\\"}\"}"),
    (
        Rules::Default,
        "{\"a\":\"v1s1ble\",\"b\":\"{\\\"b\\\":\\\"{\\\\\\\"password\\\\\\\":\\\\\\\"{c}\\\\\\\"}\\\"}\"}",
    ),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"b\":\"[{\\\"a\\\":1,\\\"pass\\\\u0077ord\\\":\\\"{c}\\\"}]\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"b\":\"{\\\"password\\\":\\\"{c}\\\"\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"b\":\"x {\\\"password\\\":\\\"{c}\\\"}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"b\":\"\\u007b\\u0022password\\u0022:\\u0022{c}\\u0022}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"b\":\"a=1&password={c}&b=2\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"b\":\"a=1\\u0026password={c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"b\":\"https://h/?token={c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"b\":\"https://h/?token=a;b={c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"b\":\"https:\\/\\/h\\/?token={c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"b\":\"https://user:{c}@h/\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"b\":\"https:\\/\\/user:{c}@h\\/\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"b\":\"/cb?token={c}#x\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"b\":\"next=%2Fcb%3Ftoken%3D{c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"b\":\"Bearer {c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"b\":\"\\u0042earer {c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"b\":\"{jwt}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"b\":\"\\u0065yJhbGciOi.e30.{c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"b\":\"-----BEGIN PRIVATE KEY-----\\n{c}\\n-----END PRIVATE KEY-----\\n\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"b\":\"log in with password={c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"https://h/?token={c}\":1}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"Bearer {c}\":1}"),
    (Rules::Template, "{\"a\":\"v1s1ble\",\"b\":\"https://h/games/{c}/bet\"}"),
    (Rules::Template, "{\"a\":\"v1s1ble\",\"b\":\"\\/games\\/{c}\\/bet\"}"),
    (Rules::Template, "{\"a\":\"v1s1ble\",\"b\":\"/games/{c}%2Fx/bet\"}"),
    (Rules::Template, "{\"a\":\"v1s1ble\",\"b\":\"//h/games/{c}/bet\"}"),
    (Rules::Template, "{\"a\":\"v1s1ble\",\"b\":\"/games/{c}/bet,/games/{c}/bet:2\"}"),
    (Rules::Template, "{\"a\":\"v1s1ble\",\"b\":\"x\\n/games/{c}/bet\\ny\"}"),
    (Rules::Template, "{\"a\":\"v1s1ble\",\"b\":\"/u/user-{c}.json\"}"),
    (Rules::Pattern, "{\"a\":\"v1s1ble\",\"b\":\"acct-{c}\"}"),
    (Rules::Pattern, "{\"a\":\"v1s1ble\",\"b\":\"\\u0061cct-{cu}\"}"),
    (Rules::Pattern, "{\"a\":\"v1s1ble\",\"acct-{c}\":1}"),
    // Rules by path.
    (Rules::JsonPath, "{\"a\":\"v1s1ble\",\"user\":{\"cards\":[1,{\"pan\":\"{c}\"}]}}"),
    (Rules::JsonPath, "{\"pan\":\"v1s1ble\",\"User\":{\"c\\u0061rds\":[{\"a\":[],\"PAN\":[{\"b\":\"{c}\"}]}]}}"),
    (Rules::JsonPath, "{\"a\":\"v1s1ble\",\"b\":[[{\"hidden\":{\"c\":\"{c}\"}}]]}"),
    (Rules::JsonPath, "[\"v1s1ble\",\"{c}\",\"v1s1ble\"]"),
    (Rules::JsonPath, "{\"a\":\"v1s1ble\",\"b\":\"{\\\"hidden\\\":\\\"{c}\\\"}\"}"),
    (Rules::JsonPath, "{\"a\":\"v1s1ble\"}\n{\"hidden\":\"{c}\"}"),
    // A document that is a string.
    (Rules::Default, "\"v1s1ble Bearer {c}\""),
    (Rules::Default, "\"{\\\"a\\\":\\\"v1s1ble\\\",\\\"password\\\":\\\"{c}\\\"}\""),
    // What is broken.
    (Rules::Default, "{\"a\":\"v1s1ble\",\"password\":{c}}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"password\":'{c}'}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",password:\"{c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",'password':'{c}'}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"password\" \"{c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"password\":,\"{c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"password\":\"a\nb{c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"pass\\qword\":\"{c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"password\":[1,2}, \"{c}\"]}"),
    (Rules::Default, "{\"a\":\"v1s1ble\"}}{\"password\":\"{c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\"/*,\"b\":*/,\"password\":\"{c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"password\":/**/\"{c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\",\"password\":\"{c}\"]"),
    (Rules::Default, ")]}',\n{\"a\":\"b\",\"password\":\"{c}\"}"),
    (Rules::Default, "callback({\"a\":\"b\",\"password\":\"{c}\"});"),
    (Rules::Default, "for(;;);{\"a\":\"b\",\"password\":\"{c}\"}"),
    // Only what is allowed, and masks.
    (Rules::AllowOnly, "{\"currency\":\"v1s1ble\",\"b\":\"{c}\"}"),
    (Rules::AllowOnly, "{\"currency\":{\"password\":\"{c}\",\"currency\":\"v1s1ble\"},\"b\":[\"{c}\"]}"),
    (Rules::AllowOnly, "[\"{c}\"]"),
    (Rules::AllowOnly, "\"{c}\""),
    (Rules::AllowOnly, "{\"currency\":\"v1s1ble Bearer {c}\"}"),
    (Rules::Last, "{\"a\":\"v1s1ble\",\"canary\":\"{c}\"}"),
    (Rules::Last, "{\"a\":\"v1s1ble\",\"canary\":[\"{c}\"]}"),
    (Rules::Fingerprint, "{\"a\":\"v1s1ble\",\"canary\":\"{c}\"}"),
    (Rules::Function, "{\"a\":\"v1s1ble\",\"canary\":\"{c}\"}"),
];

const LINES: &[(Rules, &str)] = &[
    (Rules::Default, "{\"a\":\"v1s1ble\"}\n{\"password\":\"{c}\"}\n"),
    (Rules::Default, "{\"a\":\"v1s1ble\"}\r\n[{\"password\":\"{c}\"}]\r\n{\"token\":1}"),
    (Rules::Default, "{\"a\":\"v1s1ble\"}{\"password\":\"{c}\"}"),
    (Rules::Default, "{\"a\":\"v1s1ble\"}\nnot json\n{\"password\":\"{c}\"}\n"),
    (Rules::Default, "\u{1e}{\"a\":\"v1s1ble\"}\n\u{1e}{\"password\":\"{c}\"}\n"),
];

const EVENTS: &[(Rules, &str)] = &[
    (Rules::Default, "data: {\"a\":\"v1s1ble\",\"password\":\"{c}\"}\n\n"),
    (Rules::Default, "event: v1s1ble\ndata: {\"a\":1,\ndata: \"password\":\ndata: \"{c}\"}\n\n"),
    (Rules::Default, "id: 1\ndata:{\"a\":\"v1s1ble\"}\n\ndata:{\"token\":\"{c}\"}\r\n\r\n"),
    (Rules::Default, "data: v1s1ble\rdata: Bearer {c}\r\r"),
    (Rules::Default, ": v1s1ble token={c}\n\n"),
    (Rules::Default, "event: v1s1ble\nid: {jwt}\n\n"),
    (Rules::Default, "event: v1s1ble\npassword: {c}\n\n"),
    (Rules::Default, "event: v1s1ble\ndata: a=1&password={c}\n\n"),
    (
        Rules::Default,
        "event: v1s1ble\ndata: -----BEGIN PRIVATE KEY-----\ndata: {c}\ndata: -----END PRIVATE KEY-----\n\n",
    ),
    (Rules::Default, "event: v1s1ble\ndata: {\"a\":1}\ndata: {\"password\":\"{c}\"}\n\n"),
    (Rules::Default, "\u{feff}data: {\"a\":\"v1s1ble\",\"password\":\"{c}\"}\n\n"),
    (Rules::Default, "event: v1s1ble\ndata: {\"password\":\nevent: x\ndata: \"{c}\"}\n\n"),
    (Rules::Default, "{\"a\":\"b\",\"password\":\"{c}\"}\n\n"),
    (Rules::Default, "event: v1s1ble\n{\"password\":\"{c}\"}\n\n"),
    (Rules::Pattern, "data: v1s1ble acct-{c}\n\n"),
    (Rules::JsonPath, "event: v1s1ble\ndata: {\"b\":{\"hidden\":\"{c}\"}}\n\n"),
    (Rules::AllowOnly, "event: v1s1ble\ndata: {c}\nid: {c}\n: {c}\n\n"),
];

const FORMS: &[(Rules, &str)] = &[
    (Rules::Default, "a=v1s1ble&password={c}"),
    (Rules::Default, "password={c}&a=v1s1ble"),
    (Rules::Default, "a=v1s1ble&password={c%}"),
    (Rules::Default, "a=v1s1ble&password={s+}"),
    (Rules::Default, "a=v1s1ble&password={s%}&b=1"),
    (Rules::Default, "a=v1s1ble&p%61ssword={c}"),
    (Rules::Default, "a=v1s1ble&user%5Bpassword%5D={c}&user[password][]={c}"),
    (Rules::Default, "a=v1s1ble&+password={c}"),
    (Rules::Default, "a=v1s1ble&pass%word={c}"),
    (Rules::Default, "a=v1s1ble&password={c};x={c}"),
    (Rules::Default, "a=v1s1ble&token=a%3Db%26{c}"),
    (Rules::Default, "a=v1s1ble&token=a=b={c}"),
    (Rules::Default, "a=v1s1ble\r\npassword={c}"),
    (Rules::Default, "a=v1s1ble&b=%7B%22password%22%3A%22{c}%22%7D"),
    (Rules::Default, "a=v1s1ble&b={\"password\":\"{c}\"}"),
    (Rules::Default, "a=v1s1ble&b={\"x\":{\"pass\\u0077ord\":\"{c}\"}}"),
    (Rules::Default, "a=v1s1ble&b=x%3D1%26password%3D{c}"),
    (Rules::Default, "a=v1s1ble&b=https%3A%2F%2Fuser%3A{c}%40h%2F"),
    (Rules::Default, "a=v1s1ble&b=https%3A%2F%2Fh%2F%3Ftoken%3D{c}"),
    (Rules::Default, "a=v1s1ble&b=Bearer+{c}"),
    (Rules::Default, "a=v1s1ble&b=Bearer%20{c%}"),
    (Rules::Default, "a=v1s1ble&b={jwt}"),
    (Rules::Default, "a=v1s1ble&b=-----BEGIN+PRIVATE+KEY-----%0A{c}%0A-----END+PRIVATE+KEY-----"),
    (Rules::Named, "a=v1s1ble&canary={c}"),
    (Rules::NamedOnly, "a=v1s1ble&c%61nary={c}"),
    (Rules::Pattern, "a=v1s1ble&b=acct-{c}"),
    (Rules::Pattern, "a=v1s1ble&b=acct%2D{c%}"),
    (Rules::Template, "a=v1s1ble&b=%2Fgames%2F{c}%2Fbet"),
    (Rules::AllowOnly, "currency=v1s1ble&b={c}&{c}"),
    (Rules::AllowOnly, "currency=v1s1ble&b={c}"),
    (Rules::Last, "a=v1s1ble&canary={c}"),
    (Rules::Fingerprint, "a=v1s1ble&canary={c}"),
    (Rules::Function, "a=v1s1ble&canary={c%}"),
];

const PARTS: &[(Rules, &str)] = &[
    (Rules::Template, "Content-Disposition: form-data; name=\"a\"\n\nv1s1ble /games/{c}/bet and more"),
    (
        Rules::Default,
        "Content-Disposition: form-data; name=\"password\"\n\n{c}\n--b\nContent-Disposition: form-data; name=\"a\"\n\nv1s1ble",
    ),
    (Rules::Default, "Content-Disposition: form-data; name=password\n\n{c}"),
    (Rules::Default, "content-disposition:form-data;NAME=\"Pass-Word\"\n\n{c}"),
    (Rules::Default, "Content-Disposition: form-data; name=\"user[password]\"\n\n{c}"),
    (Rules::Default, "Content-Disposition: form-data; name=\"p%61ssword\"\n\n{c}"),
    (Rules::Default, "Content-Disposition: form-data; name*=utf-8''p%61ssword\n\n{c}"),
    (Rules::Default, "Content-Disposition: form-data; name=\"a\"; name*=utf-8''password\n\n{c}"),
    (Rules::Default, "Content-Disposition: form-data; name*0=\"pass\"; name*1=\"word\"\n\n{c}"),
    (Rules::Default, "Content-Disposition: form-data; name=\"pass\\word\"\n\n{c}"),
    (Rules::Default, "Content-Disposition: form-data; name=\"a\"; name=\"password\"\n\n{c}"),
    (Rules::Default, "Content-Disposition: form-data;\n name=\"password\"\n\n{c}"),
    (Rules::Default, "Content-Disposition: form-data\n\n{c}"),
    (Rules::Default, "Content-Type: text/plain\n\n{c}"),
    (Rules::Default, "\n{c}"),
    (
        Rules::Default,
        "Content-Disposition: form-data; name=\"a\"\nContent-Disposition: form-data; name=\"password\"\n\n{c}",
    ),
    (Rules::Default, "Content-Disposition: form-data; name=\"password\"; filename=\"v1s1ble\"\n\n{c}"),
    (Rules::Default, "Content-Disposition: form-data; name=\"v1s1ble\"; filename=\"a\"\n\n{c}"),
    (Rules::Default, "Content-Disposition: form-data; name=\"v1s1ble\"; filename*=utf-8''a\n\n{c}"),
    (
        Rules::Default,
        "Content-Disposition: form-data; name=\"v1s1ble\"\nContent-Type: application/json\n\n{\"password\":\"{c}\"}",
    ),
    (Rules::Default, "Content-Disposition: form-data; name=\"v1s1ble\"\n\n[{\"p\\u0061ssword\":\"{c}\"}]"),
    (
        Rules::Default,
        "Content-Disposition: form-data; name=\"v1s1ble\"\nContent-Type: application/x-www-form-urlencoded\n\na=1&password={c}",
    ),
    (Rules::Default, "Content-Disposition: form-data; name=\"v1s1ble\"\n\nhttps://user:{c}@h/?token={c}"),
    (Rules::Default, "Content-Disposition: form-data; name=\"v1s1ble\"\n\nsee Bearer {c}\nand {jwt}"),
    (Rules::Default, "Content-Disposition: form-data; name=\"v1s1ble\"\nX-Auth-Token: {c}\n\na"),
    (Rules::Default, "Content-Disposition: form-data; name=\"v1s1ble\"\nContent-Location: /?token={c}\n\na"),
    (Rules::Default, "Content-Disposition: form-data; name=\"v1s1ble\"; filename=\"/?token={c}\"\n\na"),
    (Rules::Default, "Content-Disposition: form-data; name=\"v1s1ble\"\nContent-Transfer-Encoding: base64\n\n{c64}"),
    (
        Rules::Default,
        "Content-Disposition: form-data; name=\"v1s1ble\"\nContent-Type: multipart/mixed; boundary=c\n\n--c\nContent-Disposition: file; filename=\"a\"\n\n{c}\n--c--",
    ),
    (
        Rules::Default,
        "Content-Disposition: form-data; name=\"v1s1ble\"\n\na--b\nContent-Disposition: form-data; name=\"password\"\n\n{c}",
    ),
    (Rules::Default, "Content-Disposition: form-data; name=\"password\"\n\na\n--b{c}\n{c}"),
    (Rules::Default, "Content-Disposition: form-data; name=\"password\"\n\n\n\n{c}\n\n{c}"),
    (Rules::Default, "nonsense {c}\n\na"),
    (
        Rules::Named,
        "Content-Disposition: form-data; name=\"canary\"\n\n{c}\n--b\nContent-Disposition: form-data; name=\"v1s1ble\"\n\n",
    ),
    (Rules::Pattern, "Content-Disposition: form-data; name=\"v1s1ble\"\n\nacct-{c}"),
    (Rules::AllowOnly, "Content-Disposition: form-data; name=\"a\"\n\n{c}"),
    (Rules::AllowOnly, "Content-Disposition: form-data; name=\"currency\"\nX-Other: {c}\n\nv1s1ble"),
    (Rules::JsonPath, "Content-Disposition: form-data; name=\"v1s1ble\"\n\n{\"hidden\":\"{c}\"}"),
    (Rules::Fingerprint, "Content-Disposition: form-data; name=\"canary\"\n\n{c}"),
    (Rules::Last, "Content-Disposition: form-data; name=\"canary\"\n\n{c}"),
];

const TEXTS: &[(Rules, &str)] = &[
    (Rules::Default, "v1s1ble {jwt} and more"),
    (Rules::Default, "v1s1ble Authorization: Bearer {c}\nmore"),
    (Rules::Default, "v1s1ble\n-----BEGIN EC PRIVATE KEY-----\n{c}\n{c}\n-----END EC PRIVATE KEY-----\nmore"),
    (Rules::Default, "v1s1ble https://h/a?token={c}, and more"),
    (Rules::Default, "v1s1ble https://user:{c}@h/ and more"),
    (Rules::Default, "v1s1ble /a?token={c} and more"),
    (Rules::Default, "v1s1ble /a?token=a;b={c} and more"),
    (Rules::Default, "v1s1ble <a href=\"/a?b=1&amp;token={c}\">more</a>"),
    (Rules::Default, "v1s1ble password={c} and more"),
    (Rules::Default, "v1s1ble\npassword = \"{s}\"\nmore"),
    (Rules::Default, "GET /v1s1ble HTTP/1.1\r\nAuthorization: Basic {c}\r\nX-Api-Key: {c}\r\nCookie: a={c}\r\n\r\n"),
    (Rules::Default, "v1s1ble {\"password\": \"{c}\", \"a\": 1} more"),
    (Rules::Default, "v1s1ble {'password': '{c}'} more"),
    (Rules::Default, "v1s1ble {\\\"password\\\":\\\"{c}\\\"} more"),
    (Rules::Default, "v1s1ble {\"pass\\u0077ord\": \"{cu}\"} more"),
    (Rules::Default, "v1s1ble https%3A%2F%2Fuser%3A{c}%40h%2F%3Ftoken%3D{c} more"),
    (Rules::Named, "v1s1ble canary={c} more"),
    (Rules::Pattern, "v1s1ble acct-{c} more"),
    (Rules::Template, "v1s1ble https://h/games/{c}/bet more"),
    (Rules::Template, "v1s1ble /files/{c}/{c} more"),
    (Rules::Template, "v1s1ble /games/{c}%2Fx/bet more"),
    (Rules::Template, "v1s1ble,/games/{c}/bet,200\nGET,//h/games/{c}/bet,200"),
    (Rules::Template, "v1s1ble “/games/{c}/bet”"),
    (Rules::Template, "v1s1ble {\"a\":\"x\\n/games/{c}/bet\\ny\"}"),
];

const ODD: &[(&str, &str)] = &[
    ("application/json", "a=v1s1ble&password={c}"),
    ("text/plain", "a=v1s1ble&password={c}"),
    ("", "a=v1s1ble&password={c%}"),
    ("application/xml", "<a>v1s1ble</a><password>{c}</password>"),
    ("application/soap+xml", "<a>v1s1ble</a><w:Password Type=\"x\">{c}</w:Password>"),
    ("text/yaml", "a: v1s1ble\npassword: {c}\n"),
    ("text/xml", "<a>v1s1ble</a><b password=\"{c}\"/>"),
    ("application/graphql", "mutation v1s1ble { login(password: \"{c}\") { a } }"),
    ("text/csv", "v1s1ble,https://user:{c}@h/\n"),
    ("application/x-www-form-urlencoded", "Bearer {c}"),
    ("multipart/form-data", "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{c}\r\n--b--\r\n"),
    ("multipart/form-data; boundary=c", "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{c}\r\n--b--\r\n"),
    ("multipart/form-data; boundary=b", "{\"password\":\"{c}\"}"),
    ("multipart/mixed; boundary=b", "--b\r\nContent-Type: application/json\r\n\r\n{\"password\":\"{c}\"}\r\n--b--\r\n"),
    ("application/graphql-response+json", "{\"a\":\"v1s1ble\",\"password\":\"{c}\"}"),
    ("application/x-protobuf", "password={c}"),
    ("image/png", "password={c}"),
    ("text/plain", "\u{0}\u{1}\u{2}password={c}"),
];
