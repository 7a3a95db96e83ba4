//! The default set, and what is allowed and nothing else, shown word by word.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty, Full};
use std::convert::Infallible;
use tower::{Layer, ServiceExt, service_fn};
use tower_request_log::{
    LogBody, Redactor, RequestLogLayer,
    format::{JsonLines, Lines},
    sink::Memory,
};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

fn header(name: &str, value: &str) -> String {
    Redactor::new().show_header(name, value)
}

fn target(target: &str) -> String {
    Redactor::new().show_target(target)
}

fn body(content_type: &str, body: &str) -> String {
    Redactor::new().show_body(content_type, body).unwrap()
}

#[test]
fn headers() {
    for (name, value, shown) in [
        ("Authorization", "Bearer abc", "Bearer REDACTED"),
        ("Authorization", "Basic YmV0YWJsZTpzZWNyZXQ=", "Basic REDACTED (client_id: betable)"),
        ("Authorization", "Basic YmV0YWJsZQ==", "REDACTED"),
        ("Authorization", "abcdef", "REDACTED"),
        ("Authorization", "Bearer", "REDACTED"),
        ("Proxy-Authorization", "Basic YmV0YWJsZTpzZWNyZXQ=", "Basic REDACTED (client_id: betable)"),
        ("Proxy-Authorization", "Digest a=b", "Digest REDACTED"),
        ("Cookie", "a=1; b=2; c", "a=REDACTED; b=REDACTED; REDACTED"),
        ("Set-Cookie", "a=1; Path=/; HttpOnly", "a=REDACTED; Path=/; HttpOnly"),
        ("Set-Cookie", "abc; Path=/", "REDACTED; Path=/"),
        ("X-Api-Key", "abc", "REDACTED"),
        ("X-Auth-Token", "abc", "REDACTED"),
        ("X-Access-Token", "abc", "REDACTED"),
        ("X-Csrf-Token", "abc", "REDACTED"),
        ("X-Xsrf-Token", "abc", "REDACTED"),
        ("X-Amz-Security-Token", "abc", "REDACTED"),
        ("Sec-WebSocket-Protocol", "chat, access_token, abc", "chat, access_token, REDACTED"),
        ("Accept", "text/html", "text/html"),
        ("X-Monkey", "abc", "abc"),
    ] {
        assert_eq!(header(name, value), shown, "{name}: {value}");
    }
}

