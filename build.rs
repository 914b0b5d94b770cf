//! Templates and static files are embedded at compile time: a new file there is a reason to compile.

fn main() {
    println!("cargo::rerun-if-changed=templates");
    println!("cargo::rerun-if-changed=static");
}
