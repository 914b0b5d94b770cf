//! Templates and static files, embedded in the binary, which therefore runs from any folder.

use std::{
    borrow::Cow,
    collections::HashMap,
    io::{self, Write},
    sync::{LazyLock, Mutex, OnceLock, PoisonError},
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, ContentEncoding, HeaderValue},
    web::{self, Bytes},
};
use data_encoding::HEXLOWER;
use flate2::Compression;
use rust_embed::RustEmbed;
use serde::Serialize;
use tera::{Context, Tera};

use crate::compression::{accepts_gzip, gzip};

#[derive(RustEmbed)]
#[folder = "templates"]
#[cfg_attr(not(feature = "demo-tenant"), exclude = "class/*", exclude = "demo_tenant/*")]
struct TemplateFiles;

#[derive(RustEmbed)]
#[folder = "static"]
#[cfg_attr(not(feature = "demo-tenant"), exclude = "class.*", exclude = "tenant.*", exclude = "idiomorph.*")]
struct StaticFiles;

/// A template could not be rendered.
#[derive(Debug, thiserror::Error)]
#[error("template {template}: {cause}")]
pub struct RenderError {
    template: &'static str,
    cause: tera::Error,
}

/// Fills `template` (a file's path below `templates/`) with the fields of `page`. Values are always escaped as HTML.
pub fn render(template: &'static str, page: &impl Serialize) -> Result<String, RenderError> {
    Context::from_serialize(page)
        .and_then(|context| TEMPLATES.render(template, &context))
        .map_err(|cause| RenderError { template, cause })
}

/// A page that most visitors get alike, as it was rendered last.
pub struct RenderedPage(Mutex<Option<(Vec<u8>, Bytes)>>);

impl RenderedPage {
    pub const fn none_yet() -> Self {
        Self(Mutex::new(None))
    }

    /// As [`render`], but if no field of `page` has changed since the last time, the result is the same. So nobody gets a
    /// page with anything in it that was for somebody else.
    pub fn render(&self, template: &'static str, page: &impl Serialize) -> Result<Bytes, RenderError> {
        let fields =
            serde_json::to_vec(page).map_err(|cause| RenderError { template, cause: tera::Error::message(cause) })?;
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((rendered, html)) = &*lock()
            && *rendered == fields
        {
            return Ok(html.clone());
        }
        let html = Bytes::from(render(template, page)?);
        *lock() = Some((fields, html.clone()));
        Ok(html)
    }
}

/// `GET /static/{file}`: the embedded file with this hashed name. Its content never changes, so browsers may cache it
/// forever.
pub async fn serve(request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let Some(file) = STATIC.by_hashed_name.get(name.as_str()) else {
        return HttpResponse::NotFound().finish();
    };
    let mut response = file.response_to(&request);
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    response.headers_mut().insert(header::CACHE_CONTROL, forever);
    response
}

/// `GET /favicon.ico` and `GET /robots.txt`: addresses that browsers and crawlers request by themselves, so they can't
/// have a hashed name.
pub async fn serve_unhashed(request: HttpRequest, name: &'static str) -> HttpResponse {
    let hashed_name = STATIC.urls.get(name).and_then(|url| url.strip_prefix(URL_PREFIX));
    match hashed_name.and_then(|name| STATIC.by_hashed_name.get(name)) {
        Some(file) => file.response_to(&request),
        None => HttpResponse::NotFound().finish(),
    }
}

#[expect(clippy::expect_used, reason = "at the first use, with files that were embedded at compile time")]
static TEMPLATES: LazyLock<Tera> = LazyLock::new(|| {
    let mut tera = Tera::new();
    tera.set_escape_fn(escape_html);
    let template = |name: Cow<'_, str>| Some((name.to_string(), with_static_urls(&TemplateFiles::get(&name)?.data)));
    let templates: Vec<_> = TemplateFiles::iter().filter_map(template).collect();
    tera.add_raw_templates(templates).expect("the embedded templates are well-formed");
    tera
});

/// A template in which each `{{ static_url(file="app.css") }}` is the address of `static/app.css`, named by its content.
/// What is left of them names no file, and is an error in the template.
fn with_static_urls(template: &[u8]) -> String {
    let template = String::from_utf8_lossy(template).into_owned();
    STATIC.urls.iter().fold(template, |template, (file, url)| {
        template.replace(&format!("{{{{ static_url(file=\"{file}\") }}}}"), url)
    })
}

/// Escapes the same characters as Tera's own function does, but writes what is between them in one piece, not byte by byte:
/// that was a seventh of the time that a page took.
fn escape_html(text: &str, output: &mut dyn Write) -> io::Result<()> {
    let (text, mut written) = (text.as_bytes(), 0);
    for (position, byte) in text.iter().enumerate() {
        let escaped: &[u8] = match byte {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'"' => b"&quot;",
            b'\'' => b"&#39;",
            _ => continue,
        };
        output.write_all(&text[written..position])?;
        output.write_all(escaped)?;
        written = position + 1;
    }
    output.write_all(&text[written..])
}

/// Where the files with hashed names are.
const URL_PREFIX: &str = "/static/";

struct Static {
    urls: HashMap<String, String>,
    by_hashed_name: HashMap<String, StaticFile>,
}

struct StaticFile {
    content: Bytes,
    /// The same in gzip format, made at the first request that accepts it. Absent where it would be longer.
    compressed: OnceLock<Option<Bytes>>,
    media_type: &'static str,
}

impl StaticFile {
    fn response_to(&self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header((header::CONTENT_TYPE, self.media_type));
        response.insert_header((header::VARY, "accept-encoding"));
        if accepts_gzip(request)
            && let Some(compressed) = self.compressed.get_or_init(|| self.compress())
        {
            return response.insert_header(ContentEncoding::Gzip).body(compressed.clone());
        }
        response.body(self.content.clone())
    }

    fn compress(&self) -> Option<Bytes> {
        let compressed = gzip(&self.content, Compression::best()).ok()?;
        (compressed.len() < self.content.len()).then(|| compressed.into())
    }
}

static STATIC: LazyLock<Static> = LazyLock::new(|| {
    let mut files = Static { urls: HashMap::new(), by_hashed_name: HashMap::new() };
    for name in StaticFiles::iter() {
        let (Some(file), Some((stem, extension))) = (StaticFiles::get(&name), name.rsplit_once('.')) else { continue };
        let hash = HEXLOWER.encode(&file.metadata.sha256_hash()[..8]);
        let hashed_name = format!("{stem}.{hash}.{extension}");
        files.urls.insert(name.to_string(), format!("{URL_PREFIX}{hashed_name}"));
        let (content, compressed) = (file.data.into_owned().into(), OnceLock::new());
        let file = StaticFile { content, compressed, media_type: media_type(extension) };
        files.by_hashed_name.insert(hashed_name, file);
    }
    files
});

fn media_type(extension: &str) -> &'static str {
    match extension {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "ico" => "image/x-icon",
        "png" => "image/png",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
