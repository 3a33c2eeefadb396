"""A program to be tested as a target: it speaks JSON lines, and misbehaves when it is told to."""

import json
import os
import signal
import subprocess
import sys
import time

CHILD = """
import os, signal, socket, sys, time
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
to = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
os.write(int(sys.argv[2]), b".")
while True:
    to.send(b".")
    time.sleep(0.02)
"""
"""Sends a heartbeat to a port until nobody takes it; holds what it has inherited open."""
CART: list[str] = []


def write(text: str) -> None:
    sys.stdout.buffer.write(text.encode() + b"\n")
    sys.stdout.buffer.flush()


def answer(message: str, session: str) -> None:
    match message:
        case "several":
            calls = [{"name": "look", "arguments": {"at": 1}}]
            write(json.dumps({"messages": ["A", "B"], "tool_calls": calls, "ends": True}))
        case "bare":
            write('"Just text"')
        case "exit":
            sys.stderr.write("Traceback: out of memory\n")
            sys.exit(3)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hang":
            sys.stderr.write("waiting for the database\n")
            sys.stderr.flush()
            time.sleep(30)
        case "garbage":
            write("\x1b[2Jhello")
        case "bytes":
            sys.stdout.buffer.write(b'{"reply": "a\xff\\u0000"}\n')
            sys.stdout.buffer.flush()
        case "long":
            write('"' + "a" * 5_000_000 + '"')
        case "silent":
            write('{"reply": ""}')
        case "twice":
            write('"one"\n"two"')
        case "environment":
            write(json.dumps({"reply": " ".join(sorted(os.environ))}))
        case "noisy":
            sys.stderr.write("x" * 1_000_000)
            write('"done"')
        case child if child.startswith("child "):
            port, *rest = child.split()[1:]
            begun, begin = os.pipe()
            command = [sys.executable, "-c", CHILD, port, str(begin), *rest]
            subprocess.Popen(command, start_new_session="apart" in rest, pass_fds=[begin])
            os.read(begun, 1)
            if "exit" in rest:
                sys.exit(3)
            if "hang" in rest:
                time.sleep(30)
            write("garbage" if "garbage" in rest else '"started"')
        case _:
            CART.append(message)
            write(json.dumps({"reply": f"{session}: {message}"}))


if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "first" in sys.argv:
    write('"Welcome!"')
for line in sys.stdin:
    asked = json.loads(line)
    if asked.get("state"):
        write(json.dumps({"cart": CART}))
    else:
        answer(asked["message"], asked["session"])
if "stubborn" in sys.argv:
    time.sleep(30)
