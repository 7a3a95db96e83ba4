#!/usr/bin/env bash
# The pipeline, brought up, used, shown and taken down: one command, which installs what is missing.
#
# KEEP_STATE=1 keeps the folder with the configurations and the logs.
source "$(dirname "${BASH_SOURCE[0]}")/chain.sh"

title() { printf '\n\033[1m== %s\033[0m\n' "$*"; }

title "installing what is missing, and building"
install
build

title "bringing up"
ports RELP_PORT SERVICE_PORT NGINX_PORT CARBON_PORT PICKLE_PORT QUERY_PORT STATSD_ADMIN_PORT STATSD_PORT
start_host
start_sender
start_logger
start_service
start_nginx
start_carbon
start_statsd
await "the log on the log host" bash -c "curl -sf -o /dev/null http://127.0.0.1:$NGINX_PORT/ && test -s '$LOG'"
start_metrics
start_alert 'echo "ALERT: $REQUEST_LOG_METHOD $REQUEST_LOG_TARGET answered $REQUEST_LOG_STATUS ($REQUEST_LOG_ID)" >>'"'$STATE/alerts'"
# They begin at the end of the log.
sleep 1
echo "client → nginx:$NGINX_PORT → games:$SERVICE_PORT → named pipe → logger → rsyslog → RELP:$RELP_PORT → rsyslog → games.log"
echo "games.log → request-log metrics → carbon:$CARBON_PORT and StatsD:$STATSD_PORT; → request-log alert"

title "sending traffic, and a request that nginx must send twice"
python3 "$HERE/traffic.py" send "$NGINX_PORT" 1 200
curl -sS -H 'X-Request-Id: try-me-twice' "http://127.0.0.1:$NGINX_PORT/flaky?token=s3cr3t"
await "the retry in the log" bash -c "grep -q 'try-me-twice < HTTP/1.1 200 OK' '$LOG'"
await "the alerts" test -s "$STATE/alerts"
await "StatsD's flush" grep -q 'games.status.5xx' "$STATE/statsd.jsonl"
await "carbon's file" test -s "$STATE/carbon/whisper/games/status/5xx.wsp"
sleep 3

title "the log on the log host: an exchange as it came"
grep -m 1 -o 't-[0-9]* > POST /games/[^ ]*' "$LOG" | head -1 | cut -d' ' -f1 | { read -r id; grep -F " $id " "$LOG"; }

title "request-log check, and stats by status"
"$REQUEST_LOG" check "$LOG" || true
"$REQUEST_LOG" stats --by status --color never "$LOG"

title "the metrics that arrived"
echo "StatsD:"
jq -c '.counters' "$STATE/statsd.jsonl" | tail -3
echo "carbon (whisper, the sum of all points):"
for file in "$STATE"/carbon/whisper/games/status/*.wsp; do
    echo "  games.status.$(basename "$file" .wsp) $(python3 "$HERE/whisper_sum.py" "$file")"
done

title "the alerts that fired"
sort "$STATE/alerts"

title "the tree of the request that nginx sent twice"
if "$REQUEST_LOG" help tree >/dev/null 2>&1; then
    "$REQUEST_LOG" tree try-me-twice --color never "$LOG"
else
    "$REQUEST_LOG" id:try-me-twice --color never "$LOG"
fi

title "taking down"
