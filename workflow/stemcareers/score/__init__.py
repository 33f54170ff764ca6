"""Turn the items of one wave into scale scores, and say how reliable each scale is."""

from stemcareers.score.consistency import reliability
from stemcareers.score.measures import measures
from stemcareers.score.schools import agreement
from stemcareers.score.scores import scales

__all__ = ["agreement", "measures", "reliability", "scales"]
