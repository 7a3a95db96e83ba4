//! Text that is hard to look through is shown all the same, and does not blow up.

#[path = "../../benches/support/hostile.rs"]
mod hostile;

#[test]
fn hostile_text_is_shown_within_bounds() {
    let redactor = hostile::redactor();
    for piece in hostile::PIECES {
        let text = hostile::text(piece, 4096);
        for shown in [
            redactor.show_target(&text),
            redactor.show_body("text/plain", &text).unwrap_or_default(),
            redactor.show_body("application/x-www-form-urlencoded", &text).unwrap_or_default(),
            redactor.show_header("x-a", &text),
        ] {
            // Indentation aside, which JSON has. A control is four times as long once it is
            // escaped, and a mask stands in for a letter at times.
            let len: usize = shown.lines().map(|line| line.trim_start().len() + 1).sum();
            assert!(len <= 8 * text.len(), "{piece:?}: {len} bytes of {}", text.len());
        }
    }
}
