//! The web client's files: what Vite built into `host/web/dist`, read from disk by a development build, and part of the
//! binary in a release build.
//!
//! Rule: nothing of it is compressed or computed while somebody waits. Vite wrote each file in up to three encodings, and
//! names what lies in `assets/` by its content, so that browsers may keep that for ever.

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use rust_embed::{Embed, EmbeddedFile};

use super::ApiError;

/// A build without Node has no such folder, and compiles none the less.
#[derive(Embed)]
#[folder = "web/dist/client"]
#[allow_missing = true]
struct Built;

/// What stands in place of the client in a server that was built without it.
const NOT_BUILT: &str = include_str!("web_client/not_built.html");

/// How browsers may use the client's pages: only our own scripts and styles, and nothing that turns text into markup but
/// the templates of Svelte's compiler.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html";

/// Asked for again at each load, and answered with 304 while it is the same.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");
/// The name changes with the content.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The pages, and what they load. A page's own paths stand behind `#`: they never reach a server or its log, and some
/// hold the code of an invite.
pub fn routes() -> Router {
    Router::new()
        .route("/", get(async |headers| page("index.html", headers)))
        .route("/admin", get(async |headers| page("admin.html", headers)))
        .route("/assets/{name}", get(asset))
}

fn page(name: &str, headers: HeaderMap) -> Response {
    let Some(file) = Encoded::find(name, &headers) else {
        return Html(NOT_BUILT).into_response();
    };
    let policy = HeaderValue::from_static(PAGE_POLICY);
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, REVALIDATE),
    ];
    (headers, file).into_response()
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    match Encoded::find(&format!("assets/{name}"), &headers) {
        Some(file) => ([(header::CACHE_CONTROL, FOR_EVER)], file).into_response(),
        None => ApiError::of_status(StatusCode::NOT_FOUND).into_response(),
    }
}

/// A file in the encoding that suits a request, or the news that the client has it already.
struct Encoded {
    content_type: String,
    encoding: Option<&'static str>,
    etag: HeaderValue,
    /// None where the client has it.
    file: Option<EmbeddedFile>,
}

impl Encoded {
    fn find(name: &str, request: &HeaderMap) -> Option<Self> {
        let plain = Built::get(name)?;
        let content_type = match plain.metadata.mimetype() {
            text if text.starts_with("text/") => format!("{text}; charset=utf-8"),
            other => other.to_owned(),
        };
        let (encoding, file) = [("br", "br"), ("gzip", "gz")]
            .into_iter()
            .filter(|(encoding, _)| accepts(request, encoding))
            .find_map(|(encoding, extension)| {
                Some((Some(encoding), Built::get(&format!("{name}.{extension}"))?))
            })
            .unwrap_or((None, plain));
        let etag = etag(file.metadata.sha256_hash());
        let is_known = request.get(header::IF_NONE_MATCH) == Some(&etag);
        Some(Self {
            content_type,
            encoding,
            etag,
            file: (!is_known).then_some(file),
        })
    }
}

impl IntoResponse for Encoded {
    fn into_response(self) -> Response {
        let mut response = match self.file {
            Some(file) => file.data.into_response(),
            None => StatusCode::NOT_MODIFIED.into_response(),
        };
        let headers = response.headers_mut();
        if let Ok(content_type) = self.content_type.parse() {
            headers.insert(header::CONTENT_TYPE, content_type);
        }
        if let Some(encoding) = self.encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        headers.insert(header::ETAG, self.etag);
        headers.insert(
            header::VARY,
            HeaderValue::from_static(header::ACCEPT_ENCODING.as_str()),
        );
        response
    }
}

fn etag(hash: [u8; 32]) -> HeaderValue {
    let hex: String = hash[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    HeaderValue::from_str(&format!("\"{hex}\"")).expect("Invariant: hex is a valid header value")
}

/// Whether `Accept-Encoding` names this encoding (RFC 9110 §12.5.3); its weight only matters where it is 0.
fn accepts(request: &HeaderMap, encoding: &str) -> bool {
    let listed = request.get_all(header::ACCEPT_ENCODING).into_iter();
    listed
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .any(|item| {
            let (name, weight) = item.split_once(';').unwrap_or((item, ""));
            let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
            name.trim().eq_ignore_ascii_case(encoding) && weight.parse() != Ok(0.0_f32)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_taken_only_where_the_client_names_it() {
        let check = |list: &'static str, expected| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(list));
            assert_eq!(accepts(&headers, "br"), expected, "{list}");
        };
        check("gzip, deflate, br", true);
        check("BR;q=0.5", true);
        check("gzip, br;q=0", false);
        check("gzip, br; q=0.000", false);
        check("brotli", false);
        check("", false);
        assert!(!accepts(&HeaderMap::new(), "br"));
    }
}
