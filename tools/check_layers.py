#!/usr/bin/env python3
# Holds the includes under src/ against src/layers.txt, and checks what else a tool can check about sources:
# file names, the licence line, headers with #pragma once, permits for tests only in tests, properties whose outcome is asked.
# Usage: tools/check_layers.py [ROOT]      Exit 1 with one line per finding.
import os
import re
import sys

root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
src = os.path.join(root, "src")
allowed = {}
with open(os.path.join(src, "layers.txt"), encoding="utf-8") as table:
    for line in table:
        if line.strip() and not line.startswith("#"):
            room, links = line.split(":")
            allowed[room] = set(links.split())

findings = []
for room, links in allowed.items():
    for link in links:
        if link not in allowed:
            findings.append(f"src/layers.txt: {room} may include {link}, which is no room")
        elif room in allowed[link]:
            findings.append(f"src/layers.txt: {room} and {link} may include each other")

include = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
for folder, _, names in os.walk(src):
    for name in names:
        path = os.path.join(folder, name)
        shown = os.path.relpath(path, root)
        if not name.endswith((".cpp", ".hpp")):
            continue
        if not re.fullmatch(r"[a-z][a-z0-9_]*\.(cpp|hpp)", name):
            findings.append(f"{shown}: file names are snake_case")
        room = os.path.relpath(path, src).split(os.sep)[0]
        if room not in allowed:
            findings.append(f"{shown}: room {room} has no line in src/layers.txt")
            continue
        with open(path, encoding="utf-8") as source:
            lines = source.read().splitlines()
        if not lines or lines[0] != "// SPDX-License-Identifier: Apache-2.0":
            findings.append(f"{shown}:1: the first line is the SPDX line")
        if name.endswith(".hpp") and "#pragma once" not in lines:
            findings.append(f"{shown}: no #pragma once")
        for number, line in enumerate(lines, 1):
            if re.match(r"\s*rc::check\(", line):
                findings.append(f"{shown}:{number}: rc::check only returns whether the property holds; EXPECT_TRUE it")
            match = include.match(line)
            if not match:
                continue
            other = match.group(1).split("/")[0]
            if "/" not in match.group(1) or other not in allowed:
                findings.append(f"{shown}:{number}: includes are written from src/, \"{match.group(1)}\" is not")
            elif other != room and other not in allowed[room]:
                findings.append(f"{shown}:{number}: {room} may not include {other} (src/layers.txt)")
            if match.group(1) == "model/permit_for_tests.hpp" and not name.endswith("_test.cpp") and "bench" not in shown:
                findings.append(f"{shown}:{number}: only tests make permits without a guard")

for finding in findings:
    print(finding)
sys.exit(1 if findings else 0)
