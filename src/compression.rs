//! Compression of responses, where it is worth its time.
//!
//! A new connection carries about ten packets before it waits for the browser (RFC 6928): a small page arrives no sooner
//! when it is compressed, and compressing it takes longer than making it. Static files are compressed once (`assets.rs`).
//! A stream is never compressed, since a compressor would hold its events back.

use std::io::{self, Write};

use actix_web::{
    Error, HttpMessage,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{AcceptEncoding, CONTENT_ENCODING, Encoding, Header, HeaderValue, VARY},
    middleware::Next,
};
use flate2::{Compression, write::GzEncoder};

/// The smallest response that is compressed, in bytes: what ten packets of 1,460 bytes can't carry, headers included.
const SMALLEST: u64 = 14_000;

/// The layer that compresses large responses for browsers that accept gzip.
pub async fn compress_large_responses(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    let is_large = matches!(response.response().body().size(), BodySize::Sized(size) if size >= SMALLEST);
    if !is_large || response.headers().contains_key(CONTENT_ENCODING) {
        return Ok(response);
    }
    let accepts_gzip = accepts_gzip(response.request());
    let mut compressed = false;
    let mut response = response.map_body(|_, body| match body.try_into_bytes() {
        Ok(whole) if accepts_gzip => match gzip(&whole, Compression::fast()) {
            Ok(gzip) => {
                compressed = true;
                BoxBody::new(gzip)
            }
            Err(_) => BoxBody::new(whole),
        },
        Ok(whole) => BoxBody::new(whole),
        Err(stream) => stream,
    });
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("accept-encoding"));
    if compressed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

/// Whether the client prefers gzip to no compression (RFC 9110, 12.5.3).
pub fn accepts_gzip(request: &impl HttpMessage) -> bool {
    let offered = [Encoding::gzip(), Encoding::identity()];
    AcceptEncoding::parse(request).is_ok_and(|accepted| accepted.negotiate(offered.iter()) == Some(Encoding::gzip()))
}

/// The bytes in gzip format (RFC 1952).
pub fn gzip(bytes: &[u8], level: Compression) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(bytes)?;
    encoder.finish()
}
