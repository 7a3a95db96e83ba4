//! The page of `request-log report`, opened in a real browser.

use std::{fmt::Write, fs, process::Command};

/// Forty exchanges over some minutes; every tenth fails, and its body is hostile to a page.
fn log() -> String {
    let mut log = String::new();
    for number in 0..40 {
        let (id, status) =
            (format!("id{number:02}"), if number % 10 == 9 { "500 Internal Server Error" } else { "200 OK" });
        let (minute, time) = (number / 6, 10 + 7 * number);
        let _ = write!(
            log,
            "{id} > GET /games/{number}?a=1&b=2 HTTP/1.1\n{id} > X-Note: <b>\"quoted\"</b>\n{id} >\n{id} < HTTP/1.1 {status}\n\
             {id} <\n{id} < </pre><script>document.title = 'broken'</script>\n\
             {id}   began 2026-11-28T12:0{minute}:00.000Z, end {time}ms, route /games/{{game}}\n{id}   {time}ms\n"
        );
    }
    log + "id39.1 > GET http://wallet/ HTTP/1.1\nid39.1 >\nid39.1 < HTTP/1.1 200 OK\nid39.1 <\n\
           id39.1   began 2026-11-28T12:06:00.001Z, end 5.00ms, as client\nid39.1   5.00ms\n"
}

/// Clicks and searches as a person would, and writes what is seen where `--dump-dom` prints it.
const VISITOR: &str = r#"<script>
const lines = [];
const first = document.querySelector("details.exchange");
lines.push(`open: ${first.open}`);
first.querySelector("summary").click();
lines.push(`open: ${first.open}`);
lines.push(`seen: ${first.querySelector("pre").offsetHeight > 0}`);
lines.push(`text: ${first.querySelector(".response:last-of-type")?.textContent ?? first.querySelectorAll(".response")[2].textContent}`);
lines.push(`calls: ${first.querySelector(".tree").textContent.trim().split("\n").length}`);
const field = document.getElementById("search");
field.value = "id19 500";
field.dispatchEvent(new Event("input"));
lines.push(`found: ${document.getElementById("found").textContent}`);
lines.push(`charts: ${document.querySelectorAll("svg").length}`);
lines.push(`title: ${document.title}`);
lines.push(`fits: ${document.documentElement.scrollWidth <= window.innerWidth}`);
const seen = document.createElement("pre");
seen.id = "visited";
seen.textContent = lines.join("\n");
document.body.append(seen);
</script>"#;

#[test]
fn a_browser_shows_it() {
    let folder = tempfile::tempdir().unwrap();
    let (log_file, page) = (folder.path().join("games.log"), folder.path().join("report.html"));
    fs::write(&log_file, log()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_request-log"))
        .args(["report", "-o"])
        .args([&page, &log_file])
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        format!("{}: 41 exchanges, 4 errors\n", page.display()),
        "{output:?}"
    );

    let html = fs::read_to_string(&page).unwrap();
    assert!(
        html.contains("<tr><td>GET /games/{game}<td>40<td class=\"failed\">4<td>143ms<td>255ms<td>283ms<td>283ms</tr>")
    );
    for outside in ["http://", "https://", "src=", "url("] {
        let places: Vec<_> = html.match_indices(outside).map(|(at, _)| &html[at..html.len().min(at + 40)]).collect();
        // The name space of SVG, and the target of a call, are text.
        assert!(
            places
                .iter()
                .all(|place| place.starts_with("http://www.w3.org/2000/svg") || place.starts_with("http://wallet/")),
            "{places:?}"
        );
    }

    fs::write(&page, html + VISITOR).unwrap();
    for width in [375, 500, 1_440] {
        let Ok(browser) = Command::new("chromium")
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync", "--dump-dom"])
            .arg(format!("--user-data-dir={}", folder.path().join(width.to_string()).display()))
            .arg(format!("--window-size={width},900"))
            .arg(format!("file://{}", page.display()))
            .output()
        else {
            eprintln!("not opened: there is no `chromium` on this machine");
            return;
        };
        let dom = String::from_utf8_lossy(&browser.stdout);
        let visited = dom.split_once("<pre id=\"visited\">").unwrap_or_else(|| panic!("{browser:?}")).1;
        assert_eq!(
            visited.split("</pre>").next().unwrap(),
            "open: false\nopen: true\nseen: true\ntext: id39 &lt; &lt;/pre&gt;&lt;script&gt;document.title = \
             'broken'&lt;/script&gt;\ncalls: 3\nfound: 2 of 45 shown\ncharts: 4\ntitle: Requests\nfits: true"
        );
    }
}
