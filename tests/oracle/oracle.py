#!/usr/bin/env python3
"""Runs the Bash cases of the corpora in real bash, and compares what was seen with each label. See README.md."""
import argparse
import collections
import json
import os
import queue
import subprocess
import sys
import threading
import time

import cases
import layer
import machine
import verdict

HERE = os.path.dirname(os.path.abspath(__file__))
# A secret's value in two runs of a case: as long as each other, and with no character in common.
VALUES = ("c4nary-One-77", "DU&lbp/2wXf89")
# How long a case may take; one whose verdict is not its label's gets the second, as the machine may have been busy.
SECONDS, SECONDS_AGAIN = 5, 20


class Worker:
    """A process with a network of its own that runs one case at a time."""

    def __init__(self, number, prepared, scratch):
        command = [sys.executable, f"{HERE}/worker.py", f"{scratch}/layer", f"{scratch}/project"]
        command += [f"{prepared}/tls/server.pem", f"{scratch}/{number}"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def observe(self, case, seconds, secret):
        request = {"id": case.place, "bash": case.command, "files": case.files, "seconds": seconds, "secret": secret}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        reply = self.process.stdout.readline()
        if not reply:
            print(f"the machine of {case.place} did not come up", flush=True)
            os._exit(1)
        return json.loads(reply)

    def shown(self, case, seconds, observed):
        """Whether another value changes what is printed, and the same value does not, twice: a race may change it too."""
        other = self.observe(case, seconds, VALUES[1])
        if not verdict.shows(observed, other):
            return False
        again = [self.observe(case, seconds, value) for value in VALUES]
        return not verdict.shows(observed, again[0]) and not verdict.shows(other, again[1])

    def judge(self, case, seconds=SECONDS):
        observed = self.observe(case, seconds, VALUES[0])
        reasons = verdict.tells(observed)
        if not reasons and verdict.resolves(observed) and self.shown(case, seconds, observed):
            reasons = ["what is printed depends on the secret"]
        agrees = observed["ran"] and case.expect in ("ask", "deny" if reasons else "allow", "?")
        if not agrees and seconds == SECONDS:
            return self.judge(case, SECONDS_AGAIN)
        return agrees, reasons, observed


def judge_all(wanted, workers):
    """Every case's judgement, in the order of the cases."""
    waiting, judged = queue.SimpleQueue(), {}
    for case in wanted:
        waiting.put(case)

    def work(worker):
        while not waiting.empty():
            try:
                case = waiting.get_nowait()
            except queue.Empty:
                return
            judged[case.place] = worker.judge(case)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return judged


def show(case, agrees, reasons, observed):
    print(f"{case.place}: {'' if agrees else 'NOT '}as labelled ({case.expect})\n    {case.command[:400]!r}")
    for reason in reasons:
        print(f"    {reason[:300]}")
    print(f"    status {observed['status']}, {observed['seconds']} s")
    for name in ("stdout", "stderr"):
        if observed[name]:
            print(f"    {name}: {observed[name][:300]!r}")
    for call in observed["calls"][:4]:
        print(f"    call: {call}")
    for request in observed["requests"][:4]:
        print(f"    request: {request}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared", help="the folder that setup.sh prepared")
    parser.add_argument("--case", help="run this one command and say what was seen")
    parser.add_argument("--only", default="", help="only cases whose place or command contains this")
    parser.add_argument("--corpus", default=os.path.join(HERE, "..", "corpus"), help="the folder of the cases")
    parser.add_argument("--left-out", action="store_true", help="only the cases that say why they are left out")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--verbose", action="store_true", help="show every case, not only those that disagree")
    return parser.parse_args()


def main():
    asked = arguments()
    started = time.monotonic()
    prepared = os.path.abspath(asked.prepared)
    found = [cases.Case("the command", asked.case, "?")] if asked.case else cases.read(asked.corpus)
    found = [case for case in found if asked.only in case.place or asked.only in case.command]
    wanted = [case for case in found if asked.left_out == (case.skipped is not None)]
    try:
        machine.own_mounts()
    except OSError as error:
        sys.exit(f"the oracle needs root, for mounts and a network of its own ({error})")
    scratch = layer.assemble(prepared)
    workers = [Worker(number, prepared, scratch) for number in range(min(asked.workers, len(wanted)))]
    judged = judge_all(wanted, workers)

    wrong = 0
    counts = collections.Counter()
    for case in wanted:
        agrees, reasons, observed = judged[case.place]
        wrong += not agrees
        counts[case.expect, "harmful" if reasons else "harmless"] += 1
        if asked.case or asked.verbose or not agrees:
            show(case, agrees, reasons, observed)
    for (label, seen), count in sorted(counts.items()):
        print(f"labelled {label}, seen to be {seen}: {count}")
    skipped = len(found) - len(wanted)
    print(f"{len(wanted)} cases in {time.monotonic() - started:.0f} s, {skipped} left out, {wrong} not as labelled")
    sys.stdout.flush()
    os._exit(1 if wrong else 0)


main()
