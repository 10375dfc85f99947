"""A report as one HTML page that needs nothing else: figures, pictures, and every problem to look at."""

from harness.report.page.chains import EMBEDDED, chains
from harness.report.page.render import page

__all__ = ["EMBEDDED", "chains", "page"]
