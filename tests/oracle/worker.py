"""Runs cases one after another in a network of its own: JSON lines in, JSON lines out.

    worker.py LAYER PROJECT CERTIFICATE FOLDER
"""
import json
import os
import socket
import sys
import time

import machine
import network

NEW_NETWORK, NEW_HOST_NAME, NEW_IPC = 0x40000000, 0x04000000, 0x08000000


def runner(requests, replies, layer, project, folder):
    """The process that forks machines; it has no threads, which a fork would lose half-way."""
    for line in requests:
        case = json.loads(line)
        ran = machine.run(case, layer, f"{folder}/root", f"{folder}/rec", project)
        replies.write("ran\n" if ran else "failed\n")
        replies.flush()


def read(path, mode="r"):
    try:
        with open(path, mode, **({} if "b" in mode else {"errors": "replace"})) as file:
            return file.read()
    except OSError:
        return b"" if "b" in mode else ""


def calls_of(data):
    """The stubs' records: what was called, how many words follow, the words; each ended by a NUL."""
    words = data.decode("utf-8", "replace").split("\0")
    calls, at = [], 0
    while at + 1 < len(words):
        end = at + 2 + int(words[at + 1])
        calls.append([words[at], *words[at + 2 : end]])
        at = end
    return calls


def clear(records, secret):
    os.makedirs(records, exist_ok=True)
    os.chmod(records, 0o777)
    for name in os.listdir(records):
        os.unlink(f"{records}/{name}")
    for name, text in (("calls", ""), ("stdout", ""), ("stderr", ""), ("secret", secret)):
        with open(f"{records}/{name}", "w") as file:
            file.write(text)
        os.chmod(f"{records}/{name}", 0o666)


def main(layer, project, certificate, folder):
    records = f"{folder}/rec"
    os.makedirs(f"{folder}/root", exist_ok=True)
    machine.unshare(NEW_NETWORK | NEW_HOST_NAME | NEW_IPC)
    socket.sethostname("devbox")
    network.bring_up()

    there, back = os.pipe(), os.pipe()
    if os.fork() == 0:
        os.close(there[1])
        os.close(back[0])
        runner(os.fdopen(there[0]), os.fdopen(back[1], "w"), layer, project, folder)
        os._exit(0)
    requests, replies = os.fdopen(there[1], "w"), os.fdopen(back[0])
    seen = network.listen(certificate)

    for line in sys.stdin:
        case = json.loads(line)
        clear(records, case["secret"])
        seen.clear()
        started = time.monotonic()
        requests.write(line)
        requests.flush()
        ran = replies.readline().strip() == "ran"
        time.sleep(0.02)  # a request whose client was killed may still be on its way
        observed = {
            "id": case["id"], "ran": ran, "calls": calls_of(read(f"{records}/calls", "rb")), "requests": list(seen),
            "status": read(f"{records}/status"), "stdout": read(f"{records}/stdout"),
            "stderr": read(f"{records}/stderr"), "seconds": round(time.monotonic() - started, 2),
        }
        print(json.dumps(observed), flush=True)


main(*sys.argv[1:])
