#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs tests/cases/AREA/NAME.case against a program: run_cases.py DOUSE [--approve] [FILTER...].

A case begins with a line that says why it is there, then holds commands and what they answer:
    # why
    $ command            run by bash in the case's folder; variables live on; $LINK is the owner's one-time link, $TMP a folder
    expected stdout
    2> expected stderr   a line of it; a case that shows no stderr of a command doesn't compare it
    ! 2                  the exit status, 0 if not given; a signal is never an expected end
Each case has a server of its own (`serve --no-act --drill`) on an empty data folder. Times, codes, ports and folders are replaced
by {time}, {code}, {port}, {uid} and {tmp}. --approve rewrites what a case expects; read the difference before you commit it."""
import difflib
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent
PLACES = [
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( UTC|Z)"), "{time}"),
    (re.compile(r"\b\d\d:\d\d UTC"), "{time}"),
    (re.compile(r"\bwith uid \d+"), "with uid {uid}"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "{code}"),
    (re.compile(r"\b[0-9a-f]{16}\b"), "{key}"),
    (re.compile(r"[A-Za-z0-9+/]{43}="), "{public key}"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:{port}"),
    (re.compile(r'"(at_ms|now_ms|as_of_ms|[a-z_]+_at_ms|since_ms)":\d+'), r'"\1":{ms}'),
]


def read(path):
    head, steps = [], []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("$ "):
            steps.append({"command": line[2:], "out": [], "err": [], "status": 0})
        elif not steps:
            head.append(line)
        elif line.startswith("2> "):
            steps[-1]["err"].append(line[3:])
        elif re.fullmatch(r"! \d+", line):
            steps[-1]["status"] = int(line[2:])
        else:
            steps[-1]["out"].append(line)
    for step in steps:
        while step["out"] and step["out"][-1] == "":
            step["out"].pop()
    return head, steps


def write(head, steps, with_err):
    lines = list(head)
    for step, shows_err in zip(steps, with_err):
        lines.append("$ " + step["command"])
        lines += step["out"]
        if shows_err:
            lines += ["2> " + line for line in step["err"]]
        if step["status"]:
            lines.append(f"! {step['status']}")
    return "\n".join(lines) + "\n"


def tidy(text, tmp):
    text = text.replace(str(tmp), "{tmp}")
    for pattern, name in PLACES:
        text = pattern.sub(name, text)
    return text.splitlines()


def run(path, douse):
    """The steps as they ended."""
    head, steps = read(path)
    with tempfile.TemporaryDirectory(prefix="douse-case-") as tmp:
        tmp = pathlib.Path(tmp)
        data = tmp / "data"
        log = open(tmp / "serve.err", "w", encoding="utf-8")
        server = subprocess.Popen([douse, "serve", "--no-act", "--drill", "--data", str(data), "--listen", "127.0.0.1:0"],
                                  stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            link = ""
            while not link:
                line = server.stdout.readline()
                if not line:
                    raise RuntimeError("the server ended: " + (tmp / "serve.err").read_text(encoding="utf-8"))
                if "/sign-in#" in line:
                    link = line.strip()
            script = "".join(f"{{ {step['command']}\n}} >{tmp}/out.{i} 2>{tmp}/err.{i}; echo $? >{tmp}/status.{i}\n" for i, step in enumerate(steps))
            environment = {**os.environ, "DOUSE_DATA": str(data), "LINK": link, "TMP": str(tmp), "LC_ALL": "C.UTF-8",
                           "PATH": f"{pathlib.Path(douse).resolve().parent}:{os.environ['PATH']}"}
            environment.pop("DOUSE_TOKEN", None)
            subprocess.run(["bash", "-c", script], cwd=path.parent, env=environment, timeout=120, check=False, stdin=subprocess.DEVNULL)
            ended = []
            for i, step in enumerate(steps):
                status = tmp / f"status.{i}"
                if not status.exists():
                    raise RuntimeError(f"never got to: {step['command']}")
                ended.append({"command": step["command"], "out": tidy((tmp / f"out.{i}").read_text(encoding="utf-8"), tmp),
                              "err": tidy((tmp / f"err.{i}").read_text(encoding="utf-8"), tmp), "status": int(status.read_text())})
            return head, steps, ended
        finally:
            server.send_signal(signal.SIGTERM)
            if server.wait(timeout=20) != 0:
                raise RuntimeError(f"the server ended with {server.returncode}")
            server.stdout.close()
            log.close()


def main():
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    approve = "--approve" in sys.argv
    douse, filters = words[0], words[1:]
    passed = failed = 0
    for path in sorted((ROOT / "cases").rglob("*.case")):
        name = str(path.relative_to(ROOT / "cases"))
        if filters and not any(part in name for part in filters):
            continue
        try:
            head, steps, ended = run(path, douse)
        except (RuntimeError, subprocess.TimeoutExpired) as broken:
            print(f"FAIL {name}: {broken}")
            failed += 1
            continue
        with_err = [bool(step["err"]) or (approve and step["status"] == 0 and not step["out"] and new["status"] != 0) for step, new in zip(steps, ended)]
        wanted, given = write(head, steps, with_err), write(head, ended, with_err)
        died = [step["command"] for step in ended if step["status"] >= 128]
        if not died and (wanted == given or approve):
            if approve and wanted != given:
                path.write_text(given, encoding="utf-8")
            passed += 1
            continue
        failed += 1
        print(f"FAIL {name}; alone: tests/run_cases.py {douse} {name}")
        for command in died:
            print(f"  ended by a signal: {command}")
        print("".join(difflib.unified_diff(wanted.splitlines(True), given.splitlines(True), "expected", "given")))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
