from __future__ import annotations

import json
import time

import pytest

from tideline.serving.problems import Problem
from tideline.serving.requests import MAX_BODY_BYTES, MAX_INSTANCES, PredictionRequest, read_request


def _status(body: bytes) -> int:
    with pytest.raises(Problem) as caught:
        read_request(body)
    return caught.value.status


def test_a_request_is_read() -> None:
    assert read_request(b'{"instances": [{"a": 1}], "key": "k"}') == PredictionRequest([{"a": 1}], "k")


def test_explanations_are_asked_for_by_name() -> None:
    request = read_request(b'{"instances": [{"a": 1}], "explain": true}')
    assert request == PredictionRequest([{"a": 1}], None, explain=True)
    assert read_request(b'{"explain": false, "instances": [{"a": 1}]}').explain is False


def test_a_key_given_twice_is_found_where_explanations_are_asked_for_too() -> None:
    assert _status(b'{"explain": true, "instances": [{"a": 1, "a": 2}]}') == 422
    assert _status(b'{"explain": true, "explain": true, "instances": [{"a": 1}]}') == 422
    assert _status(b'{"explain": "true", "instances": [{"a": 1}]}') == 422


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"eyJpbnN0YW5jZXMiOltdfQ==",
        b'{"instances": [{"a": NaN}]}',
        b'{"instances": [{"a": Infinity}]}',
        b'{"instances": [{"a": -Infinity}]}',
        b'{"instances": [{"a": 1}]} {}',
        b'{"instances": [{"a": 1}]',
        b'{"instances": [{"a": "\\ud800"}]}',
        b'{"instances": [{"a": "\xed\xa0\x80"}]}',
        b'{"instances": [{"a": "\xff"}]}',
        b'\xef\xbb\xbf{"instances": [{"a": 1}]}',
        '{"instances": [{"a": 1}]}'.encode("utf-16"),
        b'{"instances": [{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]}",
        b'{"instances": [{"a": ' + b'{"b":' * 100_000 + b"1" + b"}" * 100_000 + b"}]}",
    ],
)
def test_what_is_not_json_is_400(body: bytes) -> None:
    assert _status(body) == 400


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b"{}",
        b'{"instances": []}',
        b'{"instances": {}}',
        b'{"instances": [1]}',
        b'{"instances": [[1]]}',
        b'{"instances": [{"a": 1}], "model": "x"}',
        b'{"instances": [{"a": 1}], "key": 7}',
        b'{"instances": [{"a": 1}], "key": "' + b"k" * 257 + b'"}',
        b'{"instances": [{"a": 1e400}]}',
        b'{"instances": [{"a": ' + b"1" * 5000 + b"}]}",
        b'{"instances": [{"a": 1, "a": 2}]}',
        b'{"instances": [{"a": 1}], "instances": [{"a": 2}]}',
        b'{"instances": [{"a": 1, "\\u0061": "b:c"}]}',
    ],
)
def test_the_wrong_shape_is_422(body: bytes) -> None:
    assert _status(body) == 422


def test_a_duplicate_is_named() -> None:
    with pytest.raises(Problem, match="'age' is given twice"):
        read_request(b'{"instances": [{"age": 1, "age": 1}]}')


def test_colons_in_texts_are_no_duplicates() -> None:
    assert read_request(b'{"instances": [{"a:b": "c::d", "e": {"f": ":"}}]}')


def test_too_much_is_413_at_once() -> None:
    assert _status(b'{"instances": [' + b",".join([b"{}"] * (MAX_INSTANCES + 1)) + b"]}") == 413
    assert _status(b" " * (MAX_BODY_BYTES + 1)) == 413
    assert (
        len(read_request(b'{"instances": [' + b",".join([b"{}"] * MAX_INSTANCES) + b"]}").instances) == 1000
    )


def test_a_duplicate_among_many_keys_is_found_in_time() -> None:
    keys = ",".join(f'"k{number}": 1' for number in range(100_000))
    started = time.process_time()
    with pytest.raises(Problem, match="'z' is given twice"):
        read_request(f'{{"instances": [{{{keys}, "z": 1, "z": 1}}]}}'.encode())
    # With each key compared with each other, 20,000 took 18 s.
    assert time.process_time() - started < 5


def test_what_was_sent_is_not_told_back_at_length() -> None:
    with pytest.raises(Problem) as caught:
        read_request(('{"' + "é" * 1_000_000 + '": 1}').encode())
    assert caught.value.status == 422
    assert "unknown field `éé" in caught.value.detail
    assert len(json.dumps(caught.value.body(request_id="r-1").decode())) < 20_000
