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
    seconds = options.pop("timeout")
    # In a group of its own (not a session: sudo knows its user by the terminal): what hangs is ended with the servers that it started.
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", process_group=0, **options
    )
    try:
        text, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        as_root_kill(process.pid)
        text, _ = process.communicate()
        return subprocess.CompletedProcess(command, 124, text + f"\ntimed out after {seconds} s\n")
    except BaseException:
        as_root_kill(process.pid)
        raise
    return subprocess.CompletedProcess(command, process.returncode, text)


def as_root_kill(group):
    subprocess.run(as_root(["kill", "-KILL", "--", f"-{group}"]), check=False)


def tail(text, lines=40):
    return "\n".join(text.rstrip().splitlines()[-lines:])


def gtest(tally, program, root=False, cwd=ROOT, label=""):
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


def room_of(name):
    room = os.path.join(ROOT, "src", name)
    return room if os.path.isdir(room) else ROOT


DOUSE = os.path.join(BUILD, "bin", "douse")


def drills(tally, jobs, at_once, seconds=SUITE_TIME):
    """Each job: (name, arguments). Several side by side; a drill passes if it exits 0, its object is as it must be and it took no
    longer than `seconds`."""
    before = traces()
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
            lacks = what_a_drill_needs(result)
            won = process.returncode == 0 and not lacks and result["seconds"] < seconds
            notes = []
            if result:
                keys = ("machines_true", "on_books", "rounds", "marks", "server_restarts", "ran_twice", "lost", "needs_hands")
                notes.append(", ".join(f"{key} {result.get(key)}" for key in keys) + f", {result.get('seconds', 0):.0f} s")
            if not won:
                notes.append(f"ended with {process.returncode}; not as it must be: {', '.join(lacks) or 'nothing'}")
                notes.append(tail(err.read(), 60))
                notes.append(text[-3000:])
            tally.add(name, int(won), int(not won), 0, time.time() - began, notes)
        time.sleep(0.2)
    left = [trace for trace in traces() if trace not in before]
    tally.add("drills-leave-nothing", int(not left), int(bool(left)), 0, 0, [f"left behind: {', '.join(left)}"] if left else [])


def plain(name, machines, seed):
    return name, ["--machines", str(machines), "--seed", str(seed), "--listen", "127.0.0.1:0"]


def killed(name, seed, times):
    return name, ["--machines", "12", "--seed", str(seed), "--kill-server", str(times), "--listen", "127.0.0.1:0"]


def what_a_drill_needs(result):
    """The issue's own conditions, read off the object: what is not as it must be. Empty for a drill that was won."""
    true = result.get("machines_true")
    truth, identity = result.get("truth", {}), result.get("identity", {})
    conditions = {
        "balanced": result.get("balanced") is True,
        "ledger_verified": result.get("ledger_verified") is True,
        "on_books": isinstance(true, int) and result.get("on_books") == true == truth.get("agree"),
        "disagree": truth.get("disagree") == [],
        "identity": identity.get("split") == [] and identity.get("merged") == [],
        "sum": isinstance(result.get("dispositions"), dict) and sum(result["dispositions"].values()) == true,
        **{name: result.get(name) == 0 for name in ("ran_twice", "lost", "out_of_scope_packets")},
    }
    return [name for name, holds in conditions.items() if not holds]


def traces():
    """What dead drills left behind: run folders whose lock nobody holds, network namespaces without a run, temporary data that no
    process names."""
    left = []
    runs = run(as_root(["ls", "/run/douse-drill"])).stdout.split() if os.path.isdir("/run/douse-drill") else []
    living = [run_id for run_id in runs if run(as_root(["flock", "-n", f"/run/douse-drill/{run_id}/lock", "true"])).returncode != 0]
    left += [f"/run/douse-drill/{run_id}" for run_id in runs if run_id not in living]
    for space in run(["ip", "netns", "list"]).stdout.split("\n"):
        name = space.split(" ")[0]
        if name.startswith("douse-") and name.split("-")[1] not in living:
            left.append(name)
    commands = run(["ps", "-eo", "args"]).stdout
    left += [folder for folder in glob.glob("/tmp/douse-drill-*") if folder not in commands]
    return sorted(left)


