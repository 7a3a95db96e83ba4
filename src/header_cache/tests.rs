use super::*;
use crate::Mask;
use http::{HeaderName, HeaderValue};
use proptest::prelude::*;

fn add(cache: &mut HeaderCache, key: &str) {
    cache.add(key.as_bytes(), key.to_uppercase().as_bytes(), 3, false);
}

/// Returns what is shown for a field.
fn get(cache: &mut HeaderCache, field: &str, capitals: bool) -> Option<Vec<u8>> {
    let (name, value) = field.split_once(':').unwrap();
    let came = Came { text: field.as_bytes(), name: name.as_bytes(), value: value.into() };
    let mut shown = Vec::new();
    let at = cache.search(came.text, &came, capitals)?;
    cache.found(at, &mut shown);
    Some(shown)
}

#[test]
fn only_what_was_added_is_found() {
    let mut cache = HeaderCache::default();
    assert!(get(&mut cache, ":", false).is_none() && get(&mut cache, "accept:*/*", false).is_none());
    for key in ["accept:*/*", "te:", "x:1234567812345678"] {
        add(&mut cache, key);
        assert_eq!(get(&mut cache, key, false), Some(key.to_uppercase().into_bytes()));
        assert!(get(&mut cache, key, true).is_none());
    }
    for other in ["accept:*/", "accept:*/*1", "te:x", ":", "x:1234567812345679", "x:1234567812345 78"] {
        assert!(get(&mut cache, other, false).is_none());
    }
    let redactor = Arc::new(Redactor::new());
    cache.serve(&redactor);
    assert!(get(&mut cache, "te:", false).is_none());
    add(&mut cache, "te:");
    cache.settle(&redactor, Version::HTTP_11, &mut Fields::default());
    assert!(get(&mut cache, "te:", false).is_some());
    cache.settle(&Arc::new(Redactor::new()), Version::HTTP_11, &mut Fields::default());
    assert!(get(&mut cache, "te:", false).is_none());
}

#[test]
fn fields_that_look_alike_are_told_apart() {
    // The bytes between those that the hash is made of.
    let key = |middle: char| format!("name:345{middle}{}", "-".repeat(40));
    let mut cache = HeaderCache::default();
    add(&mut cache, &key('a'));
    assert_eq!(hash(key('a').as_bytes()), hash(key('b').as_bytes()));
    assert!(get(&mut cache, &key('a'), false).is_some() && get(&mut cache, &key('b'), false).is_none());
}

#[test]
fn no_more_is_kept_than_fits() {
    let mut cache = HeaderCache::default();
    let key = |n: usize| format!("x-{n}:{}", "v".repeat(n % LONGEST));
    (0..10_000).for_each(|n| add(&mut cache, &key(n)));
    let kept: Vec<usize> = cache.lines.iter().map(|line| line.key.into()).collect();
    assert_eq!(kept.len(), SETS * WAYS);
    assert!(kept.iter().all(|len| *len <= LONGEST));
    let found = (0..10_000).filter(|n| get(&mut cache, &key(*n), false).is_some()).count();
    assert!((1..=SETS * WAYS).contains(&found));
    let long = |len: usize| format!("x:{}", "-".repeat(len - 2));
    add(&mut cache, &long(LONGEST));
    add(&mut cache, &long(LONGEST + 1));
    assert!(get(&mut cache, &long(LONGEST), false).is_some());
    assert!(get(&mut cache, &long(LONGEST + 1), false).is_none());
}

/// What is hidden in part is remembered without being kept, unless a function of the user's is asked for it.
#[test]
fn credentials_are_searched_once() {
    let counted = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = Arc::clone(&counted);
    let counting = Mask::with(move |_| count.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string());
    for (redactor, added, shown) in [
        (Redactor::new(), 2, ["Basic REDACTED (client_id: ada)", "a=REDACTED"]),
        (Redactor::new().mask(counting).cookie("a"), 0, ["Basic REDACTED (client_id: ada)", "a=2"]),
    ] {
        let redactor = Arc::new(redactor);
        let mut cache = HeaderCache::default();
        let mut lines = Vec::new();
        for _ in 0..3 {
            let field = |name, value| (name, HeaderValue::from_static(value));
            let head =
                [field(http::header::AUTHORIZATION, "Basic YWRhOmh1bnRlcjI="), field(http::header::COOKIE, "a=s3cret")];
            let mut fields: Fields = head.into_iter().collect();
            cache.settle(&redactor, Version::HTTP_11, &mut fields);
            lines = (0..2).map(|at| String::from_utf8(fields.shown(at).unwrap().to_vec()).unwrap()).collect();
        }
        assert_eq!((cache.added, lines), (added, shown.map(str::to_owned).to_vec()));
        let kept: Vec<_> = cache.lines.iter().flat_map(|line| line.text.clone()).collect();
        assert!(
            !["YWRh", "hunter2", "s3cret"]
                .iter()
                .any(|secret| memchr::memmem::find(&kept, secret.as_bytes()).is_some())
        );
    }
}

