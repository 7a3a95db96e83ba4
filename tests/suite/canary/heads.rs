//! Canaries in targets, headers, trailers, error texts and ids.

use super::{
    cases::{Case, Rules},
    exchange::Message,
    secret::plant,
};
use http::{HeaderName, HeaderValue, Method, StatusCode, Version};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (rules, target) in TARGETS {
        cases.push(at_target(*rules, target));
    }
    for (rules, name, value) in HEADERS {
        cases.push(at_header(*rules, name, value));
    }
    // One URL's place is as good as another's.
    for name in ["referer", "location", "content-location", "x-forwarded-uri", "origin-trial"] {
        for (rules, url) in URLS {
            cases.push(at_header(*rules, name, url));
        }
    }
    for (rules, url) in URLS {
        cases.push(at_header(*rules, "link", &format!("<https://v1s1ble/>; rel=prev, <{url}>; rel=\"next\"")));
        cases.push(at_header(*rules, "refresh", &format!("5; url={url}")));
        cases.push(at_header(*rules, "x-note", &format!("v1s1ble: see {url} for more")));
    }
    for (rules, name, value) in TRAILERS {
        let mut message =
            Message { version: Version::HTTP_2, ..Message::default() }.body("{\"currency\": \"v1s1ble\"}");
        message.trailers.append(name.parse::<HeaderName>().unwrap(), plant(value).parse().unwrap());
        cases.push(Case::new(*rules, format!("trailer {name}: {value}"), message));
    }
    for (rules, text) in ERRORS {
        let failing = Message { failure: Some(plant(text)), ..Message::default() };
        cases.push(Case::new(*rules, format!("error of the service: {text}"), failing).hidden_anyway());
        let failing = Message { error: Some(plant(text)), ..Message::default() }.body("a");
        cases.push(Case::new(*rules, format!("error of the body: {text}"), failing).hidden_anyway());
    }
    for (rules, id) in IDS {
        let message = Message::default().header("x-request-id", plant(id)).body("v1s1ble");
        cases.push(Case::new(*rules, format!("request id {id}"), message));
    }
    cases.push(sensitive());
    for (rules, protocol) in [(Rules::Default, "h2c Bearer {c}"), (Rules::Named, "{c}"), (Rules::AllowOnly, "{c}")] {
        let upgrade = Message { status: StatusCode::SWITCHING_PROTOCOLS, ..Message::default() };
        let upgrade = upgrade.header("connection", "upgrade").header("upgrade", plant(protocol));
        cases.push(Case::new(rules, format!("upgrade to {protocol}"), upgrade));
    }
    let image = Message::default().header("content-type", plant("image/{c}")).body("a");
    cases.push(Case::new(Rules::AllowOnly, "type of a body that is not shown".to_owned(), image));
    cases
}

fn at_target(rules: Rules, target: &str) -> Case {
    let mut message = Message { target: plant(target), ..Message::default() };
    if !target.contains('/') {
        message.method = Method::CONNECT;
    }
    Case::new(rules, format!("target {target}"), message)
}

fn at_header(rules: Rules, name: &str, value: &str) -> Case {
    Case::new(rules, format!("header {name}: {value}"), Message::default().header(name, plant(value)))
}

fn sensitive() -> Case {
    let mut message = Message::default();
    let mut value = HeaderValue::try_from(plant("{c}")).unwrap();
    value.set_sensitive(true);
    message.headers.insert("x-plain", value);
    Case::new(Rules::Default, "header marked as sensitive".to_owned(), message)
}

