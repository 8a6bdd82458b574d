#!/usr/bin/env python3
# Every header of the project compiles alone, with the flags of its room and without precompiled headers.
# Usage: tools/check_headers.py BUILD_FOLDER      Exit 1 with the compiler's words for each that doesn't.
# A header that hasn't changed since it last passed (with everything that it includes) is not compiled again.
import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys

build = os.path.abspath(sys.argv[1])
root = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
src = os.path.join(root, "src")
with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as text:
    commands = json.load(text)
flags = ["clang++-19", "-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Wno-pragma-once-outside-header", "-Wno-missing-field-initializers",
         "-Wno-missing-designated-field-initializers", "-Werror", "-I" + src, f'-DDOUSE_SOURCE_DIR="{root}"', "-x", "c++"]
includes = sorted({word for entry in commands for word in entry["command"].split() if word.startswith("-I/usr")})

headers = sorted(os.path.join(folder, name) for folder, _, names in os.walk(src) for name in names if name.endswith(".hpp"))
digest = hashlib.sha256()
for header in headers:
    with open(header, "rb") as text:
        digest.update(text.read())
state = digest.hexdigest()
stamp = os.path.join(build, "headers-checked")
if os.path.exists(stamp) and open(stamp, encoding="utf-8").read() == state:
    sys.exit(0)


def check(header):
    done = subprocess.run([*flags, *includes, header], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return None if done.returncode == 0 else f"{os.path.relpath(header, root)} doesn't compile alone:\n{done.stdout}"


with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    findings = [finding for finding in pool.map(check, headers) if finding]
for finding in findings:
    print(finding)
if not findings:
    with open(stamp, "w", encoding="utf-8") as out:
        out.write(state)
sys.exit(1 if findings else 0)
