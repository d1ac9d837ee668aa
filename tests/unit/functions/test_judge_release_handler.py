from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from judge_release.handler import handler
from tests.fakes.messages import Context
from tideline.domain.release.judgement import Judgement, JudgementTask
from tideline.errors import StorageUnavailable

ORDER = {"model": "churn", "version": 3, "release_id": "churn-v3-0123abcd4567", "generation": 1}


def test_it_answers_with_the_judgement() -> None:
    asked: list[JudgementTask] = []

    def judge(task: JudgementTask) -> Judgement:
        asked.append(task)
        return Judgement(outcome="hold", reasons=("too few calls",), challenger_calls=7, wait_s=60)

    answer = handler({"order": ORDER, "step": 2}, Context(), judge_release=judge)  # type: ignore[arg-type]
    assert (answer["outcome"], answer["reasons"], answer["wait_s"]) == ("hold", ["too few calls"], 60)
    assert (answer["champion_calls"], answer["challenger_calls"]) == (0, 7)
    assert (asked[0].order.release_id, asked[0].step) == ("churn-v3-0123abcd4567", 2)


def test_evidence_that_cannot_be_read_fails_the_state_by_name() -> None:
    def judge(task: JudgementTask) -> Judgement:
        raise StorageUnavailable("'a.parquet' cannot be read")

    with pytest.raises(StorageUnavailable, match="StorageUnavailable: 'a"):
        handler({"order": ORDER, "step": 1}, Context(), judge_release=judge)  # type: ignore[arg-type]


def test_on_aws_a_model_without_a_release_is_over(cloud: Any, call: Callable[..., Any]) -> None:
    for _ in range(2):
        assert call("judge_release", {"order": ORDER, "step": 1})["outcome"] == "over"
