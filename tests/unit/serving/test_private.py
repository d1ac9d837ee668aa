from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.serving import samples
from tests.unit.serving.samples import GOOD
from tests.unit.serving.serving import Serving, plain
from tideline.serving.deployment import Feature, Signature
from tideline.serving.private import hidden, logged_features, logged_person

_INCOME = Feature("income", "number", required=False, private=True)
_CITY = Feature("city", "category", required=False, private=True)
_PROMISED = samples.signature("regression", (samples.AGE, _INCOME, samples.PLAN, _CITY))
_OPEN = samples.signature()


def test_private_categories_are_hashed_and_private_numbers_left_out() -> None:
    shown = logged_features(GOOD, signature=_PROMISED, salt="s")
    assert shown == {"age": 40, "plan": "gold", "city": hidden("Oslo", salt="s")}
    assert "Oslo" not in json.dumps(shown)
    assert "1200.5" not in json.dumps(shown)


def test_a_hash_is_known_and_stays_so() -> None:
    # printf Oslo | openssl dgst -sha256 -hmac s
    assert hidden("Oslo", salt="s") == "969edf37b7b0e2759ffb5e4d2efe90cf"


@given(st.text(), st.text(), st.text(min_size=1), st.text(min_size=1))
def test_hashes_are_stable_and_tell_values_and_salts_apart(
    one: str, other: str, salt: str, pepper: str
) -> None:
    assert hidden(one, salt=salt) == hidden(one, salt=salt)
    assert (hidden(one, salt=salt) == hidden(other, salt=salt)) == (one == other)
    if _key(salt) != _key(pepper):
        assert hidden(one, salt=salt) != hidden(one, salt=pepper)


def _key(salt: str) -> bytes:
    """RFC 2104 fills a short key up with zeros."""
    return salt.encode().rstrip(b"\0")


def test_a_category_is_hashed_as_it_is_spelled() -> None:
    assert hidden(True, salt="s") == hidden("true", salt="s")
    assert hidden(7, salt="s") == hidden("7", salt="s")


def test_without_a_salt_nothing_private_is_shown() -> None:
    assert logged_features(GOOD, signature=_PROMISED, salt="") == {"age": 40, "plan": "gold"}


def test_a_missing_private_value_is_missing() -> None:
    shown = logged_features(GOOD | {"city": None, "income": None}, signature=_PROMISED, salt="s")
    assert shown == {"age": 40, "plan": "gold", "city": None, "income": None}


def test_what_is_not_private_is_logged_as_it_was_given() -> None:
    assert logged_features(GOOD, signature=_OPEN, salt="s") is GOOD


def test_an_entity_is_no_feature_and_goes_by_its_own_name() -> None:
    assert logged_features(GOOD | {"customer": "c-1"}, signature=_OPEN, salt="s") == GOOD
    assert logged_person("c-1", signature=_OPEN, salt="s") == "c-1"
    assert logged_person(None, signature=_OPEN, salt="s") is None


def test_an_entity_that_is_a_private_feature_too_is_hidden_in_both_places() -> None:
    promised = Signature("regression", (samples.AGE, _CITY), entity="city")
    assert logged_features({"age": 1, "city": "Oslo"}, signature=promised, salt="s") == {
        "age": 1,
        "city": hidden("Oslo", salt="s"),
    }
    assert logged_person("Oslo", signature=promised, salt="s") == hidden("Oslo", salt="s")
    assert logged_person("Oslo", signature=promised, salt="") is None


def test_no_line_of_a_call_holds_what_is_private() -> None:
    serving = Serving("regression")
    failing = samples.version(b"", 4, task="regression", role="challenger", slots=((0, 100),))
    versions = [plain(3, signature=_PROMISED), (failing, b""), plain(5, "shadow", signature=_PROMISED)]
    serving.put(versions, generation=2, capture={"sample": 1, "salt": "s"})
    serving.ask(GOOD)
    serving.shadows_end()
    assert len(serving.lines) == 3
    assert not any("Oslo" in line or "1200.5" in line for line in serving.lines)
    assert sum(hidden("Oslo", salt="s") in line for line in serving.lines) == 2
