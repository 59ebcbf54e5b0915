"""Render pages for operators and the ward from `templates/`: self-contained HTML, every value escaped."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

CONTENT_TYPE = "text/html; charset=utf-8"

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


def render(template: str, **values: object) -> str:
    """Render one page; the templates are ours, the values may come from anywhere."""
    return _TEMPLATES.get_template(template).render(values)
