# Words to the person at the terminal, and small questions about the machine. Sourced, never run.
# shellcheck shell=bash

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }

# Stops the script with one clear line. 69 = a needed service or tool is not available, 2 = wrong usage.
stop_with() {
    local code=$1
    shift
    warn "${0##*/}: $*"
    exit "$code"
}

# Milliseconds since the epoch, without starting a process.
now_ms() { local t=${EPOCHREALTIME/[.,]/}; printf '%s' "${t:0:-3}"; }

# seconds_since MS: "12.3", for people.
seconds_since() {
    local ms=$(($(now_ms) - $1))
    printf '%d.%d' $((ms / 1000)) $((ms % 1000 / 100))
}

is_root() { [[ $EUID -eq 0 ]]; }

is_loopback() { [[ $1 == localhost || $1 == ::1 || $1 =~ ^127(\.[0-9]{1,3}){3}$ ]]; }

# The host part of a URL for a listening address.
url_host() {
    case $1 in
        0.0.0.0) printf 127.0.0.1 ;;
        ::) printf '[::1]' ;;
        *:*) printf '[%s]' "$1" ;;
        *) printf '%s' "$1" ;;
    esac
}

# port_in_use ADDRESS PORT
port_in_use() {
    local host
    host=$(url_host "$1")
    (exec 3<>"/dev/tcp/${host//[\[\]]/}/$2") 2>/dev/null
}

# A port nobody listens on, below the range the kernel hands to outgoing connections.
free_port() {
    local port
    for _ in {1..200}; do
        port=$((20000 + RANDOM % 10000))
        port_in_use 127.0.0.1 "$port" || { printf '%s' "$port"; return; }
    done
    stop_with 69 "no free port between 20000 and 29999"
}

# absolute_path PATH: without following links, and without asking that it exists.
absolute_path() { realpath -ms -- "$1"; }

# random_secret: 32 random bytes in base64.
random_secret() { head -c 32 /dev/urandom | base64 -w 0; }

# keep_secret FILE COMMAND…: writes the command's output to FILE once, readable by its owner alone.
keep_secret() {
    local file=$1
    shift
    [[ -s $file ]] && return
    (umask 277 && "$@" >"$file.new" && mv -f "$file.new" "$file")
}
