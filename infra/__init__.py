"""The infrastructure: one stack per environment, layers built by uv, workflows as files.

jsii prints a notice for every Node.js release that it was not tested with, on every synthesis; it
reads these switches when `aws_cdk` is first imported, so the package that imports it sets them.
"""

import os

for _notice in ("UNTESTED", "DEPRECATED", "END_OF_LIFE"):
    os.environ.setdefault(f"JSII_SILENCE_WARNING_{_notice}_NODE_VERSION", "1")
