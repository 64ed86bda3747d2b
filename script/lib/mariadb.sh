# A private MariaDB below HOME_DIR. Sourced after common.sh, environment.sh and supervise.sh.
# shellcheck shell=bash

# Sets DATABASE_OS_USER. MariaDB should not be root; but a home that only root can enter leaves nobody else.
database_os_user() {
    DATABASE_OS_USER=$(id -un)
    is_root || return 0
    id mysql >/dev/null 2>&1 || return 0
    if setpriv --reuid=mysql --regid=mysql --init-groups test -x "$HOME_DIR"; then
        DATABASE_OS_USER=mysql
    fi
}

# Half a gigabyte of every two, from 128 MB to 2 GB; LOYALTY_DB_BUFFER_POOL_MB when several run on one machine.
buffer_pool_mb() {
    local mb
    mb=$(awk '/^MemTotal/ { print int($2 / 4096) }' /proc/meminfo)
    ((mb > 4096)) && mb=4096
    ((mb < 128)) && mb=128
    printf '%s' "${LOYALTY_DB_BUFFER_POOL_MB:-$mb}"
}

# A directory for temporary files of its own: each mariadbd that starts deletes the #sql-… files it finds in /tmp,
# and with them those of its neighbours.
database_directories() {
    mkdir -p "$SOCKETS/db/tmp"
    [[ $DATABASE_OS_USER != mysql ]] || chown mysql:mysql "$SOCKETS/db" "$SOCKETS/db/tmp"
}

database_configure() {
    local pool_mb
    pool_mb=$(buffer_pool_mb)
    cat >"$HOME_DIR/mariadb.cnf" <<EOF
# Written by script/server at each start.
[mariadbd]
datadir=$DATABASE_DIR
socket=$SOCKETS/db/mariadb.sock
pid-file=$SOCKETS/db/mariadb.pid
tmpdir=$SOCKETS/db/tmp
skip_networking=ON
skip_name_resolve=ON
local_infile=OFF
character_set_server=utf8mb4
default_time_zone='+00:00'
sql_mode=TRADITIONAL,ONLY_FULL_GROUP_BY
transaction_isolation=READ-COMMITTED
max_connections=200
max_allowed_packet=64M
innodb_flush_log_at_trx_commit=1
innodb_rollback_on_timeout=ON
innodb_snapshot_isolation=ON
innodb_print_all_deadlocks=ON
innodb_buffer_pool_size=${pool_mb}M
innodb_log_file_size=$((pool_mb >= 1024 ? pool_mb / 2 : 64))M
innodb_buffer_pool_dump_at_shutdown=OFF
innodb_buffer_pool_load_at_startup=OFF
EOF
}

# Creates the data directory once. It gets its name last, so that an interrupted start begins again.
database_create() {
    [[ -d $DATABASE_DIR ]] && return
    say "Creating a private MariaDB in $DATABASE_DIR."
    rm -rf "$DATABASE_DIR.new"
    mkdir -m 700 "$DATABASE_DIR.new"
    [[ $DATABASE_OS_USER != mysql ]] || chown mysql:mysql "$DATABASE_DIR.new"
    # mariadb-install-db breaks at a space in the path; the link has none.
    local directory=$DATABASE_DIR.new
    [[ $SOCKETS == "$RUN_DIR" ]] || directory=$SOCKETS/home/${directory##*/}
    in_foreground mariadb-install-db --no-defaults --user="$DATABASE_OS_USER" --datadir="$directory" \
        --tmpdir="$SOCKETS/db/tmp" --skip-test-db --auth-root-authentication-method=socket --auth-root-socket-user="$(id -un)" \
        --innodb-log-file-size=16M >"$LOG_DIR/mariadb-install.log" 2>&1 </dev/null \
        || stop_with 69 "mariadb-install-db failed: $(grep -m 5 -F '[ERROR]' "$LOG_DIR/mariadb-install.log" || tail -n 20 "$LOG_DIR/mariadb-install.log")"
    mv "$DATABASE_DIR.new" "$DATABASE_DIR"
}

run_mariadb() {
    local as=(--pdeathsig TERM)
    local options=(--defaults-file="$HOME_DIR/mariadb.cnf")
    if [[ $DATABASE_OS_USER == mysql ]]; then
        as+=(--reuid=mysql --regid=mysql --init-groups)
    elif is_root; then
        options+=(--user=root)
    fi
    PATH=$PATH:/usr/sbin exec setsid setpriv "${as[@]}" -- mariadbd "${options[@]}"
}

# The client with all rights: the server knows who started it by the socket.
database_root() { mariadb --no-defaults --protocol=socket --socket="$SOCKETS/db/mariadb.sock" --user="$(id -un)" --batch "$@"; }

database_answers() { database_root -e 'SELECT 1' >/dev/null 2>&1; }

database_start() {
    database_os_user
    database_directories
    database_create
    database_configure
    part_start mariadb
    # Recovery after a crash takes as long as it takes.
    wait_until 300 database_answers mariadb || stop_with 69 "MariaDB did not start: $(part_last_words mariadb)"
    database_users
}

# Two users. The migration user owns the schema; what the application's may do is granted, table by table, by the
# migrations, to the role `loyalty_application`.
database_users() {
    local name=$LOYALTY_DB_NAME
    [[ $name =~ ^[A-Za-z0-9_]+$ ]] || stop_with 2 "LOYALTY_DB_NAME may hold letters, digits and _ only: $name"
    database_root >>"$LOG_DIR/mariadb.log" 2>&1 <<EOF || stop_with 69 "the database's users could not be made: $LOG_DIR/mariadb.log"
CREATE DATABASE IF NOT EXISTS \`$name\` CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS loyalty_migrate@localhost;
ALTER USER loyalty_migrate@localhost IDENTIFIED BY '$(<"$SECRETS_DIR/db-migration")';
GRANT ALL PRIVILEGES ON \`$name\`.* TO loyalty_migrate@localhost WITH GRANT OPTION;
CREATE USER IF NOT EXISTS loyalty_app@localhost;
ALTER USER loyalty_app@localhost IDENTIFIED BY '$(<"$SECRETS_DIR/db-application")';
CREATE ROLE IF NOT EXISTS loyalty_application;
GRANT USAGE ON \`$name\`.* TO loyalty_application;
GRANT loyalty_application TO loyalty_migrate@localhost;
GRANT loyalty_application TO loyalty_app@localhost;
SET DEFAULT ROLE loyalty_application FOR loyalty_app@localhost;
EOF
}
