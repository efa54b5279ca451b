//! Tokens that must not get in.
#![expect(clippy::unwrap_used, reason = "tests")]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{EncodingKey, encode};
use serde_json::{Value, json};

use super::*;

struct Forge {
    tokens: AccessTokens,
    _folder: tempfile::TempDir,
}

impl Forge {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyRing::open(folder.path().join("keys"), 1_000_000, Timestamp::now()).unwrap();
        Self {
            tokens: AccessTokens::new(keys, crate::accounts::tests::token_options()),
            _folder: folder,
        }
    }

    fn claims(&self) -> Value {
        let now = Timestamp::now().as_seconds();
        json!({
            "iss": "natter", "aud": "natter",
            "sub": UserId::generate(), "did": DeviceId::generate(),
            "iat": now, "nbf": now, "exp": now + 600,
        })
    }

    fn header(&self) -> Header {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.tokens.keys.newest().kid.clone());
        header
    }

    fn sign(&self, header: &Header, claims: &Value) -> String {
        encode(header, claims, &self.tokens.keys.newest().encoding).unwrap()
    }

    /// Signs whatever the header says, with the right key.
    fn sign_raw(&self, header: &Value, claims: &str) -> String {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let message = format!(
            "{}.{}",
            text(header.to_string().as_bytes()),
            text(claims.as_bytes())
        );
        let key = &self.tokens.keys.newest().encoding;
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), key, Algorithm::EdDSA).unwrap();
        format!("{message}.{signature}")
    }

    fn accepts(&self, token: &str) -> bool {
        self.tokens.verify(token).is_ok()
    }
}

#[test]
fn a_token_of_ours_gets_in() {
    let forge = Forge::new();
    let (user_id, device_id) = (UserId::generate(), DeviceId::generate());
    let now = Timestamp::now();
    let (token, expires_at) = forge.tokens.issue(user_id, device_id, now).unwrap();
    assert!(token.len() < MAX_TOKEN_BYTES / 2, "{}", token.len());
    let claims = forge.tokens.verify(&token).unwrap();
    assert_eq!((claims.sub, claims.did), (user_id, device_id));
    assert_eq!(claims.expires_at(), expires_at);
    assert_eq!(expires_at.as_seconds(), now.as_seconds() + 600);
    assert!(forge.accepts(&forge.sign(&forge.header(), &forge.claims())));
}

#[test]
fn every_claim_must_be_there_and_of_its_type() {
    let forge = Forge::new();
    let now = Timestamp::now().as_seconds();
    for claim in ["iss", "aud", "sub", "did", "iat", "nbf", "exp"] {
        let mut claims = forge.claims();
        claims.as_object_mut().unwrap().remove(claim);
        assert!(
            !forge.accepts(&forge.sign(&forge.header(), &claims)),
            "without {claim}"
        );
        for wrong in [json!(null), json!([]), json!({}), json!(true)] {
            let mut claims = forge.claims();
            claims[claim] = wrong.clone();
            let token = forge.sign(&forge.header(), &claims);
            assert!(!forge.accepts(&token), "{claim}: {wrong}");
        }
    }
    for (claim, wrong) in [
        ("exp", json!((now + 600).to_string())),
        ("exp", json!(-1)),
        ("exp", json!(1e300)),
        ("exp", json!(now - 11)),
        ("exp", json!(0)),
        ("nbf", json!(now + 20)),
        ("nbf", json!(now.to_string())),
        ("iat", json!(now + 20)),
        ("iat", json!(now.to_string())),
        ("iss", json!("other")),
        ("iss", json!(["natter"])),
        ("aud", json!("other")),
        ("aud", json!(["natter", "other"])),
        ("sub", json!("admin")),
        ("sub", json!("")),
        ("did", json!("x")),
    ] {
        let mut claims = forge.claims();
        claims[claim] = wrong.clone();
        let token = forge.sign(&forge.header(), &claims);
        assert!(!forge.accepts(&token), "{claim}: {wrong}");
    }
}

#[test]
fn clocks_may_differ_a_little() {
    let forge = Forge::new();
    let now = Timestamp::now().as_seconds();
    for (claim, value) in [("exp", now - 5), ("nbf", now + 5), ("iat", now + 5)] {
        let mut claims = forge.claims();
        claims[claim] = json!(value);
        assert!(
            forge.accepts(&forge.sign(&forge.header(), &claims)),
            "{claim}"
        );
    }
}

