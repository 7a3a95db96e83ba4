//! Tests of what values and neighbours in JSON tell of a secret.

use super::json::{compact, pretty};
use crate::redact::Redactor;

#[test]
fn values_that_tell_nothing_show() {
    for value in ["true", "false", "null", "\"\"", "{}", "[]"] {
        let input = format!("{{\"a\":1,\"password\":{value},\"b\":[2]}}");
        assert_eq!(compact(&input), format!("> {input}\n"));
        let ruled = Redactor::new().field("password").show_body("application/json", &input).unwrap();
        assert!(ruled.contains("\"password\": \"REDACTED\""), "{ruled}");
    }
}

#[test]
fn what_is_said_of_a_field_shows() {
    for harmless in [
        r#"{"password":["is too short (minimum is 8 characters)","can't be blank, or so"]}"#,
        r#"{"errors":{"password":["is invalid"],"token":"has expired"},"labels":{"password":"Your password"}}"#,
        r#"{"properties":{"password":{"type":"string","minLength":8},"token":{"$ref":"a"}}}"#,
    ] {
        assert_eq!(compact(harmless), format!("> {harmless}\n"));
    }
    assert_eq!(
        compact(r#"{"errors":{"password":"hunter2","pin":["1234"]},"password":["hunter2"],"token":"has expired now"}"#),
        "> {\"errors\":{\"password\":\"REDACTED\",\"pin\":\"REDACTED\"},\"password\":\"REDACTED\",\"token\":\"REDACTED\"}\n"
    );
    assert_eq!(
        compact(
            r#"{"properties":{"password":{"type":"string","example":"hunter2"}},"secret":{"type":"string","value":"x"}}"#
        ),
        "> {\"properties\":{\"password\":{\"type\":\"string\",\"example\":\"REDACTED\"}},\"secret\":{\"type\":\"string\",\"value\":\"REDACTED\"}}\n"
    );
}

#[test]
fn counts_labels_and_versions_show() {
    for harmless in [
        r#"{"tokens":512,"usage":{"tokens":{"input":83,"output":12}},"ids":[{"tokens":[15339,0]}],"pass":0.87}"#,
        r#"{"password":"Password","forgot_password":"Forgot your password?","secret":"required"}"#,
        r#"{"js-tokens":"^3.0.0 || ^4.0.0","csrf":"3.1.0","otp":">=1.0 <2"}"#,
        r#"{"paths":{"/token":{"post":{"operationId":"a"}}},"node_modules/cookie":{"version":"0.6.0"}}"#,
        r#"{"apiKeyAuth":{"type":"apiKey","in":"header","name":"X-Api-Key"}}"#,
    ] {
        assert_eq!(compact(harmless), format!("> {harmless}\n"));
    }
    assert_eq!(
        compact(
            r#"{"credentials":[{"type":"password","value":"x","temporary":false}],"token":512,"pin":1234,"secrets":{"n":1,"a":"x"}}"#
        ),
        "> {\"credentials\":[{\"type\":\"password\",\"value\":\"REDACTED\",\"temporary\":false}],\"token\":\"REDACTED\",\"pin\":\"REDACTED\",\"secrets\":{\"n\":1,\"a\":\"REDACTED\"}}\n"
    );
    assert_eq!(
        compact(r#"{"password":"Hunter2 password","passwords":["hunter"],"otp":"3.1"}"#),
        "> {\"password\":\"REDACTED\",\"passwords\":\"REDACTED\",\"otp\":\"REDACTED\"}\n"
    );
}

#[test]
fn keys_and_arguments_are_judged_by_what_they_are() {
    assert_eq!(
        compact(
            r#"{"key":"dd3f8e7c6b5a49382716","a":{"key":"settings/theme-2024"},"b":{"key":"550e8400-e29b-41d4-a716-446655440000"},"args":["--port","80","--api-token","x1"]}"#
        ),
        "> {\"key\":\"REDACTED\",\"a\":{\"key\":\"settings/theme-2024\"},\"b\":{\"key\":\"550e8400-e29b-41d4-a716-446655440000\"},\"args\":[\"--port\",\"80\",\"--api-token\",\"REDACTED\"]}\n"
    );
}

#[test]
fn a_value_has_the_name_that_a_neighbour_gives() {
    for (input, shown) in [
        (r#"[{"name":"Authorization","value":"Basic x"}]"#, r#"[{"name":"Authorization","value":"REDACTED"}]"#),
        (
            r#"{"value":"a{\"}","x":[{"y":"}"}],"key":"DB_PASSWORD"}"#,
            r#"{"value":"REDACTED","x":[{"y":"}"}],"key":"DB_PASSWORD"}"#,
        ),
        (
            r#"{"x":{"name":"password"},"name":"user","value":"jane"}"#,
            r#"{"x":{"name":"password"},"name":"user","value":"jane"}"#,
        ),
        (
            r#"{"op":"replace","path":"/users/1/password","value":"x"}"#,
            r#"{"op":"replace","path":"/users/1/password","value":"REDACTED"}"#,
        ),
        (
            r#"{"loc":["body","password"],"msg":"Too short","input":"x"}"#,
            r#"{"loc":["body","password"],"msg":"Too short","input":"REDACTED"}"#,
        ),
        (
            r#"{"field":"password","rejectedValue":"x","code":"Size"}"#,
            r#"{"field":"password","rejectedValue":"REDACTED","code":"Size"}"#,
        ),
        (
            r#"{"Name":"/db/x","Type":"SecureString","Value":"x"}"#,
            r#"{"Name":"/db/x","Type":"SecureString","Value":"REDACTED"}"#,
        ),
        (r#"{"type":"pin","value":1}"#, r#"{"type":"pin","value":1}"#),
        (r#"{"name":"Forgot your password? Click","value":1}"#, r#"{"name":"Forgot your password? Click","value":1}"#),
        (r#"{"grant_type":"a","code":"x"}"#, r#"{"grant_type":"a","code":"REDACTED"}"#),
        (r#"{"code":404}"#, r#"{"code":404}"#),
        (r#"{"data":{"a":"x"},"kind":"Secret"}"#, r#"{"data":"REDACTED","kind":"Secret"}"#),
        (r#"{"data":{"a":"x"},"kind":"ConfigMap"}"#, r#"{"data":{"a":"x"},"kind":"ConfigMap"}"#),
        (r#"{"kty":"EC","x":"a","y":"b","d":"x"}"#, r#"{"kty":"EC","x":"a","y":"b","d":"REDACTED"}"#),
        (r#"{"d":"x","p":1}"#, r#"{"d":"x","p":1}"#),
    ] {
        assert_eq!(compact(input), format!("> {shown}\n"));
    }
    // The lines that need no second look are left for it.
    assert_eq!(
        pretty(r#"{"name":"user","value":1,"name2":{"name":"token","value":"x"}}"#),
        pretty(r#"{"name":"user","value":1,"name2":{"name":"token","value":"REDACTED"}}"#)
    );
}

#[test]
fn pairs_and_turns_give_names() {
    for (input, shown) in [
        (
            r#"{"headers":[["Authorization","x"],["Accept","*/*"],["Cookie"]]}"#,
            r#"{"headers":[["Authorization","REDACTED"],["Accept","*/*"],["Cookie"]]}"#,
        ),
        (
            r#"{"rawHeaders":["Host","h","X-Api-Key","x"],"a":["token","x"]}"#,
            r#"{"rawHeaders":["Host","h","X-Api-Key","REDACTED"],"a":["token","x"]}"#,
        ),
        (
            r#"{"columns":["user","password"],"rows":[["ada","x"],["bob",1]],"a":["b","c"]}"#,
            r#"{"columns":["user","password"],"rows":[["ada","REDACTED"],["bob","REDACTED"]],"a":["b","c"]}"#,
        ),
        (
            r#"{"headers":["Authorization","Accept"],"params":[["a","b","c"]]}"#,
            r#"{"headers":["Authorization","Accept"],"params":[["a","b","c"]]}"#,
        ),
    ] {
        assert_eq!(compact(input), format!("> {shown}\n"));
    }
    assert!(!compact(r#"{"headers":[["Authorization","x"#).contains('x'));
    let nested = r#"{"params":[["a",{"headers":[["Cookie","x"]]}],["token","x"]]}"#;
    assert!(!compact(nested).contains('x'));
}

#[test]
fn what_tells_of_secrets_shows() {
    for (input, shown) in [
        (
            r#"{"secrets":[{"name":"A","created_at":"1"},{"name":"B","value":"x","n":{"name":"x"}}],"a":1}"#,
            r#"{"secrets":[{"name":"A","created_at":"1"},{"name":"B","value":"REDACTED","n":{"name":"x"}}],"a":1}"#,
        ),
        (r#"{"secret":{"secretName":"a","optional":false}}"#, r#"{"secret":{"secretName":"a","optional":false}}"#),
        (
            r#"{"tokens":[{"name":"a"},"x"],"password":{"a":"x"}}"#,
            r#"{"tokens":[{"name":"a"},"REDACTED"],"password":{"a":"REDACTED"}}"#,
        ),
        (
            r#"{"cookies":[{"name":"sid","value":"x","path":"/"}],"token":"x"}"#,
            r#"{"cookies":[{"name":"sid","value":"REDACTED","path":"/"}],"token":"REDACTED"}"#,
        ),
    ] {
        assert_eq!(compact(input), format!("> {shown}\n"));
    }
    assert_eq!(
        compact(r#"{"secrets":[{"name":"A","value":"x"#),
        "> {\"secrets\":[{\"name\":\"A\",\"value\":\"REDACTED\"\n"
    );
}

#[test]
fn values_tell_credentials_and_cards() {
    for (input, shown) in [
        (r#"{"auth":"YWRhOmh1bnRlcjI6cw=="}"#, r#"{"auth":"REDACTED"}"#),
        (r#"{"auth":"oauth2","b":{"auth":{"type":"basic"}}}"#, r#"{"auth":"oauth2","b":{"auth":{"type":"basic"}}}"#),
        (r#"{"number":"4111 1111 1111 1111"}"#, r#"{"number":"REDACTED"}"#),
        (r#"{"number":4111111111111111}"#, r#"{"number":"REDACTED"}"#),
        (r#"{"number":1347,"b":{"number":"+14155550100"}}"#, r#"{"number":1347,"b":{"number":"+14155550100"}}"#),
    ] {
        assert_eq!(compact(input), format!("> {shown}\n"));
    }
}

#[test]
fn what_an_object_that_breaks_off_would_have_said_is_not_known() {
    for (input, shown) in [
        (r#"{"value":"x","na"#, r#"{"value":"REDACTED","na"#),
        (r#"{"d":"x"#, r#"{"d":"REDACTED""#),
        (r#"{"code":"x"#, r#"{"code":"REDACTED""#),
        (r#"{"code":404,"message":"#, r#"{"code":404,"message":"#),
        (r#"{"apiVersion":"v1","data":{"a":"x"},"#, r#"{"apiVersion":"v1","data":"REDACTED","#),
        (r#"{"data":{"a":"x"},"value":[{"b":"#, r#"{"data":{"a":"x"},"value":[{"b":"#),
        (r#"[{"value":1},{"value":2"#, r#"[{"value":1},{"value":"REDACTED""#),
    ] {
        assert_eq!(compact(input).trim_end(), format!("> {shown}"), "{input}");
    }
}

#[test]
fn an_empty_container_says_nothing_of_what_follows_it() {
    assert_eq!(compact(r#"{"de":[],"password":{"a":1000}}"#), "> {\"de\":[],\"password\":{\"a\":\"REDACTED\"}}\n");
    assert_eq!(
        compact(r#"{"errors":{},"password":{"a":"b1c"}}"#),
        "> {\"errors\":{},\"password\":{\"a\":\"REDACTED\"}}\n"
    );
    assert_eq!(compact(r#"{"password":{"type":{},"a":"b1c"}}"#), "> {\"password\":{\"type\":{},\"a\":\"REDACTED\"}}\n");
}

#[test]
fn quotes_are_no_words_of_a_sentence() {
    assert_eq!(compact(r#"{"password":["\" abc \""]}"#), "> {\"password\":\"REDACTED\"}\n");
    assert_eq!(compact(r#"{"password":["\"abc\" is short"]}"#), "> {\"password\":[\"\\\"abc\\\" is short\"]}\n");
}
