from __future__ import annotations

import pytest

from infra.alert_settings import AlertSettings, read_alert_settings


def test_without_a_word_nobody_is_told_and_what_matters_is_watched() -> None:
    assert read_alert_settings({}) == AlertSettings(emails=(), webhook_parameter=None, alarms="essential")


def test_what_is_set_is_taken() -> None:
    settings = read_alert_settings(
        {
            "alert_emails": "ops@example.com, b.c+d@mail.example.org,ops@example.com",
            "alert_webhook_secret": "/tideline/dev/webhook",
            "alarms": "all",
        }
    )

    assert settings.emails == ("ops@example.com", "b.c+d@mail.example.org")
    assert settings.webhook_parameter == "/tideline/dev/webhook"
    assert settings.alarms == "all"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("alert_emails", "ops"), ("alert_emails", "ops@host"), ("alert_emails", "a@b.c d@e.f"),
        ("alert_emails", ",".join(f"u{n}@example.com" for n in range(21))),
        ("alert_webhook_secret", "https://hooks.example/s3cr3t"), ("alert_webhook_secret", "aws/x"),
        ("alert_webhook_secret", "/a//b"), ("alert_webhook_secret", "a b"), ("alarms", "some"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named(key: str, value: str) -> None:
    with pytest.raises(ValueError, match=key):
        read_alert_settings({key: value})


def test_an_address_given_for_its_parameters_name_is_not_said_again() -> None:
    with pytest.raises(ValueError, match="not the address itself") as caught:
        read_alert_settings({"alert_webhook_secret": "https://hooks.example/s3cr3t"})
    assert "s3cr3t" not in str(caught.value)
