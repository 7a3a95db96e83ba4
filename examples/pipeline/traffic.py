"""Sends exchanges to a service behind nginx, and proves from the log that each arrived whole and once.

  traffic.py send PORT FIRST COUNT [RATE]   sends COUNT exchanges, numbered from FIRST, RATE a second at most
  traffic.py check LOG FIRST COUNT          reads the log and tells what is missing, cut, repeated or changed

`check` is a reader of its own, which knows nothing of the library's: it is the oracle.
"""

import http.client
import json
import re
import sys
import threading
import time

LONG = "long " * 4000
HOSTILE_SENT = "a\x1b[31mred\x07\nt-000001 < HTTP/1.1 200 OK\n\u202egnp.exe\nend\x7f"
HOSTILE_SHOWN = [
    "a\\x1b[31mred\\x07",
    "t-000001 < HTTP/1.1 200 OK",
    "\\u{202e}gnp.exe",
    "end\\x7f",
]
TEXT_SENT = "tab\there\t\ttwice\n  indented, and a blank line:\n\nπ ≈ 3.14159 – 日本語 – 🎲\n"
TEXT_SHOWN = ["tab\\there\\t\\ttwice", "  indented, and a blank line:", "", "π ≈ 3.14159 – 日本語 – 🎲"]


def exchange(n):
    """Number n: method, target, shown target, content type, body, its lines in the log, status, the answer's lines."""
    text = "text/plain; charset=utf-8"
    if n % 100 == 50:
        return "GET", f"/status/500?n={n}", f"/status/500?n={n}", None, None, [], 500, []
    kind = n % 10
    if kind < 5:
        bet = {"currency": "GBP", "economy": "sandbox", "wager": f"{n}.01", "player_ledger": f"secret-{n}"}
        shown = dict(bet, player_ledger="REDACTED")
        win = {"payout": "0.00", "credits": {}, "currency": "GBP"}
        lines = [json.dumps(value, indent=4).split("\n") for value in (shown, win)]
        target = (f"/games/g{n}/bet?n={n}", f"/games/REDACTED/bet?n={n}")
        return "POST", *target, "application/json", json.dumps(bet), lines[0], 201, lines[1]
    echo = ("POST", f"/echo?n={n}", f"/echo?n={n}", text)
    if kind == 5:
        return *echo, TEXT_SENT, TEXT_SHOWN, 200, TEXT_SHOWN
    if kind == 6:
        return *echo, f"{LONG}{n}\nshort", [f"{LONG}{n}", "short"], 200, [f"{LONG}{n}", "short"]
    if kind == 7:
        return "GET", f"/status/404?n={n}", f"/status/404?n={n}", None, None, [], 404, []
    if kind == 8:
        return "GET", f"/?n={n}", f"/?n={n}", None, None, [], 200, ["Place your bets."]
    return *echo, HOSTILE_SENT, HOSTILE_SHOWN, 200, HOSTILE_SHOWN


def identity(n):
    return f"t-{n:06}"


def send(port, first, count, rate):
    begin, failed = time.monotonic(), []

    def some(numbers):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for n in numbers:
            method, target, _, kind, body, _, status, _ = exchange(n)
            headers = {"X-Request-Id": identity(n)}
            if kind:
                headers["Content-Type"] = kind
            time.sleep(max(0.0, (n - first) / rate - (time.monotonic() - begin)))
            for _ in range(3):
                try:
                    connection.request(method, target, body and body.encode(), headers)
                    answer = connection.getresponse()
                    answer.read()
                    break
                except (http.client.RemoteDisconnected, http.client.CannotSendRequest):
                    # A connection that nginx closed while it was idle; the request did not reach it.
                    connection.close()
            if answer.status != status:
                failed.append(f"{identity(n)}: {answer.status}")
        connection.close()

    threads = [threading.Thread(target=some, args=(range(first + k, first + count, 8),)) for k in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    took = time.monotonic() - begin
    print(f"{count} exchanges sent in {took:.1f} s, {len(failed)} not answered as expected", *failed[:5])
    return not failed


LINE = re.compile(r"^\S+ \S+ games: (\S+) ([><]| )(\+?)(?: (.*))?$", re.S)


def blocks(path):
    """The blocks of each id, each as a list of (mark, text)."""
    done, open_blocks, strange = {}, {}, []
    with open(path, encoding="utf-8", newline="\n") as log:
        for line in log:
            found = LINE.match(line.rstrip("\n"))
            if not found:
                strange.append(line)
                continue
            name, mark, goes_on, text = found.groups()
            block = open_blocks.setdefault(name, [])
            # A request line begins a block: of the one before, the transport has lost the end.
            if mark == ">" and block and block[-1][0] != ">":
                done.setdefault(name, []).append(open_blocks.pop(name))
                block = open_blocks.setdefault(name, [])
            if goes_on and block:
                block[-1] = (mark, block[-1][1] + (text or ""))
            else:
                block.append((mark, text or ""))
            if mark == " " and re.fullmatch(r"[0-9.]+ms|no response", text or ""):
                done.setdefault(name, []).append(open_blocks.pop(name))
    for name, block in open_blocks.items():
        done.setdefault(name, []).append(block)
    return done, strange


def parts(block):
    """The request line, the request's body, the status line, the response's body, whether the block has its end."""
    result = []
    for wanted in "><":
        lines = [text for mark, text in block if mark == wanted]
        empty = lines.index("") if "" in lines else len(lines)
        result += [lines[0] if lines else "", lines[empty + 1 :]]
    return (*result, block[-1][0] == " ")


def check(path, first, count):
    logged, strange = blocks(path)
    missing, wrong, repeated = [], [], 0
    for n in range(first, first + count):
        name = identity(n)
        found = logged.get(name, [])
        # At least once is what RELP promises: the same block again is the same exchange.
        distinct = [block for at, block in enumerate(found) if block not in found[:at]]
        repeated += len(found) - len(distinct)
        if not distinct:
            missing.append(name)
            continue
        method, _, target, _, _, body, status, answer = exchange(n)
        request, request_body, start, response_body, ended = parts(distinct[0])
        ok = len(distinct) == 1 and ended
        ok = ok and request == f"{method} {target} HTTP/1.1" and start.startswith(f"HTTP/1.1 {status}")
        ok = ok and request_body == body and response_body == answer
        if not ok:
            wrong.append(name)
    result = {"missing": len(missing), "wrong": len(wrong), "repeated": repeated, "strange": len(strange)}
    print(json.dumps(result), *missing[:3], *wrong[:3], *(line[:200] for line in strange[:3]))
    return result


if __name__ == "__main__":
    command, where, first, count, *rate = sys.argv[1:]
    if command == "send":
        sys.exit(not send(int(where), int(first), int(count), float(rate[0]) if rate else 1e9))
    result = check(where, int(first), int(count))
    sys.exit(any(result[key] for key in ("missing", "wrong", "strange")))