/// Lines of one name are one list, in every format.
#[tokio::test]
async fn a_token_on_a_line_of_its_own() {
    let all = async |layer: RequestLogLayer| {
        let memory = Memory::new();
        let service = service_fn(async |_: Request<LogBody<Empty<Bytes>>>| {
            Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
        });
        let request = Request::get("/")
            .header("Sec-WebSocket-Protocol", "chat, access_token")
            .header("Sec-WebSocket-Protocol", "5ecr3t, v2");
        let service = layer.sink(memory.clone()).layer(service);
        drop(service.oneshot(request.body(Empty::new()).unwrap()).await.unwrap());
        let record = format!("{:?}", memory.records());
        assert!(record.contains("\"chat, access_token\"") && record.contains("\"REDACTED, v2\""), "{record}");
        memory.text()
    };
    let lines = all(RequestLogLayer::new()).await;
    assert!(lines.contains("> Sec-WebSocket-Protocol: chat, access_token\n"), "{lines}");
    assert!(lines.contains("> Sec-WebSocket-Protocol: REDACTED, v2\n"), "{lines}");
    let json = all(RequestLogLayer::new().format(JsonLines::new())).await;
    assert!(json.contains(r#""sec-websocket-protocol":["chat, access_token","REDACTED, v2"]"#), "{json}");
}

/// Notes, too, show only what is allowed.
#[tokio::test]
async fn notes_show_only_what_is_allowed() {
    let notes = async |redactor: Redactor| {
        let memory = Memory::new();
        let service = service_fn(async |_: Request<LogBody<Empty<Bytes>>>| {
            Ok::<_, Infallible>(
                Response::builder()
                    .header("Content-Type", "image/x-private")
                    .body(Full::new(Bytes::from("a")))
                    .unwrap(),
            )
        });
        let service = RequestLogLayer::new().redactor(redactor).sink(memory.clone()).layer(service);
        let response = service.oneshot(Request::new(Empty::new())).await.unwrap();
        response.into_body().collect().await.unwrap();
        memory.records()[0].notes()
    };
    assert_eq!(notes(Redactor::allow_only()).await, ["response body: 1 bytes of REDACTED, not logged"]);
    assert_eq!(
        notes(Redactor::allow_only().allow_header("content-type")).await,
        ["response body: 1 bytes of image/x-private, not logged"]
    );
}

/// A body that is nothing but signs of secrets is not searched to its end.
#[tokio::test]
async fn what_would_take_too_long_is_hidden() {
    let memory = Memory::new();
    let service = service_fn(async |request: Request<LogBody<Full<Bytes>>>| {
        Ok::<_, Infallible>(Response::new(Full::new(request.into_body().collect().await?.to_bytes())))
    });
    let service = RequestLogLayer::new().format(Lines::new().facts(false)).sink(memory.clone()).layer(service);
    let request = Request::post("/").header("X-Request-Id", "a").body(Full::new("token=<a".repeat(2048).into()));
    let response = service.oneshot(request.unwrap()).await.unwrap();
    response.into_body().collect().await.unwrap();
    let text = memory.text();
    let (block, _) = text.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(
        block,
        "a > POST / HTTP/1.1\na > X-Request-Id: a\na >\na > REDACTED\na < HTTP/1.1 200 OK\na <\na < REDACTED\n\
         a   request body: too many signs of secrets, 16384 bytes left out\n\
         a   response body: too many signs of secrets, 16384 bytes left out"
    );
}

const NAMES: [&str; 31] = [
    "access_token",
    "refresh_token",
    "id_token",
    "token",
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "key_passphrase",
    "password_confirmation",
    "client_assertion",
    "secret",
    "client_secret",
    "api_key",
    "apikey",
    "private_key",
    "authorization",
    "signature",
    "sig",
    "sessionToken",
    "aws_secret_access_key",
    "SECRET-KEY",
    "X-Access-Key",
    "privateKey",
    "my_api_key",
    "newPassword",
    "password[]",
    "password[0]",
    "user[password]",
    "user.password",
    "users[0].password",
];

const OTHERS: [&str; 8] = ["monkey", "token_type", "passwordless", "key", "sign", "design", "secretary", "keyword"];

#[test]
fn names() {
    for name in NAMES {
        assert_eq!(target(&format!("/?{name}=abc&a=1")), format!("/?{name}=REDACTED&a=1"));
        assert_eq!(body(FORM, &format!("{name}=abc&a=1")), format!("{name}=REDACTED&a=1"));
        assert_eq!(
            body(JSON, &format!("{{\"{name}\":\"abc\",\"a\":1}}")),
            format!("{{\n    \"{name}\": \"REDACTED\",\n    \"a\": 1\n}}")
        );
        let part = |value| format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n--B--");
        assert_eq!(body("multipart/form-data; boundary=B", &part("abc")), part("REDACTED").replace("\r\n", "\n"));
    }
    for name in OTHERS {
        assert_eq!(target(&format!("/?{name}=abc")), format!("/?{name}=abc"));
        assert_eq!(body(FORM, &format!("{name}=abc")), format!("{name}=abc"));
        assert_eq!(body(JSON, &format!("{{\"{name}\":\"abc\"}}")), format!("{{\n    \"{name}\": \"abc\"\n}}"));
    }
}

#[test]
fn a_code_is_a_secret_in_queries_only() {
    assert_eq!(target("/?code=abc"), "/?code=REDACTED");
    assert_eq!(header("Location", "https://h/cb?code=abc&state=1"), "https://h/cb?code=REDACTED&state=1");
    assert_eq!(body(FORM, "code=abc"), "code=abc");
    assert_eq!(body(JSON, r#"{"code":"abc"}"#), "{\n    \"code\": \"abc\"\n}");
    assert_eq!(body("", "code: 12\nstatus: 1"), "code: 12\nstatus: 1");
}

#[test]
fn what_is_nested_is_looked_into() {
    assert_eq!(body(FORM, r#"a={"password":"x","b":1}"#), r#"a={"password":"REDACTED","b":1}"#);
    assert_eq!(body(FORM, "a=b%3D1%26password%3Dx"), "a=b%3D1%26password%3DREDACTED");
    assert_eq!(
        body(JSON, r#"{"a":"{\"password\":\"x\",\"b\":1}","c":"password=x&b=1"}"#),
        "{\n    \"a\": \"{\\\"password\\\":\\\"REDACTED\\\",\\\"b\\\":1}\",\n    \"c\": \"password=REDACTED&b=1\"\n}"
    );
    // What is broken goes whole where there is a sign of a secret.
    let token = r#"{"a":"{\"b\":1,\"token\" 7"}"#;
    assert_eq!(body(JSON, token), "{\n    \"a\": \"REDACTED\"\n}");
    let plain = r#"{"a":"{\"b\":1,\"c\" 7"}"#;
    assert_eq!(body(JSON, plain), "{\n    \"a\": \"{\\\"b\\\":1,\\\"c\\\" 7\"\n}");
}

#[test]
fn urls_wherever_they_stand() {
    let redactor = Redactor::new().path("/games/{game}/bet");
    for name in ["Referer", "Location", "Content-Location", "Link", "Refresh", "X-Anything"] {
        for (url, shown) in [
            ("https://joe:x@h/?token=y&a=1", "https://joe:REDACTED@h/?token=REDACTED&a=1"),
            ("https://h/#sig=z", "https://h/#sig=REDACTED"),
            ("https://x@h/", "https://REDACTED@h/"),
            ("https://joe:hunter2", "https://joe:REDACTED"),
            ("/a?token=x", "/a?token=REDACTED"),
            ("a?token=x", "a?token=REDACTED"),
            ("?token=x", "?token=REDACTED"),
            ("/games/abc/bet", "/games/REDACTED/bet"),
            ("https://h/games/abc/bet?a=1", "https://h/games/REDACTED/bet?a=1"),
            ("//h/games/abc/bet", "//h/games/REDACTED/bet"),
            ("/games/a%2Fb/bet", "/games/REDACTED/bet"),
            ("/games/a,b/bet?a=1", "/games/REDACTED/bet?a=1"),
            (
                "/login?next=%2Fgames%2Fabc%2Fbet%3Ftoken%3Dx",
                "/login?next=%2Fgames%2FREDACTED%2Fbet%3Ftoken%3DREDACTED",
            ),
        ] {
            let (before, after) = match name {
                "Link" => ("<", ">; rel=\"next\""),
                "Refresh" => ("5; url=", ""),
                _ => ("", ""),
            };
            assert_eq!(
                redactor.show_header(name, &format!("{before}{url}{after}")),
                format!("{before}{shown}{after}"),
                "{name}"
            );
            assert_eq!(
                redactor.show_body(JSON, format!("[\"{url}\"]")).unwrap(),
                format!("[\n    \"{shown}\"\n]"),
                "{url}"
            );
            assert_eq!(redactor.show_body("", format!("see <{url}>")).unwrap(), format!("see <{shown}>"));
        }
    }
}

#[test]
fn relative_references_in_headers() {
    let redactor = Redactor::new().path("/games/{game}/bet");
    for (header, value, shown) in [
        ("location", "games/abc/bet", "games/REDACTED/bet"),
        ("location", "../abc/bet?token=x", "../REDACTED/bet?token=REDACTED"),
        ("content-location", "./games/abc/bet", "./games/REDACTED/bet"),
        (
            "link",
            "<games/a/bet>; rel=next, <b/bet>; rel=prev",
            "<games/REDACTED/bet>; rel=next, <REDACTED/bet>; rel=prev",
        ),
        ("refresh", "0; URL='games/abc/bet'", "0; URL='games/REDACTED/bet'"),
        ("refresh", "0; url=abc/bet", "0; url=REDACTED/bet"),
        ("link", "<games/a b/bet>", "<games/REDACTED/bet>"),
        ("refresh", "0; url=\"games/a'b/bet\"", "0; url=\"games/REDACTED/bet\""),
        ("location", "abc/win", "abc/win"),
        ("x-any", "abc/bet", "abc/bet"),
    ] {
        assert_eq!(redactor.show_header(header, value), shown);
    }
}

#[test]
fn paths_in_prose() {
    let redactor = Redactor::new().path("/games/{game}/bet");
    for (text, shown) in [
        ("GET,/games/abc/bet,200", "GET,/games/REDACTED/bet,200"),
        ("/games/a/bet,/games/b/bet", "/games/REDACTED/bet,/games/REDACTED/bet"),
        ("at /games/abc/bet: no", "at /games/REDACTED/bet: no"),
        ("“/games/abc/bet”", "“/games/REDACTED/bet”"),
    ] {
        assert_eq!(redactor.show_body("text/plain", text).unwrap(), shown);
        assert_eq!(redactor.show_body(JSON, format!("[\"{text}\"]")).unwrap(), format!("[\n    \"{shown}\"\n]"));
    }
    assert_eq!(
        redactor.show_header("x-any", r#"{"a":"b\n/games/abc/bet\nc"}"#),
        r#"{"a":"b\n/games/REDACTED/bet\nc"}"#
    );
}

#[test]
fn lines_of_text_that_bear_the_name_of_a_secret() {
    assert_eq!(
        body("", "GET / HTTP/1.1\r\nHost: h\r\nCookie: a=b\r\nAuthorization: Basic abc\r\nX-Api-Key: abc\r\n\r\nok"),
        "GET / HTTP/1.1\nHost: h\nCookie: REDACTED\nAuthorization: REDACTED\nX-Api-Key: REDACTED\n\nok"
    );
    assert_eq!(body("text/yaml", "db:\n  password: a b\n  user: c"), "db:\n  password: REDACTED\n  user: c");
    assert_eq!(body("", "export API_KEY=a b\nHOME=/root"), "export API_KEY=REDACTED\nHOME=/root");
    assert_eq!(body("text/event-stream", "token: abc\ndata: a\n"), "token: REDACTED\ndata: a");
    assert_eq!(body("", "Set your password: click here"), "Set your password: click here");
}

/// The first line of a text is one, wherever the text stands.
#[test]
fn lines_within_other_text_that_bear_the_name_of_a_secret() {
    for (json, shown) in [
        (r#"["Cookie: sid=hunter2"]"#, r#""Cookie: REDACTED""#),
        (r#"["password: hunter2"]"#, r#""password: REDACTED""#),
        (r#"[" - token : hunter2"]"#, r#"" - token : REDACTED""#),
        (r#"["db.password[0]: hunter2"]"#, r#""db.password[0]: REDACTED""#),
        (r#"["export API_KEY=hunter2 hunter2"]"#, r#""export API_KEY=REDACTED""#),
        (r#"["pass\u0077ord: hunter2"]"#, r#""password: REDACTED""#),
        (r#"["2026-11-22T15:00:00Z"]"#, r#""2026-11-22T15:00:00Z""#),
        (r#"["https://h/a"]"#, r#""https://h/a""#),
        (r#"["note: password"]"#, r#""note: password""#),
        (r#"["/token:revoke"]"#, r#""/token:revoke""#),
    ] {
        assert_eq!(body(JSON, json), format!("[\n    {shown}\n]"), "{json}");
    }
    assert_eq!(
        body("text/event-stream", "data: password: hunter2\n\n: Cookie: a=b\n"),
        "data: password: REDACTED\n\n: Cookie: REDACTED"
    );
    let part = |value| format!("--x\r\nContent-Disposition: form-data; name=\"m\"\r\n\r\n{value}\r\n--x--\r\n");
    assert!(body("multipart/form-data; boundary=x", &part("Cookie: sid=hunter2")).contains("\n\nCookie: REDACTED\n"));
    for (pair, shown) in [
        ("m=Cookie:%20sid%3Dhunter2&b=1", "m=Cookie%3A%20REDACTED&b=1"),
        ("m=Cookie:%20sid=hunter2&b=1", "m=Cookie%3A%20REDACTED&b=1"),
        ("m=Cookie:sid=hunter2&b=1", "m=Cookie:REDACTED&b=1"),
        ("m=password:hunter2", "m=password:REDACTED"),
        ("m=password%3A%2Fhunter2", "m=password%3AREDACTED"),
        ("m=a%0ACookie:%20sid=hunter2", "m=a%0ACookie%3A%20REDACTED"),
        ("m=%2Fa%0APassword:%20hunter2", "m=%2Fa%0APassword%3A%20REDACTED"),
        ("m=Cookie%253A%2520sid%253Dhunter2", "m=Cookie%253A%2520REDACTED"),
        ("m=12:30&u=https://h/a&v=/token:revoke", "m=12:30&u=https://h/a&v=/token:revoke"),
    ] {
        assert_eq!(body(FORM, pair), shown);
        assert_eq!(target(&format!("/?{pair}")), format!("/?{shown}"));
        assert_eq!(header("X-Q", &format!("see /?{pair} too")), format!("see /?{shown} too"));
    }
    // As `curl -d` says of any text that it is a form.
    assert_eq!(body(FORM, "Cookie: sid=hunter2"), "Cookie: REDACTED");
    assert_eq!(body(FORM, "user: jane\npassword: hunter2"), "user: jane\\npassword: REDACTED");
    assert_eq!(body(FORM, "time:zone=1&b=2"), "time:zone=1&b=2");
    for (value, shown) in [
        ("Authorization: Basic abc", "Authorization: REDACTED"),
        ("token=a; b=c", "token=REDACTED"),
        ("token=a&page=2", "token=REDACTED&page=2"),
        ("{\"password\": \"a b\", \"c\": 1}", "{\"password\": \"REDACTED\", \"c\": 1}"),
        ("max-age=1; secret", "max-age=1; secret"),
    ] {
        assert_eq!(header("X-Q", value), shown);
    }
    assert_eq!(header("Host", "auth-token:8080"), "auth-token:8080");
    assert_eq!(target("auth-token:443"), "auth-token:443");
    assert_eq!(target("/secret:list/a%20b"), "/secret:list/a%20b");
}

#[test]
fn elements_that_bear_the_name_of_a_secret() {
    assert_eq!(
        body("application/soap+xml", "<a><wsse:Password Type=\"b\">x</wsse:Password><c>1</c></a>"),
        "<a><wsse:Password Type=\"b\">REDACTED</wsse:Password><c>1</c></a>"
    );
    assert_eq!(
        body("text/html", "<input name=\"csrf_token\" value=\"x\">"),
        "<input name=\"csrf_token\" value=\"REDACTED\">"
    );
    assert_eq!(body("text/xml", "<a password=\"x\" b=\"c\"/>"), "<a password=\"REDACTED\" b=\"c\"/>");
}

#[test]
fn shapes_anywhere_in_text() {
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
    let key = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----";
    for (secret, shown) in
        [(jwt, "REDACTED"), (&jwt[..12], "REDACTED"), ("Bearer abc", "Bearer REDACTED"), (key, "REDACTED")]
    {
        let lines = secret.replace('\n', "\\n");
        assert_eq!(body("", &format!("see {secret}")), format!("see {shown}"));
        assert_eq!(body(JSON, &format!("[\"see {lines}\"]")), format!("[\n    \"see {shown}\"\n]"));
        assert_eq!(header("X-A", &format!("see {lines}")), format!("see {shown}"));
    }
}

#[test]
fn only_what_is_allowed_shows() {
    let redactor =
        Redactor::allow_only().allow_header("Content-Type").allow_query("page").allow_field("items").allow_field("id");
    assert_eq!(redactor.show_header("Content-Type", "text/html"), "text/html");
    assert_eq!(redactor.show_header("Host", "h"), "REDACTED");
    assert_eq!(redactor.show_header("Cookie", "a=b"), "a=REDACTED");
    assert_eq!(redactor.show_header("Set-Cookie", "a=b; Path=/"), "a=REDACTED; Path=REDACTED");
    assert_eq!(redactor.show_header("Sec-WebSocket-Protocol", "chat"), "REDACTED");
    let links = Redactor::allow_only().allow_header("Link").allow_query("page");
    assert_eq!(links.show_header("Link", "</b?page=1&x=y>; rel=prev"), "</b?page=1&x=REDACTED>; rel=prev");
    let events = Redactor::allow_only().allow_field("url");
    assert_eq!(
        events.show_body("text/event-stream", "event: a\nretry: 5\ndata: {\"url\":\"/a?b=c\"}").unwrap(),
        "event: a\nretry: 5\ndata: {\"url\":\"/a?b=REDACTED\"}"
    );
    assert_eq!(redactor.show_target("/a?page=1&q=x&bare"), "/a?page=1&q=REDACTED&REDACTED");
    assert_eq!(redactor.show_target("https://h:80/a#b"), "https://h:80/a#REDACTED");
    assert_eq!(redactor.show_body(FORM, "id=1&q=x&bare").unwrap(), "id=1&q=REDACTED&REDACTED");
    assert_eq!(
        redactor.show_body(JSON, r#"{"items":[1,"a",{"id":1,"x":2}],"y":[3]}"#).unwrap(),
        "{\n    \"items\": [\n        1,\n        \"a\",\n        {\n            \"id\": 1,\n            \"x\": \"REDACTED\"\n        }\n    ],\n    \"y\": \"REDACTED\"\n}"
    );
    assert_eq!(
        redactor.show_body(JSON, r#"[1, "a", {"id": 2}]"#).unwrap(),
        "[\n    \"REDACTED\",\n    \"REDACTED\",\n    {\n        \"id\": 2\n    }\n]"
    );
    assert_eq!(redactor.show_body(JSON, "\"a\"").unwrap(), "\"REDACTED\"");
    assert_eq!(redactor.show_body("text/plain", "words"), None);
    assert_eq!(
        redactor
            .show_body("text/event-stream", "event: a\nid: 7\n: words\ndata: {\"id\":1,\"x\":2}\n\ndata: words\n\n")
            .unwrap(),
        "event: a\nid: 7\n: REDACTED\ndata: {\"id\":1,\"x\":\"REDACTED\"}\n\ndata: REDACTED\n"
    );
    assert_eq!(
        redactor
            .show_body(
                "multipart/form-data; boundary=B",
                "--B\r\nContent-Disposition: form-data; name=\"id\"\r\nX-A: b\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name=\"x\"; filename=\"f\"\r\nContent-Type: text/plain\r\n\r\nwords\r\n--B--"
            )
            .unwrap(),
        "--B\nContent-Disposition: form-data; name=\"id\"\nX-A: REDACTED\n\n1\n--B\nContent-Disposition: form-data; name=\"x\"; filename=\"REDACTED\"\nContent-Type: text/plain\n\nREDACTED\n--B--"
    );
}
