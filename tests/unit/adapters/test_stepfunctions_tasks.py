from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from tests.fakes.aws import REGION
from tideline.adapters.stepfunctions_tasks import StepFunctionsTasks
from tideline.errors import ThrottledByService

pytestmark = pytest.mark.usefixtures("aws")


def test_a_task_is_let_go_on_and_one_is_failed_within_the_services_limits() -> None:
    client = boto3.client("stepfunctions", region_name=REGION)
    with Stubber(client) as stub:
        stub.add_response("send_task_success", {}, {"taskToken": "t", "output": "{}"})
        stub.add_response(
            "send_task_failure", {}, {"taskToken": "t", "error": "e" * 256, "cause": "c" * 32_768}
        )
        assert StepFunctionsTasks(client).succeed("t")
        assert StepFunctionsTasks(client).fail("t", error="e" * 300, cause="c" * 40_000)
        stub.assert_no_pending_responses()


@pytest.mark.parametrize("code", ["TaskDoesNotExist", "TaskTimedOut", "InvalidToken"])
def test_a_task_that_is_gone_is_told_as_such(code: str) -> None:
    client = boto3.client("stepfunctions", region_name=REGION)
    with Stubber(client) as stub:
        stub.add_client_error("send_task_success", service_error_code=code)
        stub.add_client_error("send_task_failure", service_error_code=code)
        assert not StepFunctionsTasks(client).succeed("t")
        assert not StepFunctionsTasks(client).fail("t", error="e", cause="c")


@pytest.mark.parametrize(
    ("code", "ours"), [("ThrottlingException", ThrottledByService), ("AccessDeniedException", ClientError)]
)
def test_other_refusals_go_on_up(code: str, ours: type[Exception]) -> None:
    client = boto3.client("stepfunctions", region_name=REGION)
    with Stubber(client) as stub:
        stub.add_client_error("send_task_success", service_error_code=code)
        with pytest.raises(ours):
            StepFunctionsTasks(client).succeed("t")
