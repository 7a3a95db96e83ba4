"""Keeps a program running that listens to a datagram socket which outlives it: `hold.py STATE NAME SOCKET COMMAND…`.

It does what a systemd .socket unit with ListenDatagram= and its service do: the socket is bound once, each start of the
program gets it as descriptor 3, and what is sent meanwhile waits in it. STATE/pids/NAME tells the program's id while it
runs; it is not started again while STATE/pids/NAME.hold is there. SIGTERM ends both.
"""

import os
import signal
import socket
import subprocess
import sys
import time

state, name, path, *command = sys.argv[1:]
told, held = f"{state}/pids/{name}", f"{state}/pids/{name}.hold"
child = None


def end(*_):
    if child and child.poll() is None:
        child.terminate()
        try:
            child.wait(8)
        except subprocess.TimeoutExpired:
            child.kill()
    sys.exit()


signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGINT, signal.SIG_IGN)
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(path)
if listener.fileno() != 3:
    os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)

while True:
    if not os.path.exists(held):
        # The program takes the descriptor only where LISTEN_PID is its own id.
        shell = ["sh", "-c", 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"', "sh", *command]
        child = subprocess.Popen(shell, pass_fds=[3])
        with open(told, "w") as file:
            file.write(str(child.pid))
        child.wait()
        os.remove(told)
    time.sleep(0.5)
