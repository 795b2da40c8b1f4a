"""A real Chromium over the real product: it clicks, and notes every error that a page makes."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

import pytest
import waitress
from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

from catalog.jobs import Worker
from catalog.search import Follower
from catalog.web import create_app
from tests.common.stack import Stack

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
PAPER = {"zh": "zh-Hans", "en": "en"}
WIDE, PHONE = 1280, 390
WATCH = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""
DEFECTS = """() => {
  const found = [];
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > room) {
    const beyond = [...document.querySelectorAll("main *, header *, footer *")].filter((one) => {
      const box = one.getBoundingClientRect();
      return box.width && box.right > room + 1 && !one.closest(".table-wrap, pre");
    });
    const named = beyond.slice(0, 3).map((one) => `${one.tagName}.${one.className}`);
    found.push(`wider than the window: ${document.documentElement.scrollWidth} ${named}`);
  }
  for (const one of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    const named = one.labels?.length || one.ariaLabel || one.getAttribute("aria-labelledby");
    if (!named) found.push(`no label: ${one.name || one.id}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
  if (twice.length) found.push(`id more than once: ${twice.slice(0, 3)}`);
  for (const one of document.querySelectorAll("button, a[href]")) {
    const name = one.textContent.trim() || one.ariaLabel || one.querySelector("img[alt], svg title");
    if (!name) found.push(`no name: ${one.outerHTML.slice(0, 80)}`);
  }
  const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
    .filter((one) => one.checkVisibility()).map((one) => Number(one.tagName[1]));
  if (document.querySelectorAll("h1").length !== 1) found.push("not exactly one main heading");
  const skipped = levels.findIndex((one, at) => at && one > levels[at - 1] + 1);
  if (skipped > 0) found.push(`heading ${levels[skipped]} follows ${levels[skipped - 1]}`);
  for (const one of document.querySelectorAll(".table-wrap:has(input:not([type=hidden]), select)")) {
    const fits = one.scrollWidth <= one.clientWidth;
    if (!fits) found.push(`a form that is wider than its place: ${one.ariaLabel}`);
  }
  return found;
}"""
PROSE = """() => {
  for (const one of document.querySelectorAll("pre, code")) one.hidden = true;
  return document.body.innerText;
}"""
FOCUS = """() => {
  const one = document.activeElement;
  const style = getComputedStyle(one);
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  return { at: one.outerHTML.slice(0, 80), seen: ring || style.boxShadow !== "none" };
}"""


@dataclass
class Person:
    """Somebody at Chromium. ``troubles`` are errors of the console, of scripts and of the policy."""

    page: Page
    base: str
    language: str
    troubles: list[str] = field(default_factory=list)

    def open(self, path: str, status: int = 200) -> None:
        """Go to an address that must answer this status."""
        answer = self.page.goto(self.base + path)
        assert isinstance(answer, Response)
        assert answer.status == status, f"{path} answered {answer.status}"
        if status >= 400:  # Chromium reports the refused page itself as an error.
            self.troubles = [one for one in self.troubles if f"status of {status}" not in one]

    def sign_in(self, name: str) -> None:
        """Sign in by the form, through the link in the head of the page."""
        self.open("/")
        self.page.locator(".site-tools a[href='/login']").click()
        self.page.locator("#name").fill(name)
        self.page.locator("#password").fill(f"{name}-password")
        self.page.locator("#password").press("Enter")
        self.page.locator("details.menu summary").filter(has_text=name).wait_for()

    def press(self, name: str) -> None:
        """Press the button that is called so."""
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def follow(self, name: str) -> None:
        """Follow the first link that is called so."""
        self.page.get_by_role("link", name=name).first.click()

    def reads(self, text: str, seconds: float = 5) -> None:
        """Wait until the page says so."""
        self.page.locator("main").get_by_text(text).first.wait_for(timeout=seconds * 1000)

    def at(self) -> str:
        """The address of the page, without the server."""
        return self.page.url.removeprefix(self.base)

    def prose(self) -> str:
        """What the page says, without the code it quotes (which is hidden by this)."""
        return str(self.page.evaluate(PROSE))

    def defects(self) -> list[str]:
        """What is wrong with the open page for any reader, at the present width."""
        found: list[str] = self.page.evaluate(DEFECTS)
        spoken = self.page.locator("html").get_attribute("lang")
        if spoken != PAPER[self.language]:
            found.append(f"speaks {spoken}")
        return [f"{self.at()} at {self.page.viewport_size['width']}: {one}" for one in found]

    def unseen_focus(self, steps: int) -> list[str]:
        """The first elements the Tab key comes to that show no sign of it."""
        found = []
        for _ in range(steps):
            self.page.keyboard.press("Tab")
            focus = self.page.evaluate(FOCUS)
            if not focus["seen"]:
                found.append(f"{self.at()}: focus unseen on {focus['at']}")
        return found

    def resize(self, width: int) -> None:
        """Make the window this wide."""
        self.page.set_viewport_size({"width": width, "height": 900})


@contextmanager
def served(stack: Stack, port: int = 0) -> Iterator[str]:
    """The product on a port of its own (0: any), with a worker and the search follower; its address."""
    worker, follower = Worker(stack.runtime), Follower(stack.runtime.follow)
    server = waitress.create_server(
        create_app(stack.runtime), host="127.0.0.1", port=port, threads=4, ident=None
    )
    thread = Thread(target=server.run, name="portal", daemon=True)
    worker.start()
    follower.start()
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        # Closed from inside its own loop, which then ends because nothing is left to wait for.
        server.trigger.pull_trigger(lambda: server.asyncore.close_all(server._map))
        thread.join(10)
        server.task_dispatcher.shutdown()
        worker.stop()
        follower.stop()


@contextmanager
def chromium() -> Iterator[Browser]:
    """The installed Chromium, without a window."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.fail("Chromium is not installed. Run: make browser", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def person(browser: Browser, base: str, language: str = "zh", width: int = WIDE) -> Person:
    """A fresh browser profile in a language, on a screen of a width."""
    context: BrowserContext = browser.new_context(
        locale=LOCALES[language],
        viewport={"width": width, "height": 900},
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    context.add_init_script(WATCH)
    context.set_default_timeout(10_000)
    somebody = Person(context.new_page(), base, language)
    troubles = somebody.troubles
    somebody.page.on(
        "console",
        lambda said: (
            somebody.troubles.append(f"{somebody.at()}: {said.text}")
            if said.type in {"error", "warning"}
            else None
        ),
    )
    somebody.page.on("pageerror", lambda error: troubles.append(f"{somebody.at()}: {error}"))
    return somebody