#[test]
fn what_comes_again_stays_beside_what_never_does() {
    let redactor = Arc::new(Redactor::new());
    let mut cache = HeaderCache::default();
    let mut added = Vec::new();
    for n in 0..1000 {
        let new = |name| (HeaderName::from_static(name), HeaderValue::try_from(format!("value {n}")).unwrap());
        let same = |name, value| (HeaderName::from_static(name), HeaderValue::from_static(value));
        let head = [new("x-a"), same("accept", "*/*"), new("x-b"), same("x-pin", "7"), same("content-length", "4")];
        cache.settle(&redactor, Version::HTTP_11, &mut head.into_iter().collect());
        added.push(cache.added);
    }
    // One that is hidden is remembered at once, the two that stay the same before long.
    assert_eq!(added[0], 1);
    let new = (added[999] - added[200]) as f64 / 799.0;
    assert!((0.2..0.3).contains(&new), "{added:?}");
}

#[test]
fn a_value_that_is_hidden_in_part_is_searched_once_under_a_known_name_too() {
    let redactor = Arc::new(Redactor::new());
    let mut cache = HeaderCache::default();
    for referer in ["https://h/", "https://h/?token=s3cret"].repeat(100) {
        let field = (http::header::REFERER, HeaderValue::from_static(referer));
        cache.settle(&redactor, Version::HTTP_11, &mut [field].into_iter().collect());
    }
    assert_eq!(cache.added, 2);
}

#[test]
fn a_function_is_asked_for_each_target() {
    let counted = std::sync::atomic::AtomicUsize::new(0);
    let counting = Mask::with(move |_| counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string());
    let redactor = Arc::new(Redactor::none().mask(counting).path("/games/{game}"));
    let (mut cache, mut shown) = (HeaderCache::default(), Vec::new());
    for n in 0..20 {
        assert!(!cache.settle_target(&redactor, b"/games/slots", &mut shown));
        assert_eq!(shown, format!("/games/{n}").as_bytes());
    }
}

#[test]
fn targets_that_never_come_again_are_rarely_looked_for() {
    let redactor = Arc::new(Redactor::new().path("/games/{game}"));
    let (mut cache, mut shown) = (HeaderCache::default(), Vec::new());
    let mut settle = |target: &str| {
        assert!(!cache.settle_target(&redactor, target.as_bytes(), &mut shown));
        assert_eq!(shown, b"/games/REDACTED");
        cache.looks
    };
    assert!((0..200).all(|n| settle(&format!("/games/{n}")) == 0));
    let looks: Vec<_> = (0..200).map(|_| settle("/games/slots")).collect();
    assert!(looks[100..].iter().all(|looks| *looks == LOOKS), "{looks:?}");
    assert_eq!((0..200).map(|n| settle(&format!("/games/{n}x"))).last(), Some(0));
}

#[test]
fn of_targets_that_hide_something_only_digests_are_remembered() {
    let redactor = Arc::new(Redactor::new().path("/games/{game}"));
    let (mut cache, mut shown) = (HeaderCache::default(), Vec::new());
    for _ in 0..20 {
        assert!(cache.settle_target(&redactor, b"/hello", &mut shown));
        assert!(!cache.settle_target(&redactor, b"/games/7?token=s3cret", &mut shown));
        assert_eq!(shown, b"/games/REDACTED?token=REDACTED");
        assert!(cache.settle_target(&redactor, b"", &mut shown));
    }
    assert!(cache.targets.find(b"/hello", false).is_some() && cache.targets.find(b"/hell", false).is_none());
    assert!(cache.targets.find(b"/games/7?token=s3cret", false).is_none());
    let key = cache.digest(b"/games/7?token=s3cret");
    assert_eq!(cache.hidden.find(&key, false), Some(&shown[..]));
    assert!(!cache.settle_target(&redactor, b"/games/7?token=another", &mut shown));
    assert_eq!(shown, b"/games/REDACTED?token=REDACTED");
    assert!(!cache.settle_target(&redactor, b"/games/7?page=another", &mut shown));
    assert_eq!(shown, b"/games/REDACTED?page=another");
    // Under other rules it is another target.
    assert!(!cache.settle_target(&Arc::new(Redactor::new().path("/{name}")), b"/hello", &mut shown));
    assert_eq!(shown, b"/REDACTED");
}

