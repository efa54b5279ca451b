//! Cases from the protocol's text, the limits, and inputs at random.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::gateway::transport::Payload;

fn options() -> ConnectionOptions {
    ConnectionOptions {
        namespaces: &["/", "/custom"],
        connect_timeout: Duration::from_secs(1),
        max_attachment_bytes: 1000,
    }
}

/// A connection that has joined the main namespace.
fn joined() -> Connection {
    let mut connection = Connection::new(options(), Instant::now());
    connection.handle(Payload::text("40")).expect("a CONNECT");
    connection.accept("/", "s1");
    connection
}

fn text_of(payload: &Payload) -> &str {
    match payload {
        Payload::Text(text) => text,
        Payload::Binary(_) => panic!("bytes where text was expected"),
    }
}

/// Shows what came in, in one line.
fn show(incoming: Result<Option<Incoming>, ProtocolError>) -> String {
    match incoming {
        Err(error) => format!("{error:?}"),
        Ok(None) => "nothing".to_owned(),
        Ok(Some(Incoming::Connect { namespace, auth })) => {
            format!(
                "connect {namespace} {}",
                auth.as_deref().map_or("-", |auth| auth.get())
            )
        }
        Ok(Some(Incoming::Disconnect { namespace })) => format!("disconnect {namespace}"),
        Ok(Some(Incoming::Event(event))) => {
            let id = event.id.map_or("-".to_owned(), |id| id.get().to_string());
            format!(
                "event {} {id} {} {} +{}",
                event.namespace,
                event.name,
                event.args.joined(),
                event.attachments.len()
            )
        }
        Ok(Some(Incoming::Reply(reply))) => {
            format!(
                "reply {} {} {} +{}",
                reply.namespace,
                reply.id.get(),
                reply.args.joined(),
                reply.attachments.len()
            )
        }
        Ok(Some(Incoming::Answer(payload))) => format!("answer {}", text_of(&payload)),
    }
}

