"""Which numbers changed between two runs, and which input, setting or line of code is behind it."""

from stemcareers.changes.told import compared, written
from stemcareers.changes.versions import opened

__all__ = ["compared", "opened", "written"]
