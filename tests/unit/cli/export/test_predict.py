"""The exported program: it answers as the project's own scorer does, from two packages alone."""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cli.export import predict as program
from cli.export.predict import InvalidRows, load, predict, read_rows
from tests.unit.adapters.training.samples import (
    awkward_encoding,
    awkward_rows,
    encode,
    infer_encoding,
    raw_features,
    shared_rows,
)
from tideline.adapters.scoring.onnx_scorer import OnnxScorer
from tideline.adapters.training.lightgbm_trainer import LightGbmTrainer
from tideline.adapters.training.linear_trainer import LinearTrainer
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.encoding import Encoding, Task
from tideline.domain.release.deployment import signature

ROOT = Path(__file__).parents[4]
PROGRAM = ROOT / "cli/export"
FEATURES = ("age", "workclass", "education_num", "occupation", "sex", "hours_per_week", "capital_gain")


def export(folder: Path, artifact: bytes, encoding: Encoding, **features: Any) -> Path:
    """Lay out what predicting needs of an export."""
    positive = {"positive": encoding.classes[-1]} if encoding.task == "binary" else {}
    rules = {
        f.name: {"type": f.type, "required": False} | features.get(f.name, {}) for f in encoding.features
    }
    spec = ModelSpec.model_validate(
        {"model": "churn", "task": encoding.task, "target": "y", "features": rules, "entity": "id"} | positive
    )
    promised = signature(spec, classes=encoding.classes).model_dump(mode="json")
    manifest = {"artifact_sha256": hashlib.sha256(artifact).hexdigest(), "signature": promised}
    folder.mkdir(exist_ok=True)
    (folder / "model.onnx").write_bytes(artifact)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    for name in ("predict.py", "requirements.txt"):
        shutil.copy(PROGRAM / name, folder)
    return folder


def rows_of(columns: dict[str, Any]) -> list[dict[str, Any]]:
    """Return named arrays as rows, as JSON has them."""
    return [
        {
            name: None if value in ("", None) or (isinstance(value, float) and math.isnan(value)) else value
            for name, value in zip(columns, cells, strict=True)
        }
        for cells in zip(*(column.tolist() for column in columns.values()), strict=True)
    ]


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_answers_are_those_of_the_scorer(task: Task, tmp_path: Path) -> None:
    encoding = awkward_encoding(task)
    matrix, target = awkward_rows(task, n=400)
    trained = LinearTrainer().train(
        matrix, target, valid=None, encoding=encoding, parameters={}, rounds=20, seed=1, threads=1
    )
    artifact = trained.to_onnx(encoding)
    columns = raw_features(matrix, encoding)
    columns["colour"][:5] = "a colour that nobody saw"
    expected = OnnxScorer(artifact).predict(columns)

    model = load(export(tmp_path / "out", artifact, encoding))
    answers = predict(rows_of(columns), model=model)

    if task == "regression":
        assert [answer["value"] for answer in answers] == pytest.approx(expected[:, 0].tolist(), rel=1e-5)
        return
    found = [list(answer["probabilities"].values()) for answer in answers]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    best = expected[:, 1] >= 0.5 if task == "binary" else expected.argmax(axis=1)
    assert [answer["value"] for answer in answers] == [encoding.classes[int(place)] for place in best]
    assert list(answers[0]["probabilities"]) == list(encoding.classes)


@pytest.fixture(scope="module")
def adult(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]], Any]:
    """An export of trees on real people, rows of others with gaps and news in them, the scorer's answers."""
    train, held = shared_rows("adult/adult_train.csv")[:1200], shared_rows("adult/adult_test.csv")[:300]
    encoding = infer_encoding(train, names=FEATURES, task="binary", classes=("<=50K", ">50K"))
    target = np.array([row["income"].startswith(">") for row in train], np.float32)
    trained = LightGbmTrainer().train(
        encode(train, encoding),
        target,
        valid=None,
        encoding=encoding,
        parameters={},
        rounds=8,
        seed=1,
        threads=1,
    )
    artifact = trained.to_onnx(encoding)
    rows: list[dict[str, Any]] = [{name: row[name].replace("?", "") for name in FEATURES} for row in held]
    rows[0] |= {"occupation": "Astronaut", "age": ""}
    rows[1] |= {"workclass": "", "capital_gain": ""}
    kinds = {feature.name: feature.type for feature in encoding.features}
    columns = {
        name: np.array([float(row[name] or "nan") for row in rows], np.float32)
        if kinds[name] == "number"
        else np.array([row[name] for row in rows])
        for name in FEATURES
    }
    folder = export(tmp_path_factory.mktemp("adult") / "out", artifact, encoding)
    return folder, rows, OnnxScorer(artifact).predict(columns)


