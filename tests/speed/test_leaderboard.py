"""How long it takes to say who is best: 1,000 cells with all that 10,000 examples each contribute."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from invented import Truth, world
from pairs import Pairs, command

ROWS, SEEDS, EXAMPLES, RUNS = 200, 5, 10_000, 5


def test_a_leaderboard_of_a_thousand_cells_takes_seconds(tmp_path: Path, pairs: Pairs) -> None:
    truths = [
        Truth(f"model {number}", f"objective {number % 4}", accuracy=0.7 + 0.001 * number, speed=100 + number)
        for number in range(ROWS)
    ]
    world(seeds=SEEDS, examples=EXAMPLES, runs=RUNS).write(tmp_path / "results", truths)
    ran = []
    pairs.benchmark.pedantic(
        lambda: ran.append(command("-m", "bench", "leaderboard", tmp_path / "results")), rounds=3
    )
    seconds, peak_mib = median(one.seconds for one in ran), max(one.peak_mib for one in ran)
    pairs.note(seconds=[one.seconds for one in ran], peak_mib=peak_mib)
    assert seconds < 20
    assert peak_mib < 2048