#[test]
fn what_depends_on_the_field_before_it_is_never_remembered() {
    let redactor = Arc::new(Redactor::new());
    let mut cache = HeaderCache::default();
    let mut lines = |values: &[&'static str]| {
        let field = |value| (http::header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(value));
        let mut fields: Fields = values.iter().copied().map(field).collect();
        cache.settle(&redactor, Version::HTTP_11, &mut fields);
        let line = |line: &[u8]| String::from_utf8(line.to_vec()).unwrap().trim_end_matches('\n').to_owned();
        fields.lines().unwrap().map(line).collect::<Vec<_>>()
    };
    assert_eq!(lines(&["chat"]), ["Sec-WebSocket-Protocol: chat"]);
    assert_eq!(lines(&["bearer", "chat"]), ["Sec-WebSocket-Protocol: bearer", "Sec-WebSocket-Protocol: REDACTED"]);
}

proptest! {
    #[test]
    fn a_target_that_is_remembered_shows_as_it_would_at_first(
        targets in prop::collection::vec(prop::sample::select(vec![
            "", "/", "*", "/hello", "/games/1", "/games/2", "/games/1?token=a", "/games/1?token=b", "/a?page=2&token=a",
            "https://u:p@h/", "h:443", "u@h:443", "/\u{e9}", "/a b",
        ]), 0..120),
        none: bool,
    ) {
        let redactor = if none { Redactor::none() } else { Redactor::new().path("/games/{game}") };
        let (redactor, mut cache, mut shown) = (Arc::new(redactor), HeaderCache::default(), Vec::new());
        for target in targets {
            let mut naive = Vec::new();
            redactor.target(target.as_bytes(), &mut naive);
            let plain = cache.settle_target(&redactor, target.as_bytes(), &mut shown);
            prop_assert_eq!(plain, naive == target.as_bytes());
            prop_assert!(plain || shown == naive);
        }
    }

    #[test]
    fn what_is_remembered_shows_as_it_would_at_first(
        heads in prop::collection::vec(prop::collection::vec((
            prop::sample::select(vec![
                "host", "accept", "etag", "x-a", "x-pin", "authorization", "cookie", "set-cookie", "referer", "location",
                "content-type", "sec-websocket-protocol", "a", "ab",
            ]),
            prop::sample::select(vec![
                "", "h", "*/*", "true", "h ", "b", "bearer", "access_token", "token", "s3cret", "a=b", "a=b; Path=/", "Basic YTpi",
                "Basic", "/games/1/bet", "https://h/?token=x", "https://u:p@h", "text/plain; charset=utf-8", "\u{e9}",
                "eyJhbGciOi.eyJzdWIi.c2ln", "acct-7", "a\tb", "0123456789012345678901234567890123456789",
            ]),
            any::<bool>(),
        ), 0..6), 1..8),
        http_2: bool,
        none: bool,
    ) {
        let redactor = Arc::new(if none { Redactor::none().header("x-pin") } else { Redactor::new().header("x-pin").path("/games/{game}") });
        let mut cache = HeaderCache::default();
        for (nth, head) in heads.iter().enumerate() {
            // Of the same connection, and of another version in between.
            let version = if http_2 && nth % 3 == 1 { Version::HTTP_2 } else { Version::HTTP_11 };
            let field = |(name, text, sensitive): &(&'static str, &str, bool)| {
                let mut value = HeaderValue::from_bytes(text.as_bytes()).unwrap();
                value.set_sensitive(*sensitive);
                (HeaderName::from_static(name), value)
            };
            let mut fields: Fields = head.iter().map(field).collect();
            let shown = |fields: &Fields| {
                let each = (0..fields.len()).map(|at| {
                    let (mut line, mut value) = (Vec::new(), Vec::new());
                    match fields.lines().and_then(|mut lines| lines.nth(at)) {
                        Some(settled) => line.extend_from_slice(settled),
                        None => {
                            write_line(&redactor, version, fields, at, &mut line);
                            line.push(b'\n');
                        }
                    }
                    write_value(&redactor, fields, at, &mut value);
                    [line, value].map(|text| String::from_utf8(text).unwrap())
                });
                each.collect::<Vec<_>>()
            };
            let naive = shown(&fields);
            cache.settle(&redactor, version, &mut fields);
            prop_assert_eq!(shown(&fields), naive);
        }
    }
}