const TARGETS: &[(Rules, &str)] = &[
    // Names.
    (Rules::Default, "/v1s1ble?token={c}"),
    (Rules::Default, "/v1s1ble?access_token={c}&b=1"),
    (Rules::Default, "/?a=v1s1ble&Access-Token={c}&b=1"),
    (Rules::Default, "/?a=v1s1ble;token={c};b=1"),
    (Rules::Default, "/v1s1ble?token=a;b={c}"),
    (Rules::Default, "/v1s1ble?code={c}"),
    (Rules::Default, "/v1s1ble?sig={c}"),
    (Rules::Default, "/v1s1ble?X-Amz-Signature={c}"),
    (Rules::Default, "/v1s1ble?passwd={c}"),
    (Rules::Default, "/v1s1ble?sessionToken={c}"),
    (Rules::Default, "/v1s1ble?aws_secret_access_key={c}"),
    (Rules::Named, "/v1s1ble?canary={c}"),
    (Rules::Named, "/v1s1ble?CAN-ARY={c}"),
    (Rules::NamedOnly, "/v1s1ble?canary={c}"),
    (Rules::Last, "/v1s1ble?canary={c}"),
    (Rules::Fingerprint, "/v1s1ble?canary={c}"),
    (Rules::Function, "/v1s1ble?canary={c%}"),
    // Names in disguise.
    (Rules::Default, "/v1s1ble?%74oken={c}"),
    (Rules::Default, "/v1s1ble?%2574oken={c}"),
    (Rules::Default, "/v1s1ble?tok%65n={c}"),
    (Rules::Default, "/v1s1ble?user[password]={c}"),
    (Rules::Default, "/v1s1ble?user%5Bpassword%5D={c}"),
    (Rules::Default, "/v1s1ble?user.password={c}"),
    (Rules::Default, "/v1s1ble?password[]={c}&password[1]={c}"),
    (Rules::Default, "/v1s1ble?password+={c}"),
    (Rules::Default, "/v1s1ble?+password={c}"),
    (Rules::Default, "/v1s1ble?%ptoken={c}"),
    (Rules::Default, "/v1s1ble?t%oken={c}&%zztoken={c}"),
    (Rules::Default, "/v1s1ble?token%00={c}"),
    (Rules::Default, "/v1s1ble?%EF%BB%BFtoken={c}"),
    // Values in disguise.
    (Rules::Default, "/v1s1ble?token={c%}"),
    (Rules::Default, "/v1s1ble?token={c%%}"),
    (Rules::Default, "/v1s1ble?token=%zz{c}"),
    (Rules::Default, "/v1s1ble?token={s%}"),
    (Rules::Default, "/v1s1ble?token={s+}"),
    (Rules::Default, "/v1s1ble?token=?{c}"),
    (Rules::Default, "/v1s1ble?token=a/{c}"),
    (Rules::Default, "/v1s1ble?token=a=b={c}"),
    (Rules::Default, "/v1s1ble?token=;{c}"),
    (Rules::Default, "/v1s1ble?token={c}?token={c}"),
    // What is nested.
    (Rules::Default, "/v1s1ble?next=/cb?token={c}"),
    (Rules::Default, "/v1s1ble?next=%2Fcb%3Ftoken%3D{c}"),
    (Rules::Default, "/v1s1ble?next=%252Fcb%253Ftoken%253D{c}"),
    (Rules::Default, "/v1s1ble?next=%25252Fcb%25253Ftoken%25253D{c}"),
    (Rules::Default, "/v1s1ble?next=https://h/?token={c}"),
    (Rules::Default, "/v1s1ble?next=https%3A%2F%2Fh%2F%3Fa%3D1%26token%3D{c}%26b=1"),
    (Rules::Default, "/v1s1ble?next=https%3A%2F%2Fuser%3A{c}%40h%2F"),
    (Rules::Default, "/v1s1ble?next=https://user:{c}@h/"),
    (Rules::Default, "/v1s1ble?next=//user:{c}@h/"),
    (Rules::Default, "/v1s1ble?next=a%3D1%26password%3D{c}"),
    (Rules::Default, "/v1s1ble?data=%7B%22password%22%3A%22{c}%22%7D"),
    (Rules::Default, "/v1s1ble?data=%7B%22password%22:%22{c}%22%7D"),
    (Rules::Default, "/v1s1ble?data=%5B%7B%22a%22%3A%7B%22api_key%22%3A%5B%22{c}%22%5D%7D%7D%5D"),
    (Rules::Default, "/v1s1ble?data=%7B%22pass%5Cu0077ord%22%3A%22{c}%22%7D"),
    (Rules::Default, "/v1s1ble?data=%257B%2522password%2522%253A%2522{c}%2522%257D"),
    // Shapes.
    (Rules::Default, "/v1s1ble/{jwt}"),
    (Rules::Default, "/v1s1ble?q={jwt}"),
    (Rules::Default, "/v1s1ble?q={jwt=}"),
    (Rules::Default, "/v1s1ble?q=Bearer%20{c}"),
    (Rules::Default, "/v1s1ble?q=Bearer+{c}"),
    (Rules::Default, "/v1s1ble?q=bearer%2520{c}"),
    (Rules::Default, "/v1s1ble?q=-----BEGIN%20PRIVATE%20KEY-----%0A{c}%0A-----END%20PRIVATE%20KEY-----"),
    // User info, absolute and authority form.
    (Rules::Default, "http://user:{c}@v1s1ble/"),
    (Rules::Default, "http://{c}@v1s1ble/"),
    (Rules::Default, "http://us%65r:{c%}@v1s1ble/"),
    (Rules::Default, "http://v1s1ble/a?token={c}"),
    (Rules::Default, "/https%3A%2F%2Fuser%3A{c}%40h%2F/b?v1s1ble"),
    (Rules::Default, "/v1s1ble?next=///user:{c}@h/"),
    (Rules::Default, "user:{c}@v1s1ble:443"),
    // Templates.
    (Rules::Template, "/games/{c}/bet?v1s1ble"),
    (Rules::Template, "/games/{c%}/bet?v1s1ble"),
    (Rules::Template, "/games/{c}/bet/?v1s1ble"),
    (Rules::Template, "//games//{c}/bet?v1s1ble"),
    (Rules::Template, "/games/%2e/{c}/bet?v1s1ble"),
    (Rules::Template, "/./games/x/../{c}/bet?v1s1ble"),
    (Rules::Template, "/g%61mes/{c}/b%65t?v1s1ble"),
    (Rules::Template, "/GAMES/{c}/Bet?v1s1ble"),
    (Rules::Template, "/games%2F{c}%2Fbet?v1s1ble"),
    (Rules::Template, "/games;v=1/{c}/bet?v1s1ble"),
    (Rules::Template, "/files/a/b/{c}/d?v1s1ble"),
    (Rules::Template, "/u/user-{c}.json?v1s1ble"),
    (Rules::Template, "http://v1s1ble/games/{c}/bet"),
    (Rules::Template, "/v1s1ble?next=/games/{c}/bet"),
    (Rules::Template, "/v1s1ble?next=%2Fgames%2F{c}%2Fbet"),
    (Rules::Template, "/v1s1ble?next=https%3A%2F%2Fh%2Fgames%2F{c}%2Fbet"),
    (Rules::Template, "/games/a%20{c}/bet?v1s1ble"),
    (Rules::Template, "/games/{c}%2Fx/bet?v1s1ble"),
    (Rules::Template, "/games/x%5C{c}/bet?v1s1ble"),
    (Rules::Template, "/games/{c}%2F..%2F../bet?v1s1ble"),
    (Rules::Template, "/v1s1ble?next=//h/games/{c}/bet"),
    (Rules::Template, "/v1s1ble?next=%2F%2Fh%2Fgames%2F{c}%2Fbet"),
    // Patterns.
    (Rules::Pattern, "/v1s1ble/acct-{c}"),
    (Rules::Pattern, "/a/%61cct-{c%}/b?v1s1ble"),
    (Rules::Pattern, "/v1s1ble?a=acct-{c}"),
    (Rules::Pattern, "/v1s1ble?a=acct%2D{c}"),
    (Rules::Pattern, "/v1s1ble?a=%61cct-{c%}"),
    // Nothing but what is allowed.
    (Rules::AllowOnly, "/v1s1ble?other={c}"),
    (Rules::AllowOnly, "/v1s1ble?{c}"),
    (Rules::AllowOnly, "/v1s1ble?currency={c}"),
    (Rules::AllowOnly, "/?page=v1s1ble&token={c}"),
    (Rules::AllowOnly, "/v1s1ble?page=/a?other={c}"),
    (Rules::AllowOnly, "http://user:{c}@v1s1ble/"),
];

