#!/usr/bin/env bash
# Sends a log to a real OpenTelemetry collector, and shows the spans that it understood: `otlp.sh LOG`.
#
# The collector is rotel (PyPI), on free ports of the loopback; it is installed into target/pipeline when missing, and ended.
set -euo pipefail
cd "$(dirname "$0")/../.."
log=${1:?usage: otlp.sh LOG}
home=target/pipeline/rotel
[ -x "$home/bin/python" ] || python3 -m venv "$home"
agent() { find "$home" -name rotel-agent -type f -print -quit; }
[ -n "$(agent)" ] || "$home/bin/pip" install --quiet rotel
request_log=${REQUEST_LOG:-target/debug/request-log}
[ -x "$request_log" ] || cargo build --quiet --features cli --bin request-log
state=$(mktemp -d)
read -r http grpc < <(python3 -c '
import socket
sockets = [socket.socket() for _ in range(2)]
for s in sockets: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))')
"$(agent)" start --otlp-http-endpoint "127.0.0.1:$http" --otlp-grpc-endpoint "127.0.0.1:$grpc" --exporter blackhole \
    --debug-log traces --debug-log-verbosity detailed >"$state/spans" 2>&1 &
collector=$!
trap 'kill $collector 2>/dev/null || true; wait $collector 2>/dev/null || true; rm -rf "$state"' EXIT
for _ in $(seq 100); do
    (exec 9<>"/dev/tcp/127.0.0.1/$http") 2>/dev/null && break
    sleep 0.1
done
# A line is a message of OTLP. With `--fail` what the collector does not take is an error.
"$request_log" export --to otlp "$log" | while read -r message; do
    printf '%s' "$message" |
        curl -sS --fail --max-time 20 -o /dev/null -H 'content-type: application/json' --data-binary @- "http://127.0.0.1:$http/v1/traces"
done
# Its log is written as it works.
for _ in $(seq 50); do
    grep -q '^Span #' "$state/spans" && break
    sleep 0.1
done
sleep 1
grep -E '^ *(Span #|(Trace|Parent) ID|Name  |Kind|Status code|-> (request.id|http.response.status_code))' "$state/spans"