@pytest.mark.data
def test_a_clean_environment_with_the_pinned_packages_answers_real_rows(adult: Any, tmp_path: Path) -> None:
    folder, rows, expected = adult
    python = clean_environment(folder, tmp_path / "venv")
    text = "\n".join([",".join(["id", *FEATURES]), *(",".join(["7", *row.values()]) for row in rows)]) + "\n"
    (tmp_path / "rows.csv").write_text(text, encoding="utf-8")

    done = run(python, str(folder / "predict.py"), "rows.csv", cwd=tmp_path)
    imported = run(python, "-c", "import predict; print(len(predict.predict([{}, {'age': 40}])))", cwd=folder)

    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(rows)
    found = [list(answer["probabilities"].values()) for answer in answers]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert "left out: id" in done.stderr
    assert imported.stdout == "2\n"
    assert run(python, "-m", "pip", "--version", cwd=tmp_path, check=False).returncode != 0
    assert run(python, "-c", "import tideline", cwd=tmp_path, check=False).returncode != 0


def clean_environment(folder: Path, place: Path) -> Path:
    """Return the Python of a new environment with the export's requirements and nothing else."""
    uv = Path(sys.executable).with_name("uv")
    made = subprocess.run(
        [uv, "venv", "--quiet", "--python", sys.executable, place],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    python = place / "bin/python"
    command = [uv, "pip", "install", "--quiet", "--python", python, "-r", folder / "requirements.txt"]
    installed = subprocess.run(command, capture_output=True, text=True, check=False)
    if installed.returncode and re.search(
        "network|connect|dns|timed out|fetch", installed.stderr, re.IGNORECASE
    ):
        pytest.skip(f"the export's packages cannot be had here: {installed.stderr.strip()[:300]}")
    assert installed.returncode == 0, installed.stderr
    return python


def run(python: Path, *arguments: str, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [python, *arguments], capture_output=True, text=True, cwd=cwd, env=environment, check=False
    )
    assert not check or done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    encoding = awkward_encoding("binary")
    matrix, target = awkward_rows("binary", n=200)
    trained = LinearTrainer().train(
        matrix, target, valid=None, encoding=encoding, parameters={}, rounds=5, seed=1, threads=1
    )
    rules = {
        "steps": {"min": 0, "max": 10, "required": True},
        "colour": {"values": ["colour 1", "colour 2"]},
    }
    return export(tmp_path_factory.mktemp("small") / "out", trained.to_onnx(encoding), encoding, **rules)


@pytest.mark.parametrize(
    ("row", "name", "reason"),
    [
        ({}, "steps", "is required but missing"),
        ({"steps": None}, "steps", "is required but missing"),
        ({"steps": -1}, "steps", "-1 is below the minimum 0"),
        ({"steps": 10.5}, "steps", "10.5 is above the maximum 10"),
        ({"steps": "many"}, "steps", "'many' is no number"),
        ({"steps": True}, "steps", "True is no number"),
        ({"steps": float("nan")}, "steps", "nan is no number"),
        ({"steps": 1, "outliers": 1e300}, "outliers", "1e+300 is too large"),
        ({"steps": 1, "colour": "blue"}, "colour", "'blue' is not one of colour 1, colour 2"),
        ({"steps": 1, "colour": 1.5}, "colour", "1.5 is no text"),
        ({"steps": 1, "single": "a\0b"}, "single", "must not contain the character NUL"),
        ({"steps": 1, "stesp": 1}, "stesp", "the model has no such feature"),
    ],
)
def test_rows_that_the_model_may_not_be_asked_are_named(
    small: Path, row: dict[str, Any], name: str, reason: str
) -> None:
    with pytest.raises(InvalidRows) as raised:
        predict([{"steps": 1}, row], model=load(small))
    assert raised.value.faults == [(1, name, reason)]
    assert str(raised.value) == f"row 1, {name}: {reason}"


def test_the_entity_may_come_along_and_no_rows_have_no_answers(small: Path) -> None:
    model = load(small)
    assert len(predict([{"steps": 1, "id": "c-1"}], model=model)) == 1
    assert predict([], model=model) == []


def test_one_object_over_several_lines_is_one_row(small: Path) -> None:
    assert read_rows('{\n "steps": 1\n}\n', load(small).signature) == ([{"steps": 1}], [])


def test_many_faults_are_counted(small: Path) -> None:
    with pytest.raises(InvalidRows, match="and 10 more"):
        predict([{}] * 30, model=load(small))


def test_a_model_that_was_changed_is_not_loaded(small: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(small, tmp_path / "copy")
    (folder / "model.onnx").write_bytes(b"\x08 something else")
    with pytest.raises(ValueError, match="its manifest says"):
        load(folder)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffsteps,colour,more\n1,colour 1,x\n2,,y\n",
        '{"steps": 1, "colour": "colour 1", "more": "x"}\n\n{"steps": 2, "colour": null}\n',
        '[{"steps": 1, "colour": "colour 1"}, {"steps": "2", "more": 3}]',
        '[\n {"steps": 1,\n  "colour": "colour 1", "more": ""},\n {"steps": "2"}\n]',
    ],
)
def test_csv_json_lines_and_an_array_are_read_alike(small: Path, text: str) -> None:
    model = load(small)
    rows, extra = read_rows(text, model.signature)
    assert extra == ["more"]
    assert [row["steps"] for row in rows] == [1, 2]
    same = [{"steps": 1, "colour": "colour 1"}, {"steps": 2}]
    assert predict(rows, model=model) == predict(same, model=model)


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_a_mark_that_ends_no_line_stays_in_its_cell(small: Path, mark: str) -> None:
    said = f"a{mark}b"
    wanted = ([{"steps": 1, "colour": said}, {"steps": 2, "colour": said}], [])
    signed = load(small).signature
    assert read_rows(f'steps,colour\r\n1,{said}\r\n2,"{said}"\r\n', signed) == wanted
    if mark >= " ":
        # JSON allows no control characters in a text.
        lines = "\r\n".join(json.dumps(row, ensure_ascii=False) for row in wanted[0])
        assert read_rows(lines, signed) == wanted


