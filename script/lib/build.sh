# The release build. Sourced after common.sh.
# shellcheck shell=bash

# Sets BIN_DIR, and builds when a source is newer than the last good build.
# LOYALTY_BIN_DIR names ready binaries and switches building off.
release_build() {
    if [[ -n ${LOYALTY_BIN_DIR:-} ]]; then
        BIN_DIR=$(absolute_path "$LOYALTY_BIN_DIR")
        [[ -x $BIN_DIR/loyalty ]] || stop_with 69 "LOYALTY_BIN_DIR=$LOYALTY_BIN_DIR holds no program named loyalty"
        return
    fi
    BIN_DIR=$ROOT/.build/release
    local stamp=$ROOT/.build/release-built
    # Directories count too: their time changes when a file goes away.
    if [[ -x $BIN_DIR/loyalty && -x $BIN_DIR/PosSimulator && -e $stamp
        && -z $(find "$ROOT/Package.swift" "$ROOT/Sources" -newer "$stamp" -print -quit) ]]; then
        return
    fi
    swift_or_stop
    space_or_stop
    say "Building a release: minutes the first time, seconds later."
    mkdir -p "$ROOT/.build"
    # The time of the start: what is edited while the compiler runs must count as newer.
    touch "$stamp.new"
    local product
    for product in loyalty PosSimulator; do
        in_foreground swift build --package-path "$ROOT" -c release --product "$product" </dev/null \
            || stop_with 1 "the build of $product failed: the lines above say why (a first build needs the network for its packages)"
    done
    mv -f "$stamp.new" "$stamp"
}

swift_or_stop() {
    command -v swift >/dev/null || stop_with 69 \
        "no Swift found: install a Swift 6 toolchain (https://www.swift.org/install/linux/) and put its usr/bin into PATH (sudo resets PATH: start without it)"
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    [[ $version =~ ^([0-9]+)\.([0-9]+)$ ]] || version=0.0
    ((${version%.*} * 100 + ${version#*.} >= 602)) || stop_with 69 \
        "Swift $version found; 6.2 or newer is needed (https://www.swift.org/install/linux/)"
}

# A first build takes about 1.5 GB.
space_or_stop() {
    [[ -d $ROOT/.build/release ]] && return
    local free_kb
    free_kb=$(df -Pk "$ROOT" | awk 'NR == 2 { print $4 }')
    ((free_kb >= 2 * 1024 * 1024)) || stop_with 69 \
        "only $((free_kb / 1024)) MB free on the disk of $ROOT: the first build needs 2 GB"
}
