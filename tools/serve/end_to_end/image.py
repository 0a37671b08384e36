"""The pages that a database file and its log show, read without SQLite.

    image.py DATABASE      prints the SHA-256 of all pages, but for what may differ between a primary and its replica

The format is that of https://www.sqlite.org/fileformat2.html, sections 1.3 and 4. Never call image() in a process that has the
database open: closing a file drops the locks that SQLite holds on it there.
"""

import hashlib
import struct
import subprocess
import sys
from pathlib import Path

WAL_MAGIC = 0x377F0682


def running_checksum(order, data, s0, s1):
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for first, second in zip(words[::2], words[1::2]):
        s0 = (s0 + first + s1) & 0xFFFFFFFF
        s1 = (s1 + second + s0) & 0xFFFFFFFF
    return s0, s1


def committed_frames(log):
    """({page: bytes}, pages of the database) of all whole transactions in a log; None where it holds none."""
    if len(log) < 32:
        return None
    magic, _, page_size, _, salt1, salt2, check1, check2 = struct.unpack(">8I", log[:32])
    if magic & ~1 != WAL_MAGIC:
        return None
    order = ">" if magic & 1 else "<"
    sums = running_checksum(order, log[:24], 0, 0)
    if sums != (check1, check2):
        return None
    committed, pending, count = {}, {}, None
    for at in range(32, len(log) - page_size - 23, page_size + 24):
        page, commit, one, two, check1, check2 = struct.unpack(">6I", log[at:at + 24])
        data = log[at + 24:at + 24 + page_size]
        sums = running_checksum(order, log[at:at + 8] + data, *sums)
        if (one, two) != (salt1, salt2) or sums != (check1, check2):
            break
        pending[page] = data
        if commit:
            committed.update(pending)
            pending, count = {}, commit
    return None if count is None else (committed, count)


def image(path):
    """All pages as one bytes object."""
    data = Path(path).read_bytes()
    log = Path(path + "-wal")
    found = committed_frames(log.read_bytes()) if log.exists() else None
    if found is None:
        return data
    frames, count = found
    size = len(next(iter(frames.values())))
    return b"".join(frames.get(page, data[(page - 1) * size:page * size]) for page in range(1, count + 1))


def comparable(pages):
    """Without bytes 18 and 19: the journal mode, which is always WAL at a replica."""
    return pages[:18] + b"\x02\x02" + pages[20:]


def digest(path):
    """The same as the command line, from a process of its own."""
    done = subprocess.run([sys.executable, __file__, str(path)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


if __name__ == "__main__":
    print(hashlib.sha256(comparable(image(sys.argv[1]))).hexdigest())
