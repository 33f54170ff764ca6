"""The bundle for a reviewer: results, code and config with their description, and nothing private."""

from stemcareers.review.bundle import FOLDER, ZIP, build

__all__ = ["FOLDER", "ZIP", "build"]
