use crate::redact::{
    Detector, Mask, Redactor,
    head::target::{careful, target},
    nested::scope,
    rules::{Place, Rules, path::Template},
};
use proptest::prelude::*;
use std::sync::LazyLock;

fn shown(rules: &Rules, text: &str) -> String {
    let mut out = Vec::new();
    target(scope(rules), text.as_bytes(), &mut out);
    String::from_utf8(out).unwrap()
}

fn default(text: &str) -> String {
    let mut rules = Rules::new();
    rules.templates.push(Template::parse("/games/{game}/bet", Mask::redacted()).unwrap());
    shown(&rules, text)
}

#[test]
fn every_form_of_a_target() {
    assert_eq!(default("*"), "*");
    assert_eq!(default("/"), "/");
    assert_eq!(default("/games/a/bet?access_token=x"), "/games/REDACTED/bet?access_token=REDACTED");
    assert_eq!(
        default("http://h:80/games/a/bet?sig=x#token=y"),
        "http://h:80/games/REDACTED/bet?sig=REDACTED#token=REDACTED"
    );
    assert_eq!(default("http://joe:x@h/"), "http://joe:REDACTED@h/");
    assert_eq!(default("h:443"), "h:443");
    assert_eq!(default("@&token=x"), "@&token=REDACTED");
    assert_eq!(default("joe:x@h:443"), "joe:REDACTED@h:443");
}

#[test]
fn the_tokens_of_bots_and_sessions_go() {
    assert_eq!(default("/bot1102:Geheim-77/getMe?x=1"), "/botREDACTED/getMe?x=1");
    assert_eq!(default("http://h/file/bot1102%3AGeheim77/a.jpg"), "http://h/file/botREDACTED/a.jpg");
    assert_eq!(default("/bot/1102:7"), "/bot/1102:7");
    assert_eq!(default("/a?sid=00Geheim!AR8AQ.xo9&b=1"), "/a?sid=REDACTED&b=1");
    assert_eq!(
        default("/a?sid=CA0123456789abcdef0123456789abcdef&b=1"),
        "/a?sid=CA0123456789abcdef0123456789abcdef&b=1"
    );
    assert_eq!(default("/a?sid=12&b=1"), "/a?sid=12&b=1");
    assert_eq!(default("/a?appid=0f2c7e1a04b6d8350f2c7e1a04b6d835"), "/a?appid=REDACTED");
    let session = "/a?sid=00Geheim!AR8AQ.xo9&b=1";
    assert_eq!(Redactor::none().show_target(session), session);
    assert_eq!(Redactor::new().allow_query("sid").show_target(session), session);
}

#[test]
fn what_is_encoded_takes_no_more_with_it() {
    assert_eq!(default("/games/a%20b/bet?lang=en"), "/games/REDACTED/bet?lang=en");
    assert_eq!(default("/g%61mes/a/b%65t?lang=en"), "/g%61mes/REDACTED/b%65t?lang=en");
    assert_eq!(default("/games%2Fa%2Fbet?lang=en"), "/games%2FREDACTED%2Fbet?lang=en");
    assert_eq!(default("http://jo%65:p%77@h/%20?lang=en"), "http://jo%65:REDACTED@h/%20?lang=en");
    assert_eq!(default("/a/%65yJh.b/c?lang=en"), "/a/REDACTED/c?lang=en");
    assert_eq!(default("/to/https%3A%2F%2Fjoe%3Aa%40h%2F/c?d"), "/to/https%3A%2F%2Fjoe%3AREDACTED%40h%2F/c?d");
    // The text between them is searched all the same.
    assert_eq!(default("//joe:a@h/%65yJh.b?c"), "//joe:REDACTED@h/REDACTED?c");
    // A secret that only shows in the whole text hides the whole.
    assert_eq!(default("/https%3A//joe:a@h/c?d"), "%2Fhttps%3A%2F%2Fjoe%3AREDACTED%40h%2FcREDACTED");
    assert_eq!(default("///joe:a@h/c?d"), "///joe:REDACTED@h/c?d");
}

