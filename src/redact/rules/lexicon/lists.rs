//! Lists the words of the lexicon by what they do to a name.

use Kind::*;

/// Says what a word does to a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// The word surely makes the name secret.
    Strong,
    /// The word makes the name secret, but is used for other things too.
    Weak,
    /// The word makes the name secret behind one of `KEY_QUALIFIERS`.
    Key,
    /// The word makes the name secret behind one of `CODE_QUALIFIERS`.
    Code,
}

/// The words that make a name secret.
#[rustfmt::skip]
pub(super) const SECRETS: &[(&str, Kind)] = &[
    ("password", Strong), ("passwords", Strong), ("passwd", Strong), ("passwds", Strong), ("pwd", Strong), ("pwds", Strong),
    ("pswd", Strong), ("psw", Strong), ("userident", Strong), ("pw", Strong), ("passphrase", Strong), ("passphrases", Strong), ("passcode", Strong), ("passcodes", Strong),
    ("passwort", Strong), ("kennwort", Strong), ("senha", Strong), ("contrasena", Strong), ("contrase", Strong), ("passe", Weak),
    ("wachtwoord", Strong), ("passord", Strong), ("salasana", Strong), ("heslo", Strong), ("haslo", Strong), ("jelszo", Strong),
    ("lozinka", Strong), ("adgangskode", Strong), ("losenord", Strong), ("mdp", Strong), ("parola", Weak), ("sifre", Strong),
    ("psk", Strong), ("masterauth", Strong), ("authtok", Strong), ("bearer", Weak), ("pass", Weak), ("pin", Weak), ("otp", Weak), ("totp", Weak),
    ("token", Strong), ("tokens", Strong), ("jwt", Strong), ("jwts", Strong), ("csrf", Strong), ("xsrf", Strong),
    ("secret", Strong), ("secrets", Strong), ("concealed", Strong), ("credential", Strong), ("credentials", Strong), ("creds", Strong),
    ("authorization", Strong), ("cookie", Weak), ("cookies", Weak),
    ("signature", Weak), ("sig", Weak), ("hmac", Weak), ("crumb", Weak), ("verifier", Weak), ("assertion", Weak), ("mnemonic", Weak),
    ("apikey", Strong), ("apikeys", Strong), ("skey", Strong), ("sessionid", Strong), ("sessid", Strong), ("jsessionid", Strong), ("phpsessid", Strong),
    ("cvv", Weak), ("cvc", Weak), ("ssn", Weak),
    ("cardnumber", Strong),
    ("key", Key), ("keys", Key), ("salt", Key), ("code", Code), ("codes", Code),
];

/// The pairs of words that make a name secret.
pub(super) const PAIRS: &[[&str; 2]] = &[
    ["in", "salt"],
    ["nonce", "salt"],
    ["nonce", "key"],
    ["session", "id"],
    ["session", "ids"],
    ["session", "key"],
    ["connection", "string"],
    ["connection", "strings"],
    ["secure", "string"],
    ["saml", "response"],
    ["saml", "request"],
    ["security", "answer"],
    ["recovery", "phrase"],
    ["seed", "phrase"],
    ["key", "unlock"],
    ["memorable", "word"],
    ["security", "number"],
    ["card", "number"],
    ["verification", "value"],
    ["cvd", "value"],
    ["community", "string"],
    ["connect", "sid"],
    ["session", "ticket"],
    ["auth", "ticket"],
    ["authentication", "ticket"],
    ["login", "ticket"],
    ["app", "ticket"],
    ["jsapi", "ticket"],
    ["honeycomb", "team"],
    ["backup", "words"],
    ["backup", "phrase"],
    ["seed", "words"],
    ["recovery", "words"],
    ["wallet", "seed"],
    ["access", "sign"],
    ["api", "sign"],
];

/// The words that make a secret of a `key` behind them.
#[rustfmt::skip]
pub(super) const KEY_QUALIFIERS: &[&str] = &[
    "access", "account", "activation", "admin", "aes", "api", "app", "application", "auth", "cert", "certificate",
    "client", "consumer", "crypto", "decryption", "developer", "digest", "encryption", "fernet", "function", "functions", "hmac",
    "ingest", "ingestion", "insert", "integration", "licence", "license", "logged", "master", "mch", "merchant", "network",
    "nonce", "partner", "preshared", "priv", "private", "recovery", "sdk", "secret", "security", "server", "service",
    "session", "shared", "signing", "sse", "storage", "subscription", "symmetric", "token", "unseal", "validation", "webhook", "wep",
    "write",
];

/// The words that make a secret of a `code` behind them.
#[rustfmt::skip]
pub(super) const CODE_QUALIFIERS: &[&str] = &[
    "access", "activation", "auth", "authorized", "backup", "card", "confirmation", "device", "factor", "login", "mfa", "oob",
    "recovery", "security", "sms", "unlock", "verification",
];