def sources(*patterns):
    """The project's files; a checkout that belongs to somebody else, or has no .git, has them too."""
    listed = run(["git", "-c", "safe.directory=*", "ls-files", *patterns], cwd=ROOT)
    if listed.returncode == 0 and listed.stdout.strip():
        return listed.stdout.split()
    found = []
    for folder in ("src", "fuzz", "bench"):
        for pattern in patterns:
            found += glob.glob(os.path.join(ROOT, folder, "**", os.path.basename(pattern)), recursive=True)
    return sorted(os.path.relpath(path, ROOT) for path in found)


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
    tally = Tally()
    try:
        run_all(tally, sys.argv[1:])
    except Exception as broken:  # a suite that can't even be run has failed, and the last line is printed all the same
        tally.add("run_tests", 0, 1, 0, 0, [f"{type(broken).__name__}: {broken}"])
    print(f"{tally.passed} passed, {tally.failed} failed, {tally.skipped} skipped")
    return 1 if tally.failed or tally.passed == 0 else 0


def run_all(tally, arguments):
    long = "--long" in arguments
    system = "--no-system" not in arguments
    wanted = [a for a in arguments if not a.startswith("--")]
    os.makedirs(OUT, exist_ok=True)

    def on(name):
        return not wanted or any(w in name for w in wanted)

    if on("layers"):
        tool(tally, "layers", [sys.executable, "tools/check_layers.py"])
    if on("format"):
        tool(tally, "format", ["clang-format-19", "--dry-run", "-Werror", *sources("*.cpp", "*.hpp")])
    for program in sorted(glob.glob(os.path.join(BUILD, "bin", "*_test"))):
        name = os.path.basename(program).removesuffix("_test")
        needs_root = name in ("drill_lab", "transport", "scan", "remediate")
        if on(name) and (system or name != "drill_lab"):
            gtest(tally, program, root=needs_root, cwd=room_of(name))
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
        # The server is killed three times while waves run; three organisations side by side.
        drills(tally, [killed(f"drill-killed-{seed}", seed, 3) for seed in (1, 2, 3)], 3)
    if system and on("drill-whole"):
        # From 24 machines up every kind of machine occurs.
        drills(tally, [plain("drill-whole-24", 24, 1)], 1)
    if long:
        if on("drill-killed-long"):
            drills(tally, [killed(f"drill-killed-long-{seed}", seed, 4) for seed in range(4, 14)], 2)
        if on("drill-each"):
            for machines, limit in ((12, SUITE_TIME), (24, SUITE_TIME), (48, 240)):
                drills(tally, [plain(f"drill-each-{machines}-{seed}", machines, seed) for seed in range(1, 6)], 1, limit)
        if on("headers"):
            tool(tally, "headers", [sys.executable, "tools/check_headers.py", BUILD])
        for preset in ("nopch", "asan", "tsan"):
            if not on(preset):
                continue
            tool(tally, f"{preset}-build", ["bash", "-c", f"cmake --preset {preset} >/dev/null && cmake --build --preset {preset}"], timeout=3600)
            for program in sorted(glob.glob(os.path.join(ROOT, "build", preset, "bin", "*_test"))):
                name = os.path.basename(program).removesuffix("_test")
                if name != "drill_lab":
                    gtest(tally, program, root=name in ("transport", "scan", "remediate"), cwd=room_of(name), label=f"{preset}/")
        if on("tidy"):
            # After nopch, whose compile commands are the plainest.
            wanted_sources = [f for f in sources("src/*.cpp") if not f.endswith("_test.cpp")]
            tool(tally, "tidy", ["bash", "-c", f"printf '%s\\n' {' '.join(wanted_sources)} | xargs -P 2 -n 4 clang-tidy-19 -quiet -p build/nopch"], timeout=3600)


if __name__ == "__main__":
    sys.exit(main())
