#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packs the built console into one file for the program: pack_console.py web/dist OUT. See console.cpp for the format.
Without a built console the pack holds one page that says how to build it. OUT is written only if it changes."""
import gzip
import hashlib
import pathlib
import struct
import sys

TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2", ".json": "application/json",
    ".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8",
}
MISSING = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Douse</title>
<p>The console was not built into this program: run <code>scripts/build</code>, which builds it first.</p></html>
"""


def main() -> None:
    dist, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    files = {}
    if (dist / "index.html").is_file():
        for path in sorted(dist.rglob("*")):
            if path.is_file() and path.suffix != ".map":
                files["/" + path.relative_to(dist).as_posix()] = path.read_bytes()
    else:
        files["/index.html"] = MISSING
    pack = [b"DCP1", struct.pack("<I", len(files))]
    for name in sorted(files, key=lambda n: n.encode()):
        plain = files[name]
        small = gzip.compress(plain, 9, mtime=0)
        if len(small) >= len(plain) * 0.95:
            small = b""
        kind = TYPES.get(pathlib.PurePosixPath(name).suffix, "application/octet-stream")
        etag = '"' + hashlib.sha256(plain).hexdigest()[:16] + '"'
        for part in (name.encode(), kind.encode(), etag.encode(), plain, small):
            pack += [struct.pack("<I", len(part)), part]
    data = b"".join(pack)
    if not out.is_file() or out.read_bytes() != data:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(data)


main()