#[test]
fn a_claim_said_twice_is_refused() {
    let forge = Forge::new();
    let kid = forge.tokens.keys.newest().kid.clone();
    let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": kid});
    let claims = forge.claims().to_string();
    assert!(forge.accepts(&forge.sign_raw(&header, &claims)));
    let twice = claims.replacen('{', &format!("{{\"sub\":\"{}\",", UserId::generate()), 1);
    assert!(!forge.accepts(&forge.sign_raw(&header, &twice)));
}

#[test]
fn the_header_decides_nothing() {
    let forge = Forge::new();
    let kid = forge.tokens.keys.newest().kid.clone();
    let claims = forge.claims().to_string();
    for header in [
        json!({"alg": "none", "typ": "JWT", "kid": kid}),
        json!({"alg": "None", "typ": "JWT", "kid": kid}),
        json!({"alg": "", "typ": "JWT", "kid": kid}),
        json!({"alg": "HS256", "typ": "JWT", "kid": kid}),
        json!({"alg": "ES256", "typ": "JWT", "kid": kid}),
        json!({"alg": "RS256", "typ": "JWT", "kid": kid}),
        json!({"typ": "JWT", "kid": kid}),
        json!({"alg": "EdDSA", "typ": "JWT"}),
        json!({"alg": "EdDSA", "typ": "JWT", "kid": ""}),
        json!({"alg": "EdDSA", "typ": "JWT", "kid": "1-00000000"}),
        json!({"alg": "EdDSA", "typ": "JWT", "kid": format!("../keys/{kid}")}),
        json!({"alg": "EdDSA", "typ": "JWT", "kid": [kid]}),
        json!({"alg": "EdDSA", "typ": "JWE", "kid": kid}),
        json!({"alg": "EdDSA", "kid": kid}),
        json!({"alg": "EdDSA", "typ": "JWT", "kid": kid, "crit": ["exp"]}),
    ] {
        assert!(
            !forge.accepts(&forge.sign_raw(&header, &claims)),
            "{header}"
        );
    }
}

#[test]
fn other_keys_do_not_sign_for_us() {
    let (forge, other) = (Forge::new(), Forge::new());
    let claims = forge.claims();
    // Another server's key under our key's name.
    assert!(!forge.accepts(&other.sign(&forge.header(), &claims)));
    assert!(!forge.accepts(&other.sign(&other.header(), &claims)));
    // The public key, which is no secret, as the secret of an HMAC.
    let public = forge.tokens.keys.newest();
    let public = EncodingKey::from_secret(public.decoding.try_get_as_bytes().unwrap());
    let mut header = forge.header();
    header.alg = Algorithm::HS256;
    assert!(!forge.accepts(&encode(&header, &claims, &public).unwrap()));
    // A key that the token itself brings along.
    let kid = forge.tokens.keys.newest().kid.clone();
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(
        other.tokens.keys.newest().decoding.try_get_as_bytes().unwrap())});
    let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": kid, "jwk": jwk});
    assert!(!forge.accepts(&other.sign_raw(&header, &claims.to_string())));
}

#[test]
fn a_token_that_was_touched_is_refused() {
    let forge = Forge::new();
    let good = forge.sign(&forge.header(), &forge.claims());
    let parts: Vec<&str> = good.split('.').collect();
    let other = forge.sign(&forge.header(), &forge.claims());
    let other: Vec<&str> = other.split('.').collect();
    for bad in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "a.b.c".to_owned(),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}.{}.{}", parts[0], other[1], parts[2]),
        format!("{good}.{}", parts[2]),
        format!("{good}="),
        format!(" {good}"),
        format!("{good}\n"),
        good.replace('.', ".."),
        "ü".repeat(40),
        "a".repeat(1 << 20),
    ] {
        assert!(!forge.accepts(&bad), "{bad:.60}");
    }
}

#[test]
fn the_previous_key_still_verifies_and_the_one_before_does_not() {
    let forge = Forge::new();
    let old = forge.sign(&forge.header(), &forge.claims());
    let later = |seconds: i64| Timestamp::now().plus_seconds(seconds);
    forge.tokens.keys.rotate_if_due(later(2_000_000)).unwrap();
    assert!(forge.accepts(&old));
    assert!(forge.accepts(&forge.sign(&forge.header(), &forge.claims())));
    forge.tokens.keys.rotate_if_due(later(4_000_000)).unwrap();
    assert!(!forge.accepts(&old));
}
