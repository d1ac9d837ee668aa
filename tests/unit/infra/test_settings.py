from __future__ import annotations

import pytest

from infra.settings import environment, read_settings


def test_without_a_word_it_is_dev_on_aws_with_python_3_13_on_arm() -> None:
    settings = read_settings({})

    assert settings.environment.name == "dev"
    assert settings.target == "aws"
    assert (settings.python, settings.architecture) == ("3.13", "arm64")
    assert settings.bundled


def test_only_dev_can_be_thrown_away() -> None:
    assert not environment("dev").retained
    assert environment("prod").retained
    assert environment("team-a").retained


def test_what_is_set_is_taken() -> None:
    settings = read_settings(
        {"env": "prod", "target": "local", "python": "3.12", "arch": "x86_64", "bundling": "skip"}
    )

    assert settings.environment.prefix == "tideline-prod"
    assert settings.target == "local"
    assert (settings.python, settings.architecture) == ("3.12", "x86_64")
    assert not settings.bundled


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("env", "Prod"), ("env", "9lives"), ("env", "ends-"), ("env", "x" * 21),
        ("target", "azure"), ("python", "3"), ("python", "3.13.1"), ("arch", "amd64"),
        ("bundling", "no"),
    ],
)  # fmt: skip
def test_an_unknown_value_is_refused_naming_its_key(key: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"-c {key}={value}"):
        read_settings({key: value})


def test_the_longest_name_still_fits_into_a_buckets() -> None:
    name = environment("a" * 20).prefix

    assert len(f"{name}-inbox-{'0' * 12}-ap-southeast-1") <= 63
