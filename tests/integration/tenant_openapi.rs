//! The description of the tenant's API, docs/openapi.yaml. What each route takes and returns is held against a running
//! tenant in tests/openapi.

use std::{collections::BTreeSet, fs, path::Path};

use reqwest::Method;
use serde_json::{Value, json};
use syn::{
    Expr, ExprLit, ExprMethodCall, ItemFn, Lit,
    visit::{self, Visit},
};

use crate::support::tenant::TestTenant;

/// The one route of the description that is not below `/api`.
const TOKEN: &str = "post /oauth/token";

fn description() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.yaml")).unwrap()
}

/// `get /api/faults` for each operation of the description.
fn described() -> BTreeSet<String> {
    let (text, mut path) = (description(), String::new());
    let paths = text.split_once("\npaths:\n").unwrap().1.lines().take_while(|line| !line.starts_with("security:"));
    let operations = paths.filter_map(|line| {
        let name = line.trim().strip_suffix(':')?;
        match line.len() - line.trim_start().len() {
            2 => {
                name.clone_into(&mut path);
                None
            }
            4 if name != "parameters" => Some(format!("{name} {path}")),
            _ => None,
        }
    });
    operations.collect()
}

/// The routes of `src/demo_tenant/api/mod.rs`, as they are written there: a resource with its methods.
#[derive(Default)]
struct Routes {
    prefix: &'static str,
    found: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Routes {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.prefix = if function.sig.ident == "management" { "/api/v2" } else { "/api" };
        visit::visit_item_fn(self, function);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let method = call.method.to_string();
        if ["get", "post", "put", "patch", "delete"].contains(&method.as_str()) {
            let path = path_of(&call.receiver).unwrap();
            self.found.insert(format!("{method} {}{path}", self.prefix));
        }
        visit::visit_expr_method_call(self, call);
    }
}

/// The path of the resource at which a chain of calls begins.
fn path_of(resource: &Expr) -> Option<String> {
    if let Expr::MethodCall(call) = resource {
        return path_of(&call.receiver);
    }
    let Expr::Call(call) = resource else { return None };
    let Some(Expr::Lit(ExprLit { lit: Lit::Str(path), .. })) = call.args.first() else { return None };
    Some(path.value())
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo_tenant/api/mod.rs")).unwrap();
    let mut routes = Routes::default();
    routes.visit_file(&syn::parse_file(&source).unwrap());
    let mut described = described();
    assert!(described.remove(TOKEN));
    assert_eq!(routes.found, described);
}

#[tokio::test]
async fn the_tenant_serves_its_description_to_everybody() {
    let tenant = TestTenant::start();
    let from_elsewhere = [("sec-fetch-site", "cross-site"), ("authorization", "Bearer wrong")];
    let page = tenant.browser().send(Method::GET, "/api/openapi.yaml", &from_elsewhere, None).await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("application/yaml")));
    assert_eq!(page.body, description());
    let dashboard = tenant.browser().get("/").await;
    assert_eq!(dashboard.attribute("#settings ~ * a", "href"), "/api/openapi.yaml");
}

#[tokio::test]
async fn every_fault_is_described() {
    let tenant = TestTenant::start();
    let (status, error) = tenant.script().await.call("POST", "/faults", json!({"name": "none"})).await;
    let message = error["message"].as_str().unwrap();
    assert_eq!(status, 400, "{message}");
    let faults: Vec<_> = message.split_once("the faults are ").unwrap().1.split(", ").collect();
    let text = description();
    let listed = text.split_once("    FaultName:\n      type: string\n      enum:\n").unwrap().1;
    let listed = listed.lines().map_while(|line| line.strip_prefix("        - "));
    assert_eq!(listed.collect::<Vec<_>>(), faults);
}

#[tokio::test]
async fn a_method_that_no_address_has_is_not_allowed_with_parameters_either() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    for method in ["POST", "PUT", "QUERY"] {
        let (status, error) = script.call(method, "/v2/tenants/settings?fields=friendly_name", Value::Null).await;
        assert_eq!((status, error["errorCode"].as_str()), (405, Some("method_not_allowed")), "{method}");
    }
}

#[tokio::test]
async fn a_change_takes_no_parameters() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    for operation in described().iter().filter(|it| !it.starts_with("get ") && *it != TOKEN) {
        let (method, path) = operation.split_once(" /api").unwrap();
        let (status, error) = script.call(&method.to_uppercase(), &format!("{path}?dry_run=true"), json!({})).await;
        assert_eq!((status, error["errorCode"].as_str()), (400, Some("invalid_query_string")), "{operation}: {error}");
    }
}
