"""One Lambda function per folder of `functions/`, each with a role and a log group of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Duration, RemovalPolicy, Size
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra import grants
from infra.functions import FUNCTIONS, FunctionDefinition, settings_fields
from infra.packages import Packages
from infra.settings import Environment

METRICS_NAMESPACE = "Tideline"


class TidelineFunction(Construct):
    """A function with its role, logs and layers; it may do nothing until it is allowed to.

    Attributes:
        definition: The function's row in the table.
        resource: The Lambda function.
        logs: Its log group.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        definition: FunctionDefinition,
        environment: Environment,
        packages: Packages,
    ) -> None:
        super().__init__(scope, name)
        self.definition = definition
        function_name = f"{environment.prefix}-{definition.name}"
        self.logs = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/lambda/{function_name}",
            retention=logs.RetentionDays[environment.log_retention],
            removal_policy=RemovalPolicy.DESTROY,
        )
        self._role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.allow(grants.write_logs(self.logs))
        self.resource = lambda_.Function(
            self,
            "Function",
            function_name=function_name,
            runtime=packages.runtime,
            architecture=packages.architecture,
            handler=definition.handler,
            code=packages.code,
            layers=[packages.layer(name) for name in definition.layers],
            role=self._role,
            log_group=self.logs,
            memory_size=definition.memory_mb,
            timeout=Duration.seconds(definition.timeout_s),
            ephemeral_storage_size=Size.mebibytes(definition.disk_mb),
            tracing=lambda_.Tracing.ACTIVE,
            environment={
                "POWERTOOLS_SERVICE_NAME": definition.name,
                "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
                **dict(definition.environment),
            },
        )

    def allow(self, *statements: iam.PolicyStatement) -> None:
        """Give the function's role some rights."""
        for statement in statements:
            self._role.add_to_principal_policy(statement)

    def reserve(self, concurrency: int | None) -> None:
        """Reserve so many calls at once for the function, and let it have no more; None changes nothing."""
        function = self.resource.node.default_child
        if not isinstance(function, lambda_.CfnFunction):
            raise TypeError(f"{self.node.path} has no function")
        function.reserved_concurrent_executions = concurrency

    def configure(self, values: Mapping[str, str]) -> None:
        """Set the environment variables that the function's `Settings` names.

        Args:
            values: Everything that a function may ask for, by the name of the field.

        Raises:
            ValueError: if it asks for something that isn't there.
        """
        known = {**values, "memory_mb": str(self.definition.memory_mb)}
        for field in settings_fields(self.definition.name):
            if field.name in known:
                self.resource.add_environment(f"TIDELINE_{field.name.upper()}", known[field.name])
            elif field.required:
                raise ValueError(f"{self.definition.name} wants {field.name}: nothing sets it")


class FunctionFactory:
    """Makes functions that share one environment and set of packages."""

    def __init__(self, *, environment: Environment, packages: Packages) -> None:
        self._environment = environment
        self._packages = packages
        self._made: list[TidelineFunction] = []

    def make(self, scope: Construct, name: str) -> TidelineFunction:
        """Return the function of that name in the table."""
        definition = FUNCTIONS[name]
        self._packages.check_size(definition)
        made = TidelineFunction(
            scope,
            "".join(part.capitalize() for part in name.split("_")),
            definition=definition,
            environment=self._environment,
            packages=self._packages,
        )
        self._made.append(made)
        return made

    @property
    def made(self) -> Sequence[TidelineFunction]:
        """Every function made so far."""
        return tuple(self._made)

    def configure(self, values: Mapping[str, str]) -> None:
        """Set the environment of every function made so far."""
        for function in self._made:
            function.configure(values)
