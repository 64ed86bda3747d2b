# nginx with its own prefix, rendered from nginx/loyalty.conf.template. Sourced after common.sh and environment.sh.
# shellcheck shell=bash

# nginx_render: writes NGINX_DIR/nginx.conf. LOYALTY_NGINX_EXTRA names a file to include beside the server (script/bench).
nginx_render() {
    local text user='' simulator='' extra='' address=$LISTEN
    [[ $address != *:* ]] || address="[$address]"
    is_root && user='user root;'
    [[ ${SIMULATOR:-no} == yes ]] && simulator="include loyalty/simulator.conf;"
    [[ -n ${LOYALTY_NGINX_EXTRA:-} ]] && extra="include \"$LOYALTY_NGINX_EXTRA\";"
    text=$(<"$ROOT/nginx/loyalty.conf.template")
    text=${text//@USER@/"$user"}
    text=${text//@LISTEN@/"$address:$PORT"}
    text=${text//@NGINX_DIR@/"$NGINX_DIR"}
    text=${text//@LOG_DIR@/"$LOG_DIR"}
    text=${text//@HOME@/"$HOME_DIR"}
    text=${text//@TEMPLATES@/"$ROOT/templates"}
    text=${text//@RESPONDER_SOCKET@/"$LOYALTY_FCGI_LISTEN"}
    text=${text//@SIMULATOR_SOCKET@/"${LOYALTY_SIMULATOR_LISTEN:-$SOCKETS/simulator.sock}"}
    text=${text//@SIMULATOR@/"$simulator"}
    text=${text//@EXTRA@/"$extra"}
    printf '%s\n' "$text" >"$NGINX_DIR/nginx.conf"
    mkdir -p "$NGINX_DIR/cache" "$NGINX_DIR/temp"
    ln -sfn "$ROOT/nginx/snippets" "$NGINX_DIR/loyalty"
    local problem
    problem=$(PATH=$PATH:/usr/sbin nginx -t -q -e stderr -p "$NGINX_DIR" -c "$NGINX_DIR/nginx.conf" 2>&1) \
        || stop_with 69 "nginx refuses its configuration: $problem"
}

run_nginx() {
    PATH=$PATH:/usr/sbin exec setsid setpriv --pdeathsig TERM -- \
        nginx -e stderr -p "$NGINX_DIR" -c "$NGINX_DIR/nginx.conf" -g 'daemon off;'
}
