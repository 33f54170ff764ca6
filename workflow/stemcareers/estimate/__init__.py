"""Fit a specification: one model or description, in every sample it names."""

from stemcareers.estimate.specification import specification

__all__ = ["specification"]
