#!/usr/bin/env python3
# Holds the includes under src/ against src/layers.txt, and checks what else a tool can check about sources:
# file names, the licence line, headers with #pragma once, permits for tests only in tests, properties whose outcome is asked,
# third-party headers only in their adapters, and pure rooms that read no clock and do no I/O.
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

# Only the adapter that needs a third-party header includes it; tests may hold a room against another reader.
adapters = {
    "sqlite3": {"store"}, "libssh": {"transport", "drill"}, "libfyaml": {"playbook"}, "sodium": {"playbook"}, "openssl": {"base"},
    "re2": {"playbook", "transport"}, "boost/asio": {"server"}, "boost/beast": {"server"},
    "boost/json": {"playbook", "wire", "server", "cli", "drill", "main"},
}
pure = {"model", "playbook", "census", "assess", "forecast"}
impure_header = re.compile(
    r"(sys|netinet|arpa|net|linux)/|(unistd|fcntl|poll|dirent|netdb|signal|time|stdio)\.h|"
    r"(fstream|iostream|filesystem|thread|mutex|future|random|condition_variable|ctime|cstdio|csignal)$")
clock = re.compile(r"_clock::now\(|SystemClock|\btime\(nullptr\)")

system_include = re.compile(r"^\s*#\s*include\s*<([^>]+)>")
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
            if re.match(r"\s*else\b", line) and re.search(r"\bTRY\(.*\);$", lines[number - 2]):
                findings.append(f"{shown}:{number}: TRY is an if of its own, which this else would belong to; write braces")
            test = name.endswith("_test.cpp") or "for_tests" in name
            angled = system_include.match(line)
            if angled:
                for header, rooms in adapters.items():
                    if re.match(rf"{header}\b", angled.group(1)) and room not in rooms and not test:
                        findings.append(f"{shown}:{number}: <{angled.group(1)}> belongs to {', '.join(sorted(rooms))}")
                if room in pure and not test and impure_header.match(angled.group(1)):
                    findings.append(f"{shown}:{number}: {room} is pure: no <{angled.group(1)}>")
            if room in pure and not test and clock.search(line.split("//")[0]):
                findings.append(f"{shown}:{number}: {room} is pure: it reads no clock")
            match = include.match(line)
            if not match:
                continue
            other = match.group(1).split("/")[0]
            if "/" not in match.group(1) or other not in allowed:
                findings.append(f"{shown}:{number}: includes are written from src/, \"{match.group(1)}\" is not")
            elif other != room and other not in allowed[room]:
                findings.append(f"{shown}:{number}: {room} may not include {other} (src/layers.txt)")
            if match.group(1) == "model/permit_for_tests.hpp" and not test and "bench" not in shown:
                findings.append(f"{shown}:{number}: only tests make permits without a guard")

for finding in findings:
    print(finding)
sys.exit(1 if findings else 0)