def test_a_quoted_line_end_stays_in_its_cell(small: Path) -> None:
    rows, _ = read_rows('steps,colour\n1,"a\nb"\n', load(small).signature)
    assert rows == [{"steps": 1, "colour": "a\nb"}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'{{"steps": 1{"0" * 400}}}', "row 0, steps: an integer of more than 308 digits is too large"),
        ("", "there is nothing in it"),
        ("steps\n1,2\n", "row 0 has 2 cells, the header has 1"),
        ("[1, 2]", "each row has to be an object"),
        ('{"steps": 1', "Expecting"),
        ("steps\n99\n", "row 0, steps: 99.0 is above the maximum 10"),
        ("steps\n1_0\n", "row 0, steps: '1_0' is no number"),
    ],
)
def test_the_command_says_what_is_wrong_and_ends_with_1(
    small: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    said: str,
) -> None:
    monkeypatch.setattr(program, "__file__", str(small / "predict.py"))
    (tmp_path / "rows").write_text(text, encoding="utf-8")
    assert program.main([str(tmp_path / "rows")]) == 1
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""


def test_the_command_reads_stdin(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "__file__", str(small / "predict.py"))
    monkeypatch.setattr("sys.stdin", io.StringIO("steps\n3\n"))
    out = io.StringIO()
    assert program.main([], out=out) == 0
    assert json.loads(out.getvalue())["value"] in {"no", "yes"}


def test_a_file_that_is_not_there_is_named(small: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(program, "__file__", str(small / "predict.py"))
    assert program.main(["nowhere.csv"]) == 1
    assert "nowhere.csv" in capsys.readouterr().err


def test_the_pins_are_those_of_the_layer_that_serves() -> None:
    lock = (ROOT / "requirements/layer-serve.txt").read_text(encoding="utf-8")
    shipped = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, flags=re.MULTILINE))
    pins = re.findall(r"^([a-z0-9-]+)==(\S+)", (PROGRAM / "requirements.txt").read_text(), flags=re.MULTILINE)
    assert {name for name, _ in pins} == {"numpy", "onnxruntime"}
    assert dict(pins).items() <= shipped.items()


def test_the_program_knows_nothing_of_tideline() -> None:
    lines = (PROGRAM / "predict.py").read_text(encoding="utf-8").splitlines()
    imported = {line.split()[1].split(".")[0] for line in lines if re.match(r"(import|from) ", line)}
    assert imported - set(sys.stdlib_module_names) == {"numpy", "onnxruntime"}
