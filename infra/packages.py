"""The zips that functions are made of, as CDK sees them: the code, and a layer per dependency set."""

from __future__ import annotations

import hashlib
from pathlib import Path

from aws_cdk import AssetHashType
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.bundling import Bundle, Bundler, check_size
from infra.functions import FUNCTIONS, FunctionDefinition
from infra.settings import Architecture
from infra.target import Target

_ARCHITECTURES: dict[Architecture, lambda_.Architecture] = {
    "arm64": lambda_.Architecture.ARM_64,
    "x86_64": lambda_.Architecture.X86_64,
}


class Packages:
    """What functions are made of, for one target.

    Attributes:
        runtime: The functions' Python.
        architecture: The functions' processor.
    """

    def __init__(self, scope: Construct, *, target: Target, root: Path, built: bool) -> None:
        """Take the stack, which owns the layers.

        Args:
            scope: The stack.
            target: Says for which Python and processor.
            root: Folder of the checkout.
            built: False leaves the zips out, for a template that is read and not deployed.
        """
        self._scope = scope
        self._root = root
        self._bundler = Bundler(root=root, python=target.python, architecture=target.architecture)
        self._built = built
        self._code: lambda_.AssetCode | None = None
        self._layers: dict[str, lambda_.LayerVersion] = {}
        self.runtime = lambda_.Runtime(f"python{target.python}", lambda_.RuntimeFamily.PYTHON)
        self.architecture = _ARCHITECTURES[target.architecture]

    @property
    def code_sha256(self) -> str:
        """Digest of the code, which goes into the lineage of what it makes."""
        return self._bundler.code_digest()

    @property
    def training_lock_sha256(self) -> str:
        """Digest of the locks that trainers are installed from, which goes into the lineage too."""
        locks = [self._root / "requirements" / f"layer-{name}.txt" for name in FUNCTIONS["fit_model"].layers]
        return hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()

    @property
    def code(self) -> lambda_.AssetCode:
        """The code that all functions share."""
        if self._code is None:
            self._code = self._asset(self._bundler.code()) if self._built else self._nothing()
        return self._code

    def layer(self, dependency_set: str) -> lambda_.LayerVersion:
        """Return the layer of a dependency set, built when it is first asked for."""
        if dependency_set not in self._layers:
            self._layers[dependency_set] = lambda_.LayerVersion(
                self._scope,
                f"{dependency_set.capitalize()}Layer",
                code=self._asset(self._bundler.layer(dependency_set)) if self._built else self._nothing(),
                compatible_runtimes=[self.runtime],
                compatible_architectures=[self.architecture],
                description=f"requirements/layer-{dependency_set}.txt",
            )
        return self._layers[dependency_set]

    def check_size(self, definition: FunctionDefinition) -> None:
        """Raise `BundlingFailed` if code and layers are larger than Lambda takes."""
        if self._built:
            layers = [self._bundler.layer(name) for name in definition.layers]
            check_size(definition.name, [self._bundler.code(), *layers])

    def _asset(self, bundle: Bundle) -> lambda_.AssetCode:
        return lambda_.Code.from_asset(
            str(bundle.archive), asset_hash=bundle.digest, asset_hash_type=AssetHashType.CUSTOM
        )

    def _nothing(self) -> lambda_.AssetCode:
        """Return a small folder in place of a zip, under a hash that names it so."""
        return lambda_.Code.from_asset(
            str(self._root / "infra/statemachines"),
            asset_hash="not-built",
            asset_hash_type=AssetHashType.CUSTOM,
        )
