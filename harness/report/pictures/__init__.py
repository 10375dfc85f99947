"""Pictures of a report: Vega-Lite charts of the figures in `scores.json`, which compute nothing."""

from harness.report.pictures.drawing import bundle, write
from harness.report.pictures.gallery import pictures
from harness.report.pictures.picture import Picture

__all__ = ["Picture", "bundle", "pictures", "write"]
