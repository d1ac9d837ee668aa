from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tideline.domain.alerts.alert import Alert
from tideline.domain.alerts.letter import MAX_SUBJECT, addressed, letter_of

TEXTS = st.text(st.characters(exclude_categories=()), max_size=300)


def alert(text: str = "fine", *, reasons: int = 1) -> Alert:
    return Alert(
        identity=("a",),
        headline=text,
        facts=(("Model", text),),
        reasons=(text,) * reasons,
        advice=("Look: `tideline status churn`.",),
    )


@given(TEXTS)
def test_no_value_leaves_its_line(text: str) -> None:
    letter = letter_of(alert(text), environment="prod", cli_environment="prod")

    assert len(letter.text.split("\n")) == len(
        letter_of(alert(), environment="prod", cli_environment="").text.split("\n")
    )
    assert len(letter.text.splitlines()) == len(letter.text.split("\n"))


@given(TEXTS)
def test_sns_takes_every_subject(text: str) -> None:
    subject = letter_of(alert(text), environment="prod", cli_environment="prod").subject

    assert len(subject) <= MAX_SUBJECT < 100
    assert subject.isascii()
    assert subject.isprintable()
    assert subject.startswith("[Tideline prod]")


def test_commands_name_the_environment_on_aws_only() -> None:
    sentence = "Do `tideline retrain churn`, or `tideline up`, or `npx cdk deploy`."

    assert addressed(sentence, "prod") == (
        "Do `tideline retrain churn --env prod`, or `tideline up`, or `npx cdk deploy`."
    )
    assert addressed(sentence, "") == sentence


def test_many_reasons_are_counted_and_long_ones_cut() -> None:
    text = letter_of(alert("x" * 5000, reasons=12), environment="dev", cli_environment="").text

    assert "- and 2 more" in text
    assert len(text) < 12 * 700


def test_the_key_tells_identities_apart() -> None:
    def key(*identity: str) -> str:
        return alert().model_copy(update={"identity": identity}).key

    assert key("a", "bc") != key("ab", "c")
    assert key("a") == alert("other").key
