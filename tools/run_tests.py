#!/usr/bin/env python3
# Runs every suite of the project against build/release and adds up what they counted.
# Called by scripts/test; see there for the arguments. The last line is "N passed, N failed, N skipped".
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
BUILD = os.path.join(ROOT, "build", "release")
OUT = os.path.join(ROOT, "build", "test-results")
SUITE_TIME = 900  # seconds; a suite that takes longer hangs


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.lines = []

    def add(self, suite, passed, failed, skipped, seconds, notes=()):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        print(f"{'ok  ' if failed == 0 else 'FAIL'} {suite}: {passed} passed, {failed} failed, {skipped} skipped ({seconds:.0f} s)", flush=True)
        for note in notes:
            print(f"     {note}", flush=True)


def as_root(command):
    return command if os.geteuid() == 0 else ["sudo", "--preserve-env=CI,NO_COLOR,DOUSE_URL,DOUSE_LINK", *command]


def run(command, **options):
    options.setdefault("timeout", SUITE_TIME)
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", **options)
    except subprocess.TimeoutExpired as expired:
        text = expired.stdout if isinstance(expired.stdout, str) else (expired.stdout or b"").decode(errors="replace")
        return subprocess.CompletedProcess(command, 124, text + f"\ntimed out after {options['timeout']} s\n")


def tail(text, lines=40):
    return "\n".join(text.rstrip().splitlines()[-lines:])


def gtest(tally, program, root=False, cwd=ROOT, build=BUILD, label=""):
    name = os.path.basename(program)
    report = os.path.join(OUT, f"{label}{name}.json")
    began = time.time()
    command = [program, f"--gtest_output=json:{report}"]
    done = run(as_root(command) if root else command, cwd=cwd)
    passed = failed = skipped = 0
    notes = []
    try:
        with open(report, encoding="utf-8") as text:
            suites = json.load(text)["testsuites"]
    except (OSError, ValueError):
        suites = []
    for suite in suites:
        for test in suite["testsuite"]:
            if test.get("failures"):
                failed += 1
            elif test["result"] == "SKIPPED" or test["status"] == "NOTRUN":
                skipped += 1
                why = " ".join(m["message"].split("\n", 1)[-1].strip() for m in test.get("skipped", [])) or "disabled in the source"
                notes.append(f"skipped {suite['name']}.{test['name']}: {why}")
            else:
                passed += 1
    if done.returncode != 0 and failed == 0:
        failed += 1
        notes.append(f"{name} ended with {done.returncode}")
    if failed:
        notes.append(tail(done.stdout, 60))
    tally.add(label + name.removesuffix("_test"), passed, failed, skipped, time.time() - began, notes)


def tool(tally, name, command, **options):
    """A check that passes or fails as a whole."""
    began = time.time()
    done = run(command, cwd=options.pop("cwd", ROOT), **options)
    tally.add(name, int(done.returncode == 0), int(done.returncode != 0), 0, time.time() - began, [] if done.returncode == 0 else [tail(done.stdout)])


def vitest(tally):
    report = os.path.join(ROOT, "build", "web", "vitest.json")  # as web/vite.config.ts says
    began = time.time()
    done = run(["npm", "run", "--silent", "test"], cwd=os.path.join(ROOT, "web"))
    try:
        with open(report, encoding="utf-8") as text:
            result = json.load(text)
        passed, failed, skipped = result["numPassedTests"], result["numFailedTests"], result["numPendingTests"]
    except (OSError, ValueError, KeyError):
        passed, failed, skipped = 0, 1, 0
    if done.returncode != 0 and failed == 0:
        failed = 1
    tally.add("web", passed, failed, skipped, time.time() - began, [tail(done.stdout)] if failed else [])


def playwright(tally, name, env, files):
    report = os.path.join(OUT, f"{name}.json")
    began = time.time()
    environment = {**os.environ, "PLAYWRIGHT_JSON_OUTPUT_NAME": report, "PLAYWRIGHT_JSON_OUTPUT_FILE": report, **env}
    done = run(["npx", "playwright", "test", "--reporter=json", *files], cwd=os.path.join(ROOT, "web"), env=environment)
    notes = []
    try:
        with open(report, encoding="utf-8") as text:
            result = json.load(text)
        stats = result["stats"]
        passed, failed, skipped = stats["expected"] + stats["flaky"], stats["unexpected"], stats["skipped"]

        def walk(suite):
            for spec in suite.get("specs", []):
                for test in spec["tests"]:
                    if test["status"] == "skipped":
                        why = "; ".join(a.get("description", "") for a in test.get("annotations", []) if a["type"] == "skip") or "no reason given"
                        notes.append(f"skipped {spec['title']}: {why}")
                    elif test["status"] == "unexpected":
                        for outcome in test["results"]:
                            for error in outcome.get("errors", []):
                                notes.append(f"{spec['title']}: {tail(re.sub(chr(27) + r'[^m]*m', '', error.get('message', '')), 20)}")
            for inner in suite.get("suites", []):
                walk(inner)

        for suite in result["suites"]:
            walk(suite)
    except (OSError, ValueError, KeyError):
        passed, failed, skipped = 0, 1, 0
        notes.append(tail(done.stdout))
    if done.returncode != 0 and failed == 0:
        failed = 1
        notes.append(tail(done.stdout))
    tally.add(name, passed, failed, skipped, time.time() - began, notes)


DOUSE = os.path.join(BUILD, "bin", "douse")


