"""A file comes from an address whole and as it was foretold, or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bench import DataError
from bench.toolkit.downloads import download
from served import served

CONTENT = b"name,species\nRex,dog\n"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def test_a_file_comes_into_its_place_once(tmp_path: Path) -> None:
    place = tmp_path / "data" / "pets.csv"
    with served({"/pets.csv": CONTENT}) as (address, asked):
        assert download(f"{address}/pets.csv", DIGEST, place)
        assert not download(f"{address}/pets.csv", DIGEST, place)
    assert place.read_bytes() == CONTENT
    assert asked == ["/pets.csv"]
    assert [path.name for path in place.parent.iterdir()] == ["pets.csv"]


@pytest.mark.parametrize(
    ("content", "length", "told"),
    [
        (b"other", None, "has changed, or was torn on its way"),
        (CONTENT[:-3], len(CONTENT), "has changed, or was torn"),
        (None, None, "cannot be had from .*404"),
    ],
    ids=["changed", "torn", "missing"],
)
def test_nothing_is_left_of_one_that_is_not_as_foretold(
    content: bytes | None, length: int | None, told: str, tmp_path: Path
) -> None:
    files = {} if content is None else {"/pets.csv": content}
    with served(files, length) as (address, _), pytest.raises(DataError, match=told) as raised:
        download(f"{address}/pets.csv", DIGEST, tmp_path / "pets.csv")
    assert "\n" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_another_file_is_not_overwritten(tmp_path: Path) -> None:
    place = tmp_path / "pets.csv"
    place.write_bytes(b"mine")
    with pytest.raises(DataError, match="is another file: move it away"):
        download("http://127.0.0.1:9/pets.csv", DIGEST, place)
    assert place.read_bytes() == b"mine"


def test_only_the_web_is_asked(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(CONTENT)
    with pytest.raises(DataError, match="is no address"):
        download(secret.as_uri(), DIGEST, tmp_path / "pets.csv")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(DataError, match="cannot be had"):
        download("http://127.0.0.1:9/pets.csv", DIGEST, tmp_path / "data" / "pets.csv")
