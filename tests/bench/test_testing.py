"""`bench.testing.check` finds every fault it claims to find: a check that cannot fail is worth nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from types import SimpleNamespace
from typing import Annotated, Any, ClassVar

import numpy as np
import pytest
import torch
from pydantic import ConfigDict, Field, PlainSerializer

import bench
import fakes
from bench.registry import Owner, Registered, Registry
from bench.testing import check
from bench.toolkit.additive import Additive
from bench.toolkit.by_class import ByClass
from bench.toolkit.classification import ClassificationMetrics


class Train(bench.Objective):
    """All parameters learn."""

    name: ClassVar[str] = "train"

    def train(self, run: bench.Run) -> bench.Steps[None]:
        from bench.toolkit.training import sgd, unfreeze

        yield from sgd(run, unfreeze(run.encoder) + unfreeze(run.head), lr=0.1, epochs=2)


class Count(bench.Meter):
    """Counts steps."""

    name: ClassVar[str] = "count"
    table: ClassVar[str] = "counts"
    figures: ClassVar[tuple[bench.Figure, ...]] = (bench.Figure("steps", doc="steps"),)

    def open(self, run: bench.Run) -> bench.Gauge:
        return Counter()


class Counter(bench.Gauge):
    """Knows the number of steps."""

    steps = 0

    def step(self, step: bench.Step) -> None:
        self.steps += 1

    def close(self, earlier: Mapping[str, bench.Reading]) -> bench.Reading:
        return {bench.WHOLE: {"steps": self.steps}}


class Margin(bench.Metric):
    """By how much the highest logit stands out."""

    name: ClassVar[str] = "margin"
    figures: ClassVar[tuple[bench.Figure, ...]] = (
        bench.Figure("margin", doc="by how much the highest logit stands out"),
    )

    def suits(self, task: bench.Task, info: bench.DatasetInfo) -> bool:
        return task.name == "point-classification"

    def metrics(self, info: bench.DatasetInfo) -> Any:
        return MeanMargin()


class MeanMargin(Additive):
    """The mean."""

    def statistics(self, predictions: Any, targets: Any) -> Any:
        best = predictions["logits"].topk(2).values
        return {"margin": best[:, 0] - best[:, 1]}

    def of_sums(self, sums: Any, count: float) -> dict[str, float]:
        return {"margin": float(sums["margin"]) / count}


class Listen(bench.Observer):
    """Hears of records."""

    name: ClassVar[str] = "listen"

    def follow(self, cell: bench.CellInfo) -> bench.Follower:
        return Ear(cell)


class Ear(bench.Follower):
    def __init__(self, cell: bench.CellInfo) -> None:
        self.cell = cell

    def progressed(self, points: Sequence[bench.Point]) -> None:
        assert [point.step for point in points] == [1, 2]

    def finished(self, record: Any) -> None:
        assert (record["id"], record["status"]) == (self.cell.id, "done")


GOOD = {
    "backbone": fakes.Layers,
    "dataset": fakes.Points,
    "task": fakes.PointClassification,
    "objective": Train,
    "metric": Margin,
    "meter": Count,
    "observer": Listen,
}


def world() -> Registry:
    registry = fakes.registry()
    registry.entries["objective"]["train"] = Registered(Train, Owner("train", "tests", "0"))
    return registry


def faulty(kind: str, **namespace: Any) -> type[bench.Plugin]:
    """A class that keeps its contract but for what is in the namespace."""
    base = GOOD[kind]
    return type(base)("Faulty", (base,), {"__doc__": "Faulty.", "__module__": __name__, **namespace})


def faults(cls: type[bench.Plugin]) -> str:
    return "\n".join(check(cls, world()))


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_plugin_has_no_faults(kind):
    assert check(GOOD[kind], world()) == []


def test_it_leaves_the_registry_as_it_is():
    registry = world()
    check(faulty("observer", name="another"), registry)
    assert registry.names("observer") == []


def test_it_wants_a_plugin_class():
    with pytest.raises(TypeError, match=r"Registry is not a subclass of bench\.Backbone"):
        check(Registry)


def test_a_class_without_examples_is_not_brought_to_life():
    assert faults(faulty("observer", check_with=(), follow=lambda self, cell: 1 / 0)) == ""


# --- classes -----------------------------------------------------------------------------------------


def field(**options: Any) -> dict[str, Any]:
    return {"__annotations__": {"size": int}, "size": Field(3, **options)}


class Deaf(bench.Observer):
    """Implements nothing."""

    name: ClassVar[str] = "deaf"


CLASSES = {
    "is 'Not A Name'; it must be": faulty("observer", name="Not A Name"),
    "does not implement follow": Deaf,
    "argument is 'absent', which is none of its fields": faulty("observer", argument="absent"),
    "budget is 'absent', which is none of its fields": faulty("objective", budget="absent"),
    "a field that suites use themselves: from": faulty(
        "observer", **{"__annotations__": {"from": str}, "from": Field("", description="from")}
    ),
    "has no docstring": faulty("observer", __doc__=None),
    "setting 'size' has no description": faulty("observer", **field()),
    "figure 'steps' has no doc": faulty("meter", figures=(bench.Figure("steps"),)),
    "must stay frozen and closed": faulty("observer", model_config=ConfigDict(frozen=False)),
}


@pytest.mark.parametrize("fault", CLASSES)
def test_faults_of_classes(fault):
    assert fault in faults(CLASSES[fault])


class Vague(bench.Task):
    """A task that does not say what it is about."""

    name: ClassVar[str] = "vague"
    prepare = collate = head = loss = predict = metrics = lambda self, *arguments: None


class Tableless(bench.Meter):
    """A meter that does not say where its columns belong."""

    name: ClassVar[str] = "tableless"
    open = Count.open


class Taskless(bench.Dataset):
    """A data set that does not say what it is for."""

    name: ClassVar[str] = "taskless"
    task: ClassVar[Any]
    fingerprint = info = lambda self: None
    load = lambda self, split: None  # noqa: E731  # a stand-in


@pytest.mark.parametrize(
    ("cls", "missing"),
    [(Vague, ["modality", "figures", "primary"]), (Tableless, ["table", "figures"]), (Taskless, ["task"])],
)
def test_what_a_class_must_say(cls, missing):
    assert check(cls, world()) == [f"does not say its '{name}'" for name in missing]


def test_a_module_that_loads_torch(tmp_path):
    from bench.registry import load_file

    file = tmp_path / "heavy.py"
    file.write_text(
        "import torch\nfrom bench import Observer, hookimpl\n\n"
        "class Heavy(Observer):\n    'Heavy.'\n    name = 'heavy'\n    def follow(self, cell): ...\n\n"
        "@hookimpl\ndef bench_observers():\n    return [Heavy]\n"
    )
    registry = world()
    load_file(registry, file)
    assert registry.broken == []
    assert "importing its module loads torch" in "\n".join(
        check(registry.entries["observer"]["heavy"].cls, registry)
    )


# --- values ------------------------------------------------------------------------------------------

VALUES = {
    "its own example {'size': 0} is not valid": faulty("observer", check_with=({"size": 0},), **field(ge=1)),
    "a value made from its own JSON data is another value": faulty(
        "observer",
        __annotations__={"size": Annotated[int, PlainSerializer(lambda size: size + 1)]},
        size=Field(3, description="size"),
    ),
    "its identity must be plain JSON data": faulty("observer", identity=lambda self: {"size": {1, 2}}),
    "equal values have different identities": faulty("observer", identity=lambda self: {"id": id(self)}),
}


@pytest.mark.parametrize("fault", VALUES)
def test_faults_of_values(fault):
    assert fault in faults(VALUES[fault])


# --- backbones ---------------------------------------------------------------------------------------


def encoder(change: Callable[[Any], None], **members: Any) -> type[bench.Plugin]:
    """A backbone with an encoder that is changed once it is built."""

    def load(self: bench.Backbone) -> Any:
        built = fakes.make_encoder()
        change(built)
        return built

    return faulty("backbone", load=load, **members)


def processor(process: Callable[[Any], Any], digest: str = "one") -> type[bench.Plugin]:
    def change(built: Any) -> None:
        def processor(raw: Any) -> Any:
            return process(raw)

        processor.digest = digest
        built.processor = processor

    return encoder(change)


def forward(change: Callable[[Any], Any]) -> type[bench.Plugin]:
    """A backbone whose encoder gives changed features."""

    def wrap(built: Any) -> None:
        as_it_was = built.forward
        built.forward = lambda inputs: change(as_it_was(inputs))

    return encoder(wrap)


def mapped(features: Any, channels: int, positions: int) -> Any:
    import torch

    rows = len(features.pooled)
    mask = torch.ones(rows, positions, dtype=torch.bool)
    return bench.Features(features.pooled, (torch.ones(rows, 5, channels),), mask)


def with_maps(channels: int, positions: int) -> type[bench.Plugin]:
    def change(built: Any) -> None:
        as_it_was = built.forward
        built.spec = bench.FeatureSpec(8, (3,), (1,))
        built.forward = lambda inputs: mapped(as_it_was(inputs), channels, positions)

    return encoder(change)


def set_to(name: str, value: Any) -> Callable[[Any], None]:
    return lambda built: setattr(built, name, value(built))


def native(
    build: Callable[[], Any], role: str = "classifier", classes: Sequence[Sequence[str]] = ()
) -> Callable[[Any], None]:
    """Give an encoder a native part of three outputs."""
    return lambda built: setattr(built, "native", [bench.NativePart(role, 3, build, classes)])


def a_layer() -> Any:
    """A module that is no encoder."""
    from torch import nn

    return nn.Linear(2, 2)


def narrow() -> Any:
    """A classifier of the pooled features with two outputs."""
    from bench.toolkit.heads import LinearHead

    return LinearHead(8, 2)


def unsaveable(built: Any) -> None:
    def refuse(state: Any) -> None:
        raise KeyError("names do not fit")

    built.load_state_dict = refuse


NUMBERS = count()


def by_hand(built: Any) -> None:
    """Take the parameters out of an encoder: it gives the inputs as they are."""
    del built.first, built.second
    built.spec = bench.FeatureSpec(2)
    built.blocks = list
    built.forward = lambda inputs: bench.Features(inputs["point"])


def test_a_backbone_may_have_no_parameters():
    assert faults(encoder(by_hand)) == ""


BACKBONES = {
    "reads no modality": faulty("backbone", modalities=lambda self: frozenset()),
    "no data set of modality 'smell' to try it with is installed": faulty(
        "backbone", modalities=lambda self: frozenset({"smell"})
    ),
    "load gives a SimpleNamespace, not a torch.nn.Module": faulty(
        "backbone", load=lambda self: SimpleNamespace()
    ),
    "load gives a Linear, not a bench.Encoder": faulty("backbone", load=lambda self: a_layer()),
    "two loads from one seed give different weights": encoder(
        lambda built: built.first.bias.data.fill_(next(NUMBERS))
    ),
    "cannot be saved and loaded again, as 'from:' does": encoder(unsaveable),
    "its processor has no digest": processor(lambda raw: {"point": raw.astype("float32")}, digest=""),
    "its processor gives 'point' as list": processor(lambda raw: {"point": raw.tolist()}),
    "its processor gives another 'point' for the same input": processor(
        lambda raw: {"point": (raw + next(NUMBERS)).astype("float32")}
    ),
    "its blocks hold a parameter twice": encoder(
        set_to("blocks", lambda built: lambda: [built.first, built.first, built.second])
    ),
    "its blocks hold 2 of its 4 parameters": encoder(set_to("blocks", lambda built: lambda: [built.first])),
    "one of its native parts is a str, not a NativePart": encoder(set_to("native", lambda built: ["head"])),
    "its native classifier is a str, neither a module nor None": encoder(native(lambda: "head")),
    "its native tagger has 3 outputs and names 1 classes": encoder(
        native(lambda: None, role="tagger", classes=[("a",)])
    ),
    "its native classifier gives [6, 2], its outputs say [6, 3]": encoder(native(narrow)),
    "its native tagger knows 'dog', which class_names() does not list": encoder(
        native(lambda: None, role="tagger", classes=[("Cat", "x"), ("dog",), ("cow",)]),
        class_names=lambda self: frozenset({"cat", "cow"}),
    ),
    "pooled is [6, 8], its spec says [6, 9]": encoder(set_to("spec", lambda built: bench.FeatureSpec(9))),
    "gives 0 maps, its spec says 1 with 1 strides": encoder(
        set_to("spec", lambda built: bench.FeatureSpec(8, (3,), (1,)))
    ),
    "map 0 is [6, 5, 4], its spec says 3 channels": with_maps(channels=4, positions=5),
    "map 0 is [6, 5, 3], its mask [6, 7]": with_maps(channels=3, positions=7),
    "strides() gives (4,) when planning, its spec says ()": faulty("backbone", strides=lambda self: (4,)),
    "its features are not finite": forward(lambda f: bench.Features(f.pooled / 0)),
    "features depend on what else is in its batch": forward(
        lambda f: bench.Features(f.pooled + len(f.pooled))
    ),
    "no gradient reaches any of its parameters": forward(lambda f: bench.Features(f.pooled.detach())),
    "with {}: WeightsError: layers: no weights; give a file": faulty(
        "backbone", load=lambda self: fakes.Layers(fault="user").load()
    ),
}


@pytest.mark.parametrize("fault", BACKBONES)
def test_faults_of_backbones(fault):
    assert fault in faults(BACKBONES[fault])


# --- data sets ---------------------------------------------------------------------------------------


def refuse(self: bench.Dataset) -> None:
    raise bench.DataError("points.csv: no such file")


def changed(change: Callable[[bench.Example, int], bench.Example]) -> type[bench.Plugin]:
    """A data set with changed examples."""

    def load(self: fakes.Points, split: str) -> list[bench.Example]:
        return [change(example, at) for at, example in enumerate(fakes.Points.load(self, split))]

    return faulty("dataset", load=load)


def info(**facts: Any) -> type[bench.Plugin]:
    known = {"sizes": {"train": 60}, "classes": ("a", "b", "c")}
    return faulty("dataset", info=lambda self: bench.DatasetInfo(**{**known, **facts}))


def groups(found: Callable[[bench.Dataset, str], Any]) -> type[bench.Plugin]:
    return faulty("dataset", groups=found)


DATASETS = {
    "DataError: points.csv: no such file": faulty("dataset", check=refuse),
    "no task 'unknown' is installed": faulty("dataset", task="unknown"),
    "has no fingerprint": faulty("dataset", fingerprint=lambda self: ""),
    "equal values have different fingerprints": faulty(
        "dataset", fingerprint=lambda self: str(next(NUMBERS)), identity=lambda self: {}
    ),
    "its info lists no split": info(sizes={}),
    "its info lists a split 'validation'; there are train, val and test": info(sizes={"validation": 60}),
    "its info must be plain JSON data": info(extra={"path": object()}),
    "train: has 60 examples, its info says 61": info(sizes={"train": 61}),
    "train: example 0 is another one in a second load": changed(
        lambda example, at: bench.Example(example.input + next(NUMBERS), example.target)
    ),
    "val: example 1 is another one": changed(
        lambda example, at: bench.Example(example.input, next(NUMBERS) % 3 if at == 1 else example.target)
    ),
    "train: target 2 is no index into its 2 classes": info(classes=("a", "b")),
    "train: has groups of 59 examples, its info says 60": groups(lambda self, split: range(59)),
    "train: a group must be a text or a whole number": groups(lambda self, split: [0.5] * 60),
    "train: its groups are others when asked again": groups(lambda self, split: [next(NUMBERS)] * 60),
    "train: marks candidates among 59 examples, its info says 60": faulty(
        "dataset", candidates=lambda self, split: [False] * 59
    ),
    "train: all its examples are candidates, so there is nothing to rank them for": faulty(
        "dataset", candidates=lambda self, split: [True] * 60
    ),
    "train: has contents of 59 examples, its info says 60": faulty(
        "dataset", contents=lambda self, split: ["text"] * 59
    ),
    "train: contents must be texts or bytes": faulty("dataset", contents=lambda self, split: range(60)),
}


@pytest.mark.parametrize("fault", DATASETS)
def test_faults_of_data_sets(fault):
    assert fault in faults(DATASETS[fault])


# --- tasks -------------------------------------------------------------------------------------------


def prepared(change: Callable[[bench.Sample], bench.Sample]) -> type[bench.Plugin]:
    def prepare(self: bench.Task, example: bench.Example, processor: bench.Processor) -> bench.Sample:
        return change(fakes.PointClassification.prepare(self, example, processor))

    return faulty("task", prepare=prepare)


def shaken(batch: bench.Batch, generator: Any) -> bench.Batch:
    import torch

    return bench.Batch({"point": torch.rand(batch.size, 2)}, batch.targets, batch.indices)


def no_targets(self: bench.Task, samples: Any) -> bench.Batch:
    batch = fakes.PointClassification.collate(self, samples)
    return batch if samples[0].inputs else bench.Batch({}, {}, batch.indices)


def by_rank(self: bench.Task, samples: Any) -> bench.Batch:
    batch = fakes.PointClassification.collate(self, samples)
    batch.targets["label"] = batch.targets["label"].argsort()
    return batch


def need_inputs(self: bench.Task, samples: Any) -> bench.Batch:
    assert samples[0].inputs["point"] is not None
    return fakes.PointClassification.collate(self, samples)


def metrics(kind: str = "task", **halves: Any) -> type[bench.Plugin]:
    """A task or metric with other statistics or another way to compute."""
    good = ClassificationMetrics(3) if kind == "task" else MeanMargin()

    def made(self: bench.Plugin, info: bench.DatasetInfo) -> Any:
        return SimpleNamespace(
            **{"statistics": good.statistics, "settle": good.settle, "compute": good.compute, **halves}
        )

    return faulty(kind, metrics=made)


def unweighted(statistics: Any, weights: Any = None) -> dict[str, float]:
    return {"accuracy": float(statistics["correct"].mean()) + len(statistics["correct"])}


def other_without_weights(statistics: Any, weights: Any = None) -> dict[str, float]:
    return {"accuracy": 0.5 if weights is None else 0.75}


def another_each_time(statistics: Any, weights: Any = None) -> dict[str, float]:
    return {"accuracy": float(next(NUMBERS))}


def macro_recall(statistics: Any, weights: Any = None) -> dict[str, float]:
    return {"accuracy": ClassificationMetrics(3).compute(statistics, weights)["recall"]}


def together(self: bench.Task, head: Any, features: Any, targets: Any) -> torch.Tensor:
    if len(targets["label"]) < 6:
        raise RuntimeError("too few to compare")
    return fakes.PointClassification.loss(self, head, features, targets)


def broken_down(**changes: Any) -> type[bench.Plugin]:
    """A task that takes its figures apart in another way."""

    def breakdown(self: bench.Task, info: bench.DatasetInfo) -> bench.Breakdown:
        return type("Changed", (ByClass,), changes)(info.classes)

    return faulty("task", breakdown=breakdown)


TASKS = {
    "prepare gives target 'label' as int": prepared(
        lambda sample: bench.Sample(sample.inputs, {"label": int(sample.targets["label"])})
    ),
    "prepare gives another input 'point' for the same example": prepared(
        lambda sample: bench.Sample({"point": sample.inputs["point"] + next(NUMBERS)}, sample.targets)
    ),
    "collate must do without inputs when features stand for them: KeyError: 'point'": faulty(
        "task", collate=need_inputs
    ),
    "collate needs inputs to give targets": faulty("task", collate=no_targets),
    "collate gives an example another target 'label' in other company": faulty("task", collate=by_rank),
    "augment draws from something else than the generator": faulty(
        "task", augment=lambda self, batch, generator: shaken(batch, generator)
    ),
    "augment gives 3 examples for 6": faulty(
        "task",
        augment=lambda self, batch, generator: bench.Batch(batch.inputs, batch.targets, batch.indices[:3]),
    ),
    "its head looks at more of the features than 'reads' says": faulty("task", reads=frozenset({"maps"})),
    "its loss must be one finite number with a gradient, not tensor([[": faulty(
        "task", loss=lambda self, head, features, targets: head(features)
    ),
    "its loss must be one finite number with a gradient, not inf": faulty(
        "task", loss=lambda self, head, features, targets: head(features).sum() + float("inf")
    ),
    "its loss must be one finite number with a gradient, not 1": faulty(
        "task", loss=lambda self, head, features, targets: head(features).sum().detach() * 0 + 1
    ),
    "with {}: ZeroDivisionError": faulty("task", loss=lambda self, head, features, targets: 1 / 0),
    "it has no loss of a part of a batch (RuntimeError: too few to compare); `indivisible`": faulty(
        "task", loss=together
    ),
    "prediction 'logits' is neither a tensor with a leading batch axis nor a list of texts": faulty(
        "task",
        predict=lambda self, head, features: {"logits": head(features)[:3]},
    ),
    "statistic 'correct' is [1] for 6 examples": metrics(
        statistics=lambda predictions, targets: {"correct": targets["label"][:1]}
    ),
    "statistic 'index' needs another name": metrics(
        statistics=lambda predictions, targets: {"index": targets["label"]}
    ),
    "its metrics must be plain floats": metrics(compute=lambda *_: {"accuracy": "all"}),
    "its primary figure 'accuracy' is not among ['recall']": metrics(compute=lambda *_: {"recall": 1.0}),
    "figure 'guess' is not among those it declares": metrics(compute=lambda *_: {"guess": 1.0}),
    "its primary figure 'loss' is not among those it declares": faulty(
        "task", primary=bench.Figure("loss", better="lower")
    ),
    "its primary figure 'accuracy' does not say which way it is better": faulty(
        "task", primary=bench.Figure("accuracy"), figures=(bench.Figure("accuracy"),)
    ),
    "compute gives other figures with a weight of 1": metrics(compute=other_without_weights),
    "examples of weight 0 and 2 do not count in compute as none and two do": metrics(compute=unweighted),
    "'accuracy' is declared the mean of 'correct', but is ": metrics(compute=macro_recall),
    "of the statistics that are kept, {'accuracy'": metrics(compute=another_each_time),
    "its breakdown must name its axis and its parts": broken_down(axis=""),
    "its breakdown computes ['recall'], and declares ['f1', 'precision', 'recall', 'support']": broken_down(
        compute=lambda self, statistics: {"recall": np.ones(3)}
    ),
    "its breakdown gives 'f1' as [2] for 3 parts": broken_down(
        figures=ByClass.figures[:1], compute=lambda self, statistics: {"f1": np.ones(2)}
    ),
    "its breakdown fails at the statistics of its metrics: KeyError: 'target'": metrics(
        statistics=lambda predictions, targets: {"correct": targets["label"] == 0},
        compute=lambda statistics, weights=None: {
            "accuracy": float(np.average(statistics["correct"], weights=weights))
        },
    ),
    "its confusions must be [K, 3] whole numbers, not [3] int64": broken_down(
        confusions=lambda self, statistics: np.ones(3, np.int64),
        compute=lambda self, statistics: dict.fromkeys(("f1", "precision", "recall", "support"), np.ones(3)),
    ),
    "no backbone for modality 'smell' to try it with is installed": faulty("task", modality="smell"),
}


@pytest.mark.parametrize("fault", TASKS)
def test_faults_of_tasks(fault):
    registry = world()
    registry.entries["task"]["point-classification"] = Registered(TASKS[fault], Owner("faulty", "tests", "0"))
    assert fault in "\n".join(check(TASKS[fault], registry))


def test_a_loss_that_needs_whole_batches_is_none_of_parts():
    assert faults(faulty("task", loss=together, indivisible=lambda self: "it compares examples")) == ""


def test_a_task_without_data_set_cannot_be_tried():
    assert "no data set for 'lonely' to try it with is installed" in faults(faulty("task", name="lonely"))


# --- objectives, metrics, meters, observers ----------------------------------------------------------


def stubborn(self: bench.Objective, run: bench.Run) -> Iterator[bench.Step]:
    while True:
        try:
            yield bench.Step(1)
        except GeneratorExit:
            yield bench.Step(1)


def second_step_fails(self: bench.Objective, run: bench.Run) -> Iterator[bench.Step]:
    yield bench.Step(1)
    raise RuntimeError("after one step")


def only_whole(self: bench.Objective, run: bench.Run) -> bench.Steps[None]:
    if run.micro_batches > 1:
        raise RuntimeError("not in parts")
    yield from Train.train(self, run)


def joyful(self: bench.Objective, run: bench.Run) -> bench.Steps[None]:
    run.report("val", {"joy": 1.0})
    yield from bench.Objective.measure(self, run)


OBJECTIVES = {
    "a trial of 1 steps failed: ZeroDivisionError": faulty("objective", train=lambda self, run: 1 / 0),
    "a trial of 1 steps failed: RuntimeError: generator ignored GeneratorExit": faulty(
        "objective", train=stubborn
    ),
    "a trial of 2 steps failed: RuntimeError: after one step": faulty("objective", train=second_step_fails),
    "a trial with batches in two parts failed (RuntimeError: not in parts); `indivisible`": faulty(
        "objective", train=only_whole, indivisible=lambda self: None
    ),
    "a trial of 1 steps failed: AttributeError: 'int' object has no attribute 'loss'": faulty(
        "objective", train=lambda self, run: (number for number in (1, 2))
    ),
    "failed: objective 'train' reports no accuracy, by which cells are ranked, on val and test": (
        faulty("objective", measure=lambda self, run: iter(()))
    ),
    "figure 'joy' is not among those it declares": faulty("objective", measure=joyful),
    "its primary figure 'joy' is not among those it declares": faulty(
        "objective", ranks_by=lambda self, task: bench.Figure("joy", better="higher")
    ),
    "no partners to try it with are installed: too small": faulty(
        "objective", skip=lambda self, backbone, task, dataset: "too small"
    ),
}


class Neighbours(Train):
    """Predicts by the nearest training example; its head is never trained."""

    name: ClassVar[str] = "neighbours"

    def train(self, run: bench.Run) -> Iterator[bench.Step]:
        batch = run.data("train").take(range(len(run.data("train"))))
        bank = run.add("bank", torch.nn.Module())
        bank.register_buffer("points", batch.inputs["point"])
        bank.register_buffer("labels", batch.targets["label"])
        yield bench.Step(batch.size)

    def predict(self, run: bench.Run, batch: bench.Batch) -> bench.Predictions:
        bank = run.added["bank"]
        nearest = torch.cdist(batch.inputs["point"], bank.points).argmin(1)
        return {"logits": torch.nn.functional.one_hot(bank.labels[nearest], len(run.info.classes)).float()}


class ScoredByHead(Neighbours):
    """Reports how good another thing is than what it predicts."""

    def measure(self, run: bench.Run) -> Iterator[bench.Step]:
        for split in run.splits:
            run.report(split, {"accuracy": 0.123})
        yield bench.Step(1)


def test_an_objective_may_predict_without_a_head():
    assert faults(Neighbours) == ""


def test_figures_of_something_else_than_what_is_predicted_are_a_fault():
    assert "reports test accuracy 0.123; what it predicts has " in faults(ScoredByHead)


@pytest.mark.parametrize("fault", OBJECTIVES)
def test_faults_of_objectives(fault):
    assert fault in faults(OBJECTIVES[fault])


class Bad(Counter):
    """Gives what cannot be a column's value."""

    def close(self, earlier: Mapping[str, bench.Reading]) -> bench.Reading:
        return {bench.WHOLE: {"steps": [1, 2]}}


