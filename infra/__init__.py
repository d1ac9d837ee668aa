"""The infrastructure: one stack per environment, layers built by uv, workflows as files.

jsii prints a notice for every release of Node.js that it was not tested with, or that is out of
support, on every synthesis. It reads these switches when `aws_cdk` is first imported, so the
package that imports it sets them.
"""

import os

# For a release that is out of support jsii wants its number; for the others any text will do.
_RELEASES = ",".join(str(release) for release in range(20, 40))

for _notice in ("UNTESTED", "DEPRECATED", "END_OF_LIFE"):
    os.environ.setdefault(f"JSII_SILENCE_WARNING_{_notice}_NODE_VERSION", _RELEASES)
