"""A settled process has the memory of its start on large pages, nobody's stack, and threads that end their turns."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.kernel.settled import areas_in_use, let_turns_end, use_large_pages

_PROBE = """
import threading
from pathlib import Path
from portal.kernel.settled import settle

def kibibytes(name):
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(name))

stays = [bytes([n]) * 4096 for n in range(256)] + [str(n) * 100 for n in range(200_000)]
rest = threading.Event()
threads = [threading.Thread(target=rest.wait) for _ in range(8)]
for thread in threads:
    thread.start()
before = kibibytes("Rss:")
settle()
print(kibibytes("AnonHugePages:"), kibibytes("Rss:") - before)
rest.set()
"""


def _has_large_pages() -> bool:
    modes = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    return modes.exists() and "[never]" not in modes.read_text()


def test_what_the_start_made_lies_on_large_pages_and_costs_little_more() -> None:
    done = subprocess.run([sys.executable, "-c", _PROBE], capture_output=True, text=True, check=True)
    large, more = map(int, done.stdout.split())
    assert large >= 16 * 1024 or not _has_large_pages()
    assert more < 6 * 1024


@pytest.mark.parametrize(
    ("head", "resident", "found"),
    [
        ("10000000-10800000 rw-p 00000000 00:00 0", 8192, [(0x10000000, 8 << 20)]),
        ("10100000-10900000 rw-p 00000000 00:00 0                          [heap]", 6144, [(0x10200000, 6 << 20)]),
        ("10000000-10800000 rw-p 00000000 00:00 0", 100, []),
        ("10000000-10010000 rw-p 00000000 00:00 0", 64, []),
        ("10000000-10800000 r-xp 00000000 00:00 0", 8192, []),
        ("10000000-10800000 rw-s 00000000 00:00 0", 8192, []),
        ("10000000-10800000 rw-p 00000000 00:00 0                          [stack]", 8192, []),
        ("10000000-10800000 rw-p 00000000 fe:00 12345                      /lib/libc.so.6", 8192, []),
    ],
)
def test_only_areas_of_its_own_that_are_in_use_are_asked_for(head: str, resident: int, found: list[tuple[int, int]]) -> None:
    before = ["7f0000000000-7f0000800000 rw-p 00000000 00:00 0", "Rss: 0 kB"]
    assert list(areas_in_use([*before, head, "Size: 8192 kB", f"Rss: {resident:8} kB", "VmFlags: rd wr"])) == found


def test_where_the_kernel_tells_nothing_nothing_is_done(tmp_path: Path) -> None:
    assert use_large_pages(tmp_path / "missing") == 0


_THREADS = """
import os, threading
from portal.kernel.settled import settle

rest = threading.Event()
earlier = threading.Thread(target=rest.wait)
earlier.start()
settle()
later = threading.Thread(target=rest.wait)
later.start()
print(*(os.sched_getscheduler(thread.native_id) for thread in (threading.main_thread(), earlier, later)))
rest.set()
"""


def test_threads_of_a_settled_process_end_their_turns_those_there_and_those_to_come() -> None:
    done = subprocess.run([sys.executable, "-c", _THREADS], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(os.SCHED_BATCH)] * 3


def test_a_system_without_such_a_folder_or_thread_leaves_turns_as_they_are(tmp_path: Path) -> None:
    assert let_turns_end(tmp_path / "none") == 0
    (tmp_path / str((1 << 22) + 1)).mkdir()
    assert let_turns_end(tmp_path) == 0
