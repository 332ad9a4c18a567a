//! The replies of COMMAND, read back.

use protocol::{Output, OwnedRequest, Value, Version, decode};

use super::*;

fn answer(
    version: Version,
    body: impl Fn(&mut Reply<'_>, Request<'_>),
    words: &[&str],
) -> (String, Value) {
    let request: OwnedRequest = words.iter().map(|word| word.as_bytes()).collect();
    let mut output = Output::new();
    body(&mut Reply::new(&mut output, version), request.as_request());
    let bytes: Vec<u8> = output.pieces().flatten().copied().collect();
    let (value, end) = decode(&bytes).unwrap().unwrap();
    assert_eq!(end, bytes.len(), "one whole reply: {words:?}");
    (String::from_utf8(bytes).unwrap().replace("\r\n", " "), value)
}

fn text(body: impl Fn(&mut Reply<'_>, Request<'_>), words: &[&str]) -> String {
    answer(Version::Resp3, body, words).0
}

fn told(reply: &mut Reply<'_>, request: Request<'_>) {
    info(reply, request, Follows::default());
}

#[test]
fn commands_that_wait_are_for_scripts_since_7_2() {
    use config::settings::RedisVersion;
    let words = &["command", "info", "blpop"];
    let of = |version| text(|reply, request| info(reply, request, Follows::of(version)), words);
    assert!(of(RedisVersion::new(7, 0, 15)).contains("~3 +write +noscript +blocking"));
    assert!(of(RedisVersion::new(7, 2, 0)).contains("~2 +write +blocking"));
}

#[test]
fn info_has_ten_fields() {
    let words = &["command", "info", "Select", "nope"];
    let (text, value) = answer(Version::Resp3, told, words);
    let expected = "*2 *10 $6 select :2 ~3 +loading +stale +fast :0 :0 :0 ~2 +@fast +@connection \
                    ~0 ~0 ~0 _ ";
    assert_eq!(text, expected);
    assert!(matches!(value, Value::Array(entries) if entries[1] == Value::Null));
    let (text, _) = answer(Version::Resp2, told, words);
    assert!(!text.contains(['~', '%', '_']), "{text}");
}

#[test]
fn key_specs_are_spelt_out() {
    let text = text(told, &["command", "info", "memory|usage"]);
    let expected = "~1 %3 $5 flags ~1 +RO $12 begin_search %2 $4 type $5 index $4 spec %1 $5 index \
                    :2 $9 find_keys %2 $4 type $5 range $4 spec %3 $7 lastkey :0 $7 keystep :1 \
                    $5 limit :0 ";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn docs_leave_out_what_there_is_not() {
    let text = text(docs, &["command", "docs", "nope", "echo"]);
    assert!(text.starts_with("%1 $4 echo %5 $7 summary "), "{text}");
    let expected = "$5 since $5 1.0.0 $5 group $10 connection $10 complexity $4 O(1) \
                    $9 arguments *1 %2 $4 name $7 message $4 type $6 string ";
    assert!(text.ends_with(expected), "{text}");
}

#[test]
fn docs_of_arguments_nest() {
    let text = text(docs, &["command", "docs", "client|pause"]);
    let expected = "%5 $4 name $4 mode $4 type $5 oneof $5 since $5 6.2.0 $5 flags ~1 +optional \
                    $9 arguments *2 %3 $4 name $5 write $4 type $10 pure-token $5 token $5 WRITE ";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn the_whole_table_can_be_read_back() {
    for version in [Version::Resp2, Version::Resp3] {
        let (_, value) = answer(version, |reply, _| all(reply, Follows::default()), &[]);
        let expected = table::commands().count();
        assert!(matches!(value, Value::Array(entries) if entries.len() == expected));
        answer(version, docs, &["command", "docs"]);
    }
    assert_eq!(text(|reply, _| count(reply), &[]), format!(":{} ", table::commands().count()));
}

#[test]
fn lists_can_be_filtered() {
    let (_, Value::Array(names)) = answer(Version::Resp3, list, &["command", "list"]) else {
        panic!("not an array");
    };
    assert_eq!(names.len(), table::COUNT);
    let filtered = |kind, name| text(list, &["command", "list", "FilterBy", kind, name]);
    assert_eq!(filtered("pattern", "CONFIG|RE*"), "*2 $16 config|resetstat $14 config|rewrite ");
    assert!(filtered("ACLCAT", "Connection").contains(" client|id "));
    assert!(!filtered("aclcat", "connection").contains(" config|get "));
    assert_eq!(filtered("aclcat", "nope"), "*0 ");
    assert_eq!(filtered("module", "search"), "*0 ");
    assert_eq!(filtered("what", "x"), "-ERR syntax error ");
    assert_eq!(text(list, &["command", "list", "filterby", "aclcat"]), "-ERR syntax error ");
}

#[test]
fn keys_of_a_command() {
    let keys = |line: &str| {
        let words: Vec<&str> = ["command", "getkeys"].into_iter().chain(line.split(' ')).collect();
        (text(getkeys, &words), text(getkeysandflags, &words))
    };
    assert_eq!(keys("memory usage k"), ("*1 $1 k ".to_owned(), "*1 *2 $1 k ~1 +RO ".to_owned()));
    for (line, error) in [
        ("ping", "-ERR The command has no key arguments "),
        ("nope", "-ERR Invalid command specified "),
        ("memory nope k", "-ERR Invalid command specified "),
        ("memory usage", "-ERR Invalid number of arguments specified for command "),
    ] {
        assert_eq!(keys(line), (error.to_owned(), error.to_owned()));
    }
}

#[test]
fn help_has_two_lines_for_each_subcommand() {
    let slowlog = table::lookup(b"slowlog").unwrap();
    let of_container = text(|reply, _| help(reply, slowlog), &[]);
    let row = table::by_full_name(b"slowlog|help").unwrap();
    assert_eq!(text(|reply, _| help(reply, row), &[]), of_container);
    let start =
        "*9 +SLOWLOG <subcommand> [<arg> [value] [opt] ...]. Subcommands are: +GET [count] ";
    assert!(of_container.starts_with(start), "{of_container}");
}
