"""The local target: a cloud on this machine, started, deployed to, stopped and forgotten.

`up`, `down` and `reset` are what the command line calls; everything else is how.
"""

from cli.local.errors import LocalCloudError
from cli.local.lifecycle import down, reset, up
from cli.local.record import LocalRecord, read_record

__all__ = ["LocalCloudError", "LocalRecord", "down", "read_record", "reset", "up"]
