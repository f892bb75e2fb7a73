"""Files that do harm where they are trusted: they run code, fill the memory, never end, or lead elsewhere.

Each is written by a function into a folder. What would run leaves a file `ran` behind, in the folder where
the test runs.
"""

from __future__ import annotations

import builtins
import io
import json
import operator
import os
import pickle
import runpy
import shutil
import struct
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.toolkit.weights import INDEX

DEEP = "[" * 100_000 + "]" * 100_000
TOUCH = "open('ran', 'w').close()"
PASSWORDS = "/etc/passwd"


class Runs:
    """Calls something when it is unpickled."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.reduced = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.reduced


HARM: dict[str, Runs] = {
    "system": Runs(os.system, "touch ran"),
    "exec": Runs(builtins.exec, TOUCH),
    "eval": Runs(builtins.eval, TOUCH),
    "open": Runs(builtins.open, "ran", "w"),
    "mkdir": Runs(os.mkdir, "ran"),
    "popen": Runs(subprocess.Popen, ["touch", "ran"]),
    "copy": Runs(shutil.copyfile, PASSWORDS, "ran"),
    "run_path": Runs(runpy.run_path, "script.py"),
    "getattr": Runs(operator.methodcaller("touch"), Path("ran")),
    "nested": Runs(pickle.loads, pickle.dumps(Runs(os.system, "touch ran"))),
}


# --- weights -----------------------------------------------------------------------------------------


def zipped(name: str) -> Callable[[Path], Path]:
    """A checkpoint as torch writes it, with an object that does harm among its tensors."""

    def write(folder: Path) -> Path:
        import torch

        torch.save({"weight": torch.zeros(2), "args": HARM[name]}, folder / f"{name}.pth")
        return folder / f"{name}.pth"

    return write


def pickled(name: str, suffix: str, protocol: int) -> Callable[[Path], Path]:
    """The same as torch wrote it long ago, or as a plain pickle."""

    def write(folder: Path) -> Path:
        path = folder / f"{name}{suffix}"
        path.write_bytes(pickle.dumps({"weight": HARM[name]}, protocol))
        return path

    return write


def script_archive(folder: Path) -> Path:
    """A model of TorchScript, which is code."""
    with zipfile.ZipFile(folder / "script.pt", "w") as archive:
        archive.writestr("a/constants.pkl", pickle.dumps(()))
        archive.writestr("a/data.pkl", pickle.dumps({"weight": HARM["system"]}))
        archive.writestr("a/code/__torch__.py", f"import os\n{TOUCH}\n")
        archive.writestr("a/version", "3")
    return folder / "script.pt"


def zip_of_elsewhere(folder: Path) -> Path:
    """A checkpoint whose parts have names that lead out of it."""
    with zipfile.ZipFile(folder / "names.pth", "w") as archive:
        archive.writestr("../../ran", "x")
        archive.writestr("/tmp/ran", "x")
        archive.writestr("archive/data.pkl", pickle.dumps({}))
    return folder / "names.pth"


def zip_bomb(folder: Path) -> Path:
    """A checkpoint of 100 kB that would be 100 MB."""
    with zipfile.ZipFile(folder / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"(" + bytes(100_000_000))
    return folder / "bomb.pth"


def tar_of_elsewhere(folder: Path) -> Path:
    """An archive, as torch once wrote them, whose files have names that lead out of it."""
    with tarfile.open(folder / "weights.tar", "w") as archive:
        for name in ("../ran", "/tmp/ran", "pickle"):
            content = pickle.dumps(HARM["system"])
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return folder / "weights.tar"


def safetensors(name: str, header: bytes, length: int | None = None) -> Callable[[Path], Path]:
    """A file of tensors with a header that lies."""

    def write(folder: Path) -> Path:
        path = folder / f"{name}.safetensors"
        path.write_bytes(struct.pack("<Q", len(header) if length is None else length) + header + bytes(8))
        return path

    return write


def _tensor(shape: list[int], begin: int, end: int) -> bytes:
    return json.dumps({"a": {"dtype": "F32", "shape": shape, "data_offsets": [begin, end]}}).encode()


def index(name: str, *files: str) -> Callable[[Path], Path]:
    """An index of weights that names files elsewhere."""

    def write(folder: Path) -> Path:
        path = folder / f"{name}{INDEX}"
        path.write_text(json.dumps({"weight_map": {str(at): file for at, file in enumerate(files)}}))
        return path

    return write


def index_of_pipe(folder: Path) -> Path:
    """An index that names a pipe."""
    os.mkfifo(folder / "pipe.safetensors")
    return index("pipes", "pipe.safetensors")(folder)


WEIGHTS: dict[str, Callable[[Path], Path]] = {
    **{f"checkpoint: {name}": zipped(name) for name in HARM},
    **{
        f"pickle {protocol}: {name}": pickled(name, suffix, protocol)
        for name, suffix, protocol in (
            ("system", ".bin", 0),
            ("exec", ".ckpt", 2),
            ("popen", ".th", 4),
            ("nested", ".pt", 5),
        )
    },
    "checkpoint: code": script_archive,
    "checkpoint: names": zip_of_elsewhere,
    "checkpoint: bomb": zip_bomb,
    "tar": tar_of_elsewhere,
    "safetensors: length": safetensors("length", b"{}", 2**63),
    "safetensors: deep": safetensors("deep", DEEP.encode()),
    "safetensors: before": safetensors("before", _tensor([2], -8, 0)),
    "safetensors: vast": safetensors("vast", _tensor([2**40, 2**40], 0, 8)),
    "index: elsewhere": index("elsewhere", "../../../etc/passwd"),
    "index: absolute": index("absolute", PASSWORDS),
    "index: itself": index("itself", f"itself{INDEX}"),
    "index: pipe": index_of_pipe,
}


# --- pictures and sounds -----------------------------------------------------------------------------


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, *more: bytes) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = _chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + body + _chunk(b"IEND", b"")


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n(ran) (w) file closefile\n%%EOF\n"

PICTURES: dict[str, bytes] = {
    "postscript.png": EPS,
    "postscript.tif": EPS,
    "vast.png": _png(60_000, 60_000),
    "text.png": _png(2, 2, _chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50_000_000)))),
    "vast.gif": b"GIF89a" + struct.pack("<HHBBB", 65_000, 65_000, 0, 0, 0) + b",",
    "circle.tiff": b"II*\0\x08\0\0\0" + struct.pack("<H", 0) + struct.pack("<I", 8),
    "drawing.png": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
    "program.jpg": b"#!/bin/sh\ntouch ran\n",
    "meta.bmp": b"\xd7\xcd\xc6\x9a" + bytes(100),
}
"""Files by name, none of which is a picture that can be shown."""


def _wav(channels: int, rate: int, size: int) -> bytes:
    kind = struct.pack("<HHIIHH", 1, channels, rate, 16_000, 2, 16)
    whole, part = struct.pack("<I", min(36 + size, 2**32 - 1)), struct.pack("<I", size)
    return b"RIFF" + whole + b"WAVEfmt \x10\0\0\0" + kind + b"data" + part


SOUNDS: dict[str, bytes] = {
    "long.wav": _wav(1, 8000, 2**32 - 1),
    "wide.wav": _wav(2**16 - 1, 2**32 - 1, 0),
    "broken.flac": b"fLaC\0\0\0\x22" + b"\xff" * 34,
    "program.ogg": b"OggS#!/bin/sh\ntouch ran\n",
}
"""Files by name, none of which holds a sound."""


# --- data --------------------------------------------------------------------------------------------


def laughing_xml(folder: Path) -> str:
    """Boxes whose file doubles a text a hundred times."""
    laughs = "".join(f'<!ENTITY a{at} "&a{at - 1};&a{at - 1};">' for at in range(1, 100))
    return _voc(folder, f'<!DOCTYPE x [<!ENTITY a0 "ha">{laughs}]><annotation>&a99;</annotation>')


def prying_xml(folder: Path) -> str:
    """Boxes whose file has another file read in."""
    return _voc(folder, f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{PASSWORDS}">]><annotation>&a;</annotation>')


def deep_xml(folder: Path) -> str:
    """Boxes whose file is nested deeply."""
    return _voc(folder, "<a>" * 100_000 + "</a>" * 100_000)


def _voc(folder: Path, text: str) -> str:
    (folder / "voc/train").mkdir(parents=True)
    (folder / "voc/train/a.xml").write_text(text)
    return "{name: voc, path: voc}"


def acting_yaml(folder: Path) -> str:
    """Boxes whose names of classes are a call to Python."""
    for name in ("images/train", "labels/train"):
        (folder / "yolo" / name).mkdir(parents=True)
    (folder / "yolo/data.yaml").write_text("names: !!python/object/apply:os.system ['touch ran']")
    return "{name: yolo, path: yolo}"


def acting_parquet(folder: Path) -> str:
    """A table with a type that is a pickle."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kind = {
        "ARROW:extension:name": "arrow.py_extension_type",
        "ARROW:extension:metadata": pickle.dumps(HARM["system"], 0).decode("latin-1"),
    }
    field = pa.field("label", pa.string(), metadata=kind)
    table = pa.table([["a", "b"], ["x", "y"]], schema=pa.schema([pa.field("text", pa.string()), field]))
    pq.write_table(table, folder / "table.parquet")
    return "{name: parquet, train: table.parquet, task: text-classification}"


def deep_coco(folder: Path) -> str:
    """Boxes whose JSON is nested deeply."""
    (folder / "coco.json").write_text(DEEP)
    return "{name: coco, train: coco.json}"


def prying_images(folder: Path) -> str:
    """A table of pictures that are files of the system."""
    (folder / "images.csv").write_text(f"image,label\n{PASSWORDS},a\n../../../dev/zero,b\n")
    return "{name: csv, train: images.csv, task: image-classification}"


def endless_text(folder: Path) -> str:
    """A text that never ends."""
    (folder / "endless.txt").symlink_to("/dev/zero")
    return "{name: text, path: endless.txt}"


DATA: dict[str, Callable[[Path], str]] = {
    function.__name__: function
    for function in (
        *(laughing_xml, prying_xml, deep_xml, acting_yaml, deep_coco, prying_images),
        endless_text,
    )
}
