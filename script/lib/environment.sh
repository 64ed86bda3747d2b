# The settings of one home directory, and what every part of it is told. Sourced after common.sh.
# shellcheck shell=bash disable=SC2034

# Sets HOME_DIR, LISTEN, PORT, URL and the directories below HOME_DIR. Changes nothing on the disk.
settings_read() {
    HOME_DIR=${LOYALTY_HOME:-.local}
    [[ $HOME_DIR == /* ]] || HOME_DIR=$ROOT/$HOME_DIR
    HOME_DIR=$(absolute_path "$HOME_DIR")
    [[ $HOME_DIR != *['"$'$'\n']* ]] || stop_with 2 "LOYALTY_HOME must not hold quotes, dollar signs or line ends: $HOME_DIR"
    LISTEN=${LOYALTY_LISTEN:-127.0.0.1}
    PORT=${LOYALTY_PORT:-8080}
    [[ $PORT =~ ^[1-9][0-9]{0,4}$ && $PORT -le 65535 ]] || stop_with 2 "LOYALTY_PORT must be a number from 1 to 65535: $PORT"
    [[ $LISTEN =~ ^[0-9A-Za-z.:-]+$ ]] || stop_with 2 "LOYALTY_LISTEN must be an address: $LISTEN"
    URL=http://$(url_host "$LISTEN"):$PORT
    RUN_DIR=$HOME_DIR/run LOG_DIR=$HOME_DIR/log SECRETS_DIR=$HOME_DIR/secrets NGINX_DIR=$HOME_DIR/nginx
    DATABASE_DIR=$HOME_DIR/mariadb
}

directories_create() {
    mkdir -p "$HOME_DIR" "$RUN_DIR" "$LOG_DIR" "$NGINX_DIR" "$HOME_DIR/exports"
    mkdir -p "$SECRETS_DIR"
    chmod 700 "$SECRETS_DIR"
    sockets_place
}

# Sets SOCKETS. The kernel takes 107 bytes of socket path at most, so a long home gets a short directory under /tmp.
sockets_place() {
    SOCKETS=$RUN_DIR
    if ((${#RUN_DIR} > 80)) || [[ $RUN_DIR == *[!A-Za-z0-9/._-]* ]]; then
        local digest
        digest=$(printf '%s' "$HOME_DIR" | sha256sum)
        SOCKETS=/tmp/loyalty-$EUID-${digest:0:12}
        mkdir -m 711 "$SOCKETS" 2>/dev/null || true
        # Another user of this machine could have taken the name.
        [[ -O $SOCKETS && -d $SOCKETS && ! -L $SOCKETS ]] || stop_with 69 "$SOCKETS belongs to somebody else: remove it"
        ln -sfn "$HOME_DIR" "$SOCKETS/home"
        ln -sfn "$SOCKETS" "$RUN_DIR/sockets"
        say "The path of $HOME_DIR is too long or too unusual for sockets: they are in $SOCKETS, linked from run/sockets."
    fi
}

# Has NAME or NAME_FILE a value?
is_set() {
    local file=$1_FILE
    [[ -n ${!1:-} || -n ${!file:-} ]]
}

value_of() {
    local file=$1_FILE
    if [[ -n ${!1:-} ]]; then printf '%s' "${!1}"; else cat -- "${!file}"; fi
}

# What may not happen on an address others can reach. Called before anything is written.
exposure_check() {
    is_loopback "$LISTEN" && return
    local name missing=()
    for name in LOYALTY_SECRET_KEY LOYALTY_CRON_SECRET; do
        is_set "$name" || missing+=("$name")
    done
    ((${#missing[@]} == 0)) || stop_with 2 \
        "LOYALTY_LISTEN=$LISTEN can be reached by others, so these must be set (or their _FILE): ${missing[*]}"
    [[ $(value_of LOYALTY_CRON_SECRET) != *demo-cron-secret* ]] || stop_with 2 \
        "LOYALTY_CRON_SECRET is the demo's, which everybody knows: refused on LOYALTY_LISTEN=$LISTEN"
    [[ ! -e $HOME_DIR/demo-loaded ]] || stop_with 2 \
        "$HOME_DIR holds the demo tenants, whose passwords everybody knows: refused on LOYALTY_LISTEN=$LISTEN. Use another LOYALTY_HOME"
}

new_secret_key() { printf '1:%s\n' "$(random_secret)"; }

# Exports what contract.md names, with values for what was not set.
settings_export() {
    export LOYALTY_HOME=$HOME_DIR LOYALTY_LISTEN=$LISTEN LOYALTY_PORT=$PORT
    export LOYALTY_FCGI_LISTEN=${LOYALTY_FCGI_LISTEN:-$SOCKETS/responder.sock}
    export LOYALTY_PUBLIC_URL=${LOYALTY_PUBLIC_URL:-$URL}
    export LOYALTY_ALLEAVES_RATE=${LOYALTY_ALLEAVES_RATE:-0} LOYALTY_ALPINE_RATE=${LOYALTY_ALPINE_RATE:-0}
    export LOYALTY_API_RATE=${LOYALTY_API_RATE:-0}
    settings_export_database
    SIMULATOR=no
    is_loopback "$LISTEN" || return 0
    if ! is_set LOYALTY_SECRET_KEY; then
        keep_secret "$SECRETS_DIR/secret-key" new_secret_key
        export LOYALTY_SECRET_KEY_FILE=$SECRETS_DIR/secret-key
    fi
    is_set LOYALTY_CRON_SECRET || export LOYALTY_CRON_SECRET=demo-cron-secret
    if [[ -z ${LOYALTY_ALLEAVES_BASE_URL:-}${LOYALTY_ALPINE_BASE_URL:-} ]]; then
        SIMULATOR=yes
        export LOYALTY_ALLEAVES_BASE_URL=$URL/alleaves/api LOYALTY_ALPINE_BASE_URL=$URL/alpine/api
        export LOYALTY_SIMULATOR_LISTEN=$SOCKETS/simulator.sock
    fi
}

settings_export_database() {
    export LOYALTY_DB_NAME=${LOYALTY_DB_NAME:-loyalty}
    PRIVATE_DATABASE=no
    [[ -z ${LOYALTY_DB_HOST:-}${LOYALTY_DB_SOCKET:-} ]] || return 0
    PRIVATE_DATABASE=yes
    export LOYALTY_DB_SOCKET=$SOCKETS/db/mariadb.sock LOYALTY_DB_USER=loyalty_app
    export LOYALTY_DB_PASSWORD_FILE=$SECRETS_DIR/db-application
    export LOYALTY_DB_MIGRATION_USER=loyalty_migrate LOYALTY_DB_MIGRATION_PASSWORD_FILE=$SECRETS_DIR/db-migration
    keep_secret "$SECRETS_DIR/db-application" random_secret
    keep_secret "$SECRETS_DIR/db-migration" random_secret
}

# Keeps the settings for script/loyalty, which lets its own environment win.
settings_save() {
    local name
    (
        umask 077
        for name in $(compgen -v LOYALTY_); do
            [[ -n ${!name} ]] && printf '[[ -v %s ]] || export %s=%q\n' "$name" "$name" "${!name}"
        done >"$HOME_DIR/env.new"
    )
    printf '[[ -v BIN_DIR ]] || BIN_DIR=%q\n' "$BIN_DIR" >>"$HOME_DIR/env.new"
    mv -f "$HOME_DIR/env.new" "$HOME_DIR/env"
}

# Runs a command with the rights to change the schema.
with_migration_rights() (
    if [[ -n ${LOYALTY_DB_MIGRATION_USER:-} ]]; then
        export LOYALTY_DB_USER=$LOYALTY_DB_MIGRATION_USER
        unset LOYALTY_DB_PASSWORD LOYALTY_DB_PASSWORD_FILE
        if [[ -n ${LOYALTY_DB_MIGRATION_PASSWORD_FILE:-} ]]; then
            export LOYALTY_DB_PASSWORD_FILE=$LOYALTY_DB_MIGRATION_PASSWORD_FILE
        else
            export LOYALTY_DB_PASSWORD=${LOYALTY_DB_MIGRATION_PASSWORD:-}
        fi
    fi
    exec "$@"
)
