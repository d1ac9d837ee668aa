from __future__ import annotations

import pytest

from infra.api_settings import ApiSettings, read_api_settings

JWT = {"auth": "jwt", "issuer": "https://login.example/pool", "audience": "app, other"}


def test_without_a_word_calls_are_signed_and_no_page_may_call() -> None:
    settings = read_api_settings({})
    assert settings == ApiSettings()
    assert (settings.issuer, settings.origins, settings.concurrency) == (None, (), None)


def test_what_is_set_is_taken() -> None:
    origins = "https://app.example,http://localhost:3000"
    settings = read_api_settings(JWT | {"cors": origins, "throttle": "50,10", "concurrency": "20"})
    assert settings == ApiSettings(
        issuer="https://login.example/pool",
        audiences=("app", "other"),
        origins=("https://app.example", "http://localhost:3000"),
        rate_per_s=50,
        burst=10,
        concurrency=20,
    )


@pytest.mark.parametrize(
    ("context", "key"),
    [
        ({"auth": "none"}, "auth"),
        ({"issuer": "https://login.example"}, "issuer"),
        (JWT | {"issuer": "http://login.example"}, "issuer"),
        (JWT | {"audience": " , "}, "audience"),
        ({"cors": "*"}, "cors"),
        ({"cors": "https://app.example/path"}, "cors"),
        ({"throttle": "0,1"}, "throttle"),
        ({"throttle": "20000,1"}, "throttle"),
        ({"throttle": "10"}, "throttle"),
        ({"concurrency": "0"}, "concurrency"),
    ],
)
def test_what_cannot_be_used_is_refused_naming_its_key(context: dict[str, str], key: str) -> None:
    with pytest.raises(ValueError, match=f"^-c {key}="):
        read_api_settings(context)
