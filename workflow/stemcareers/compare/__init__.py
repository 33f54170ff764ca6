"""Compare what a study's own reports printed with what is estimated here."""

from stemcareers.compare.published import published

__all__ = ["published"]
