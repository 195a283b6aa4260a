"""Spoilt files through the gate: none may crash, raise an untyped error or lose rows silently.

Small files of every form are spoilt in every way of `tests/mutants.py` and read as layers of a
city, one after the other in processes of their own, so that a crash or a hang of a library is
seen and ends nothing. A number makes the same mutant everywhere. See `benchmarks/README.md`.

    python benchmarks/mutations.py                     100,000 mutants on two cores
    python benchmarks/mutations.py --count 5000        fewer
    python benchmarks/mutations.py --only 4711 --save FOLDER   one again; keeps its files

Outcomes: read (a table and a report), refused (faults that name the file and a remedy);
everything else is a fault of ours: crash (the process died), hang, untyped (any other
exception, warnings too), loss (fewer rows than the file promises, or rows that the report does
not account for), unclear (a fault without file or remedy, or that cannot be printed), wrote
(files left behind or written elsewhere), memory (more than the limit).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import selectors
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

TESTS = Path(__file__).resolve().parent.parent / "tests"
GOOD = ("read", "refused")
BAD = ("crash", "hang", "memory", "untyped", "loss", "unclear", "wrote")
SLOW_S = 20.0
"""Longest time for one mutant; the whole machine may be busy."""
START_S = 120.0
MEMORY_MIB = 4096
"""Address space of a process beyond what it has once everything is imported."""
GROWTH_MIB = 1024
"""By how much the peak of a process may grow over one mutant."""
EXAMPLES = 3
"""Mutants of one seed and outcome that are saved."""
RESTART = 5000
"""Mutants after which a process starts anew, so that the peak of its memory says something."""


def main() -> None:
    """Run all mutants, or, within a process of its own, some."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=0, help="another series of mutants")
    options.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options.add_argument("--save", type=Path, help="folder for examples of failures")
    options.add_argument("--only", type=int, help="one mutant, in this process")
    options.add_argument("--work", nargs=2, type=int, metavar=("FIRST", "END"))
    chosen = options.parse_args()
    if chosen.work:
        work(*chosen.work, series=chosen.seed)
    elif chosen.only is not None:
        alone(chosen.only, series=chosen.seed, save=chosen.save)
    else:
        run(chosen)


# ── within a process of its own ──────────────────────────────────────────────────────────


def work(first: int, end: int, *, series: int) -> None:
    """Judge some mutants; say on stdout which begins and how it ended, a line of JSON each."""
    check = kit()
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever a library prints is no answer
    with tempfile.TemporaryDirectory(prefix="mutants-", dir=shared_memory()) as name:
        folder = Path(name)
        tempfile.tempdir = str(folder)
        seen = watched(folder)
        check.judged(check.mutant(first, series=series), folder)  # imports what it needs
        limit_memory()
        for number in range(first, end):
            print(json.dumps({"begins": number}), file=answers)
            print(json.dumps(one(check, number, series, folder, seen)), file=answers)