const URLS: &[(Rules, &str)] = &[
    (Rules::Default, "https://h/?a=v1s1ble&token={c}"),
    (Rules::Default, "/?a=v1s1ble&token={c}"),
    (Rules::Default, "?a=v1s1ble&token={c}"),
    (Rules::Default, "/v1s1ble#access_token={c}&b=1"),
    (Rules::Default, "/v1s1ble#/route?token={c}"),
    (Rules::Default, "https://user:{c}@h/v1s1ble"),
    (Rules::Default, "//user:{c}@h/v1s1ble"),
    (Rules::Default, "https://user:a@{c}@h/v1s1ble"),
    (Rules::Default, "/v1s1ble?next=https%3A%2F%2Fh%2F%3Ftoken%3D{c}"),
    (Rules::Default, "HTTPS://h/v1s1ble?%74oken={c%}"),
    (Rules::Template, "https://h/games/{c}/bet?v1s1ble"),
    (Rules::Template, "/games/{c}/bet?v1s1ble"),
    (Rules::Template, "//h/games/{c}/bet?v1s1ble"),
    (Rules::Template, "/games/{c}%2fx/bet?v1s1ble"),
    (Rules::Pattern, "/v1s1ble/acct-{c}"),
];

const HEADERS: &[(Rules, &str, &str)] = &[
    (Rules::Default, "authorization", "Bearer {c}"),
    (Rules::Default, "authorization", "bearer  {c}"),
    (Rules::Default, "authorization", "{c}"),
    (Rules::Default, "authorization", "Basic {u64}"),
    (Rules::Default, "authorization", "Basic {k64}"),
    (Rules::Default, "authorization", "Basic {c64}"),
    (Rules::Default, "authorization", "basic {u64}, Bearer {c}"),
    (Rules::Default, "authorization", "Basic user:{c}"),
    (Rules::Default, "authorization", "Digest username=\"a\", response=\"{c}\", nonce=\"{c}\""),
    (Rules::Default, "authorization", "AWS4-HMAC-SHA256 Credential={c}/20130524, Signature={c}"),
    (Rules::Default, "authorization", "Token token=\"{c}\""),
    (Rules::Default, "authorization", "Negotiate {c}"),
    (Rules::Default, "authorization", "ApiKey: {c}"),
    (Rules::Default, "proxy-authorization", "Basic {u64}"),
    (Rules::Default, "proxy-authorization", "Bearer {c}"),
    (Rules::Default, "x-forwarded-authorization", "Bearer {c}"),
    (Rules::Default, "cookie", "v1s1ble={c}"),
    (Rules::Default, "cookie", "v1s1ble=a; b={c}; c=d"),
    (Rules::Default, "cookie", "v1s1ble=a; {c}"),
    (Rules::Default, "cookie", "{c}"),
    (Rules::Default, "cookie", "={c}"),
    (Rules::Default, "cookie", "v1s1ble=\"a; b={c}\"; c=d"),
    (Rules::Default, "cookie", "v1s1ble=a, {c}=b"),
    (Rules::Default, "cookie", "v1s1ble=a={c}"),
    (Rules::Default, "cookie", "v1s1ble={s}"),
    (Rules::NamedOnly, "cookie", "v1s1ble=a; canary={c}"),
    (Rules::Default, "set-cookie", "v1s1ble={c}; Path=/; HttpOnly"),
    (Rules::Default, "set-cookie", "v1s1ble=a; Path=/; other={c}"),
    (Rules::Default, "set-cookie", "v1s1ble=a; Path=/, other={c}"),
    (Rules::Default, "set-cookie", "Path={c}"),
    (Rules::Default, "set-cookie", "{c}; Path=/v1s1ble"),
    (Rules::NamedOnly, "set-cookie", "canary={c}; Path=/v1s1ble"),
    (Rules::Default, "x-api-key", "{c}"),
    (Rules::Default, "x-auth-token", "{c}"),
    (Rules::Default, "x-access-token", "{c}"),
    (Rules::Default, "x-csrf-token", "{c}"),
    (Rules::Default, "x-xsrf-token", "{c}"),
    (Rules::Default, "x-amz-security-token", "{c}"),
    (Rules::Default, "x-vault-token", "{c}"),
    (Rules::Default, "apikey", "{c}"),
    (Rules::Default, "x-client-secret", "{c}"),
    (Rules::Named, "x-canary", "{c}"),
    (Rules::Named, "x_canary", "{c}"),
    (Rules::NamedOnly, "x-canary", "{s}"),
    (Rules::Default, "sec-websocket-protocol", "v1s1ble, access_token, {c}"),
    (Rules::Default, "sec-websocket-protocol", "v1s1ble,bearer,{c}"),
    (Rules::Default, "sec-websocket-protocol", "v1s1ble, base64url.bearer.authorization.k8s.io.{c}"),
    (Rules::Default, "x-debug", "v1s1ble Bearer {c}"),
    (Rules::Default, "x-debug", "v1s1ble \"bearer\" Bearer: \"{c}\""),
    (Rules::Default, "x-debug", "v1s1ble {jwt}"),
    (Rules::Default, "x-debug", "v1s1ble {jwt=}"),
    (Rules::Default, "etag", "\"{jwt}\""),
    (Rules::Default, "x-debug", "v1s1ble -----BEGIN RSA PRIVATE KEY----- {c} -----END RSA PRIVATE KEY-----"),
    (Rules::Default, "x-debug", "{\"a\": \"v1s1ble\", \"password\": \"{c}\"}"),
    (Rules::Default, "x-debug", "{\"a\": \"v1s1ble\", \"password\": [1, {\"b\": \"{c}\"}]}"),
    (Rules::Default, "x-debug", "a=v1s1ble; password={c}"),
    (Rules::Default, "x-debug", "a=v1s1ble, password=\"{s}\""),
    (Rules::Default, "x-debug", "a=v1s1ble&password={c%}"),
    (Rules::Default, "x-debug", "a%3Dv1s1ble%26password%3D{c}"),
    (Rules::Default, "forwarded", "for=v1s1ble;host=\"user:x\";secret={c}"),
    (Rules::Default, "www-authenticate", "Bearer {c}"),
    (Rules::Default, "content-type", "text/v1s1ble; token={c}"),
    (Rules::Default, "content-disposition", "attachment; filename=\"v1s1ble\"; token=\"{c}\""),
    (Rules::Default, "user-agent", "v1s1ble/1.0 (https://h/?api_key={c})"),
    (Rules::Default, "warning", "199 - \"v1s1ble token={c}\""),
    (Rules::Pattern, "x-account", "v1s1ble acct-{c}"),
    (Rules::Pattern, "cookie", "v1s1ble=1; acct-{c}=2"),
    (Rules::AllowOnly, "x-other", "{c}"),
    (Rules::AllowOnly, "accept", "{c}"),
    (Rules::AllowOnly, "cookie", "v1s1ble={c}"),
    (Rules::AllowOnly, "cookie", "{c}"),
    (Rules::AllowOnly, "set-cookie", "v1s1ble={c}; Path=/"),
    (Rules::AllowOnly, "authorization", "Bearer {c}"),
    (Rules::AllowOnly, "referer", "https://v1s1ble/?other={c}"),
    (Rules::AllowOnly, "referer", "https://user:{c}@v1s1ble/"),
    (Rules::AllowOnly, "x-v1s1ble", "Bearer {c}"),
    (Rules::Last, "x-canary", "{c}"),
    (Rules::Fingerprint, "x-canary", "{c}"),
    (Rules::Function, "x-canary", "{c}"),
];

