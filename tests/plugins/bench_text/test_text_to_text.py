"""Translation and summarisation the whole way: learnt, written, judged, kept, and refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU, CHRF

import bench
import trials
from bench.measuring.flops import Flops
from bench.planning.cell import Cell
from bench.trial.predicting import predictions
from bench_data.files import Json
from bench_objectives.feature_extract import FeatureExtract
from bench_objectives.fine_tune import FineTune
from bench_text.hf import HuggingFace
from bench_text.summarisation import Summarisation
from bench_text.translation import Translation
from frozen import Frozen
from tiny_models import TINY

WORDS = ("ja", "nein", "gut", "Tür")
SMALL: dict[str, Any] = {"layers": 1, "width": 32, "heads": 2, "max_new_tokens": 12, "dropout": 0.0}


class Echo(bench.Dataset):
    """A word, to be said twice; another way is right too."""

    name: ClassVar[str] = "echo"
    task: ClassVar[str] = "translation"
    targets: ClassVar[frozenset[str]] = frozenset({"texts"})

    def fingerprint(self) -> str:
        return "echo"

    def info(self) -> bench.DatasetInfo:
        return bench.DatasetInfo({"train": 16, "val": 6, "test": 6})

    def load(self, split: str) -> Sequence[bench.Example]:
        words = [WORDS[at % 4] for at in range(self.info().sizes[split])]
        return [bench.Example(word, (f"{word} {word}", word)) for word in words]


def cell(
    objective: bench.Objective,
    task: bench.Task | None = None,
    dataset: bench.Dataset | None = None,
    backbone: bench.Backbone | None = None,
    precision: str = "fp32",
) -> Cell:
    return Cell(
        backbone=backbone or HuggingFace(model="bert", config=TINY),
        objective=objective,
        dataset=dataset or Echo(),
        task=task or Translation(**SMALL),
        seed=0,
        settings=bench.Settings(precision=precision, batch_size=4, eval_batch_size=4),
        limits=bench.Limits(),
        device="cpu",
        labels={"objective": objective.name},
        versions={},
    )


@pytest.mark.parametrize("beams", [None, 3])
def test_a_small_decoder_learns_to_write(tmp_path: Path, beams: int | None) -> None:
    task = Translation(**SMALL, beams=beams)
    record = trials.done(cell(FineTune(epochs=30, lr=3e-3), task), tmp_path)
    assert record.quality["test"]["chrf"] > 80


def test_figures_are_those_of_the_kept_texts(tmp_path: Path) -> None:
    run = trials.live(tmp_path, cell(trials.Nothing()))
    trials.drain(run.evaluate("test"))
    texts = run.contributions["test"].statistics[""]["text"].tolist()
    references = [[example.target[at] for example in Echo().load("test")] for at in range(2)]
    expected = {
        "bleu": BLEU().corpus_score(texts, references).score,
        "chrf": CHRF().corpus_score(texts, references).score,
    }
    assert run.quality["test"] == pytest.approx(expected, abs=1e-4)


def test_summaries_are_judged_by_rouge(tmp_path: Path) -> None:
    run = trials.live(tmp_path, cell(trials.Nothing(), Summarisation(**SMALL)))
    trials.drain(run.evaluate("test"))
    texts = run.contributions["test"].statistics[""]["text"].tolist()
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)
    scores = [
        scorer.score_multi(example.target, text)
        for example, text in zip(Echo().load("test"), texts, strict=True)
    ]
    expected = {name: sum(score[name].fmeasure for score in scores) / len(scores) for name in scores[0]}
    assert run.quality["test"] == pytest.approx(expected, abs=1e-4)


def test_kept_features_give_what_a_frozen_encoder_gives(tmp_path: Path) -> None:
    recipe: dict[str, Any] = {"epochs": 30, "lr": 1e-2}
    task = Translation(**{**SMALL, "dropout": 0.1})
    kept = trials.done(cell(FeatureExtract(**recipe), task), tmp_path / "kept")
    fresh = trials.done(cell(Frozen(**recipe), task), tmp_path / "fresh")
    assert kept.quality == fresh.quality
    assert kept.quality["test"]["chrf"] > 20


CAUSAL = HuggingFace(model="gpt2", config={"n_embd": 32, "n_layer": 2, "n_head": 2})


def test_a_causal_model_learns_to_write_with_its_own_head(tmp_path: Path) -> None:
    record = trials.done(cell(FineTune(epochs=30, lr=3e-3), backbone=CAUSAL), tmp_path)
    assert record.quality["test"]["chrf"] > 80


def test_kept_memory_gives_what_a_frozen_model_gives(tmp_path: Path) -> None:
    recipe: dict[str, Any] = {"epochs": 3, "lr": 1e-2}
    kept = trials.done(cell(FeatureExtract(**recipe), backbone=CAUSAL), tmp_path / "kept")
    fresh = trials.done(cell(Frozen(**recipe), backbone=CAUSAL), tmp_path / "fresh")
    assert kept.quality == fresh.quality
    assert [point.values for point in kept.curve] == [point.values for point in fresh.curve]


@pytest.mark.parametrize("objective", [FineTune(epochs=1), FeatureExtract(epochs=1)])
def test_it_does_so_in_half_precision(tmp_path: Path, objective: bench.Objective) -> None:
    half = cell(objective, Translation(**SMALL, beams=2), backbone=CAUSAL, precision="bf16")
    assert trials.done(half, tmp_path).effective["precision"] == "bf16"


def test_its_arithmetic_is_that_of_the_joined_text(tmp_path: Path) -> None:
    import torch
    import transformers
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    record = trials.done(cell(trials.Nothing(), backbone=CAUSAL), tmp_path, [Flops()])
    read, written = len("[ja]"), len("\nja ja")
    config = transformers.GPT2Config(n_embd=32, n_layer=2, n_head=2, vocab_size=260)
    model = transformers.GPT2Model(config).eval()
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH), torch.no_grad():
        cache = transformers.DynamicCache()
        for length in (read, written):
            model(torch.ones(1, length, dtype=torch.long), cache=cache, use_cache=True)
    head = 2 * written * 32 * 260
    counted = record.resources["throughput"][""]["forward_gflops"]
    assert counted == pytest.approx((counter.get_total_flops() + head) / 1e9)


def test_new_texts_get_a_text_each(tmp_path: Path) -> None:
    run = trials.live(tmp_path, cell(trials.Nothing()))
    run.cell.objective.rebuild(run)
    (found,) = predictions(run, [bench.NewInput("line 1", lambda: "ja")])
    assert isinstance(found.values["text"], str)


def test_texts_are_shown_to_people() -> None:
    task = Translation()
    shown = task.postprocess({"text": ["ja ja", ""]}, Echo().info(), ["ja", "nein"], None)  # type: ignore[arg-type]
    assert shown == [{"text": "ja ja"}, {"text": ""}]


@pytest.mark.parametrize(
    ("source", "target", "fault"),
    [
        ("ja", "", "holds an empty text"),
        ("ja", " ", "holds an empty text"),
        ("ja", [], "holds an empty list of texts"),
        ("ja", ["ja", ["ja"]], "is of another type"),
        ("ja", ["ja", ""], "holds an empty text"),
        ("ja", {"text": "ja"}, "is of another type"),
        ("ja", 7, "is of another type"),
        ("ja", None, "train.jsonl, row 2"),
        ("ja", "ja\0ja", "a text with a NUL character"),
        ("ja\0", "ja", "a text with a NUL character"),
    ],
)
def test_faults_are_one_line_before_any_training(
    tmp_path: Path, source: Any, target: Any, fault: str
) -> None:
    lists = isinstance(target, list)
    rows = [{"en": "no", "de": ["nein"] if lists else "nein"}, {"en": source, "de": target}]
    for split in ("train", "test"):
        lines = [json.dumps(row) for row in rows]
        (tmp_path / f"{split}.jsonl").write_text("\n".join(lines))
    task = Translation(**SMALL)
    data = Json(path=str(tmp_path), task="translation", text="en", label="de").serving(task)
    run = trials.live(tmp_path / "run", cell(trials.Nothing(), task, data))
    with pytest.raises(bench.BenchError) as raised:
        run.data("train")
    assert fault in str(raised.value)
    assert "\n" not in str(raised.value)


def test_columns_are_found_by_their_usual_names(tmp_path: Path) -> None:
    for split in ("train", "test"):
        (tmp_path / f"{split}.jsonl").write_text(json.dumps({"en": "yes", "de": "ja"}) + "\n")
    data = Json(path=str(tmp_path), task="translation").serving(Translation())
    assert [*data.load("train")] == [bench.Example("yes", ("ja",))]


def test_what_a_target_lacks_is_counted(tmp_path: Path) -> None:
    processor = HuggingFace(model="bert", config=TINY).load().processor
    sample = Translation(max_new_tokens=3).prepare(bench.Example("yes", ("genau", "ja")), processor)
    assert sample.inputs.remark == "target cut to 3 tokens"  # type: ignore[attr-defined]
    assert processor.decode(sample.targets["ids"]) == "gen"  # type: ignore[attr-defined]


def test_the_prefix_is_read_with_each_text() -> None:
    processor = HuggingFace(model="bert", config=TINY).load().processor
    sample = Translation(prefix="to German: ").prepare(bench.Example("yes", ("ja",)), processor)
    assert sample.inputs["ids"].tolist() == processor("to German: yes")["ids"].tolist()


def test_heads_must_share_the_width() -> None:
    with pytest.raises(ValueError, match="width 30 cannot be shared by 4 heads"):
        Translation(width=30)
