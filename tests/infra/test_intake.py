"""The queues of the inbox."""

from __future__ import annotations

import json

from tests.infra.resources import Resources


def test_labels_have_a_queue_of_their_own_whose_dead_letters_people_are_told_of(resources: Resources) -> None:
    queues = resources.of("AWS::SQS::Queue")
    ((name, queue),) = ((n, q) for n, q in queues.items() if q["QueueName"].endswith("-labels"))
    letters = queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]

    assert queues[letters]["QueueName"].endswith("-labels-dead-letters")
    assert letters in json.dumps(resources.template["Outputs"]["DeadLetterQueues"])
    (source,) = (
        s
        for s in resources.of("AWS::Lambda::EventSourceMapping").values()
        if s["EventSourceArn"]["Fn::GetAtt"][0] == name
    )
    assert source["FunctionName"]["Ref"].startswith("IntakeIngestLabels")
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["BatchSize"] == 1
