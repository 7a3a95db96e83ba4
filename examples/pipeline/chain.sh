# The chain's parts, as functions: for run.sh and .ci/pipeline, which source this file.
#
# All state is in one temporary folder, all ports are free ones of the loopback. `keep` stands for a supervisor such as
# systemd: it starts a program again when it ends. `finish` takes everything down.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
STATE=$(mktemp -d "${TMPDIR:-/tmp}/pipeline.XXXXXX")
chmod 755 "$STATE"
mkdir -p "$STATE"/{service,host,pids,carbon/whisper,carbon/log,carbon-conf}
LOG=$STATE/games.log            # what the log host writes
PIPE=$STATE/games.pipe          # the service's standard output
SOCKET=$STATE/log.sock          # what logger writes to
REQUEST_LOG=$ROOT/target/debug/request-log
GAMES=$ROOT/target/debug/examples/games
KEEPERS=()

# Installs what is missing, from Debian, npm and PyPI.
install() {
    local missing=() command
    for command in rsyslogd:rsyslog nginx:nginx-light logger:bsdutils carbon-cache:graphite-carbon curl:curl jq:jq \
        node:nodejs npm:npm python3:python3 "$@"; do
        [ -n "$(PATH=$PATH:/usr/sbin:/sbin command -v "${command%%:*}")" ] || missing+=("${command#*:}")
    done
    [ -n "$(find /usr/lib -name omrelp.so -print -quit)" ] || missing+=(rsyslog-relp)
    if [ ${#missing[@]} -gt 0 ]; then
        local sudo=
        [ "$(id -u)" = 0 ] || sudo=sudo
        $sudo apt-get update -qq
        # RUNLEVEL=1: the packages start no daemon of theirs.
        RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    fi
    STATSD_HOME=${STATSD_HOME:-$ROOT/target/pipeline/statsd}
    [ -e "$STATSD_HOME/node_modules/statsd/stats.js" ] ||
        npm install --silent --no-fund --no-audit --prefix "$STATSD_HOME" statsd@0.9 >/dev/null
}

build() {
    (cd "$ROOT" && cargo build --quiet --features cli,axum --bin request-log --example games)
}

# Chooses free ports, all at once so that none is chosen twice; below those that the kernel gives to outgoing connections
# (32,768 and up, `ip_local_port_range`), which could take one before its server does.
ports() {
    read -r "$@" < <(python3 - $# <<'PY'
import random, socket, sys
sockets = []
for port in random.sample(range(12000, 32000), 2000):
    s = socket.socket()
    try:
        s.bind(("127.0.0.1", port))
    except OSError:
        continue
    sockets.append(s)
    if len(sockets) == int(sys.argv[1]):
        break
print(*(s.getsockname()[1] for s in sockets))
PY
    )
}

# Writes a configuration with its places filled in: `fill FROM TO`.
fill() {
    local script=() name
    for name in STATE HERE SOCKET LOG RELP_PORT NGINX_PORT SERVICE_PORT CARBON_PORT PICKLE_PORT QUERY_PORT STATSD_PORT \
        STATSD_ADMIN_PORT; do
        script+=(-e "s#@$name@#${!name:-}#g")
    done
    sed "${script[@]}" "$HERE/$1" >"$STATE/$2"
}

# Waits for what a command tells, 30 seconds at most: `await WHAT COMMAND…`.
await() {
    local what=$1 deadline=$((SECONDS + ${PATIENCE:-30}))
    shift
    until "$@" 2>/dev/null; do
        if [ $SECONDS -ge $deadline ]; then
            echo "never came: $what" >&2
            return 1
        fi
        sleep 0.05
    done
}

# Keeps a program running: `keep NAME COMMAND…`. It is started again half a second after it ended, unless `hold NAME`.
keep() {
    local name=$1
    shift
    (
        trap 'kill -TERM "$child" 2>/dev/null; wait "$child" 2>/dev/null; exit' TERM
        trap '' INT
        child=
        while :; do
            if [ ! -e "$STATE/pids/$name.hold" ]; then
                "$@" >>"$STATE/$name.out" 2>&1 &
                child=$!
                echo "$child" >"$STATE/pids/$name"
                wait "$child" || true
                rm -f "$STATE/pids/$name"
            fi
            sleep 0.5 &
            wait $! || true
        done
    ) &
    KEEPERS+=($!)
}

is_up() { [ -s "$STATE/pids/$1" ]; }
is_down() { [ ! -e "$STATE/pids/$1" ]; }
port_answers() { (exec 9<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Ends a program with a signal: `end NAME [SIGNAL]`; its keeper starts it again.
end() { kill "-${2:-TERM}" "$(cat "$STATE/pids/$1")"; }
# Ends a program and leaves it so until `release NAME`.
hold() {
    touch "$STATE/pids/$1.hold"
    end "$@"
    await "the end of $1" is_down "$1"
}
release() {
    rm "$STATE/pids/$1.hold"
    await "$1" is_up "$1"
}

# Takes everything down, whatever happened.
finish() {
    local keeper
    for keeper in "${KEEPERS[@]}"; do kill -TERM "$keeper" 2>/dev/null || true; done
    for keeper in "${KEEPERS[@]}"; do
        for _ in $(seq 100); do kill -0 "$keeper" 2>/dev/null || break; sleep 0.1; done
        if kill -0 "$keeper" 2>/dev/null; then pkill -KILL -P "$keeper" || true; kill -KILL "$keeper" || true; fi
    done
    wait
    exec 8>&- || true
    [ -n "${KEEP_STATE:-}" ] && echo "state is kept in $STATE" || rm -rf "$STATE"
}
trap finish EXIT

# The log host: RELP to a file.
start_host() {
    fill rsyslog-host.conf host.conf
    keep host rsyslogd -n -i "$STATE/host/rsyslogd.pid" -f "$STATE/host.conf"
    await "the log host" port_answers "$RELP_PORT"
}

# rsyslog beside the service: a socket to RELP. The socket is held open here, as a systemd .socket unit would hold it, so
# that what logger sends while rsyslog starts again waits in it.
start_sender() {
    fill rsyslog-service.conf service.conf
    python3 "$HERE/hold.py" "$STATE" sender "$SOCKET" rsyslogd -n -i "$STATE/service/rsyslogd.pid" -f "$STATE/service.conf" \
        >>"$STATE/sender.out" 2>&1 &
    KEEPERS+=($!)
    await "rsyslog's socket" test -S "$SOCKET"
}

# The named pipe, held open for reading and writing as a systemd .socket unit with ListenFIFO= would hold it, and logger.
start_logger() {
    mkfifo "$PIPE"
    exec 8<>"$PIPE"
    keep logger bash -c 'exec logger --socket-errors=on --size 64KiB -u "$1" -t games <"$2"' logger "$SOCKET" "$PIPE"
}

start_service() {
    keep service bash -c 'exec "$1" "$2" >"$3"' service "$GAMES" "127.0.0.1:$SERVICE_PORT" "$PIPE"
    await "the service" port_answers "$SERVICE_PORT"
}

start_nginx() {
    fill nginx.conf nginx.conf
    local user=()
    [ "$(id -u)" != 0 ] || user=(-g "user root;")
    keep nginx nginx -c "$STATE/nginx.conf" "${user[@]}"
    await nginx port_answers "$NGINX_PORT"
}

start_carbon() {
    fill carbon.conf carbon-conf/carbon.conf
    cp "$HERE/storage-schemas.conf" "$STATE/carbon-conf/"
    keep carbon carbon-cache --nodaemon --config="$STATE/carbon-conf/carbon.conf" --pidfile="$STATE/carbon/carbon.pid" start
    await carbon port_answers "$CARBON_PORT"
}

start_statsd() {
    fill statsd.js.conf statsd.js.conf
    keep statsd node "$STATSD_HOME/node_modules/statsd/stats.js" "$STATE/statsd.js.conf"
    await StatsD port_answers "$STATSD_ADMIN_PORT"
}

start_metrics() {
    keep graphite "$REQUEST_LOG" metrics --graphite "127.0.0.1:$CARBON_PORT" --prefix games --every 1s -f "$LOG"
    keep to-statsd "$REQUEST_LOG" metrics --statsd "127.0.0.1:$STATSD_PORT" --prefix games -f "$LOG"
}

# Runs a command for each 5xx: `start_alert COMMAND`.
start_alert() {
    keep alert "$REQUEST_LOG" alert 'status>=500' --at-most 100/60s --exec "$1" -f "$LOG"
}