#[test]
fn packets_read_and_write_as_the_protocol_says() {
    let check = |text: &str, kind, namespace, id: Option<u64>, data, attachments| {
        let id = id.and_then(AckId::new);
        let expected = Packet {
            kind,
            namespace,
            id,
            data,
            attachments,
        };
        assert_eq!(Packet::decode(text), Ok(expected), "{text}");
        assert_eq!(text_of(&expected.encode()), text);
    };
    check("40", Kind::Connect, "/", None, "", 0);
    check(
        r#"40{"sid":"a"}"#,
        Kind::Connect,
        "/",
        None,
        r#"{"sid":"a"}"#,
        0,
    );
    check(
        r#"40/admin,{"sid":"a"}"#,
        Kind::Connect,
        "/admin",
        None,
        r#"{"sid":"a"}"#,
        0,
    );
    check(
        r#"44{"message":"no"}"#,
        Kind::ConnectError,
        "/",
        None,
        r#"{"message":"no"}"#,
        0,
    );
    check(r#"42["foo"]"#, Kind::Event, "/", None, r#"["foo"]"#, 0);
    check(
        r#"42/admin,["bar"]"#,
        Kind::Event,
        "/admin",
        None,
        r#"["bar"]"#,
        0,
    );
    check(
        r#"4212["foo"]"#,
        Kind::Event,
        "/",
        Some(12),
        r#"["foo"]"#,
        0,
    );
    check(
        r#"42/admin,13["foo"]"#,
        Kind::Event,
        "/admin",
        Some(13),
        r#"["foo"]"#,
        0,
    );
    check("4312[]", Kind::Ack, "/", Some(12), "[]", 0);
    check(
        r#"451-["a",{"_placeholder":true,"num":0}]"#,
        Kind::BinaryEvent,
        "/",
        None,
        r#"["a",{"_placeholder":true,"num":0}]"#,
        1,
    );
    check(
        "452-/admin,[1]",
        Kind::BinaryEvent,
        "/admin",
        None,
        "[1]",
        2,
    );
    check("461-15[1]", Kind::BinaryAck, "/", Some(15), "[1]", 1);
    check("41/admin,", Kind::Disconnect, "/admin", None, "", 0);
}

#[test]
fn a_joined_connection_reads() {
    let check = |text: &str, expected: &str| {
        assert_eq!(
            show(joined().handle(Payload::text(text))),
            expected,
            "{text}"
        )
    };
    check(
        r#"42["message",1,"2",{"3":[true]}]"#,
        r#"event / - message 1,"2",{"3":[true]} +0"#,
    );
    check(r#"427["a"]"#, "event / 7 a  +0");
    check(r#"42[ "a" , {"b": 1} ]"#, r#"event / - a {"b": 1} +0"#);
    check(r#"42["\u0061"]"#, "event / - a  +0");
    check("4312[]", "reply / 12  +0");
    check(r#"43012["x"]"#, r#"reply / 12 "x" +0"#);
    check("41", "disconnect /");
    check("40/custom", "connect /custom -");
    check(
        r#"40/custom,{"token":"t"}"#,
        r#"connect /custom {"token":"t"}"#,
    );
    check(
        "40/random",
        r#"answer 44/random,{"message":"Invalid namespace"}"#,
    );
    check(r#"450-["a"]"#, "event / - a  +0");
}

#[test]
fn a_joined_connection_refuses() {
    let check = |text: &str, expected| {
        assert_eq!(
            joined().handle(Payload::text(text)).map(|_| ()),
            Err(expected),
            "{text}"
        );
    };
    check("", ProtocolError::NotAMessage);
    check("2probe", ProtocolError::NotAMessage);
    check("4", ProtocolError::UnknownType);
    check("4abc", ProtocolError::UnknownType);
    check("47", ProtocolError::UnknownType);
    check("4é", ProtocolError::UnknownType);
    check(r#"44{"message":"no"}"#, ProtocolError::UnknownType);
    check("42", ProtocolError::BadPayload);
    check("42{}", ProtocolError::BadPayload);
    check("42[]", ProtocolError::BadPayload);
    check("42[1]", ProtocolError::BadPayload);
    check(r#"42["a""#, ProtocolError::BadPayload);
    check(r#"42["a"]x"#, ProtocolError::BadPayload);
    check(r#"42["a",01]"#, ProtocolError::BadPayload);
    check(r#"42abc["a"]"#, ProtocolError::BadPayload);
    check(r#"42["connect"]"#, ProtocolError::ReservedName);
    check("43[]", ProtocolError::BadAckId);
    check(r#"429007199254740992["a"]"#, ProtocolError::BadAckId);
    check(r#"4299999999999999999999999["a"]"#, ProtocolError::BadAckId);
    check("431", ProtocolError::BadPayload);
    check("41{}", ProtocolError::BadPayload);
    check("40", ProtocolError::AlreadyConnected);
    check("40/custom,[]", ProtocolError::BadPayload);
    check("40/custom,{", ProtocolError::BadPayload);
    check(r#"42/custom,["a"]"#, ProtocolError::NotConnected);
    check(r#"42/random,["a"]"#, ProtocolError::NotConnected);
    check("41/custom", ProtocolError::NotConnected);
    check(r#"45["a"]"#, ProtocolError::BadAttachmentCount);
    check(r#"45-["a"]"#, ProtocolError::BadAttachmentCount);
    check(r#"4517-["a"]"#, ProtocolError::BadAttachmentCount);
    check(
        r#"4599999999999999999999-["a"]"#,
        ProtocolError::BadAttachmentCount,
    );
    check(
        &format!("40/{}", "n".repeat(200)),
        ProtocolError::NamespaceTooLong,
    );
    check(
        &format!(r#"42["a",{}{}]"#, "[".repeat(40), "]".repeat(40)),
        ProtocolError::TooDeep,
    );
    check(
        &format!(r#"42["a"{}]"#, ",0".repeat(40)),
        ProtocolError::TooManyArgs,
    );
}

#[test]
fn brackets_in_strings_do_not_nest() {
    let text = format!(r#"42["a","\"{}\\"]"#, "[".repeat(100));
    assert!(matches!(
        joined().handle(Payload::text(text)),
        Ok(Some(Incoming::Event(_)))
    ));
}

#[test]
fn attachments_complete_their_packet() {
    let mut connection = joined();
    assert_eq!(
        show(connection.handle(Payload::text(r#"452-7["a",1]"#))),
        "nothing"
    );
    assert_eq!(
        show(connection.handle(Payload::Binary(Bytes::from_static(b"xy")))),
        "nothing"
    );
    assert_eq!(
        show(connection.handle(Payload::Binary(Bytes::from_static(b"z")))),
        "event / 7 a 1 +2"
    );
}

#[test]
fn attachments_and_packets_must_match() {
    let bytes = |n| Payload::Binary(Bytes::from(vec![0; n]));
    assert_eq!(show(joined().handle(bytes(1))), "StrayAttachment");
    let mut connection = joined();
    assert_eq!(
        show(connection.handle(Payload::text(r#"451-["a"]"#))),
        "nothing"
    );
    assert_eq!(
        show(connection.handle(Payload::text(r#"42["a"]"#))),
        "MissingAttachments"
    );
    assert_eq!(
        show(connection.handle(bytes(1001))),
        "AttachmentsTooLarge { limit_bytes: 1000 }"
    );
}

#[test]
fn the_first_packet_must_be_a_connect() {
    let mut connection = Connection::new(options(), Instant::now());
    assert_eq!(
        show(connection.handle(Payload::text(r#"42["a"]"#))),
        "NotConnected"
    );
}

#[test]
fn the_deadline_ends_with_the_first_namespace() {
    let now = Instant::now();
    let mut connection = Connection::new(options(), now);
    assert_eq!(connection.deadline(), Some(now + Duration::from_secs(1)));
    connection
        .handle(Payload::text("40/random"))
        .expect("an answer");
    connection.handle(Payload::text("40")).expect("a CONNECT");
    assert!(connection.deadline().is_some());
    let yes = connection.accept("/", r#"a"b"#);
    assert_eq!(text_of(&yes), r#"40{"sid":"a\"b"}"#);
    assert_eq!(connection.deadline(), None);
}

#[test]
fn a_refused_client_may_ask_again() {
    let mut connection = Connection::new(options(), Instant::now());
    connection.handle(Payload::text("40")).expect("a CONNECT");
    let no = connection.refuse("/", "no", Some(r#"{"code":"x"}"#));
    assert_eq!(text_of(&no), r#"44{"message":"no","data":{"code":"x"}}"#);
    assert_eq!(show(connection.handle(Payload::text("40"))), "connect / -");
}

#[test]
fn packets_under_way_when_the_server_puts_out_are_ignored() {
    let mut connection = joined();
    assert_eq!(text_of(&connection.put_out("/")), "41");
    assert_eq!(
        show(connection.handle(Payload::text(r#"42["a"]"#))),
        "nothing"
    );
    assert_eq!(show(connection.handle(Payload::text("40"))), "connect / -");
}

#[test]
fn the_encoders_write_what_clients_read() {
    let id = AckId::new(7).expect("in range");
    assert_eq!(
        text_of(&event("/", "typing", r#"{"a":1}"#)),
        r#"42["typing",{"a":1}]"#
    );
    assert_eq!(
        text_of(&event_with_ack("/", id, "typing", "1")),
        r#"427["typing",1]"#
    );
    assert_eq!(
        text_of(&ack("/custom", id, r#"{"ok":true}"#)),
        r#"43/custom,7[{"ok":true}]"#
    );
}

/// Bytes at random, and good packets with a few bytes changed, cut or doubled.
#[test]
fn no_input_panics() {
    const GOOD: [&str; 8] = [
        "40",
        r#"40/custom,{"token":"abc"}"#,
        r#"42["message",1,"2",{"3":[true]}]"#,
        r#"42/custom,17["message",{"a":"\u00e9\\"}]"#,
        "4312[]",
        r#"452-789["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#,
        "41/custom,",
        r#"461-15["bar",{"_placeholder":true,"num":0}]"#,
    ];
    let seed = std::env::var("NATTER_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(rand::random);
    println!("NATTER_SEED={seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let mut connection = joined();
    for _ in 0..50_000 {
        let mut bytes = match rng.random_range(0..4) {
            0 => (0..rng.random_range(0..40)).map(|_| rng.random()).collect(),
            _ => GOOD[rng.random_range(0..GOOD.len())].as_bytes().to_vec(),
        };
        for _ in 0..rng.random_range(0..3) {
            mutate(&mut bytes, &mut rng);
        }
        let payload = match rng.random_range(0..5) {
            0 => Payload::Binary(Bytes::from(bytes)),
            _ => Payload::text(String::from_utf8_lossy(&bytes).into_owned()),
        };
        if let Ok(Some(Incoming::Connect { namespace, .. })) = connection.handle(payload) {
            connection.accept(namespace, "s");
        }
    }
}

fn mutate(bytes: &mut Vec<u8>, rng: &mut StdRng) {
    if bytes.is_empty() {
        return;
    }
    let at = rng.random_range(0..bytes.len());
    match rng.random_range(0..4) {
        0 => bytes[at] = rng.random(),
        1 => bytes.truncate(at),
        2 => bytes.insert(at, b"0123456789-,/[]{}\"\\"[rng.random_range(0..19)]),
        _ => bytes.extend_from_within(at..),
    }
}
