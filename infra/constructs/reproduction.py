"""Reproduction: a registered version is trained again by the functions that train, and only compared."""

from __future__ import annotations

from constructs import Construct

from infra.constructs.training import Training
from infra.constructs.workflow import Workflow
from infra.settings import Environment


class Reproduction(Construct):
    """The reproduction workflow; people start it themselves, and nothing waits for its end.

    Attributes:
        workflow: The steps.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        environment: Environment,
        training: Training,
    ) -> None:
        super().__init__(scope, name)
        self.workflow = Workflow(
            self,
            "Workflow",
            file="reproduction",
            environment=environment,
            steps={
                "PrepareData": training.prepare_data,
                "FitModel": training.fit_model,
                "EvaluateModel": training.evaluate_model,
            },
        )
