//! Values of vendors' forms, put together here so that no scanner takes the repository to leak.

/// A text, and the secrets that are encoded in it.
pub(super) struct Value {
    pub(super) text: String,
    pub(super) encoded: Vec<String>,
}

/// Puts values in for `{{name}}` and encodes `{{base64:…}}`, in which `«…»` is a secret.
pub(super) fn expand(text: &str) -> Value {
    let mut text = text.to_owned();
    for (name, value) in vendors() {
        text = text.replace(&format!("{{{{{name}}}}}"), &value);
    }
    let Some((before, rest)) = text.split_once("{{base64:") else { return Value { text, encoded: Vec::new() } };
    let end = rest.find("}}").unwrap();
    let end = end + usize::from(rest[end + 2..].starts_with('}'));
    let (inside, after) = (&rest[..end], &rest[end + 2..]);
    let secrets = inside.split('«').skip(1).map(|rest| rest.split('»').next().unwrap().to_owned()).collect();
    let code = base64(inside.replace(['«', '»'], "").as_bytes());
    Value { text: format!("{before}{code}{after}"), encoded: secrets }
}

fn vendors() -> Vec<(&'static str, String)> {
    /// Letters and digits without a pattern.
    const WORD: &str = "q7Zt2LmX9bRw4VkD8sHn3JcP6yGf1TaE5uKo0WdMxCvB7iNz2QlYhS9r";
    let word = |prefix: [&str; 2], len: usize| format!("{}{}{}", prefix[0], prefix[1], &WORD[..len]);
    vec![
        ("jwt", format!("ey{}.eyJzdWIiOiIyNDQwMDMyMCJ9.{}", "JhbGciOiJIUzI1NiJ9", &WORD[..43])),
        ("aws_id", format!("AK{}{}", "IA", "Z7Q2LMX9BRW4VKD8")),
        ("aws_asia", format!("AS{}{}", "IA", "T5Q2LMX9BRW4VKD8")),
        ("aws_secret", word(["", ""], 40)),
        ("ghp", word(["gh", "p_"], 36)),
        ("gho", word(["gh", "o_"], 36)),
        ("ghs", word(["gh", "s_"], 36)),
        ("github_pat", format!("github{}{}_{}", "_pat_", "11ABCDEFG0q7Zt2LmX9bRw", &WORD[..50])),
        ("glpat", word(["gl", "pat-"], 20)),
        ("xoxb", format!("xo{}-17653672481-19874698323-{}", "xb", &WORD[..24])),
        ("xoxp", format!("xo{}-17653672481-19874698323-{}", "xp", &WORD[..24])),
        ("slack_path", format!("T0{}/B0{}/{}", "1ABCDEF", "1GHIJKL", &WORD[..24])),
        ("stripe", word(["sk_", "live_"], 24)),
        ("stripe_restricted", word(["rk_", "live_"], 24)),
        ("npm", word(["np", "m_"], 36)),
        ("sendgrid", format!("S{}.{}.{}", "G", &WORD[..22], &WORD[4..47])),
        ("hvs", word(["hv", "s."], 24)),
        ("openai", word(["sk-", "proj-"], 48)),
        ("anthropic", word(["sk-ant", "-api03-"], 48)),
        ("google", word(["AI", "za"], 35)),
        ("ya29", word(["ya", "29."], 40)),
        ("pypi", word(["py", "pi-AgEIcHlwaS5vcmc"], 50)),
        ("digitalocean", format!("do{}{}", "p_v1_", "7f3a9c1e".repeat(8))),
        ("shopify", format!("shp{}{}", "at_", "7f3a9c1e".repeat(4))),
        ("huggingface", word(["h", "f_"], 34)),
        ("databricks", format!("da{}{}", "pi", "7f3a9c1e".repeat(4))),
        ("dckr", word(["dckr", "_pat_"], 27)),
    ]
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut code = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().chain([&0, &0]).take(3).fold(0, |bits, &b| bits << 8 | usize::from(b));
        for nth in 0..4 {
            code.push(if nth <= chunk.len() { char::from(DIGITS[bits >> (18 - 6 * nth) & 63]) } else { '=' });
        }
    }
    code
}
