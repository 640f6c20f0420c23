"""Makers of what tests, benchmark and demo live on: figures, reports, files and pages in the shape of real ones."""
