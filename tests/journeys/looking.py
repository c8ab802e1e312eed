"""How every journey looks at the page it came to: what axe finds in either theme, and nothing wider than its window."""

from pathlib import Path

from playwright.sync_api import Page

AXE = (Path(__file__).parents[1] / "vendor" / "axe" / "axe.min.js").read_text()
RUN = """async (rules) => {
  const options = rules ? {runOnly: {type: 'rule', values: rules}} : {};
  const {violations} = await axe.run(document, options);
  return violations.map(v => `${v.id}: ${v.help} ${v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' | ')}`);
}"""
THEMES = ("light", "dark")


def faults_of(page: Page) -> list[str]:
    """What is wrong with the page, a line each; the page must have `AXE` as an init script.

    Waits until the page is loaded: a press ends when the next page begins, before it has anything to look at.
    """
    page.wait_for_load_state()
    found: list[str] = []
    for theme in THEMES:
        page.evaluate("theme => document.documentElement.dataset.bsTheme = theme", theme)
        found += [f"{page.url} {theme}: {fault}" for fault in page.evaluate(RUN, None)]
    room, needed = page.evaluate("[window.innerWidth, document.documentElement.scrollWidth]")
    if needed > room:
        found.append(f"{page.url} needs {needed} of {room}")
    return found