/// The words that take back a secret word somewhere before them: the name is then about the secret, and not of it.
#[rustfmt::skip]
pub(super) const TAKE_BACK: &[&str] = &[
    "account", "accounts", "action", "address", "addresses", "age", "alg", "algo", "algorithm", "algorithms", "algos",
    "alias", "amount", "amounts", "arn", "at", "attempts", "attribute", "attributes", "audience", "backend", "balance",
    "balances", "banner", "behavior", "behaviour", "bits", "budget", "builder", "by", "caption", "cert", "certificate", "chain",
    "changed", "check", "checks", "cidrs", "class", "color", "colour", "command", "complexity", "conclusion", "consent",
    "cost", "count", "counts", "crc", "create", "created", "criteria", "date", "days", "decimal", "decimals", "decoder",
    "description", "details", "detection", "dir", "direction", "directory", "domain", "duration", "eight", "enabled",
    "encoder", "encryption", "endpoint", "error", "errors", "exception", "expiration", "expire", "expired", "expires",
    "expiry", "external", "factory", "failures", "field", "fields", "file", "filename", "files", "folder", "format", "formats", "generator",
    "get", "guid", "handler", "hashalgo", "hasher", "hashers", "header", "headers", "help", "hint", "hints", "holder",
    "holders", "hours", "httponly", "identifier", "identifiers", "index", "instant", "interval", "issuer", "jar", "job", "jobs",
    "kind", "label", "left", "length", "level", "levels", "lexer", "lifespan", "lifetime", "limit", "limits",
    "location", "logprobs", "max", "maximum", "mechanism", "message", "messages", "method", "methods", "min", "minimum", "minutes",
    "mode", "ms", "name", "names", "namespace", "numbers", "only", "options", "origin", "owner", "owners", "param",
    "parameter", "parser", "passwordless", "path", "paths", "pattern", "per", "percent", "percentage", "period",
    "permission", "permissions", "placeholder", "policies", "policy", "position", "preferences", "prefix", "prevention",
    "price", "priority", "project", "protection", "protocol", "protocols", "provider", "purpose", "rate", "ratio",
    "realm", "reqd", "reason", "ref", "reference", "remaining", "required", "requirements", "resets", "result", "results",
    "reuse", "role", "rotation", "rule", "rules", "samesite", "scan", "scanner", "scanning", "schema", "scheme",
    "scope", "scopes", "seconds", "sent", "server", "servers", "settings", "site", "size", "source", "spec", "standard", "state", "statistics",
    "stats", "status", "stdin", "stmt", "store", "strategy", "stream", "strength", "style", "supply", "supported",
    "symbol", "tag", "threshold", "through", "time", "timeout", "timestamp", "title", "today", "tooltip", "total",
    "totals", "transfers", "trigger", "ttl", "type", "types", "updated", "uri", "url", "usage", "use", "used", "uses",
    "uuid", "valid", "validator", "validators", "validity", "version", "versions", "view", "warning", "widget",
    "within", "xpath",
];

/// The words that take back a `token` right behind them: it points into a list, or is a unit of a language model.
#[rustfmt::skip]
pub(super) const TOKEN_TAKERS: &[&str] = &[
    "backward", "bos", "change", "chunk", "cls", "continuation", "creation", "cursor", "delta", "end", "eos", "forward",
    "idempotency", "input", "marker", "mask", "max", "min", "next", "output", "pad", "page", "pagination", "per", "prev",
    "previous", "resume", "scroll", "sep", "separator", "sequence", "skip", "special", "start", "starting", "stop", "sync",
    "unk",
];

/// The words that take back a `secret` right behind them: such a name gives that of an object.
pub(super) const SECRET_TAKERS: &[&str] = &["cert", "certificate", "certificates", "existing", "pull", "tls"];

/// The verbs that begin the name of a choice, which is made about a secret: `enforceNonCommonPassword`.
pub(super) const VERBS: &[&str] = &[
    "disable", "enforce", "forgot", "has", "is", "require", "requires", "revoke", "rotate", "scan", "show", "use",
    "usable", "uses", "validate",
];

/// The words that take back `tokens` right behind them: such a name is a count.
#[rustfmt::skip]
pub(super) const TOKENS_TAKERS: &[&str] = &[
    "audio", "billable", "billed", "budget", "cached", "completion", "context", "generated", "image", "input", "limit", "max", "min", "n",
    "num", "output", "prediction", "prompt", "reasoning", "remaining", "text", "thinking", "total", "used", "video",
];

/// The words that take back a `key` somewhere behind them.
#[rustfmt::skip]
pub(super) const KEY_TAKERS: &[&str] = &[
    "cache", "cmek", "dedup", "event", "foreign", "gpg", "idempotency", "incident", "kms", "object", "partition", "public", "publishable", "site", "sort", "websocket",
];

/// The names that make a secret, as `key` and `keys` do among other words, of a value that no one thought of.
pub(super) const MAYBE: &[&str] = &["encoded", "encrypt", "ticket"];

/// The words for a secret in other scripts, whose names have no words to split them into.
#[rustfmt::skip]
pub(super) const OTHER_SCRIPTS: &[&str] = &[
    "пароль", "токен", "κωδικός", "סיסמה", "密码", "密碼", "口令", "令牌", "パスワード", "暗証番号", "비밀번호",
];

/// The ends of words that were run together (`accesstoken`), and their beginnings (`passwordhash`).
#[rustfmt::skip]
pub(super) const ENDS: &[&str] = &[
    "password", "passwords", "passwd", "passphrase", "passcode", "passwort", "kennwort", "token", "tokens", "secret", "secrets",
    "credential", "credentials", "key", "sessionid", "sessid", "authorization", "signature", "cookie", "pass", "pwd", "pw", "motdepasse",
];
#[rustfmt::skip]
pub(super) const BEGINNINGS: &[&str] = &[
    "password", "passwd", "passphrase", "passsha", "passbcrypt", "passhash", "passapp", "pwhash", "pwdhash", "pwdsha", "apikey", "csrf",
    "xsrf",
];

/// What stands before `pass` in words that name no password.
#[rustfmt::skip]
pub(super) const PASS_TAKERS: &[&str] = &[
    "ask", "aux", "band", "by", "com", "encom", "first", "high", "low", "multi", "over", "render", "second", "shadow", "single", "sur", "tres", "under",
];

/// The words that stand for several secrets, or for their number.
#[rustfmt::skip]
pub(super) const PLURALS: &[&str] = &[
    "apikeys", "cookies", "credentials", "creds", "jwts", "keys", "passphrases", "passwords", "passwds", "pwds", "secrets", "tokens",
];
