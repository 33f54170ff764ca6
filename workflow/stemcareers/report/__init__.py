"""What a notebook opens: one page of a study, its numbers read from the estimates."""

from stemcareers.report.page import Report

__all__ = ["Report"]