def drills(tally, jobs, at_once):
    """Each job: (name, arguments). Several side by side; a drill passes if it exits 0 and its object says that it was won."""
    waiting = list(jobs)
    running = []
    while waiting or running:
        while waiting and len(running) < at_once:
            name, arguments = waiting.pop(0)
            out = tempfile.TemporaryFile("w+")
            err = tempfile.TemporaryFile("w+")
            process = subprocess.Popen(as_root([DOUSE, "drill", "--json", *arguments]), stdout=out, stderr=err, stdin=subprocess.DEVNULL)
            running.append((name, process, out, err, time.time()))
        for entry in list(running):
            name, process, out, err, began = entry
            if process.poll() is None and time.time() - began < SUITE_TIME:
                continue
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(60)
            running.remove(entry)
            out.seek(0)
            err.seek(0)
            text = out.read()
            try:
                result = json.loads(text)
            except ValueError:
                result = {}
            won = process.returncode == 0 and result.get("won") is True
            notes = []
            if result:
                keys = ("machines_true", "on_books", "rounds", "marks", "server_restarts", "ran_twice", "lost", "needs_hands")
                notes.append(", ".join(f"{key} {result.get(key)}" for key in keys))
            if not won:
                notes.append(tail(err.read(), 60))
                notes.append(text[-3000:])
            tally.add(name, int(won), int(not won), 0, time.time() - began, notes)
        time.sleep(0.2)


def with_server(body):
    """A real server on an empty folder; `body` gets its address and the owner's one-time link."""
    data = tempfile.mkdtemp(prefix="douse-test-")
    process = subprocess.Popen([DOUSE, "serve", "--no-act", "--drill", "--data", data, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    try:
        link = None
        for line in process.stdout:
            found = re.search(r"(http://\S+)/sign-in#\S+", line)
            if found:
                link = found.group(0)
                break
        if link is None:
            raise RuntimeError("the server printed no link")
        body({"DOUSE_URL": link.split("/sign-in#")[0], "DOUSE_LINK": link, "DOUSE_TOKEN_FILE": os.path.join(data, "browser.token")})
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(data, ignore_errors=True)


def main():
    arguments = sys.argv[1:]
    long = "--long" in arguments
    system = "--no-system" not in arguments
    wanted = [a for a in arguments if not a.startswith("--")]
    os.makedirs(OUT, exist_ok=True)
    tally = Tally()

    def on(name):
        return not wanted or any(w in name for w in wanted)

    if on("layers"):
        tool(tally, "layers", [sys.executable, "tools/check_layers.py"])
    if on("format"):
        sources = subprocess.run(["git", "ls-files", "*.cpp", "*.hpp"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
        tool(tally, "format", ["clang-format-19", "--dry-run", "-Werror", *sources])
    if on("headers"):
        tool(tally, "headers", [sys.executable, "tools/check_headers.py", BUILD])
    for program in sorted(glob.glob(os.path.join(BUILD, "bin", "*_test"))):
        name = os.path.basename(program).removesuffix("_test")
        needs_root = name in ("drill_lab", "transport", "scan")
        if on(name) and (system or name != "drill_lab"):
            gtest(tally, program, root=needs_root, cwd=os.path.join(ROOT, "src", name) if os.path.isdir(os.path.join(ROOT, "src", name)) else ROOT)
    if on("playbook-check"):
        tool(tally, "playbook-check", [DOUSE, "playbook", "check", "playbooks/drill.yaml"])
    if on("cases") and os.path.exists(os.path.join(ROOT, "tests", "run_cases.py")):
        tool(tally, "cases", [sys.executable, "tests/run_cases.py", DOUSE])
    if on("web"):
        tool(tally, "web-check", ["npm", "run", "--silent", "check"], cwd=os.path.join(ROOT, "web"))
        vitest(tally)
    if system and on("browser"):
        specs = sorted(os.path.basename(path) for path in glob.glob(os.path.join(ROOT, "web", "e2e", "*.spec.ts")))
        on_server = ["first_night.spec.ts", "real.spec.ts"]  # in this order: the first fills the empty server, the second looks at it
        playwright(tally, "browser-fixtures", {}, [spec for spec in specs if spec not in on_server])
        with_server(lambda env: playwright(tally, "browser-server", env, on_server))
    if system and on("drill-killed"):
        # The server is killed three times at random moments of the waves; three organisations side by side.
        drills(tally, [(f"drill-killed-{seed}", ["--machines", "12", "--seed", str(seed), "--kill-server", "3", "--listen", "127.0.0.1:0"]) for seed in (1, 2, 3)], 3)
    if long:
        if on("drill-killed-long"):
            drills(tally, [(f"drill-killed-long-{seed}", ["--machines", "12", "--seed", str(seed), "--kill-server", "4", "--listen", "127.0.0.1:0"]) for seed in range(4, 14)], 2)
        if on("tidy"):
            sources = [f for f in subprocess.run(["git", "ls-files", "src/*.cpp"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.split() if not f.endswith("_test.cpp")]
            tool(tally, "tidy", ["bash", "-c", f"printf '%s\\n' {' '.join(sources)} | xargs -P 2 -n 4 clang-tidy-19 -quiet -p build/nopch"], timeout=3600)
        for preset in ("asan", "tsan", "nopch"):
            if not on(preset):
                continue
            tool(tally, f"{preset}-build", ["bash", "-c", f"cmake --preset {preset} >/dev/null && cmake --build --preset {preset}"], timeout=3600)
            for program in sorted(glob.glob(os.path.join(ROOT, "build", preset, "bin", "*_test"))):
                name = os.path.basename(program).removesuffix("_test")
                if name != "drill_lab":
                    gtest(tally, program, root=name in ("transport", "scan"), cwd=os.path.join(ROOT, "src", name), label=f"{preset}/")

    print(f"{tally.passed} passed, {tally.failed} failed, {tally.skipped} skipped")
    return 1 if tally.failed or tally.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
