//! A panic in a handler: the user gets an error page, and the process continues.

use actix_web::{
    App, HttpResponse, HttpServer,
    http::{StatusCode, header::HeaderValue},
    middleware::from_fn,
    web::{self, Data},
};
use orglab::{
    middleware::{RequestEnvelope, request_envelope},
    random::Random,
    reference::Reference,
};

use crate::support::{
    app::{Running, free_port},
    browser::Browser,
    log,
};

fn fallback_page(status: StatusCode, reference: &Reference) -> String {
    format!("<main>fallback_page {status} <span data-testid='error-reference'>{reference}</span></main>")
}

async fn panics() -> HttpResponse {
    panic!("a mistake of ours")
}

/// No page of ours panics, so the outermost layer gets a handler that does.
#[tokio::test]
async fn a_panic_in_a_handler_is_an_error_page_and_the_process_lives() {
    log::capture();
    let socket = free_port();
    let base = format!("http://localhost:{}", socket.local_addr().unwrap().port());
    let _server = Running::server(move || {
        let app = || {
            let content_security_policy = HeaderValue::from_static("default-src 'none'");
            let envelope = RequestEnvelope {
                server: "test",
                content_security_policy,
                is_secure: false,
                fallback_page,
                secret_path: None,
                random: Random::system(),
                observer: None,
            };
            App::new()
                .app_data(Data::new(envelope))
                .route("/panic", web::to(panics))
                .route("/", web::to(HttpResponse::Ok))
                .wrap(from_fn(request_envelope))
        };
        HttpServer::new(app).workers(1).disable_signals().listen(socket).unwrap().run()
    });
    let browser = Browser::new(&base);
    for _ in 0..3 {
        let page = browser.get("/panic").await;
        assert_eq!(page.status, 500);
        assert!(page.body.contains("fallback_page") && !page.body.contains("a mistake of ours"), "{}", page.body);
        assert_eq!(page.header("content-security-policy"), Some("default-src 'none'"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        let reference = page.text("error-reference").unwrap();
        assert!(log::lines_with(&reference).iter().any(|line| line.contains("ERROR")), "the reference is in the log");
    }
    assert_eq!(browser.get("/").await.status, 200, "the one worker that there is lives");
}