#[test]
fn names_are_decoded_and_the_rest_is_left_alone() {
    assert_eq!(default("/?%74oken=x&%61=%20&B=c+d&&=;x"), "/?%74oken=REDACTED&%61=%20&B=c+d&&=;x");
    assert_eq!(default("/?a=1;token=x;b=2&c"), "/?a=1;token=REDACTED&c");
    assert_eq!(default("/a;token=x;b=2/c?d;e=f"), "/a;token=REDACTED;b=2/c?d;e=f");
    assert_eq!(default("/?token=a;b&c=d"), "/?token=REDACTED&c=d");
    assert_eq!(
        default("/?user[password]=x&a.password=y&password[]=z&access+token=w"),
        "/?user[password]=REDACTED&a.password=REDACTED&password[]=REDACTED&access+token=REDACTED"
    );
    assert_eq!(default("/?user%5Bpassword%5D=x"), "/?user%5Bpassword%5D=REDACTED");
    assert_eq!(default("/?%2574oken=x"), "/?%2574oken=REDACTED");
    assert_eq!(default("/?token=a=b?c=d"), "/?token=REDACTED");
    assert_eq!(default("/?token"), "/?token");
    assert_eq!(default("/?token=REDACTED"), "/?token=REDACTED");
}

#[test]
fn a_name_that_cannot_be_read_hides_its_value() {
    assert_eq!(default("/?%zz=x&a=b"), "/?%zz=REDACTED&a=b");
    assert_eq!(default("/?%ff=x&a%=b&%u0070=c"), "/?%ff=REDACTED&a%=REDACTED&%u0070=REDACTED");
}

#[test]
fn nested_urls() {
    assert_eq!(default("/?next=/login?token=x"), "/?next=/login?token=REDACTED");
    assert_eq!(default("/?next=%2Flogin%3Ftoken%3Dx%26a%3D1&b=2"), "/?next=%2Flogin%3Ftoken%3DREDACTED%26a%3D1&b=2");
    assert_eq!(default("/?u=https%3A%2F%2Fa%3Ab%40h%2F"), "/?u=https%3A%2F%2Fa%3AREDACTED%40h%2F");
    assert_eq!(default("/?u=%252Fl%253Ftoken%253Dx"), "/?u=%252Fl%253Ftoken%253DREDACTED");
    assert_eq!(default("/?u=%2Fgames%2Fa%2Fbet"), "/?u=%2Fgames%2FREDACTED%2Fbet");
    assert_eq!(default(&format!("/?u=%{}2Ftoken", "25".repeat(10))), "/?u=REDACTED");
    assert_eq!(default("/?f=a%3D1%26code%3Dx"), "/?f=a%3D1%26code%3DREDACTED");
    assert_eq!(default("/?next=%2Fl%3Ftoken%3Da%20b"), "/?next=%2Fl%3Ftoken%3DREDACTED");
    assert_eq!(default("/?next=%2Fl%3Ftoken%3Dab;cd&e=f"), "/?next=%2Fl%3Ftoken%3DREDACTEDREDACTED&e=f");
}

