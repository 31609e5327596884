"""What it costs to cross from Python into the core: per call, and per KiB. Prints one JSON object.

Medians of rounds, in nanoseconds. `cargo xtask uniffi --borders 15` runs it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from statistics import median

from splitsign import PublicKey, cose, sha256

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 15
SIZES_KIB = [1, 4, 16, 64]
# The generator of P-256: a key like any other.
KEY = PublicKey.from_sec1(bytes.fromhex("036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"))


def nanoseconds(action: Callable[[], object]) -> float:
    """For one call: the median of rounds, each of as many calls as take about five milliseconds."""
    calls = 1
    while True:
        start = time.perf_counter_ns()
        for _ in range(calls):
            action()
        if time.perf_counter_ns() - start > 5_000_000:
            break
        calls *= 2
    rounds = []
    for _ in range(ROUNDS):
        start = time.perf_counter_ns()
        for _ in range(calls):
            action()
        rounds.append((time.perf_counter_ns() - start) / calls)
    return median(rounds)


def per_kib(at: dict[int, float]) -> float:
    """What one KiB more costs, from the least to the most."""
    least, most = min(at), max(at)
    return (at[most] - at[least]) / (most - least)


def main() -> None:
    payloads = {size: bytes(size * 1024) for size in SIZES_KIB}
    digest = {size: nanoseconds(partial(sha256, payload)) for size, payload in payloads.items()}
    prepare = {size: nanoseconds(partial(cose.prepare, payload)) for size, payload in payloads.items()}
    report = {
        "binding": "python",
        "runtime": f"Python {sys.version.split()[0]}",
        "rounds": ROUNDS,
        "unit": "ns",
        "call": {"key_to_sec1": nanoseconds(KEY.to_sec1), "sha256_empty": nanoseconds(lambda: sha256(b""))},
        "sha256": {"at_kib": digest, "per_kib": per_kib(digest)},
        "cose_prepare": {"at_kib": prepare, "per_kib": per_kib(prepare)},
    }
    print(json.dumps(report))


main()
