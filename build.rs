//! Templates and static files are embedded at compile time: a new file there is a reason to compile. A statically linked
//! binary resolves names without the system's shared libraries.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=templates");
    println!("cargo::rerun-if-changed=static");
    println!("cargo::rerun-if-changed=build");

    let target = |name: &str| {
        env::var_os(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default().into_string().unwrap_or_default()
    };
    let is_glibc = target("OS") == "linux" && target("ENV") == "gnu";
    if is_glibc && target("FEATURE").split(',').any(|feature| feature == "crt-static") {
        for object in cc::Build::new().file("build/name_service.c").compile_intermediates() {
            println!("cargo::rustc-link-arg-bins={}", object.display());
        }
    }
}
