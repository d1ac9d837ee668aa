"""Run by MLServer's own interpreter: lay out a model repository."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

if __name__ == "__main__":
    text, folder = sys.argv[1:]
    shutil.copyfile(text, f"{folder}/model.bst")
    settings = {
        "name": "churn",
        "implementation": "mlserver_lightgbm.LightGBMModel",
        "parameters": {"uri": "./model.bst", "version": "v1"},
    }
    (Path(folder) / "model-settings.json").write_text(json.dumps(settings))
