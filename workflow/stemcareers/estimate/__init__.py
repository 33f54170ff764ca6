"""Fit a specification: one model or description, in every sample it names; or a grid of variants of a model."""

from stemcareers.estimate.agreement import with_agreement
from stemcareers.estimate.specification import specification

__all__ = ["specification", "with_agreement"]
