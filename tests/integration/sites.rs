//! Several sites on one server: each responds under its own host name, with its own layers.

use actix_web::{
    App,
    dev::{HttpServiceFactory, Server},
    guard::Host,
    web,
};
use orglab::{
    app::AppSite, clock::Clock, connections, demo_tenant::DemoTenant, random::Random, settings::Settings, store::Stores,
};

use crate::support::{
    app::{Running, free_port},
    browser::{Browser, Page},
};

/// A site that responds under one host name alone.
fn under(host: &str, site: impl HttpServiceFactory + 'static) -> impl HttpServiceFactory {
    web::scope("").guard(Host(host)).service(site)
}

#[tokio::test]
async fn an_app_and_its_tenant_share_a_server() {
    let socket = free_port();
    let port = socket.local_addr().unwrap().port();
    let base = format!("http://app.localhost:{port}");
    let settings = Settings::read(|name| match name {
        "APP_BASE_URL" => Some(base.clone()),
        "DEMO_TENANT_LISTEN" => Some(format!("127.0.0.1:{port}")),
        _ => None,
    })
    .unwrap();
    let options = settings.demo_tenant.as_ref().unwrap().options(&settings.client);
    let _server = Running::server(move || {
        let tenant = DemoTenant::new(options, Clock::system(), Random::system());
        let app = AppSite::new(&settings, Clock::system(), Random::system()).unwrap();
        let stores = Stores::in_memory(&settings.session, Clock::system());
        connections::serve(Server::build().workers(1), vec![socket], move || {
            let app = under("app.localhost", app.service(stores.clone()));
            App::new().service(app).service(under("localhost", tenant.site()))
        })
        .unwrap()
    });

    let browser = Browser::new(&base);
    let page = browser.sign_in_as("alice@org1.example", "org1").await;
    assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);

    let policy = |page: Page| page.headers["content-security-policy"].to_str().unwrap().to_owned();
    let (app, tenant) = (browser.get("/").await, browser.get(&format!("http://localhost:{port}/")).await);
    assert!(!policy(app).contains("script-src") && policy(tenant).contains("script-src 'self'"));
    assert_eq!(browser.get(&format!("http://lab.localhost:{port}/")).await.status, 404);
}