class Phased(Counter):
    """Gives a phase what is of the whole cell."""

    def close(self, earlier: Mapping[str, bench.Reading]) -> bench.Reading:
        return {"train": {"steps": self.steps}}


class Failing(Counter):
    """Fails at work."""

    def step(self, step: bench.Step) -> None:
        raise ValueError("lost count")


METERS = {
    "meter 'count' failed: ZeroDivisionError": faulty("meter", open=lambda self, run: 1 / 0),
    "meter 'count' failed: ValueError: lost count": faulty("meter", open=lambda self, run: Failing()),
    "figure 'steps' is not among those it declares": faulty("meter", figures=(bench.Figure("calls"),)),
    "figure 'steps' has a value in phase 'train', and 'by_phase' is False": faulty(
        "meter", open=lambda self, run: Phased()
    ),
    "figure 'steps' has a value for the whole cell, and 'by_phase' is True": faulty(
        "meter", figures=(bench.Figure("steps", by_phase=True),)
    ),
    "its table cannot be 'quality'": faulty("meter", table="quality"),
    "meter 'count' failed: ValidationError": faulty("meter", open=lambda self, run: Bad()),
    "a trial with it failed: AttributeError": faulty(
        "meter", open=lambda self, run: setattr(run, "task", None) or Counter()
    ),
}


