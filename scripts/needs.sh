# shellcheck shell=bash
# Checks for the programs that the tests need, and for their versions. Sourced from the project's root, before anything
# is built. It puts the programs on the PATH and installs what is missing from Debian, npm and PyPI if it can;
# otherwise it lists each missing program and how to install it, and exits.

PATH=$PATH:/usr/sbin # where Debian installs nginx
node_folder=tests/browser/node
# Who sources this may set `node_project`, the folder of the package that Node.js will run.
node_minimum=$(sed -nE 's/^ *"node": ">=([0-9.]+)".*/\1/p' "${node_project:-tests/browser}/package.json")
rust_minimum=$(sed -nE 's/^rust-version = "(.*)"/\1/p' Cargo.toml)
redis_minimum=6

# The first version number that a command prints; "none" where there is no such command.
version() {
    "$@" 2>/dev/null </dev/null | grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1 | grep . || echo none
}

# Whether the version $1 is $2 or newer.
is_at_least() {
    [ "$1" != none ] && [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]
}

# Records that $1 is missing: $2 lists the Debian packages that provide it, if any; $3 says how to get it elsewhere.
miss() {
    missing+=("$1: ${2:+on Debian, apt-get install $2; elsewhere, }$3")
    packages+=" $2"
    [ -n "$2" ] || is_only_packages=no
}

# Looks for everything except Node.js, which npm can install.
look() {
    missing=() packages='' is_only_packages=yes
    local found
    found=$(version rustc --version)
    is_at_least "$found" "$rust_minimum" ||
        miss "Rust $rust_minimum or newer (found: $found)" '' 'install it with rustup (https://rustup.rs)'
    type -P cc >/dev/null || miss 'a C compiler (cc)' 'gcc libc6-dev' 'gcc or clang'
    CHROMIUM=${CHROMIUM:-$(type -P chromium || type -P chromium-browser || type -P google-chrome || type -P chrome)}
    type -P "${CHROMIUM:-chromium}" >/dev/null ||
        miss "Chromium (found: ${CHROMIUM:-none})" 'chromium fonts-liberation' 'Chromium or Chrome, with CHROMIUM set to its path'
    found=$(version redis-server --version)
    is_at_least "$found" "$redis_minimum" ||
        miss "Redis $redis_minimum or newer (found: $found)" redis-server 'the package redis'
    type -P nginx >/dev/null || miss nginx nginx 'the package nginx'
    type -P openssl >/dev/null || miss openssl openssl 'the package openssl'
    type -P kill >/dev/null || miss kill procps 'the package procps or procps-ng'
    python3 -c 'import ensurepip, venv' 2>/dev/null || miss 'Python 3 with venv' python3-venv 'Python from https://python.org'
    # Only scripts/screenshots needs it, and sets `draws_pictures`.
    [ -z "${draws_pictures-}" ] || type -P img2webp >/dev/null || miss 'cwebp and img2webp' webp 'the package webp or libwebp'
    type -P npm >/dev/null || miss npm npm 'the package npm, or Node.js from https://nodejs.org'
}

# If anything is missing, lists it and exits with the same last line as a test run.
require_all() {
    [ ${#missing[@]} -eq 0 ] && return
    echo 'The tests need programs that are missing on this machine:' >&2
    printf '  - %s\n' "${missing[@]}" >&2
    echo '0 passed, 0 failed'
    exit 1
}

install_packages() {
    echo "Installing Debian packages:$packages"
    # shellcheck disable=SC2086 # a list of names
    apt-get update -qq </dev/null &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages </dev/null
    hash -r
}

# Puts a Node.js that is new enough on the PATH: the system's, or the one that npm installed next to the browser tests.
find_node() {
    is_at_least "$(version node --version)" "$node_minimum" && return
    local own
    own=$(echo "$PWD/$node_folder"/node_modules/node-*/bin) # npm 9 does not link to it
    is_at_least "$(version "$own/node" --version)" "$node_minimum" && PATH=$own:$PATH && hash -r
}

# Puts the versions of Auth0's client for Python into environments of their own. Each has a copy of its requirements once
# it is complete. Without PyPI, the tests with these clients are skipped; `not_installed` lists them.
install_python_clients() {
    not_installed=()
    local requirements environment client
    for requirements in tests/browser/peers/python/requirements-*.txt; do
        environment=${requirements/requirements/environment}
        environment=${environment%.txt}
        cmp -s "$requirements" "$environment/requirements.txt" && continue
        client="$(grep '^auth0-python==' "$requirements") from PyPI"
        echo "Installing $client"
        rm -rf "$environment"
        if python3 -m venv "$environment" && "$environment/bin/pip" install -q --retries 1 -r "$requirements"; then
            cp "$requirements" "$environment/requirements.txt"
        else
            not_installed+=("$client")
        fi </dev/null
    done
}

look
may_install=no
[ "$(id -u)" -eq 0 ] && type -P apt-get >/dev/null && may_install=yes
if [ $may_install = yes ] && [ $is_only_packages = yes ]; then
    # Optional: without Valkey, its tests report that they are skipped. Debian has it from release 13 on.
    if ! type -P valkey-server >/dev/null && apt-cache policy valkey-server 2>/dev/null | grep -q 'Candidate: [0-9]'; then
        packages+=' valkey-server'
    fi
    [ -z "${packages// /}" ] || install_packages
    look
fi
require_all
if ! find_node; then
    echo "Installing Node.js from npm (the tests need $node_minimum or newer; found: $(version node --version))"
    npm --prefix "$node_folder" ci --no-audit --no-fund </dev/null
    find_node || miss "Node.js $node_minimum or newer (found: $(version node --version))" '' 'from https://nodejs.org'
    require_all
fi
install_python_clients
export PATH CHROMIUM