def kit():  # noqa: ANN201 - a module
    """Return the judge that the tests use too."""
    sys.path.insert(0, str(TESTS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mutantcheck  # noqa: PLC0415 - heavy, and only processes that read need it

        mutantcheck.all_seeds()
    return mutantcheck


def shared_memory() -> str | None:
    """Return a folder that is no disk, where there is one."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - within: our own


def watched(folder: Path) -> list[str]:
    """Return a list that fills with files opened for writing outside a folder."""
    seen: list[str] = []

    def hook(event: str, details: tuple) -> None:
        if event != "open" or not isinstance(details[0], (str, bytes)):
            return
        path, mode, flags = os.fsdecode(details[0]), details[1], details[2]
        writes = any(sign in mode for sign in "wax+") if mode else flags & (os.O_WRONLY | os.O_RDWR)
        if writes and not os.path.realpath(path).startswith(str(folder)):
            seen.append(path)

    sys.addaudithook(hook)
    return seen


def limit_memory() -> None:
    """Let the process take so much more address space and no more."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + MEMORY_MIB * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def one(check, number: int, series: int, folder: Path, seen: list[str]) -> dict:  # noqa: ANN001 - a module
    """Judge one mutant."""
    before, begun = peak_mib(), time.perf_counter()
    made = check.mutant(number, series=series)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        verdict = check.judged(made, folder)
    outcome, told = verdict.outcome, verdict.told
    if seen:
        outcome, told = "wrote", ", ".join(seen)
        seen.clear()
    elif peak_mib() - before > GROWTH_MIB and outcome in GOOD:
        outcome, told = "memory", f"grew by {peak_mib() - before:,.0f} MiB"
    took = time.perf_counter() - begun
    return {
        "number": number,
        "kind": made.seed.kind,
        "outcome": outcome,
        "told": told if outcome in BAD else "",
        "done": made.told,
        "took": took,
    }


def peak_mib() -> float:
    """Return the largest memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def alone(number: int, *, series: int, save: Path | None) -> None:
    """Judge one mutant here and print all that is known of it."""
    check = kit()
    if save:
        keep(check.mutant(number, series=series), save)
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        tempfile.tempdir = name
        for key, value in one(check, number, series, Path(name), watched(Path(name))).items():
            print(f"{key}: {value}")
        verdict = check.judged(check.mutant(number, series=series), Path(name))
        print(verdict.outcome, verdict.told)


def keep(made, folder: Path) -> None:  # noqa: ANN001 - a mutant
    """Write the files of a mutant into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in made.files.items():
        (folder / name).write_bytes(data)


# ── all of them ──────────────────────────────────────────────────────────────────────────


@dataclass(kw_only=True)
class Tally:
    """What has come of the mutants so far."""

    counts: Counter = field(default_factory=Counter)
    """(kind, outcome) -> mutants."""
    failed: list[dict] = field(default_factory=list)
    slowest: dict = field(default_factory=lambda: {"took": 0.0})
    lock: Lock = field(default_factory=Lock)

    def add(self, answer: dict) -> None:
        """Count one mutant."""
        with self.lock:
            self.counts[answer["kind"], answer["outcome"]] += 1
            if answer["outcome"] in BAD:
                self.failed.append(answer)
                told = f"{answer['outcome']}: mutant {answer['number']} ({answer['kind']})"
                print(told, sort_of(answer)[1:], file=sys.stderr, flush=True)
            if answer["took"] > self.slowest["took"]:
                self.slowest = answer


def run(chosen: argparse.Namespace) -> None:
    """Share the mutants out among processes, print the table, save examples."""
    begun = time.perf_counter()
    tally = Tally()
    spans = [
        (first, min(first + RESTART, chosen.count)) for first in range(0, chosen.count, RESTART)
    ]
    with ThreadPoolExecutor(chosen.workers) as pool:
        jobs = [pool.submit(worked, *span, chosen.seed, tally) for span in spans]
        for done, job in enumerate(jobs, start=1):
            job.result()
            told = (
                f"{spans[done - 1][1]:,} of {chosen.count:,} mutants, {len(tally.failed)} failures"
            )
            print(f"{told}, {time.perf_counter() - begun:,.0f} s", file=sys.stderr, flush=True)
    print_table(tally, chosen, time.perf_counter() - begun)
    print_failures(tally)
    if chosen.save:
        save_examples(tally, chosen)
    sys.exit(1 if tally.failed else 0)


def worked(first: int, end: int, series: int, tally: Tally) -> None:
    """See some mutants through, in as many processes as it takes."""
    hung: set[int] = set()
    while first < end:
        first = in_own_process(first, end, series, tally, hung)


def in_own_process(first: int, end: int, series: int, tally: Tally, hung: set[int]) -> int:
    """Let a process judge mutants till it ends or dies; return the next to judge.

    A mutant that hangs or is killed is read once more, for the whole machine may have stood
    still or have had no memory left.
    """
    command = [sys.executable, "-X", "faulthandler", __file__, "--work", str(first), str(end)]
    with tempfile.TemporaryFile("w+") as errors:
        child = subprocess.Popen(
            [*command, "--seed", str(series)], stdout=subprocess.PIPE, stderr=errors
        )
        begun: int | None = None
        for line in lines_of(child):
            answer = json.loads(line)
            if "begins" in answer:
                begun = answer["begins"]
            else:
                tally.add(answer)
                first = answer["number"] + 1
        waits = child.poll() is None
        child.kill()
        child.wait()
        if first >= end:
            return end
        errors.seek(0)
        if begun is None:
            sys.exit(f"no mutant was begun: {errors.read()[-3000:]}")
        lost = max(begun, first)  # it may have died between two
        killed = child.returncode == -signal.SIGKILL  # by us, or by a machine out of memory
        if killed and lost not in hung:
            hung.add(lost)
            return lost
        died = "hang" if waits else "crash"
        told = f"exit code {child.returncode}\n{errors.read()[-3000:]}"
        tally.add(describe(lost, series) | {"outcome": died, "told": told, "took": 0.0})
        return lost + 1


def lines_of(child: subprocess.Popen):  # noqa: ANN201 - a generator of lines
    """Give the lines that a process writes, until it ends or says nothing for too long."""
    data, allowed_s = b"", START_S
    with selectors.DefaultSelector() as ready:
        ready.register(child.stdout, selectors.EVENT_READ)
        while ready.select(allowed_s):
            block = os.read(child.stdout.fileno(), 1 << 16)
            if not block:
                child.wait()
                return
            *lines, data = (data + block).split(b"\n")
            allowed_s = SLOW_S
            yield from lines


def describe(number: int, series: int) -> dict:
    """Say what a mutant is without reading it."""
    made = kit().mutant(number, series=series)
    return {"number": number, "kind": made.seed.kind, "done": made.told}


def print_table(tally: Tally, chosen: argparse.Namespace, took_s: float) -> None:
    """Print a line for each kind of seed."""
    print(f"{chosen.count:,} mutants, series {chosen.seed}, {chosen.workers} processes, ", end="")
    print(f"{took_s / 60:.1f} minutes\n")
    titles = ("seed", "mutants", *GOOD, *BAD)
    print(f"| {' | '.join(titles)} |\n|---|{'---:|' * (len(titles) - 1)}")
    kinds = sorted({kind for kind, _ in tally.counts})
    for kind in kinds:
        numbers = [tally.counts[kind, outcome] for outcome in (*GOOD, *BAD)]
        print(f"| {kind} | {' | '.join(f'{n:,}' for n in (sum(numbers), *numbers))} |")
    numbers = [sum(tally.counts[kind, outcome] for kind in kinds) for outcome in (*GOOD, *BAD)]
    print(f"| all | {' | '.join(f'{n:,}' for n in (sum(numbers), *numbers))} |\n")
    slow = tally.slowest
    if slow["took"]:
        print(f"slowest: {slow['took']:.1f} s, mutant {slow['number']} ({slow['kind']})")


def print_failures(tally: Tally) -> None:
    """Print one of each sort of failure, and how many there are."""
    sorts: dict[tuple[str, ...], list[dict]] = {}
    for one_of in sorted(tally.failed, key=lambda answer: answer["number"]):
        sorts.setdefault(sort_of(one_of), []).append(one_of)
    for sort, members in sorted(sorts.items(), key=lambda item: -len(item[1])):
        first = members[0]
        print(f"\n{len(members)} × {first['outcome']}: {' '.join(sort[1:])}")
        print(f"   mutant {first['number']} ({first['kind']}): {first['done']}")


def sort_of(answer: dict) -> tuple[str, ...]:
    """Return by what failures are alike: the line of ours and the kind of error."""
    lines = answer["told"].strip().splitlines() or [""]
    ours = [
        line.strip() for line in lines if "/landuse/" in line and line.strip().startswith("File")
    ]
    place = ours[-1].partition("/landuse/")[2] if ours else answer["kind"]
    return answer["outcome"], place, lines[-1][: 200 if answer["outcome"] != "untyped" else 90]


def save_examples(tally: Tally, chosen: argparse.Namespace) -> None:
    """Write the files of the first few mutants of each sort of failure."""
    saved: Counter = Counter()
    for answer in tally.failed:
        sort = sort_of(answer)
        saved[sort] += 1
        if saved[sort] > EXAMPLES:
            continue
        folder = chosen.save / answer["outcome"] / str(answer["number"])
        keep(kit().mutant(answer["number"], series=chosen.seed), folder)
        told = f"{answer['kind']}\n{answer['done']}\n{answer['told']}\n"
        (folder / "told.txt").write_text(told, encoding="utf-8", errors="replace")


if __name__ == "__main__":
    main()
