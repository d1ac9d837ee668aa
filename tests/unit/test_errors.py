from __future__ import annotations

import pickle
from collections.abc import Iterator

import pytest

from tideline import errors
from tideline.errors import Fault, FileRejected, SpecInvalid, TidelineError, TransientError, UnknownVersion


def below(kind: type[TidelineError]) -> Iterator[type[TidelineError]]:
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from below(child)


def test_every_error_is_drawn_in_the_tree_and_nothing_else() -> None:
    drawn = {line.split("── ")[1].split()[0] for line in (errors.__doc__ or "").splitlines() if "── " in line}
    assert drawn == {kind.__name__ for kind in below(TidelineError)}


def test_a_text_starts_with_the_class_name_and_survives_pickling() -> None:
    for error in (
        SpecInvalid([Fault("a", 1, "wrong")]),
        FileRejected("empty", "nothing in it", row=3),
        UnknownVersion("churn", 3),
        errors.ParityBroken(0.5, 1e-4),
        errors.RegistryConflict("late"),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert str(again) == str(error)
        assert str(error).startswith(f"{type(error).__name__}: ")
        assert vars(again) == vars(error)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault("a.b", 3, "is wrong"), "a.b (line 3): is wrong"),
        (Fault("", None, "is wrong"), "the file: is wrong"),
    ],
)
def test_a_fault_says_where(fault: Fault, text: str) -> None:
    assert str(fault) == text


def test_only_what_may_pass_is_transient() -> None:
    assert {kind.__name__ for kind in below(TransientError)} == {
        "RegistryConflict",
        "StorageUnavailable",
        "ThrottledByService",
        "ChatUnavailable",
    }
