//! JSON documents, made up from a fixed seed: the same on every run.

use fastrand::Rng;
use serde_json::{Value, json};

/// Bets in one object, `bytes` long. Whatever their number, lines are as deep, so that costs per byte can be compared.
pub(crate) fn bets(bytes: usize) -> Vec<u8> {
    let mut rng = Rng::with_seed(bytes as u64);
    let mut text = String::from(r#"{"bets":["#);
    loop {
        let (wager, ledger) = (rng.u32(1..10_000), rng.u64(1 << 32..1 << 33));
        let bet = format!(
            r#"{{"currency":"GBP","wager":"{wager}.01","player_ledger":"{ledger}","lines":[1,{}],"won":false}},"#,
            rng.u8(10..100)
        );
        if text.len() + bet.len() + 20 > bytes {
            break;
        }
        text.push_str(&bet);
    }
    text.push_str(r#"{"note":""#);
    text.push_str(&"n".repeat(bytes - text.len() - 4));
    text.push_str("\"}]}");
    assert_eq!(text.len(), bytes);
    text.into_bytes()
}

/// About half a megabyte like `twitter.json`: indented by two, long strings, many of them not ASCII, and escapes.
pub(crate) fn twitter() -> Vec<u8> {
    let rng = &mut Rng::with_seed(1);
    let statuses: Vec<_> = (0..150).map(|_| status(rng)).collect();
    let text = json!({ "statuses": statuses, "search_metadata": { "completed_in": 0.087, "count": 100 } });
    indented(&text, b"  ")
}

/// About half a megabyte like `citm_catalog.json`: indented by four, short names that are numbers, nulls and integers.
pub(crate) fn citm() -> Vec<u8> {
    let rng = &mut Rng::with_seed(2);
    let id = |rng: &mut Rng| rng.u32(100_000_000..400_000_000);
    let events: serde_json::Map<_, _> = (0..180)
        .map(|n| {
            let event = json!({
                "description": null, "id": 138_586_341 + n, "logo": null, "name": words(rng, 5),
                "subTopicIds": [id(rng), id(rng)], "subjectCode": null, "subtitle": null,
                "topicIds": [id(rng), id(rng)],
            });
            ((138_586_341 + n).to_string(), event)
        })
        .collect();
    let performances: Vec<_> = (0..240)
        .map(|n| {
            let prices: Vec<_> = (0..4).map(|_| json!({
                "amount": rng.u32(10..200) * 250, "audienceSubCategoryId": 337_100_890, "seatCategoryId": id(rng),
            })).collect();
            let categories: Vec<_> = (0..4).map(|_| json!({
                "areas": [{ "areaId": id(rng), "blockIds": [] }, { "areaId": id(rng), "blockIds": [] }],
                "seatCategoryId": id(rng),
            })).collect();
            json!({
                "eventId": 138_586_341 + n % 180, "id": id(rng), "logo": null, "name": null, "prices": prices,
                "seatCategories": categories, "seatMapImage": null, "start": 1_372_701_600_000_u64, "venueCode": "PLEYEL",
            })
        })
        .collect();
    indented(&json!({ "areaNames": {}, "events": events, "performances": performances }), b"    ")
}

/// About half a megabyte like `canada.json`: no white space, nearly nothing but pairs of long numbers.
pub(crate) fn canada() -> Vec<u8> {
    let rng = &mut Rng::with_seed(3);
    let mut text = String::from(
        r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"Canada"},"geometry":{"type":"Polygon","coordinates":["#,
    );
    for ring in 0..100 {
        text.push_str(if ring == 0 { "[" } else { ",[" });
        for point in 0..rng.u32(100..150) {
            let (east, north) = (-60.0 - rng.f64() * 80.0, 42.0 + rng.f64() * 40.0);
            text.push_str(&format!("{}[{east:.15},{north:.15}]", if point == 0 { "" } else { "," }));
        }
        text.push(']');
    }
    text.push_str("]}}]}");
    text.into_bytes()
}

fn status(rng: &mut Rng) -> Value {
    let id = rng.u64(1 << 58..1 << 59);
    let user = rng.u32(1 << 30..);
    let text = format!("@{} {}\n{}", words(rng, 1), kana(rng, 60), words(rng, 4));
    json!({
        "metadata": { "result_type": "recent", "iso_language_code": "ja" },
        "created_at": "Sun Aug 31 00:29:15 +0000 2014",
        "id": id, "id_str": id.to_string(), "text": text,
        "source": "<a href=\"http://twitter.com/download/iphone\" rel=\"nofollow\">Twitter for iPhone</a>",
        "truncated": false, "in_reply_to_status_id": null, "in_reply_to_user_id_str": null,
        "user": {
            "id": user, "id_str": user.to_string(), "name": kana(rng, 8), "screen_name": words(rng, 1),
            "location": kana(rng, 6), "description": kana(rng, 70), "url": null,
            "entities": { "description": { "urls": [] } },
            "protected": false, "followers_count": rng.u16(..), "friends_count": rng.u16(..), "listed_count": 2,
            "created_at": "Wed Mar 26 21:27:18 +0000 2014", "favourites_count": rng.u16(..), "utc_offset": null,
            "verified": false, "statuses_count": rng.u16(..), "lang": "ja", "contributors_enabled": false,
            "profile_background_color": "C0DEED",
            "profile_image_url": format!("http://pbs.twimg.com/profile_images/{}/{}_normal.jpeg", rng.u64(..), words(rng, 1)),
            "profile_banner_url": format!("https://pbs.twimg.com/profile_banners/{user}/{}", rng.u32(..)),
            "profile_use_background_image": true, "following": false, "notifications": false,
        },
        "geo": null, "coordinates": null, "place": null, "retweet_count": 0, "favorite_count": 0,
        "entities": {
            "hashtags": [], "symbols": [],
            "urls": [{ "url": "http://t.co/QMLJeFmfMT", "expanded_url": "http://www.example.co.jp/2014/08/31/a.html", "indices": [45, 67] }],
            "user_mentions": [{ "screen_name": words(rng, 1), "id": user, "indices": [0, 13] }],
        },
        "favorited": false, "retweeted": false, "lang": "ja",
    })
}

/// Japanese of `chars` characters, with some punctuation.
fn kana(rng: &mut Rng, chars: usize) -> String {
    (0..chars).map(|n| if n % 11 == 10 { '、' } else { rng.char('ぁ'..='ん') }).collect()
}

fn words(rng: &mut Rng, count: usize) -> String {
    let word = |rng: &mut Rng| (0..rng.usize(4..10)).map(|_| rng.lowercase()).collect::<String>();
    (0..count).map(|_| word(rng)).collect::<Vec<_>>().join(" ")
}

fn indented(value: &Value, indent: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(indent);
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, formatter);
    serde::Serialize::serialize(value, &mut serializer).unwrap();
    text
}
