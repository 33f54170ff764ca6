"""Run notebooks and make pages of them."""

from stemcareers.execute.page import html
from stemcareers.execute.run import IN_PROCESS, KERNEL, NotebookFailed, notebook, text

__all__ = ["IN_PROCESS", "KERNEL", "NotebookFailed", "html", "notebook", "text"]
