//! Access tokens that must not get in: by REST, on `/ws`, and in Socket.IO's handshake. They are made with the server's own key where
//! they can be, so that nothing but the one thing that is wrong refuses them.
//!
//! `host/src/accounts/access_token_attacks.rs` has more of them, without a server.

use anyhow::{Context as _, Result, ensure};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _};
use futures_util::{SinkExt as _, StreamExt as _};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use natter_tests::client::Client;
use natter_tests::deadline::within;
use natter_tests::people::Person;
use natter_tests::rest::Outcome as _;
use natter_tests::server::{Server, Settings, Site};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

/// Makes tokens as the server does, and otherwise.
struct Forge {
    kid: String,
    key: SigningKey,
    /// What a good token of this person says.
    claims: Value,
}

impl Forge {
    /// With the server's key, and what it said of a person.
    fn of(site: &Site, token: &str) -> Result<Self> {
        let mut files = std::fs::read_dir(site.data_dir().join("keys"))?;
        let file = files.next().context("the server has a key")??.path();
        let kid = file
            .file_stem()
            .context("a name")?
            .to_string_lossy()
            .into_owned();
        let claims = token.split('.').nth(1).context("three parts")?;
        Ok(Self {
            kid,
            key: SigningKey::from_pkcs8_pem(&std::fs::read_to_string(file)?)?,
            claims: serde_json::from_slice(&decoded(claims)?)?,
        })
    }

    fn header(&self) -> Header {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.kid.clone());
        header
    }

    fn sign(&self, header: &Header, claims: &Value) -> Result<String> {
        Ok(jsonwebtoken::encode(header, claims, &encoding(&self.key)?)?)
    }

    fn with(&self, claim: &str, value: Value) -> Result<String> {
        let mut claims = self.claims.clone();
        claims[claim] = value;
        self.sign(&self.header(), &claims)
    }

    fn without(&self, claim: &str) -> Result<String> {
        let mut claims = self.claims.clone();
        claims.as_object_mut().context("claims")?.remove(claim);
        self.sign(&self.header(), &claims)
    }

    fn of_kid(&self, kid: Option<&str>) -> Result<String> {
        let header = Header {
            kid: kid.map(str::to_owned),
            ..self.header()
        };
        self.sign(&header, &self.claims)
    }

    /// By an HMAC whose secret is the public key, which is no secret.
    fn by_hmac(&self, secret: &[u8]) -> Result<String> {
        let header = Header {
            alg: Algorithm::HS256,
            ..self.header()
        };
        let key = EncodingKey::from_secret(secret);
        Ok(jsonwebtoken::encode(&header, &self.claims, &key)?)
    }

    /// Without a signature, or with that of a good token.
    fn unsigned(&self, algorithm: &str, signature: &str) -> String {
        let header = json!({ "alg": algorithm, "typ": "JWT", "kid": self.kid });
        format!(
            "{}.{}.{signature}",
            encoded(header.to_string().as_bytes()),
            encoded(self.claims.to_string().as_bytes())
        )
    }

    fn attacks(&self, other: &Self) -> Result<Vec<(&'static str, String)>> {
        let now = self.claims["iat"].as_i64().context("iat")?;
        let good = self.sign(&self.header(), &self.claims)?;
        let signature = good.rsplit('.').next().unwrap_or_default();
        let public = self.key.verifying_key();
        let public_pem = public.to_public_key_pem(LineEnding::LF)?;
        let foreign = Self {
            kid: self.kid.clone(),
            key: other.key.clone(),
            claims: self.claims.clone(),
        };
        Ok(vec![
            ("none", self.unsigned("none", "")),
            ("None, signed", self.unsigned("None", signature)),
            ("no algorithm", self.unsigned("", signature)),
            (
                "another key under our name",
                foreign.sign(&self.header(), &self.claims)?,
            ),
            (
                "another server's key",
                other.sign(&other.header(), &self.claims)?,
            ),
            ("HS256 by the public key", self.by_hmac(public.as_bytes())?),
            ("HS256 by its PEM", self.by_hmac(public_pem.as_bytes())?),
            ("wrong kid", self.of_kid(Some("1-00000000"))?),
            (
                "kid that is a path",
                self.of_kid(Some(&format!("../keys/{}", self.kid)))?,
            ),
            ("no kid", self.of_kid(None)?),
            ("wrong iss", self.with("iss", json!("other"))?),
            ("no iss", self.without("iss")?),
            ("wrong aud", self.with("aud", json!("other"))?),
            (
                "aud of several",
                self.with("aud", json!(["natter", "other"]))?,
            ),
            (
                "exp that is a text",
                self.with("exp", json!((now + 600).to_string()))?,
            ),
            ("no exp", self.without("exp")?),
            ("expired", self.with("exp", json!(now - 60))?),
            ("not yet valid", self.with("nbf", json!(now + 300))?),
            ("issued in the future", self.with("iat", json!(now + 300))?),
            (
                "another person on this device",
                self.with("sub", other.claims["sub"].clone())?,
            ),
            (
                "a device that is not there",
                self.with("did", other.claims["did"].clone())?,
            ),
        ])
    }
}

