"""Judge one step of a release on the calls that both sides have answered since it began."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain.contract.release_spec import AbStrategy, CanaryStrategy, ReleaseStrategy, ShadowStrategy
from tideline.domain.encoding import Task
from tideline.domain.release.deployment import DeployedVersion, Deployment, Rollout, Signature
from tideline.domain.release.judgement import Judgement, JudgementTask
from tideline.domain.release.judging.evidence import Calls, Evidence
from tideline.domain.release.judging.quality import QualityRule
from tideline.domain.release.judging.verdict import JudgingRules, judge, over
from tideline.domain.release.release_order import ReleaseOrder
from tideline.ports import Clock, DeploymentRegistry, Labels, PredictionLog, SpecRegistry, VersionRegistry
from tideline.services.release_rules import release_rules

_KINDS = {"canary": CanaryStrategy, "shadow": ShadowStrategy, "ab": AbStrategy}


@dataclass(frozen=True)
class JudgeRelease:
    """Idempotent by nature: nothing is written. Asked again, it judges by what is known by then."""

    versions: VersionRegistry
    specs: SpecRegistry
    deployments: DeploymentRegistry
    log: PredictionLog
    labels: Labels
    clock: Clock

    def __call__(self, task: JudgementTask) -> Judgement:
        """Return the judgement; "over" where the release is not under way at this step any more.

        Raises:
            RegistryConflict: the log changed while it was read; try again.
            StorageUnavailable: a file of the log or of the labels could not be read; try again.
            UnknownVersion: there is no such version.
        """
        order = task.order
        deployment = self.deployments.load(order.model)
        rollout = deployment.rollout if deployment else None
        if deployment is None or rollout is None or not _is_at(rollout, task):
            return over(release_id=order.release_id, step=task.step)
        now = self.clock()
        signature = _released(deployment, rollout).signature
        outputs = scored_outputs(signature)
        versions = (deployment.champion.version, rollout.version)
        calls = self.log.calls(order.model, rollout=rollout, versions=versions, outputs=outputs, until=now)
        champion, challenger = (
            self._with_outcomes(order.model, calls[number], signature) for number in versions
        )
        evidence = Evidence(champion, challenger, paired=rollout.strategy == "shadow")
        rules = self._rules(order, rollout, task=signature.task, outputs=outputs)
        return judge(evidence, rollout=rollout, rules=rules, at=now)

    def _with_outcomes(self, model: str, calls: Calls, signature: Signature) -> Calls:
        outcomes = self.labels.outcomes(model, calls.ids)
        if signature.task == "binary":
            outcomes = outcomes.named(signature.classes or ())
        return calls.knowing(outcomes)

    def _rules(
        self, order: ReleaseOrder, rollout: Rollout, *, task: Task, outputs: tuple[str, ...]
    ) -> JudgingRules:
        model = order.model
        version = self.versions.load(model, rollout.version)
        release = release_rules(self.specs, version)
        own = self.specs.load(model, version.spec_version)
        return JudgingRules(
            model=model,
            guardrails=release.guardrails,
            strategy=strategy_in_use(order.strategy, rollout),
            quality=QualityRule(
                margin=own.evaluation.margin,
                superior=own.evaluation.hypothesis == "superiority",
                metric=own.metric,
                regression=task == "regression",
            ),
            confidence=own.evaluation.confidence,
            outputs=outputs,
        )


def _is_at(rollout: Rollout, task: JudgementTask) -> bool:
    return rollout.release_id == task.order.release_id and rollout.step == task.step


def _released(deployment: Deployment, rollout: Rollout) -> DeployedVersion:
    return next(entry for entry in deployment.versions if entry.version == rollout.version)


def scored_outputs(signature: Signature) -> tuple[str, ...]:
    """Return the classes whose probabilities say all: of two the positive one; none for a regression."""
    classes = signature.classes or ()
    return classes[1:] if signature.task == "binary" else classes


def strategy_in_use(asked: ReleaseStrategy, rollout: Rollout) -> ReleaseStrategy:
    """Return the spec's strategy, or the rollout's with default durations where the spec names another."""
    kind = _KINDS.get(rollout.strategy)
    if kind is None or isinstance(asked, kind):
        return asked
    defaults: dict[str, ReleaseStrategy] = {
        "canary": CanaryStrategy(canary=(100,)),
        "shadow": ShadowStrategy(shadow=CanaryStrategy(canary=(100,)).every),
        "ab": AbStrategy(ab=50),
    }
    return defaults[rollout.strategy]