#[test]
fn values_are_looked_into() {
    assert_eq!(
        default("/?f=%7B%22password%22%3A%22x%22%2C%22b%22%3A1%7D&a=1"),
        "/?f=%7B%22password%22%3A%22REDACTED%22%2C%22b%22%3A1%7D&a=1"
    );
    assert_eq!(default("/?f={\"password\":\"x\",\"b\":1}"), "/?f={\"password\":\"REDACTED\",\"b\":1}");
    assert_eq!(
        default("/?f={\"a\":\"x=y\",\"password\":\"z\"}&b=1"),
        "/?f={\"a\":\"x=y\",\"password\":\"REDACTED\"}&b=1"
    );
    assert_eq!(default("/?f={\"a\":\"x&y\",\"password\":\"z\"}"), "/?f={\"a\":\"x&y\",\"password\":\"REDACTED\"}");
    assert_eq!(
        default("/?f=%20%7B%22a%22:%22b=c%22,%22secret%22:1%7D"),
        "/?f=%7B%22a%22%3A%22b%3Dc%22%2C%22secret%22%3A%22REDACTED%22%7D"
    );
    assert_eq!(
        default("/?f=%257B%2522secret%2522%253A1%257D"),
        "/?f=%257B%2522secret%2522%253A%2522REDACTED%2522%257D"
    );
    assert_eq!(default("/?f=%7B%22secret%22%3A1"), "/?f=REDACTED");
    assert_eq!(
        default("/?f=%22a%22&g=%22%7B%5Cu0022secret%5C%22%3A1%7D%22"),
        "/?f=%22a%22&g=%22%7B%5C%22secret%5C%22%3A%5C%22REDACTED%5C%22%7D%22"
    );
    assert_eq!(default("/?f=%22%5Cu007b%5Cu0022secret%5Cu0022:1%5Cu0%3"), "/?f=REDACTED");
    assert_eq!(default("/?f=%7B%22page%22%3A1%7D"), "/?f=%7B%22page%22%3A1%7D");
    assert_eq!(default("/?h=Bearer%20abc&i=Bearer+abc"), "/?h=Bearer%20REDACTED&i=Bearer%20REDACTED");
    assert_eq!(default("/eyJhbGci.eyJzdWIi.c2ln/x"), "/REDACTED/x");
}

#[test]
fn what_is_no_target_is_hidden_from_there_on() {
    assert_eq!(default("/a b?c"), "/aREDACTED");
    assert_eq!(default("/a\r\nX: y"), "/aREDACTED");
    let mut out = Vec::new();
    target(scope(&Rules::new()), b"/a?b=\xffc", &mut out);
    assert_eq!(out, b"/a?b=REDACTED");
}

#[test]
fn a_mask_leaves_a_url_a_url() {
    let mut rules = Rules::new();
    rules.set_mask(Mask::with(|secret| format!("<{secret}> &")));
    rules.add(Place::Query, "x", false);
    assert_eq!(shown(&rules, "/?x=a%20b&c=d"), "/?x=%3Ca%20b%3E%20%26&c=d");
}

#[test]
fn only_what_is_allowed_shows() {
    let mut rules = Rules::allow_nothing();
    rules.add(Place::Query, "page", true);
    assert_eq!(
        shown(&rules, "/a?page=1&q=x&token=y&bare#frag"),
        "/a?page=1&q=REDACTED&token=REDACTED&REDACTED#REDACTED"
    );
}

#[test]
fn without_rules_all_shows() {
    assert_eq!(shown(&Rules::none(), "/a?token=x&%zz=y"), "/a?token=x&%zz=y");
    let mut rules = Rules::none();
    rules.add(Place::Query, "sig", false);
    assert_eq!(shown(&rules, "/a?token=x&Sig=y"), "/a?token=x&Sig=REDACTED");
}

static REDACTORS: LazyLock<Vec<Redactor>> = LazyLock::new(|| {
    let word = || Redactor::default().mask(Mask::text("a b"));
    vec![
        Redactor::default().path("/games/{game}/bet"),
        Redactor::default().path("/games/*/{bet}").path("/{tenant}/a-{id}").path("/games/x/{*rest}"),
        Redactor::default().path("/games/{game}").pattern(regex::Regex::new("b+e").unwrap()),
        Redactor::default().path("/{game}/{bet}").detect(Detector::CardNumber),
        word().path("/games/{game}").path("/{*all}"),
        Redactor::none().path("/games/{game}/bet").replacement("***"),
        Redactor::allow_only().path("/games/{game}"),
    ]
});

proptest! {
    #[test]
    fn plain_paths_are_told_as_all_targets_are(
        text in "(/games|/GAMES|/gamesx|/a|/[.]{1,2})(/1|/bets?|/games|/[.]{1,2}|/|/a-[0-9]|/eyJ[.]a|[a-zJ0-9,._~-]{1,2}|/REDACTED){0,5}",
    ) {
        for redactor in REDACTORS.iter() {
            let rules = &redactor.rules;
            let mut naive = Vec::new();
            careful(scope(rules), text.as_bytes(), &mut naive);
            prop_assert_eq!(shown(rules, &text), String::from_utf8(naive).unwrap());
        }
    }
}