class Mute(bench.Metric):
    """Does not say what it computes."""

    name: ClassVar[str] = "mute"
    suits = Margin.suits
    metrics = Margin.metrics


def declared_mean(of: str, **halves: Any) -> type[bench.Plugin]:
    """A metric whose figure is said to be the mean of a statistic."""
    cls = metrics("metric", **halves)
    return type(cls)(
        "Mean", (cls,), {"__doc__": "Mean.", "figures": (bench.Figure("margin", doc="mean", mean_of=of),)}
    )


def root_mean_square(statistics: Any, weights: Any = None) -> dict[str, float]:
    return {"margin": float(np.average(statistics["margin"] ** 2, weights=weights) ** 0.5)}


def by_whole_weights(statistics: Any, weights: Any = None) -> dict[str, float]:
    return {
        "margin": float(
            np.average(statistics["margin"], weights=None if weights is None else np.ceil(weights))
        )
    }


def two_margins(predictions: Any, targets: Any) -> Any:
    return {"margin": predictions["logits"].topk(2).values}


def first_margin(statistics: Any, weights: Any = None) -> dict[str, float]:
    return {"margin": float(np.average(statistics["margin"][:, 0], weights=weights))}


def test_a_figure_may_be_declared_the_mean_of_a_statistic():
    assert faults(declared_mean("margin")) == ""


