"""Solar cells: the split, what is asked, and what is said where the package is missing."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import bench
from bench.registry import load
from bench.testing import check
from bench.toolkit.packages import package_folder
from bench_data.solar_cells import SolarCells
from bench_text.text_classification import TextClassification
from bench_text.translation import Translation
from bench_vision.image_classification import ImageClassification
from bench_vision.image_multi_label import ImageMultiLabel
from bench_vision.image_regression import ImageRegression

SPLITS: tuple[bench.Split, ...] = ("train", "test")
FOLDER = package_folder("elpv_dataset")
NUMBERS = SolarCells(task="image-regression").serving(ImageRegression())

installed = pytest.mark.skipif(FOLDER is None, reason="needs the package of the extra `solar-cells`")


def table() -> dict[str, tuple[float, str]]:
    """Probability and kind of each file, as the package's own reader takes them from its table."""
    assert FOLDER is not None
    rows = np.genfromtxt(FOLDER / "data" / "labels.csv", dtype=["U19", "f8", "U4"])
    return {Path(name).name: (float(probability), str(kind)) for name, probability, kind in rows.tolist()}


def files(split: bench.Split) -> list[str]:
    return [SolarCells().where(split, index) for index in range(SolarCells().info().sizes[split])]


@installed
@pytest.mark.parametrize("task", ["image-classification", "image-regression"])
def test_it_keeps_its_contract(task: str) -> None:
    class Tried(SolarCells):
        """Solar cells for this task."""

        check_with = ({"task": task},)

    assert check(Tried, load()) == []


@installed
def test_each_cell_is_in_one_split_as_many_as_in_the_paper() -> None:
    train, test = map(files, SPLITS)
    assert (len(train), len(test)) == (1968, 656)
    assert {*train} | {*test} == table().keys()


@installed
def test_splits_hold_75_and_25_percent_of_each_kind_and_probability() -> None:
    known = table()
    train, test = (Counter(known[file] for file in files(split)) for split in SPLITS)
    assert len(train) == len(test) == 8
    assert all(count == pytest.approx((train[of] + count) / 4, abs=1) for of, count in test.items())


@installed
def test_targets_are_classes_or_probabilities() -> None:
    known = table()
    for split in SPLITS:
        expected = [known[file][0] for file in files(split)]
        classes = [int(probability > 0.5) for probability in expected]
        assert SolarCells().strata(split) == classes
        assert [SolarCells().load(split)[at].target for at in (0, -1)] == [classes[0], classes[-1]]
        assert NUMBERS.load(split).targets == expected
        assert NUMBERS.strata(split) is None
    assert {*expected} == {0, 1 / 3, 2 / 3, 1}


@installed
def test_photographs_are_the_package_s() -> None:
    from PIL import Image

    image = SolarCells().load("test")[5].input
    assert (image.mode, image.size) == ("L", (300, 300))
    assert FOLDER is not None
    theirs = Image.open(FOLDER / "data" / "images" / SolarCells().where("test", 5))
    assert (np.asarray(image) == np.asarray(theirs)).all()
    contents = [content for split in SPLITS for content in SolarCells().contents(split)]
    assert len(contents) == 2624


@installed
def test_its_info_tells_the_licence_and_what_is_odd() -> None:
    info = SolarCells().info()
    assert info.classes == ("functional", "defective")
    assert info.licence == "CC BY-NC-SA 4.0"
    assert "module" in info.notes[0]
    assert NUMBERS.info().classes == ()


def test_it_serves_tasks_that_ask_for_a_class_or_a_number() -> None:
    assert SolarCells().serving(ImageClassification()) == SolarCells()
    assert NUMBERS.target == "number"
    for task in (ImageMultiLabel(), Translation()):
        with pytest.raises(bench.DataError, match="gives class or number as targets"):
            SolarCells().serving(task)
    assert (
        SolarCells().serving(TextClassification()) == SolarCells()
    )  # refused for what it reads, by the plan


@installed
def test_classes_and_numbers_are_kept_apart() -> None:
    assert SolarCells().identity() != NUMBERS.identity()
    assert SolarCells().fingerprint() == NUMBERS.fingerprint()


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "elpv_dataset", None)
    with pytest.raises(bench.DataError, match=r"pip install 'transferbench\[solar-cells\]'"):
        SolarCells().check()


@pytest.mark.parametrize("text", ["images/a.png 0.5", "images/a.png high mono"])
def test_another_table_is_refused(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "elpv_dataset" / "data"
    data.mkdir(parents=True)
    (data.parent / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(bench.DataError, match=r"labels\.csv is not as expected"):
        SolarCells().info()
    (data / "labels.csv").write_text(text)
    with pytest.raises(bench.DataError, match=r"labels\.csv is not as expected"):
        SolarCells().info()


@installed
def test_planning_with_it_imports_nothing_heavy() -> None:
    code = (
        "import sys; from bench_data.solar_cells import SolarCells; d = SolarCells(); d.check();"
        "d.identity(); d.info(); [*d.contents('test')];"
        "print({'torch', 'numpy', 'elpv_dataset', 'PIL'} & set(sys.modules))"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stdout.strip() == "set()"
