"""A report as text, Markdown, LaTeX, CSV and JSON."""