fn encoding(key: &SigningKey) -> Result<EncodingKey> {
    Ok(EncodingKey::from_ed_der(key.to_pkcs8_der()?.as_bytes()))
}

fn encoded(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

fn decoded(text: &str) -> Result<Vec<u8>> {
    use base64::Engine as _;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text)?)
}

/// What each of the three ways in says to a token: a code, or `ok`.
async fn heard(server: &Server, token: &str) -> Result<[String; 3]> {
    let code = |answer: natter_tests::rest::Answer| match answer {
        Ok(_) => "ok".to_owned(),
        Err(refusal) => refusal.code,
    };
    let by_rest = code(server.rest().with_token(token).get("/api/v1/users").await?);
    let socket = Client::connect_ws(server).await?;
    let by_ws = code(
        socket
            .emit("register_user", json!({ "token": token }))
            .await?,
    );
    Ok([by_rest, by_ws, by_socket_io(server, token).await?])
}

async fn by_socket_io(server: &Server, token: &str) -> Result<String> {
    let url = format!(
        "ws://{}/socket.io/?EIO=4&transport=websocket",
        server.address()
    );
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await?;
    let connect = format!("40{}", json!({ "token": token }));
    socket.send(Message::text(connect)).await?;
    within("the namespace, or a refusal", async {
        loop {
            let message = socket.next().await.context("the socket ended")??;
            let text = message.to_text()?;
            if let Some(refusal) = text.strip_prefix("44") {
                let refusal: Value = serde_json::from_str(refusal)?;
                return Ok(refusal["message"].as_str().unwrap_or_default().to_owned());
            }
            if text.starts_with("40") {
                return Ok("ok".to_owned());
            }
        }
    })
    .await?
}

async fn expect(server: &Server, what: &str, token: &str, codes: [&str; 3]) -> Result<()> {
    let heard = heard(server, token).await?;
    ensure!(heard == codes, "{what}: {heard:?} instead of {codes:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_tokens_get_in_nowhere() -> Result<()> {
    const NOWHERE: [&str; 3] = ["unauthenticated"; 3];
    let site = Site::create(&Settings::open().unhurried())?;
    let mut server = site.start().await?;
    let [ann, bob] = Person::register_all(&server, ["ann", "bob"]).await?;
    let forge = Forge::of(&site, &ann.token)?;
    let elsewhere = Forge {
        kid: "1-00000001".to_owned(),
        key: SigningKey::from_bytes(&[7; 32]),
        claims: Forge::of(&site, &bob.token)?.claims,
    };
    let good = forge.sign(&forge.header(), &forge.claims)?;
    expect(&server, "as the server makes them", &good, ["ok"; 3]).await?;
    for (what, token) in forge.attacks(&elsewhere)? {
        expect(&server, what, &token, NOWHERE).await?;
    }
    ann.rest
        .post("/api/v1/auth/logout", json!({}))
        .await?
        .granted()?;
    expect(&server, "revoked", &good, NOWHERE).await?;
    server.check_health().await
}

/// Who waits may connect, and may do nothing.
#[tokio::test(flavor = "multi_thread")]
async fn who_waits_connects_and_may_do_nothing() -> Result<()> {
    let site = Site::create(&Settings::of_mode("approval").unhurried())?;
    let server = site.start().await?;
    let ann = Person::register(&server, "ann").await?;
    let codes = ["account_pending", "ok", "ok"];
    expect(&server, "pending", &ann.token, codes).await?;
    let socket = ann.connect_ws(&server).await?;
    let sync = json!({ "user_rev": 0, "rooms": [] });
    socket
        .emit("sync", sync)
        .await?
        .refused_as("account_pending")?;
    Ok(())
}
