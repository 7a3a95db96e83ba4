use crate::redact::Redactor;

#[track_caller]
fn check(text: &str, shown: &str) {
    assert_eq!(Redactor::new().show_body("text/plain", text).as_deref(), Some(shown), "{text}");
}

#[test]
fn columns_have_names() {
    check("user,password,age\nada,hunter2,3\nbob,,4", "user,password,age\nada,REDACTED,3\nbob,,4");
    check("id;api_key\r\n1;\"a;\"\"b\nc\"\r\n2;x\r\n", "id;api_key\n1;\"REDACTED\"\n2;REDACTED");
    check("id\ttoken\n1\tabc\n", "id\\ttoken\n1\\tREDACTED");
    check("Dear Ada, the password is here\nand, well, there", "Dear Ada, the password is here\nand, well, there");
    check("user,age\nada,3", "user,age\nada,3");
    check("id,secret\n1,\"a", "id,secret\n1,\"REDACTED");
}

#[test]
fn items_give_names() {
    check(
        "env:\n- name: DB_PASSWORD\n  value: hunter2\n- name: MODE\n  value: fast",
        "env:\n- name: DB_PASSWORD\n  value: REDACTED\n- name: MODE\n  value: fast",
    );
    check(
        "- value: hunter2\n  name: token\n- value: a\n  name: b\n",
        "- value: REDACTED\n  name: token\n- value: a\n  name: b",
    );
    check(
        "kind: Secret\ndata:\n  user: YWRh\n  a.b: aHVudGVyMg==\ntype: Opaque",
        "kind: Secret\ndata:\n  user: REDACTED\n  a.b: REDACTED\ntype: Opaque",
    );
    check("kind: ConfigMap\ndata:\n  user: ada", "kind: ConfigMap\ndata:\n  user: ada");
}

#[test]
fn elements_give_names() {
    check(
        "<p><name>db.password</name><value>hunter2</value></p><p><value>hunter2</value>\n<name>token</name></p><p><name>a</name><value>b</value></p>",
        "<p><name>db.password</name><value>REDACTED</value></p><p><value>REDACTED</value>\n<name>token</name></p><p><name>a</name><value>b</value></p>",
    );
    check("<key>Password</key>\n<string>hunter2</string>", "<key>Password</key>\n<string>REDACTED</string>");
    check("<key>Password</key><true/><string>a</string>", "<key>Password</key><true/><string>a</string>");
}
