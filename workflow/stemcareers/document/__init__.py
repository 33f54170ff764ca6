"""Document a study for others: its variables as csv, as a DDI codebook and as a Frictionless data package."""

from stemcareers.document.ddi import codebook
from stemcareers.document.package import datapackage
from stemcareers.document.variables import CODES, VARIABLES, codes, variables

__all__ = ["CODES", "VARIABLES", "codebook", "codes", "datapackage", "variables"]