const TRAILERS: &[(Rules, &str, &str)] = &[
    (Rules::Default, "grpc-message", "v1s1ble: token={c}"),
    (Rules::Default, "grpc-message", "v1s1ble%3A%20token%3D{c}"),
    (Rules::Default, "x-auth-token", "{c}"),
    (Rules::Default, "set-cookie", "a={c}"),
    (Rules::Default, "x-next", "https://user:{c}@v1s1ble/"),
    (Rules::Named, "x-canary", "{c}"),
    (Rules::Pattern, "x-note", "v1s1ble acct-{c}"),
    (Rules::Template, "x-note", "v1s1ble /games/{c}/bet"),
    (Rules::Template, "x-note", "v1s1ble,/games/{c}/bet,200"),
    (Rules::AllowOnly, "x-other", "{c}"),
];

const ERRORS: &[(Rules, &str)] = &[
    (Rules::Default, "cannot connect to postgres://user:{c}@db/x"),
    (Rules::Default, "GET https://h/?token={c} failed"),
    (Rules::Default, "bad header: Authorization: Bearer {c}"),
    (Rules::Default, "cannot parse {\"password\":\"{c}\"}"),
    (Rules::Default, "line one\npassword={c}\r\nline three"),
    (Rules::Pattern, "no such account: acct-{c}"),
    (Rules::Template, "no route for /games/{c}/bet"),
    (Rules::AllowOnly, "no such account: {c}"),
];

const IDS: &[(Rules, &str)] = &[
    (Rules::Default, "{jwt}"),
    (Rules::Default, "token={c}"),
    (Rules::Default, "https://user:{c}@h"),
    (Rules::Pattern, "acct-{c}"),
];
