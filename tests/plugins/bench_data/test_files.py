from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from bench import DataError
from bench_data.files import Csv, Json, Parquet

ROWS = [("a fine film", "good"), ("dull", "bad"), ("NA", "good"), ('said "no",\nand left', "bad")]


def write_csv(path: Path, rows=ROWS, header=("text", "label")) -> str:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


def write_lines(path: Path, records) -> str:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return str(path)


def write_parquet(path: Path, columns, features=None) -> str:
    table = pa.table(columns)
    if features is not None:
        metadata = {"huggingface": json.dumps({"info": {"features": features}})}
        table = table.replace_schema_metadata(metadata)
    parquet.write_table(table, path)
    return str(path)


def png(color: tuple[int, int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (3, 2), color).save(buffer, "PNG")
    return buffer.getvalue()


def fault(dataset, verb="check") -> tuple[str, str | None]:
    with pytest.raises(DataError) as caught:
        getattr(dataset, verb)()
    assert "\n" not in str(caught.value)
    return str(caught.value), caught.value.field


def pairs(dataset, split):
    return [(example.input, example.target) for example in dataset.load(split)]


# --- reading ---------------------------------------------------------------------------------------------


def test_csv(tmp_path):
    dataset = Csv(train=write_csv(tmp_path / "a.csv"), text="text")
    dataset.check()
    assert dataset.task == "text-classification"
    assert dataset.info().classes == ("bad", "good")
    assert dataset.info().sizes == {"train": 4}
    assert pairs(dataset, "train") == [(text, int(label == "good")) for text, label in ROWS]
    assert dataset.load("train")[-1].target == 0
    assert len(dataset.load("train")[1:3]) == 2
    with pytest.raises(IndexError):
        dataset.load("train")[4]


def test_csv_with_another_delimiter_and_a_byte_order_mark(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("\ufefftext\tlabel\nwell, well\t1\n", encoding="utf-8")
    dataset = Csv(train=str(path), text="text", delimiter="\t")
    dataset.check()
    assert pairs(dataset, "train") == [("well, well", 0)]


def test_json_lines_and_an_array_read_alike(tmp_path):
    records = [{"text": text, "label": label} for text, label in ROWS]
    (tmp_path / "array.json").write_text(json.dumps(records, indent=2))
    lines = Json(train=write_lines(tmp_path / "lines.jsonl", records), text="text")
    array = Json(train=str(tmp_path / "array.json"), text="text")
    for dataset in (lines, array):
        dataset.check()
        assert pairs(dataset, "train") == [(text, int(label == "good")) for text, label in ROWS]


def test_pairs_of_texts(tmp_path):
    records = [{"a": "x", "b": "y", "same": True}, {"a": "p", "b": "q", "same": False}]
    dataset = Json(val=write_lines(tmp_path / "a.jsonl", records), text=("a", "b"), label="same")
    dataset.check()
    assert dataset.info().classes == ("False", "True")
    assert pairs(dataset, "val") == [(("x", "y"), 1), (("p", "q"), 0)]


def test_several_files_are_read_in_order(tmp_path):
    write_csv(tmp_path / "b.csv", [("three", 1)])
    write_csv(tmp_path / "a.csv", [("one", 0), ("two", 1)])
    dataset = Csv(train=(str(tmp_path / "b.csv"), str(tmp_path / "a.csv")), text="text")
    assert pairs(dataset, "train") == [("three", 1), ("one", 0), ("two", 1)]
    assert pairs(Csv(train=str(tmp_path / "*.csv"), text="text"), "train")[0] == ("one", 0)


def test_parquet_keeps_class_names(tmp_path):
    features = {
        "text": {"dtype": "string", "_type": "Value"},
        "label": {"names": ["neg", "pos", "never seen"], "_type": "ClassLabel"},
    }
    path = write_parquet(tmp_path / "a.parquet", {"text": ["x", "y"], "label": [1, 0]}, features)
    dataset = Parquet(train=path, text="text")
    dataset.check()
    assert dataset.info().classes == ("neg", "pos", "never seen")
    assert pairs(dataset, "train") == [("x", 1), ("y", 0)]


@pytest.mark.parametrize("kind", ["struct", "bytes"])
def test_parquet_images_without_features(tmp_path, kind):
    files = [png((255, 0, 0)), png((0, 0, 255))]
    images = [{"bytes": file, "path": "x.png"} for file in files] if kind == "struct" else files
    path = write_parquet(tmp_path / "a.parquet", {"image": images, "label": ["red", "blue"]})
    dataset = Parquet(test=path, image="image")
    dataset.check()
    assert dataset.task == "image-classification"
    red = dataset.load("test")[0]
    assert (red.input.size, red.input.getpixel((0, 0)), red.target) == ((3, 2), (255, 0, 0), 1)


def test_images_named_in_csv_and_json_are_beside_the_file(tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "red.png").write_bytes(png((255, 0, 0)))
    record = {"file": "pictures/red.png", "label": "red"}
    for dataset in (
        Csv(train=write_csv(tmp_path / "a.csv", [record.values()], record), image="file"),
        Json(train=write_lines(tmp_path / "a.jsonl", [record]), image="file"),
    ):
        dataset.check()
        assert dataset.load("train")[0].input.getpixel((0, 0)) == (255, 0, 0)


def test_an_unreadable_image_is_named_when_it_is_read(tmp_path):
    images = [{"bytes": png((0, 0, 0)), "path": None}, {"bytes": png((0, 0, 0))[:40], "path": None}]
    path = write_parquet(tmp_path / "a.parquet", {"image": images, "label": [0, 1]})
    examples = Parquet(train=path, image="image").load("train")
    assert examples[0].input.size == (3, 2)
    with pytest.raises(DataError, match=r"a\.parquet, row 2, column 'image': not a readable image"):
        examples[1]


# --- classes ---------------------------------------------------------------------------------------------


def test_numbers_are_classes_in_numerical_order(tmp_path):
    for dataset in (
        Csv(train=write_csv(tmp_path / "a.csv", [("x", 10), ("y", 2)]), text="text"),
        Parquet(
            train=write_parquet(tmp_path / "a.parquet", {"text": ["x", "y"], "label": [10, 2]}), text="text"
        ),
        Parquet(
            train=write_parquet(tmp_path / "b.parquet", {"text": ["x", "y"], "label": [10.0, 2.0]}),
            text="text",
        ),
    ):
        assert dataset.info().classes == ("2", "10")
        assert pairs(dataset, "train") == [("x", 1), ("y", 0)]


def test_classes_name_numbers_and_order_names(tmp_path):
    numbers = write_csv(tmp_path / "a.csv", [("x", 1), ("y", 0)])
    names = write_csv(tmp_path / "b.csv", [("x", "pos"), ("y", "neg")])
    for path in (numbers, names):
        dataset = Csv(train=path, text="text", classes=("neg", "pos"))
        assert dataset.info().classes == ("neg", "pos")
        assert pairs(dataset, "train") == [("x", 1), ("y", 0)]
    assert Csv(train=names, text="text", classes=("pos", "neg")).load("train")[0].target == 0


def test_train_decides_which_classes_there_are(tmp_path):
    train = write_csv(tmp_path / "train.csv", [("x", "cat"), ("y", "dog")])
    val = write_csv(tmp_path / "val.csv", [("x", "cat"), ("y", "cow")])
    message, _ = fault(Csv(train=train, val=val, text="text"), "info")
    assert message == f"{val}, row 2: 'cow' in column 'label' is no class; the classes are 'cat', 'dog'"
    assert Csv(val=val, text="text").info().classes == ("cat", "cow")


def test_a_label_that_classes_do_not_list_is_an_error(tmp_path):
    path = write_csv(tmp_path / "a.csv", [("x", "0"), ("y", "2")])
    message, _ = fault(Csv(train=path, text="text", classes=("no", "yes")), "info")
    assert message == f"{path}, row 2: '2' in column 'label' is no class; the classes are 'no', 'yes'"


def test_recorded_class_names_must_agree(tmp_path):
    def write(name: str, names: list[str]) -> str:
        features = {
            "text": {"dtype": "string", "_type": "Value"},
            "label": {"names": names, "_type": "ClassLabel"},
        }
        return write_parquet(tmp_path / name, {"text": ["x"], "label": [0]}, features)

    dataset = Parquet(train=write("a.parquet", ["a", "b"]), val=write("b.parquet", ["b", "a"]), text="text")
    assert fault(dataset, "info")[0].startswith("classes differ: ")


def test_an_unlabelled_split_is_left_out(tmp_path):
    train, test = [("x", 0), ("y", 1)], [("x", -1), ("y", -1)]
    dataset = Csv(
        train=write_csv(tmp_path / "a.csv", train), test=write_csv(tmp_path / "b.csv", test), text="text"
    )
    assert dataset.info().sizes == {"train": 2}
    assert (
        fault(Csv(test=str(tmp_path / "b.csv"), text="text"), "info")[0]
        == "no split has labels in column 'label'"
    )


# --- faults seen when planning ---------------------------------------------------------------------------


def test_faults_of_the_settings(tmp_path):
    path = write_csv(tmp_path / "a.csv")
    odd = write_csv(tmp_path / "odd.csv", header=("review", "label"))
    assert fault(Csv(train=odd)) == (
        f"no column 'text', 'image' or 'audio' in {odd}; it has 'review', 'label'; name the column of inputs "
        "as `text:`, `image:` or `audio:`",
        "text",
    )
    assert fault(Csv(train=path, text="text", image="label"))[1] == "image"
    assert fault(Csv(text="text"))[1] == "train"
    assert fault(Csv(path=str(tmp_path), train=path, text="text"))[1] == "path"
    assert fault(Csv(train="nowhere.csv", text="text")) == ("nowhere.csv: no such file", "train")


def test_a_missing_column_is_found_with_a_suggestion(tmp_path):
    path = write_csv(tmp_path / "a.csv")
    expected = f"no column 'txt' in {path}; it has 'text', 'label'; did you mean 'text'?"
    assert fault(Csv(train=path, text="txt")) == (expected, "text")
    assert fault(Csv(train=path, text="text", label="y"))[1] == "label"
    lines = write_lines(tmp_path / "a.jsonl", [{"text": "x", "label": 1}])
    assert fault(Json(train=lines, text="txt"))[1] == "text"
    table = write_parquet(tmp_path / "a.parquet", {"text": ["x"], "label": [1]})
    assert fault(Parquet(train=table, image="picture"))[1] == "image"


def test_files_that_are_not_what_they_should_be(tmp_path):
    odd = tmp_path / "odd"
    odd.write_bytes(b"\xff\xfe\x00 not text")
    for cls in (Csv, Json, Parquet):
        assert fault(cls(train=str(odd), text="text"))[0].startswith(f"{odd}: cannot be read as {cls.name}")
    odd.write_text("text,label\n\n")
    assert "holds no rows" in fault(Csv(train=str(odd), text="text"))[0]
    odd.write_text("")
    assert "holds no rows" in fault(Csv(train=str(odd), text="text"))[0]
    assert "holds no objects" in fault(Json(train=str(odd), text="text"))[0]
    odd.write_text("[1]")
    assert "item 1 is no JSON object" in fault(Json(train=str(odd), text="text"))[0]
    write_parquet(odd, {"text": pa.array([], pa.string()), "label": pa.array([], pa.int64())})
    assert "holds no rows" in fault(Parquet(train=str(odd), text="text"))[0]


# --- faults seen when reading ----------------------------------------------------------------------------


def test_a_missing_value_is_found_with_its_row(tmp_path):
    path = write_csv(tmp_path / "a.csv", [("x", 1), ("y", "")])
    assert fault(Csv(train=path, text="text"), "info") == (
        f"{path}, row 2: no value in column 'label'",
        "label",
    )
    path = write_lines(tmp_path / "a.jsonl", [{"text": None, "label": 1}, {"text": "x", "label": 1}])
    assert fault(Json(train=path, text="text"), "info") == (
        f"{path}, row 1: no value in column 'text'",
        "text",
    )


def test_columns_of_the_wrong_type(tmp_path):
    path = write_parquet(
        tmp_path / "a.parquet", {"text": ["x"], "number": [1.5], "list": [[1]], "label": [0]}
    )
    assert (
        "row 1: 1.5 in column 'number' is a number"
        in fault(Parquet(train=path, text="text", label="number"), "info")[0]
    )
    assert "holds list" in fault(Parquet(train=path, text="text", label="list"), "info")[0]
    assert "holds double, not text" in fault(Parquet(train=path, text="number"), "info")[0]
    assert "holds double, not images" in fault(Parquet(train=path, image="number"), "info")[0]


def test_a_broken_line_further_down(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "x", "label": 1}\n{"text": \n')
    message, _ = fault(Json(train=str(path), text="text"), "info")
    assert message.startswith(f"{path}: cannot be read as json: ")


# --- identity --------------------------------------------------------------------------------------------


def test_the_fingerprint_is_of_content_and_split_not_of_names(tmp_path):
    one, other = write_csv(tmp_path / "a.csv"), write_csv(tmp_path / "b.csv")
    changed = write_csv(tmp_path / "c.csv", [*ROWS, ("more", "bad")])
    train = Csv(train=one, text="text")
    assert train.identity() == Csv(train=other, text="text").identity()
    assert train.identity() != Csv(train=changed, text="text").identity()
    assert train.identity() != Csv(val=one, text="text").identity()
    assert train.identity() != Csv(train=one, text="text", classes=("good", "bad")).identity()
    twice = [Csv(train=(one, changed), text="text"), Csv(train=(changed, one), text="text")]
    assert twice[0].fingerprint() != twice[1].fingerprint()
    assert not {"path", "train", "val", "test", "licence"} & train.identity().keys()


def test_the_fingerprint_covers_images_that_a_file_names(tmp_path):
    (tmp_path / "x.png").write_bytes(png((0, 0, 0)))
    dataset = Csv(train=write_csv(tmp_path / "a.csv", [("x.png", 1)], ("image", "label")), image="image")
    before = dataset.fingerprint()
    (tmp_path / "x.png").write_bytes(png((0, 255, 255)))
    assert dataset.fingerprint() != before
    (tmp_path / "x.png").unlink()
    assert "x.png: no such file" in fault(dataset, "fingerprint")[0]


def test_changed_content_is_read_again(tmp_path):
    path = tmp_path / "a.csv"
    dataset = Csv(train=write_csv(path), text="text")
    assert dataset.info().sizes == {"train": 4}
    write_csv(path, [*ROWS, ("more", "bad")])
    assert dataset.info().sizes == {"train": 5}


# --- groups ----------------------------------------------------------------------------------------------


def grouped_files(folder, groups):
    """The same rows as csv, json and parquet, with a column of patients."""
    records = [{"text": t, "label": y, "patient": g} for (t, y), g in zip(ROWS, groups, strict=True)]
    columns = {name: [record[name] for record in records] for name in records[0]}
    settings = {"text": "text", "group": "patient"}
    return [
        Csv(train=write_csv(folder / "a.csv", [r.values() for r in records], records[0]), **settings),
        Json(train=write_lines(folder / "a.jsonl", records), **settings),
        Parquet(train=write_parquet(folder / "a.parquet", columns), **settings),
    ]


def test_a_column_says_which_rows_belong_together(tmp_path):
    for dataset in grouped_files(tmp_path, ["ann", "bob", "ann", "ann"]):
        dataset.check()
        assert dataset.groups("train") == ["ann", "bob", "ann", "ann"]
        assert pairs(dataset, "train") == [(text, int(label == "good")) for text, label in ROWS]


def test_groups_may_be_numbers_which_csv_reads_as_text(tmp_path):
    as_text, *as_numbers = grouped_files(tmp_path, [7, 7, 1, 7])
    assert as_text.groups("train") == ["7", "7", "1", "7"]
    assert [dataset.groups("train") for dataset in as_numbers] == [[7, 7, 1, 7]] * 2


def test_the_groups_of_several_files_are_those_of_one_split(tmp_path):
    for name, patient in (("a.csv", "ann"), ("b.csv", "bob"), ("c.csv", "ann")):
        write_csv(tmp_path / name, [("x", 0, patient), ("y", 1, patient)], ("text", "label", "patient"))
    dataset = Csv(train=str(tmp_path / "*.csv"), text="text", group="patient")
    assert dataset.groups("train") == ["ann", "ann", "bob", "bob", "ann", "ann"]


def test_texts_and_labels_may_be_groups_too(tmp_path):
    path = write_csv(tmp_path / "a.csv")
    for column, expected in enumerate(zip(*ROWS, strict=True)):
        dataset = Csv(train=path, text="text", group=("text", "label")[column])
        dataset.check()
        assert dataset.groups("train") == list(expected)


def test_without_a_column_there_are_no_groups_and_the_identity_is_that_of_before(tmp_path):
    dataset = Csv(train=write_csv(tmp_path / "a.csv"), text="text")
    assert dataset.groups("train") is None
    assert dataset.identity().keys() == {
        "name",
        "text",
        "image",
        "label",
        "classes",
        "delimiter",
        "fingerprint",
    }


def test_groups_are_part_of_the_identity_as_they_decide_what_val_is(tmp_path):
    path = write_csv(tmp_path / "a.csv")
    plain, grouped = (Csv(train=path, text="text", group=group) for group in (None, "label"))
    assert grouped.identity() == plain.identity() | {"group": "label"}


def test_a_missing_column_of_groups_is_found_with_those_there_are(tmp_path):
    path = write_csv(tmp_path / "a.csv")
    message, field = fault(Csv(train=path, text="text", group="patient"))
    assert message == f"no column 'patient' in {path}; it has 'text', 'label'"
    assert field == "group"


def test_a_missing_group_and_one_of_another_kind(tmp_path):
    dataset = grouped_files(tmp_path, ["ann", None, "ann", "ann"])[1]
    assert fault(dataset, "info") == (
        f"{tmp_path}/a.jsonl, row 2: no value in column 'patient'",
        "group",
    )
    dataset = grouped_files(tmp_path, [0.5, 1.5, 0.5, 0.5])[1]
    assert fault(dataset, "info") == (
        f"{tmp_path}/a.jsonl: column 'patient' holds double; a group is text or a whole number",
        "group",
    )


# --- rows and labels that are not what they seem ---------------------------------------------------------


def test_faults_in_the_first_rows_are_seen_when_planning(tmp_path):
    good = write_csv(tmp_path / "good.csv")
    odd = tmp_path / "odd.csv"
    for content, expected in {
        "text,label\nwell, then,1\n": ", row 1 (line 2): has 3 fields, the header has 2",
        "text,label\nx,1\ny,\n": ", row 2: no value in column 'label'",
        "text,text,label\nx,y,1\n": "2 columns 'text' in ",
        "great film,1\ndull,0\n": "; it has 'great film', '1'; name the column of inputs as `text:`, "
        "`image:` or `audio:`; the first line must name the columns",
        "text;label\nx;1\n": '; is it `delimiter: ";"`?',
        "text,label\nx,0.33\ny,0.5\n": ", row 1: 0.33 in column 'label' is a number, no class",
    }.items():
        odd.write_text(content)
        assert expected in fault(Csv(train=str(odd)))[0]
        assert str(odd) in fault(Csv(train=str(odd)))[0]
        if "(line" in expected or "no value" in expected:
            assert expected in fault(Csv(train=good, test=str(odd)))[0]


def test_faults_further_down_are_seen_when_reading(tmp_path):
    rows = [(f"text {number}", number % 2) for number in range(20_001)]
    path = Path(write_csv(tmp_path / "a.csv", rows))
    with path.open("a") as file:
        file.write("one, two,1\n")
    dataset = Csv(train=str(path))
    dataset.check()
    assert fault(dataset, "info")[0].startswith(f"{path}, row 20002 (line 20003): has 3 fields")


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_labels_in_two_spellings_are_refused_unless_listed(tmp_path, kind):
    labels, texts = ["pos", "pos ", "neg"], ["a", "b", "c"]
    if kind == "csv":
        make, path = Csv, write_csv(tmp_path / "a", zip(texts, labels, strict=True))
    elif kind == "json":
        records = [{"text": text, "label": label} for text, label in zip(texts, labels, strict=True)]
        make, path = Json, write_lines(tmp_path / "a", records)
    else:
        make, path = Parquet, write_parquet(tmp_path / "a", {"text": texts, "label": labels})
    assert (
        f"{path}, row 2: 'pos ' in column 'label' and 'pos' ({path}, row 1)"
        in fault(make(train=path), "info")[0]
    )
    assert make(train=path, classes=("pos", "pos ", "neg")).info().classes == ("pos", "pos ", "neg")


def test_classes_may_be_numbers_that_are_not_whole_if_they_are_listed(tmp_path):
    path = write_csv(tmp_path / "a.csv", [("x", "3.11"), ("y", "3.9")])
    assert fault(Csv(train=path))[1] == "label"
    dataset = Csv(train=path, classes=("3.9", "3.11"))
    dataset.check()
    assert pairs(dataset, "train") == [("x", 1), ("y", 0)]


def test_a_column_of_identifiers_is_no_column_of_classes(tmp_path):
    path = write_csv(tmp_path / "a.csv", [("x", f"id{number}") for number in range(20_000)])
    assert "20,000 different labels in 20,000 rows" in fault(Csv(train=path))[0]
    table = write_parquet(
        tmp_path / "a.parquet", {"text": ["x"] * 500, "label": [f"id{number}" for number in range(500)]}
    )
    assert "500 different labels in 500 rows" in fault(Parquet(train=table), "info")[0]


def test_a_number_that_is_none_is_no_label(tmp_path):
    table = write_parquet(tmp_path / "a", {"text": ["x", "y"], "label": [0.0, float("nan")]})
    assert fault(Parquet(train=table), "info")[0] == f"{table}, row 2: no value in column 'label'"
    path = write_lines(tmp_path / "a", [{"text": "x", "label": 0}, {"text": "x", "label": float("nan")}])
    for verb in ("check", "info"):
        assert fault(Json(train=path), verb)[0] == f"{path}, row 2: no value in column 'label'"


def test_an_empty_text_is_missing_in_csv_and_a_text_in_json(tmp_path):
    for text in ("", "  "):
        path = write_csv(tmp_path / "a.csv", [("x", 1), (text, 0)])
        for verb in ("check", "info"):
            assert fault(Csv(train=path), verb) == (f"{path}, row 2: no value in column 'text'", "text")
    path = write_lines(tmp_path / "a.jsonl", [{"text": "", "label": 1}])
    assert pairs(Json(train=path), "train") == [("", 0)]


def test_json_is_read_as_it_is_written(tmp_path):
    records = [{"text": "2001-12-24", "label": "2001-12-24"}, {"text": "01", "label": "2001-12-25"}]
    dataset = Json(train=write_lines(tmp_path / "a.jsonl", records))
    assert pairs(dataset, "train") == [("2001-12-24", 0), ("01", 1)]
    assert dataset.info().classes == ("2001-12-24", "2001-12-25")


@pytest.mark.parametrize("rows", [2, 2000])
def test_json_with_values_of_two_types_is_refused(tmp_path, rows):
    records = [{"text": "x", "label": "1"}] * (rows - 1) + [{"text": "y", "label": 1}]
    path = write_lines(tmp_path / "a.jsonl", records)
    assert fault(Json(train=path), "info")[0] == (
        f"{path}, row {rows}: 1 in column 'label' is of another type than what stands above; write all alike"
    )
    path = write_lines(
        tmp_path / "b.jsonl", [{"text": "x", "label": 2}] * rows + [{"text": "y", "label": 1.0}]
    )
    assert Json(train=path).info().classes == ("1", "2")


def test_json_that_is_not_text_in_utf8_is_named(tmp_path):
    path = tmp_path / "a.jsonl"
    line = '{"text": "café", "label": 1}\n'
    for encoding, expected in {"latin-1": "line 1 holds the byte 0xe9", "utf-16": "it is in UTF-16"}.items():
        path.write_bytes(line.encode(encoding))
        assert fault(Json(train=str(path)))[0].startswith(
            f"{path}: cannot be read as json in UTF-8: {expected}"
        )
    path.write_text('{"text": "\\ud800", "label": 1}\n')
    assert fault(Json(train=str(path)), "info")[0] == (
        f"{path}, row 1: column 'text' holds half a character, '\\ud800'"
    )


def test_a_key_that_is_twice_in_an_object_is_refused(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "x", "label": 1}\n{"text": "x", "label": 1, "label": 2}\n')
    assert fault(Json(train=str(path)))[0] == (
        f"{path}: cannot be read as json: line 2: an object holds 'label' twice"
    )


# --- settings that need not be given ---------------------------------------------------------------------


def test_the_usual_columns_need_no_setting_and_are_the_same_data(tmp_path):
    path = write_csv(tmp_path / "a.csv")
    assert Csv(train=path) == Csv(train=path, text="text")
    assert Csv(train=path).identity() == Csv(train=path, text="text").identity()
    images = write_parquet(tmp_path / "a.parquet", {"image": [png((0, 0, 0))], "label": [0]})
    assert Parquet(test=images) == Parquet(test=images, image="image")
    assert Parquet(test=images).task == "image-classification"


def test_the_delimiter_of_a_tsv_need_not_be_given(tmp_path):
    (tmp_path / "a.tsv").write_text("text\tlabel\nx, y\t1\nz\t0\n")
    dataset = Csv(train=str(tmp_path / "a.tsv"))
    dataset.check()
    assert pairs(dataset, "train") == [("x, y", 1), ("z", 0)]
    assert dataset.identity() == Csv(train=dataset.train, delimiter="\t").identity()
    assert Csv(train=write_csv(tmp_path / "a.csv")).identity()["delimiter"] == ","


def test_quotation_marks_may_be_taken_as_they_are(tmp_path):
    (tmp_path / "a.tsv").write_text('text\tlabel\n"quoted start\t1\nplain\t0\nhe said "no"\t1\n')
    path = str(tmp_path / "a.tsv")
    assert "set `quoting: none`" in fault(Csv(train=path))[0]
    dataset = Csv(train=path, quoting="none")
    dataset.check()
    assert [text for text, _ in pairs(dataset, "train")] == ['"quoted start', "plain", 'he said "no"']
    assert dataset.identity()["quoting"] == "none"


def test_line_breaks_and_commas_in_quotation_marks_are_noted(tmp_path):
    dataset = Csv(train=write_csv(tmp_path / "a.csv"))
    assert dataset.info().notes == (
        "a.csv: in 1 of 4 rows a field in quotation marks holds line breaks and ','; the first is row 4 "
        "(lines 5 to 6)",
    )


# --- examples on both sides ------------------------------------------------------------------------------


def test_one_file_is_not_two_splits(tmp_path):
    path = write_csv(tmp_path / "a.csv")
    (tmp_path / "link.csv").symlink_to(path)
    for test in (path, str(tmp_path / "link.csv")):
        assert fault(Csv(train=path, test=test)) == (
            f"{test}: is both train and test; give test a file of its own",
            "test",
        )
    assert "train names a file twice" in fault(Csv(train=(path, str(tmp_path / "*.csv"))))[0]


def test_contents_are_the_texts_or_the_images(tmp_path):
    path = write_csv(tmp_path / "a.csv")
    assert list(Csv(train=path).contents("train")) == [text for text, _ in ROWS]
    assert Csv(train=path).contents("test") is None
    assert Csv(train=path).at_hand()
    double = Csv(train=path, text=("text", "label"))
    assert len(set(double.contents("train"))) == 4
    (tmp_path / "x.png").write_bytes(png((0, 0, 0)))
    (tmp_path / "y.png").write_bytes(png((0, 0, 0)))
    names = write_csv(tmp_path / "b.csv", [("x.png", 1), ("y.png", 0)], ("image", "label"))
    assert len(set(Csv(train=names).contents("train"))) == 1
    for images in ([png((0, 0, 0))], [{"bytes": png((0, 0, 0)), "path": None}]):
        table = write_parquet(tmp_path / "a.parquet", {"image": images, "label": [0]})
        assert list(Parquet(train=table).contents("train")) == [png((0, 0, 0))]


def test_contents_are_those_of_the_rows_as_they_are_loaded(tmp_path):
    dataset = Csv(train=write_csv(tmp_path / "a.csv"))
    assert list(dataset.load("train").contents()) == list(dataset.contents("train"))
    table = write_parquet(tmp_path / "a.parquet", {"image": [png((0, 0, 0))], "label": [0]})
    images = Parquet(train=table)
    assert list(images.load("train").contents()) == list(images.contents("train"))


def test_the_task_can_be_set_with_its_settings(tmp_path):
    task = {"name": "text-classification", "dropout": 0.1}
    dataset = Csv(train=write_csv(tmp_path / "a.csv"), text="text", task=task)
    assert dataset.task == task
    assert dataset.info().sizes == {"train": 4}  # kept by value: must be hashable in spite of the mapping


def test_planning_imports_no_heavy_library(tmp_path):
    path = write_csv(tmp_path / "a.csv")
    code = (
        "import sys; from bench_data.files import Csv, Json; import bench_data.hub, bench_data.imagefolder\n"
        f"dataset = Csv(train={path!r}, text='text'); dataset.check(); dataset.identity()\n"
        "list(dataset.contents('train')); dataset.at_hand()\n"
        "heavy = {'torch', 'datasets', 'pandas', 'numpy', 'pyarrow', 'PIL'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_is_printed(tmp_path, capfd):
    Csv(train=write_csv(tmp_path / "a.csv"), text="text").info()
    assert capfd.readouterr() == ("", "")


# --- real data -------------------------------------------------------------------------------------------


def test_sst2(shared_data):
    dataset = Csv(path=str(shared_data / "sst2"), text="text", classes=("negative", "positive"))
    dataset.check()
    assert dataset.info().sizes == {"train": 6920, "val": 872, "test": 1821}
    targets = [example.target for example in dataset.load("val")]
    assert (targets.count(0), targets.count(1)) == (428, 444)


def test_cifar10(shared_data):
    dataset = Parquet(path=str(shared_data / "cifar10"), image="image")
    dataset.check()
    assert dataset.info().sizes == {"train": 50_000, "test": 10_000}
    assert dataset.info().classes[:3] == ("airplane", "automobile", "bird")
    train = dataset.load("train")
    # In the second and the third shard: positions must run on over files.
    assert [train[index].input.size for index in (0, 20_000, 49_999)] == [(32, 32)] * 3
    rows = parquet.read_table(shared_data / "cifar10" / "data" / "train-00002-of-00003.parquet")
    assert train[49_999].target == rows["label"][-1].as_py()
    assert list(train.targets).count(3) == 5000
