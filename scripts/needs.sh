# shellcheck shell=bash
# Checks for the programs that the tests need, and for their versions. Sourced from the project's root, before anything
# is built. It puts the programs on the PATH and installs what is missing from Debian, npm and PyPI if it can;
# otherwise it lists each missing program and how to install it on this system (Debian, macOS with Homebrew, Fedora,
# others), and exits.

PATH=$PATH:/usr/sbin # where Debian and Fedora install nginx
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

# The program that installs packages on this system, if it is one of these.
manager=$(type -P apt-get || type -P brew || type -P dnf || true)
manager=${manager##*/}

# Records that $1 is missing. $2, $3 and $4 are its packages for apt-get, brew and dnf, if any; $5 says how to get it where
# there is none.
miss() {
    local names
    case $manager in
        apt-get) names=$2 ;;
        brew) names=$3 ;;
        dnf) names=$4 ;;
        *) names='' ;;
    esac
    if [ -n "$names" ]; then
        missing+=("$1: $manager install $names")
        packages+=" $names"
    else
        missing+=("$1: $5")
        is_only_packages=no
    fi
}

# The path of Chromium or Chrome: what CHROMIUM says, the system's or, as the last resort, the newest that Playwright has
# downloaded.
find_chromium() {
    local candidate
    if [ -n "${CHROMIUM-}" ]; then
        type -P "$CHROMIUM"
        return
    fi
    for candidate in chromium chromium-browser google-chrome google-chrome-stable chrome \
        /Applications/{Chromium.app/Contents/MacOS/Chromium,"Google Chrome.app/Contents/MacOS/Google Chrome"}; do
        type -P "$candidate" && return
    done
    for candidate in ${PLAYWRIGHT_BROWSERS_PATH:+"$PLAYWRIGHT_BROWSERS_PATH"} ~/.cache/ms-playwright ~/Library/Caches/ms-playwright; do
        printf '%s\n' "$candidate"/chromium-*/chrome-*/{chrome,*.app/Contents/MacOS/*}
    done | sort -V | while read -r candidate; do type -P "$candidate"; done | tail -n 1
}

# Looks for everything except Node.js, which npm can install.
look() {
    missing=() packages='' is_only_packages=yes
    local found
    # macOS has Bash 3.2.
    [ "${BASH_VERSINFO[0]}" -ge 5 ] || miss "Bash 5 or newer (found: $BASH_VERSION)" bash bash bash 'the package bash'
    found=$(version rustc --version)
    is_at_least "$found" "$rust_minimum" ||
        miss "Rust $rust_minimum or newer (found: $found)" '' '' '' 'install it with rustup (https://rustup.rs)'
    type -P cc >/dev/null || miss 'a C compiler (cc)' 'gcc libc6-dev' '' gcc 'gcc or clang; on macOS, xcode-select --install'
    found=$(find_chromium || true)
    if [ -n "$found" ]; then
        CHROMIUM=$found
    else
        miss "Chromium or Chrome (CHROMIUM: ${CHROMIUM:-not set})" 'chromium fonts-liberation' google-chrome \
            'chromium liberation-fonts' \
            'Chromium or Chrome, with CHROMIUM set to its path; or, in tests/browser, npx playwright install chromium'
    fi
    # Without it, Debian's sans-serif is a monospaced font, in which pages are wider and longer than they may be.
    [ "$manager" != apt-get ] || [ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] ||
        miss 'the font DejaVu Sans' fonts-dejavu-core '' '' ''
    found=$(version redis-server --version)
    is_at_least "$found" "$redis_minimum" ||
        miss "Redis $redis_minimum or newer (found: $found)" redis-server redis valkey-compat-redis 'the package redis'
    type -P nginx >/dev/null || miss nginx nginx nginx nginx 'the package nginx'
    type -P curl >/dev/null || miss curl curl curl curl 'the package curl'
    type -P openssl >/dev/null || miss openssl openssl openssl openssl 'the package openssl'
    # Linux alone has network namespaces (scripts/own-network).
    [[ $OSTYPE != linux* ]] || type -P ip >/dev/null || miss ip iproute2 '' iproute 'the package iproute2'
    [[ $OSTYPE != linux* ]] || type -P unshare >/dev/null || miss unshare util-linux '' util-linux 'the package util-linux'
    type -P kill >/dev/null || miss kill procps '' util-linux 'the package procps or procps-ng'
    python3 -c 'import ensurepip, venv' 2>/dev/null ||
        miss 'Python 3 with venv' python3-venv python python3 'Python from https://python.org'
    # Only scripts/screenshots needs it, and sets `draws_pictures`.
    [ -z "${draws_pictures-}" ] || type -P img2webp >/dev/null ||
        miss 'cwebp and img2webp' webp webp libwebp-tools 'the package webp or libwebp'
    type -P npm >/dev/null || miss npm npm node nodejs-npm 'the package npm, or Node.js from https://nodejs.org'
}

# If anything is missing, lists it and exits with the same last line as a test run.
require_all() {
    [ ${#missing[@]} -eq 0 ] && return
    echo 'The tests need programs that are missing on this machine:' >&2
    printf '  - %s\n' "${missing[@]}" >&2
    [ -z "${packages// /}" ] || echo "All of these packages: $manager install ${packages# }" >&2
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

# Puts packages of PyPI into environments of their own, next to their requirements. Each has a copy of these once it is
# complete. Without PyPI, the tests with these packages are skipped; `not_installed` lists what they need.
install_python_packages() {
    local requirements environment package
    for requirements in tests/browser/peers/python/requirements-*.txt tests/examples/selenium/requirements.txt \
        tests/openapi/requirements.txt; do
        environment=${requirements/requirements/environment}
        environment=${environment%.txt}
        cmp -s "$requirements" "$environment/requirements.txt" && continue
        package="$(grep -E '^(auth0-python|schemathesis|selenium)==' "$requirements") from PyPI"
        echo "Installing $package"
        rm -rf "$environment"
        if python3 -m venv "$environment" && "$environment/bin/pip" install -q --retries 1 -r "$requirements"; then
            cp "$requirements" "$environment/requirements.txt"
        else
            not_installed+=("$package")
        fi </dev/null
    done
}

look
may_install=no not_installed=()
[ "$(id -u)" -eq 0 ] && [ "$manager" = apt-get ] && may_install=yes
if [ $may_install = yes ] && [ $is_only_packages = yes ]; then
    # Optional: without Valkey, its tests report that they are skipped. Debian has it from release 13 on.
    if ! type -P valkey-server >/dev/null && apt-cache policy valkey-server 2>/dev/null | grep -q 'Candidate: [0-9]'; then
        packages+=' valkey-server'
    fi
    # Optional in the same way, for Selenium. It must have Chromium's version, so Debian's is only for Debian's Chromium.
    type -P chromedriver >/dev/null || [ "${CHROMIUM:-/usr/bin/chromium}" != /usr/bin/chromium ] || packages+=' chromium-driver'
    [ -z "${packages// /}" ] || install_packages
    look
fi
require_all
type -P chromedriver >/dev/null || not_installed+=(chromedriver)
if ! find_node; then
    echo "Installing Node.js from npm (the tests need $node_minimum or newer; found: $(version node --version))"
    npm --prefix "$node_folder" ci --no-audit --no-fund </dev/null
    find_node || miss "Node.js $node_minimum or newer (found: $(version node --version))" '' '' '' 'from https://nodejs.org'
    require_all
fi
install_python_packages
export PATH CHROMIUM