METRICS = {
    "does not say its 'figures'": Mute,
    "figure 'margin' is not among those it declares": faulty("metric", figures=(bench.Figure("gap"),)),
    "metric 'margin' computes 'accuracy', as the task does": metrics(
        "metric", compute=lambda *_: {"accuracy": 1.0}
    ),
    "metric 'margin' failed: ZeroDivisionError": metrics("metric", compute=lambda *_: 1 / 0),
    "metric 'margin' failed: ValueError: margin is nan": metrics(
        "metric", compute=lambda *_: {"margin": float("nan")}
    ),
    "examples of weight 0 and 2 do not count": metrics(
        "metric", compute=lambda statistics, weights=None: {"margin": float(len(statistics["margin"]))}
    ),
    "two examples of weight 0.5 do not count": metrics("metric", compute=by_whole_weights),
    "'margin' is declared the mean of 'gap', which is not among its statistics: margin": declared_mean("gap"),
    "'margin' is declared the mean of 'margin', but is ": declared_mean("margin", compute=root_mean_square),
    "'margin' is declared the mean of 'margin', which has more than one number": declared_mean(
        "margin", statistics=two_margins, compute=first_margin
    ),
    "no data set that it suits to try it with is installed": faulty(
        "metric", suits=lambda self, task, info: False
    ),
}


@pytest.mark.parametrize("fault", METRICS)
def test_faults_of_metrics(fault):
    assert fault in faults(METRICS[fault])


@pytest.mark.parametrize("table", ["quality", "accuracy", "summary"])
def test_a_meter_leaves_the_tables_of_every_report_alone(table):
    assert f"its table cannot be '{table}'" in faults(faulty("meter", table=table))


@pytest.mark.parametrize("fault", METERS)
def test_faults_of_meters(fault):
    assert fault in faults(METERS[fault])


def test_faults_of_observers():
    assert "with {}: ZeroDivisionError: division by zero" in faults(
        faulty("observer", follow=lambda self, cell: 1 / 0)
    )
