//! The architecture of the source: which file may import from which (docs/architecture.md). Test modules are left out.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use rstest::rstest;
use syn::{
    Attribute, ItemMod, ItemUse, UseTree, Visibility,
    visit::{self, Visit},
};

/// The rooms of the app that the demo tenant shares.
const SHARED_WITH_THE_TENANT: [&str; 11] = [
    "assets",
    "clock",
    "compression",
    "cookies",
    "home_link",
    "loopback",
    "middleware",
    "random",
    "reference",
    "text",
    "tls",
];

/// The rooms of the demo tenant: each may import from those before it, and the faces never from one another.
const TENANT_ROOMS: [&str; 11] =
    ["model", "lab", "issued", "options", "watched", "state", "views", "protocol", "api", "dashboard", "server"];
const FACES: [&str; 3] = ["protocol", "api", "dashboard"];

/// The source files with what each of them imports: `demo_tenant/lab/log.rs` is `demo_tenant::lab::log`.
struct House(BTreeMap<String, BTreeSet<String>>);

impl House {
    fn read() -> Self {
        let mut files = BTreeMap::new();
        for path in source_files(Path::new("src")) {
            let source = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
            files.insert(module_of(&path), source);
        }
        let modules: BTreeSet<String> = files.keys().cloned().collect();
        let imports = files.iter().map(|(module, source)| {
            let mut paths = Paths { module, found: vec![] };
            paths.visit_file(source);
            let file_of = |path: &String| longest_prefix(&modules, path).filter(|other| other != module);
            (module.clone(), paths.found.iter().filter_map(file_of).collect())
        });
        Self(imports.collect())
    }

    /// Files of which each imports the next, and the last the first.
    fn circle(&self) -> Option<Vec<&str>> {
        let mut done = BTreeSet::new();
        self.0.keys().find_map(|file| self.circle_from(file, &mut vec![], &mut done))
    }

    fn circle_from<'h>(
        &'h self,
        file: &'h str,
        way: &mut Vec<&'h str>,
        done: &mut BTreeSet<&'h str>,
    ) -> Option<Vec<&'h str>> {
        if let Some(start) = way.iter().position(|earlier| *earlier == file) {
            return Some(way[start..].to_vec());
        }
        if !done.insert(file) {
            return None;
        }
        way.push(file);
        let circle = self.0[file].iter().find_map(|next| self.circle_from(next, way, done));
        way.pop();
        circle
    }
}

fn source_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { source_files(&path) } else { vec![path] }).collect()
}

fn module_of(file: &Path) -> String {
    let file = file.strip_prefix("src").unwrap().with_extension("");
    let names: Vec<_> = file.iter().map(|name| name.to_str().unwrap()).filter(|name| *name != "mod").collect();
    names.join("::")
}

fn longest_prefix(modules: &BTreeSet<String>, path: &str) -> Option<String> {
    let mut path = path;
    while !modules.contains(path) {
        path = path.rsplit_once("::")?.0;
    }
    Some(path.to_owned())
}

/// Collects the paths into the crate that a file names.
struct Paths<'f> {
    module: &'f str,
    found: Vec<String>,
}

impl Paths<'_> {
    fn add(&mut self, names: &[String]) {
        let mut from: Vec<&str> = self.module.split("::").collect();
        let (first, rest) = names.split_first().unwrap();
        match first.as_str() {
            "crate" | "orglab" => from.clear(),
            "self" => {}
            "super" => _ = from.pop(),
            _ => return,
        }
        self.found.push(from.into_iter().chain(rest.iter().map(String::as_str)).collect::<Vec<_>>().join("::"));
    }

    fn add_tree(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: &dyn ToString| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.add_tree(&path.tree, &with(&path.ident)),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_tree(tree, before)),
            UseTree::Name(name) => self.add(&with(&name.ident)),
            UseTree::Rename(rename) => self.add(&with(&rename.ident)),
            UseTree::Glob(_) => self.add(before),
        }
    }
}

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        let is_test = |attribute: &Attribute| {
            attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Path>().is_ok_and(|it| it.is_ident("test"))
        };
        if !module.attrs.iter().any(is_test) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.add_tree(&item.tree, &[]);
    }

    /// The path in `pub(in path)` imports nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.add(&path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>());
        visit::visit_path(self, path);
    }
}

