#!/usr/bin/env bash
# Loads a log into DuckDB and asks it: `duckdb.sh LOG [ID]`. Installs DuckDB from PyPI into target/pipeline when missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
log=${1:?usage: duckdb.sh LOG [ID]}
home=target/pipeline/duckdb
[ -x "$home/bin/python" ] || python3 -m venv "$home"
"$home/bin/python" -c 'import duckdb' 2>/dev/null || "$home/bin/pip" install --quiet duckdb
request_log=${REQUEST_LOG:-target/debug/request-log}
[ -x "$request_log" ] || cargo build --quiet --features cli --bin request-log
objects=$(mktemp)
trap 'rm -f "$objects"' EXIT
"$request_log" --json "$log" >"$objects"
"$home/bin/python" - "$objects" "${2:-}" <<'PY'
import duckdb, sys

objects, id = sys.argv[1:]
db = duckdb.connect()
# Headers and bodies are of any form, so they stay JSON; lines about the log itself have no method.
db.execute("""
    CREATE TABLE exchanges AS SELECT * FROM read_json(?, format = 'newline_delimited', columns = {
        request_id: 'VARCHAR', kind: 'VARCHAR', outcome: 'VARCHAR', began_ms: 'DOUBLE', method: 'VARCHAR', target: 'VARCHAR',
        route: 'VARCHAR', peer: 'VARCHAR', status: 'INTEGER', ttfb_ms: 'DOUBLE', end_ms: 'DOUBLE',
        request: 'JSON', response: 'JSON'
    }) WHERE method IS NOT NULL""", [objects])


def ask(title, query, *values):
    print(f"== {title}")
    cursor = db.execute(query, values)
    print(*(column[0] for column in cursor.description), sep="\t")
    for row in cursor.fetchall():
        print(*row, sep="\t")


ask("p99 by route", """
    SELECT route, count(*) AS count, quantile_cont(ttfb_ms, 0.99) AS p99_ms
      FROM exchanges WHERE kind = 'server' GROUP BY route ORDER BY p99_ms DESC""")
if id:
    ask("all calls of this id", """
        SELECT request_id, kind, method, target, status, ttfb_ms
          FROM exchanges WHERE request_id = $1 OR starts_with(request_id, $1 || '.') ORDER BY request_id, kind, began_ms""", id)
ask("errors a minute", """
    SELECT time_bucket(INTERVAL 1 MINUTE, make_timestamp(CAST(began_ms * 1000 AS BIGINT))) AS minute, count(*) AS errors
      FROM exchanges WHERE status >= 500 GROUP BY minute ORDER BY minute""")
PY
