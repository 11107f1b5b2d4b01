#!/usr/bin/env bash
# Makes a Debian 12 or Ubuntu 24.04 machine ready: the system packages that are missing, and .venv from the lock.
#   scripts/bootstrap.sh [PROGRAM[=PACKAGE]...]   also these programs, each from the package of its name, or from PACKAGE
# Says what it installs before it does. When nothing is missing it changes nothing and is done in a moment.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

uv_version=0.13.9
stamp=.venv/installed.sha256

say() { printf '» %s\n' "$*"; }
die() {
    printf '» %s\n' "$*" >&2
    exit 1
}

find_python() {
    local name
    for name in ${PYTHON:-python3 python3.11 python3.12 python3.13}; do
        if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            command -v "$name"
            return
        fi
    done
    die "Python 3.11 or newer is needed and was not found: install it, or name it: make PYTHON=/path/to/python3.11 …"
}

packages=()
need() { # need REASON PACKAGE...
    say "missing: $1 → ${*:2}"
    packages+=("${@:2}")
}

look_for_what_is_missing() {
    local program version
    version=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
    # What .venv is built with; once it stands, none of it is needed again.
    if ! up_to_date; then
        "$python" -c 'import ensurepip' 2>/dev/null || need "virtual environments" "$version-venv"
        "$python" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' ||
            need "Python's headers, to build mysqlclient" "$version-dev"
        command -v gcc >/dev/null || need "a C compiler, to build mysqlclient" gcc libc6-dev
        command -v pkg-config >/dev/null || need "pkg-config, to build mysqlclient" pkg-config
        { pkg-config --exists libmariadb || pkg-config --exists mysqlclient; } 2>/dev/null || need "MariaDB's client library, to build mysqlclient" libmariadb-dev
    fi
    # my_print_defaults, which mariadb-install-db needs, is in the client's package.
    { PATH=$PATH:/usr/sbin command -v mariadbd && command -v my_print_defaults; } >/dev/null ||
        need "MariaDB for the demo and the tests: the bare server, no system service" mariadb-server-core mariadb-client-core
    for program; do
        command -v "${program%%=*}" >/dev/null || need "${program%%=*}" "${program#*=}"
    done
}

install_packages() {
    local as_root=()
    command -v apt-get >/dev/null || die "this system has no apt-get: install what is missing by its own means, then start again"
    if ((EUID != 0)); then
        command -v sudo >/dev/null || die "neither root nor sudo: ask an administrator for: apt-get install ${packages[*]}"
        as_root=(sudo)
    fi
    say "installing with apt-get: ${packages[*]}"
    "${as_root[@]}" apt-get -qq update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "${packages[@]}" >/dev/null
}

wanted() { sha256sum pyproject.toml requirements.txt requirements-dev.txt constraints.txt; }

up_to_date() { [[ -x .venv/bin/python ]] && .venv/bin/python -c '' 2>/dev/null && cmp -s <(wanted) "$stamp"; }

install_environment() {
    say "Python packages into .venv (about 200 from the lock; the first time takes a minute or two)"
    .venv/bin/python -c '' 2>/dev/null || "$python" -m venv --clear .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$uv_version"
    # Compiled now, once: else each of Airflow's processes does it, where PYTHONDONTWRITEBYTECODE is set again and again.
    .venv/bin/python -m uv pip install --quiet --python .venv/bin/python --compile-bytecode \
        -r requirements.txt -r requirements-dev.txt -c constraints.txt
    # Airflow learns of the connection type «Kontur» from an installed distribution only.
    .venv/bin/python -m uv pip install --quiet --python .venv/bin/python --no-deps --editable .
    wanted >"$stamp"
}

python=$(find_python)
look_for_what_is_missing "$@"
((${#packages[@]} == 0)) || install_packages
up_to_date || install_environment