#[test]
fn no_file_imports_itself_through_others() {
    assert_eq!(House::read().circle(), None);
}

#[test]
fn the_map_lists_each_module_above_those_that_it_imports_from() {
    let map = fs::read_to_string("src/lib.rs").unwrap();
    let order: Vec<_> = map.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let place = |file: &str| order.iter().position(|module| file.split("::").next() == Some(module));
    for (file, imports) in House::read().0 {
        for other in &imports {
            assert!(place(&file) <= place(other), "{file} imports from {other}, which the map lists above it");
        }
    }
}

#[test]
fn the_demo_tenant_shares_a_few_modules_with_the_app_and_no_more() {
    let house = House::read();
    let tenant = house.0.iter().filter(|(file, _)| file.starts_with("demo_tenant"));
    for (file, imports) in tenant {
        for other in imports.iter().filter(|other| !other.starts_with("demo_tenant")) {
            assert!(SHARED_WITH_THE_TENANT.contains(&other.as_str()), "{file} imports {other}");
        }
    }
}

#[test]
fn nothing_but_the_start_knows_the_demo_tenant() {
    for (file, imports) in House::read().0 {
        let starts = ["main", "welcome", "settings::demo_tenant"].contains(&&*file) || file.starts_with("class");
        let may = starts || file.starts_with("demo_tenant");
        let other = imports.iter().find(|other| other.starts_with("demo_tenant"));
        assert!(may || other.is_none(), "{file} imports {other:?}");
    }
}

#[test]
fn the_demo_tenants_rooms_import_downwards_and_its_faces_not_each_other() {
    let place = |file: &str| {
        let room = file.strip_prefix("demo_tenant::")?.split("::").next()?.to_owned();
        Some((TENANT_ROOMS.iter().position(|name| *name == room).unwrap_or_else(|| panic!("{file}: no room")), room))
    };
    for (file, imports) in House::read().0 {
        let Some((level, room)) = place(&file) else { continue };
        for (other_level, other) in imports.iter().filter_map(|other| place(other)) {
            assert!(other_level <= level, "{file} imports from {other}, which stands above it");
            let are_faces = FACES.contains(&&*room) && FACES.contains(&&*other);
            assert!(!are_faces || room == other, "{file} imports from {other}, another face");
        }
    }
}

#[rstest]
#[case::sign_in("sign_in", &["pages", "session", "store", "settings", "middleware", "assets"], &["actix_", "tera::"])]
#[case::workspace("workspace", &["pages", "session", "store", "settings", "middleware", "assets"], &["actix_", "tera::"])]
#[case::model("demo_tenant/model", &["middleware", "assets"], &["actix_", "tera::", "reqwest::"])]
fn what_decides_knows_no_server_and_no_page(#[case] room: &str, #[case] modules: &[&str], #[case] crates: &[&str]) {
    let house = House::read();
    for path in source_files(&Path::new("src").join(room)) {
        for import in &house.0[&module_of(&path)] {
            assert!(!modules.iter().any(|module| import.split("::").next() == Some(module)), "{path:?}: {import}");
        }
        let source = fs::read_to_string(&path).unwrap();
        for line in source.lines().filter(|line| !line.trim_start().starts_with("//")) {
            assert!(!crates.iter().any(|name| line.contains(name)), "{path:?}: {line}");
        }
    }
}

/// Tests run on Linux alone, and would not notice what does not compile elsewhere.
#[test]
fn what_only_one_system_has_stands_behind_a_cfg() {
    const OF_ONE_SYSTEM: [&str; 7] =
        ["::unix", "::linux", "::windows", "os::fd", "libc::", "set_user_timeout", "as_raw_fd"];
    for path in source_files(Path::new("src")) {
        let source = fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = source.lines().collect();
        for (index, line) in lines.iter().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            let is_of_one = OF_ONE_SYSTEM.iter().any(|name| line.contains(name));
            // The attribute of the statement, or of the function that begins with it.
            let has_cfg = lines[index.saturating_sub(2)..index].iter().any(|line| line.trim().starts_with("#[cfg("));
            assert!(!is_of_one || has_cfg, "{}:{}: {line}", path.display(), index + 1);
        }
    }
}

#[test]
fn no_file_is_longer_than_400_lines() {
    for path in source_files(Path::new("src")) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 400, "{} has {lines} lines", path.display());
    }
}
