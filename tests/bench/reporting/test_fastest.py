"""What is fastest, and that only like is compared with like."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from bench.toolkit.rendering import speeds
from reports import report_of

USED = {
    "device": "cpu",
    "device_name": "a CPU",
    "precision": "fp32",
    "batch_size": 32,
    "eval_batch_size": 128,
    "threads": 2,
}


def fastest(records):
    return list(speeds(report_of(records).fastest))


@pytest.fixture
def timed(record):
    """Makes a cell with a training rate for each of its runs, and what else its throughput says."""

    def make(backbone, *rates, used=None, others=0.0, **fields):
        readings = {"": {"other_cores": others}, **fields.pop("readings", {})}
        first, *further = ({"throughput": {"train": {"samples_per_s": rate}, **readings}} for rate in rates)
        machine = {"id": "aaa", "threads": 4, **fields.pop("machine", {})}
        effective = {**USED, **(used or {})}
        parts = {"resources": first, "repeats": further, "machine": machine, "effective": effective}
        return record(backbone, accuracy=0.5, **{**parts, **fields})

    return make


def test_the_fastest_is_named_with_its_conditions(timed):
    a, b = (100.0, 102.0, 101.0, 99.0, 103.0), (200.0, 204.0, 202.0, 198.0, 206.0)
    [told] = fastest([timed("a", *a), timed("b", *b), timed("c", 50.0, 51.0, 50.5, 50.0, 50.2)])
    assert told.startswith(
        "digits: machine aaa, cpu (a CPU), fp32, batch size 32, in evaluation 128, 2 threads. "
        "Training: b · fine-tune (202.0 ± 3.2 samples/s, 5 runs) is fastest, "
        "surely faster than all 2 others, 2.00 ("
    )
    assert told.endswith(" times as fast as the next, a · fine-tune (101.0 ± 1.6 samples/s).")


def test_ratios_are_those_of_welch_on_the_logarithms(timed):
    a, b = np.array([100.0, 102, 101, 99, 103]), np.array([200.0, 214, 202, 198, 206])
    [found] = report_of([timed("a", *a), timed("b", *b)]).fastest
    [comparison] = found.comparisons
    wanted = stats.ttest_ind(np.log(b), np.log(a), equal_var=False)
    reach = wanted.confidence_interval(0.95)
    assert comparison.p == pytest.approx(wanted.pvalue)
    assert comparison.difference == pytest.approx(np.exp(np.log(b).mean() - np.log(a).mean()))
    assert (comparison.low, comparison.high) == pytest.approx((np.exp(reach.low), np.exp(reach.high)))
    assert (comparison.answer, comparison.basis) == ("better", "runs")
    assert found.best.interval.low < 204 < found.best.interval.high


def test_runs_that_overlap_leave_it_undecided_and_few_of_them_decide_nothing(timed):
    noisy = (100.0, 110.0, 90.0, 105.0, 95.0)
    [told] = fastest([timed("a", *noisy), timed("b", *(rate + 6 for rate in noisy))])
    assert "Training: undecided between b · fine-tune (106.0" in told
    assert "runs each might tell (5 now)" in told
    [alike] = fastest([timed("a", *noisy), timed("b", *(rate + 1 for rate in noisy))])
    assert "more runs would hardly tell" in alike
    [few] = fastest([timed("a", 100.0, 101.0), timed("b", 205.0, 206.0)])
    assert "Training: 2 runs each cannot decide between b · fine-tune (205.5" in few


def test_seeds_are_runs_too(timed):
    [told] = fastest([timed("a", rate, seed=seed) for seed, rate in enumerate((90.0, 110.0))])
    assert "only a · fine-tune (100.0 ± 14.1 samples/s, 2 runs) was measured" in told


@pytest.mark.parametrize(
    "other",
    [
        {"machine": {"id": "bbb"}},
        {"used": {"threads": 1}},
        {"used": {"precision": "bf16"}},
        {"used": {"batch_size": 16}},
        {"used": {"eval_batch_size": 16}},
        {"used": {"device": "cuda:0", "device_name": "G"}},
        {"used": {"device": "cuda:0"}},
        {"used": {"shared": True}},
        {"used": {"anew": "features"}},
        {"used": {"micro_batches": 2}},
        {"dataset": "letters"},
    ],
    ids=lambda other: str(next(iter(other.values()))),
)
def test_what_was_measured_otherwise_shares_no_sentence(timed, other):
    told = fastest([timed("slow", 1.0), timed("fast", 99.0), timed("elsewhere", 50.0, **other)])
    assert len(told) == 2
    for line, wanted in itertools.product(told, ("slow", "fast")):
        assert (wanted in line) != ("elsewhere" in line)


def test_each_phase_has_its_winner(timed):
    records = [
        timed("a", 100.0, readings={"evaluate": {"samples_per_s": 1.0}}),
        timed("b", 10.0, readings={"evaluate": {"samples_per_s": 9.0}}),
    ]
    training, evaluation = fastest(records)[0].split(". ")[1:]
    assert "cannot decide between a · fine-tune (100.0" in training
    assert evaluation.startswith("Evaluation: 1 run each cannot decide between b · fine-tune (9.000")


def test_features_that_were_encoded_beforehand_make_another_ranking_and_cached_speeds_do_not_count(timed):
    found = {"encode": {"samples_per_s": 9999.0, "seconds": 1.0, "cached": True}}
    records = [
        timed("a", 50.0),
        timed("b", 90000.0, objective="feature-extract", readings=found),
        timed("c", 80000.0, objective="feature-extract", readings={"encode": {"samples_per_s": 70.0}}),
    ]
    plain, encoded = sorted(fastest(records))[::-1]
    assert "feature-extract" not in plain
    assert encoded.startswith("digits, on features encoded beforehand: ")
    assert "Training: 1 run each cannot decide between b · feature-extract" in encoded
    assert "Encoding: only c · feature-extract (70.00 samples/s, 1 run) was measured" in encoded
    assert "9999" not in encoded


def test_busy_runs_are_told(timed):
    [told] = fastest([timed("a", 100.0, 101.0, others=0.5), timed("b", 1.0, 1.0)])
    assert "a · fine-tune (100.5 ± 0.7 samples/s, 2 runs, the machine busy in 2)" in told
    assert "b · fine-tune (1.000 ± 0.000 samples/s)" in told


def test_nothing_where_no_speed_was_measured(record):
    assert fastest([record("a"), record("b", accuracy=0.5)]) == []
