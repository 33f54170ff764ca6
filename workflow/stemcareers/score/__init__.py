"""Turn the items of one wave into scale scores, and say how reliable each scale is."""

from stemcareers.score.consistency import reliability
from stemcareers.score.scores import scales

__all__ = ["reliability", "scales"]
