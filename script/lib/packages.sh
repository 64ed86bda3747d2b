# Names and installs the Debian packages that are missing. Sourced after common.sh.
# shellcheck shell=bash

# packages_missing GROUP…: prints those of script/lib/packages that are not installed.
packages_missing() {
    local group package wanted=()
    while read -r group package _; do
        [[ -n $group && $group != \#* && " $* " == *" $group "* ]] && wanted+=("$package")
    done <"$ROOT/script/lib/packages"
    local installed
    # `ii` only: a removed package leaves its configuration and a line of its own behind.
    installed=" $(dpkg-query -W -f='${db:Status-Abbrev} ${binary:Package}\n' "${wanted[@]}" 2>/dev/null \
        | sed -n 's/^ii *\([^: ]*\).*/\1/p' | tr '\n' ' ')"
    for package in "${wanted[@]}"; do
        [[ $installed == *" $package "* ]] || printf '%s\n' "$package"
    done
}

# packages_install GROUP…: returns when all are there, stops the script with what to do when not.
packages_install() {
    command -v dpkg-query >/dev/null || stop_with 69 "this needs Debian 12: dpkg is missing. Packages: script/lib/packages"
    local missing sudo=()
    mapfile -t missing < <(packages_missing "$@")
    ((${#missing[@]})) || return 0
    say "Missing packages: ${missing[*]}"
    local by_hand="apt-get install ${missing[*]}"
    if ! is_root; then
        command -v sudo >/dev/null || stop_with 69 "not root, and sudo is missing: run as root: $by_hand"
        sudo=(sudo)
    fi
    say "Installing them with apt-get (the system's own nginx and MariaDB services are not needed)."
    # apt-get update exits 0 without a network; only the installation knows.
    local apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=1 -o Acquire::http::Timeout=15)
    if ! { "${apt[@]}" update </dev/null && "${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null; }; then
        stop_with 69 "could not install ${missing[*]}: the lines above say why. No network? Connect, or install them by hand: $by_hand"
    fi
    mapfile -t missing < <(packages_missing "$@")
    ((${#missing[@]} == 0)) || stop_with 69 "still missing after the installation: ${missing[*]}"
}
