"""The pages and tables of the operators' console."""

from console.pages import overview, tables
from console.site import operators

__all__ = ["operators", "overview", "tables"]
