"""What is known of figures, where records do not say the same."""

from __future__ import annotations

from bench.records.record import Facts
from bench.reporting.facts import Catalogue


def test_the_first_record_that_knows_a_figure_counts(record):
    quality = {"accuracy": Facts(better="higher")}
    first = record(accuracy=0.5, figures={"quality": quality, "t": {"a": Facts(unit="s")}})
    second = record(
        accuracy=0.5, figures={"t": {"a": Facts(unit="ms"), "b": Facts(unit="J")}, "u": {"c": Facts()}}
    )
    found = Catalogue([first, second, first])
    assert [found.facts("t", name).unit for name in "ab"] == ["s", "J"]
    assert found.facts("quality", "accuracy").better == "higher"
    assert found.facts("t", "unheard of") == found.facts("nowhere", "a") == Facts()


def test_figures_are_found_by_what_they_are(record):
    speed = Facts(unit="samples/s", better="higher", headline=1)
    figures = {
        "speed": {
            "rate": speed,
            "quartile": speed.model_copy(update={"headline": 0}),
            "slowness": speed.model_copy(update={"better": "lower"}),
            "tokens": speed.model_copy(update={"unit": "tokens"}),
            "old": Facts(role="cached"),
        },
        "machine": {"others": Facts(role="disturbance")},
    }
    found = Catalogue([record(accuracy=0.5, figures=figures)])
    assert found.speeds() == [("speed", "rate")]
    assert found.playing("cached") == {"speed": ["old"], "machine": []}
    assert found.playing("disturbance") == {"speed": [], "machine": ["others"]}
