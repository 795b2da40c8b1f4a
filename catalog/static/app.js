// The little that a page does by itself. Everything here has a plain way that works without it.

document.documentElement.classList.add("has-js");

// The content policy demands trusted types. Answers come from this portal alone (connect-src 'self')
// and are escaped there; they may become elements, but never a script.
const trust = (text) => text;
const policy = window.trustedTypes?.createPolicy("gongkai", { createHTML: trust }) ?? {
  createHTML: trust,
};
function refuse() {
  throw new Error("No text becomes a script here.");
}
window.htmx?.registerExtension("gongkai", {
  init(api) {
    const types = { createHTML: (text) => policy.createHTML(text), createScript: refuse };
    api.initSecurity(types, refuse, refuse);
  },
});

/** Sends a form with a file by XMLHttpRequest, because only that tells how far the upload is. */
function sendWithProgress(form) {
  const status = form.querySelector("[data-upload-status]");
  const bar = status.querySelector("progress");
  const text = status.querySelector("[data-upload-text]");
  const button = form.querySelector("[type=submit]");
  const request = new XMLHttpRequest();
  const fail = (message) => {
    text.textContent = message;
    bar.hidden = true;
    button.disabled = false;
  };
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.value = event.loaded / event.total;
    const done = Math.floor((event.loaded / event.total) * 100);
    text.textContent = done < 100 ? `${form.dataset.sending} ${done}%` : form.dataset.storing;
  });
  request.addEventListener("load", () => {
    if (request.status < 400) {
      window.location.assign(request.responseURL || window.location.href);
      return;
    }
    const page = new DOMParser().parseFromString(
      policy.createHTML(request.responseText),
      "text/html",
    );
    const cause = page.querySelector("[data-problem]");
    fail(cause ? cause.textContent.trim() : form.dataset.failed);
  });
  request.addEventListener("error", () => fail(form.dataset.failed));
  status.hidden = false;
  bar.hidden = false;
  button.disabled = true;
  request.open("POST", form.action);
  request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
  request.send(new FormData(form));
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("form[data-upload]")) {
    event.preventDefault();
    sendWithProgress(form);
  }
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const label = button.querySelector("[data-copy-label]") ?? button;
  try {
    await navigator.clipboard.writeText(source.textContent);
    label.textContent = button.dataset.copied;
  } catch {
    // Without the right to the clipboard the text is selected, ready for the keyboard.
    window.getSelection().selectAllChildren(source);
  }
});

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-check-all]");
  if (!box) return;
  const boxes = document.querySelectorAll(`input[type=checkbox][name="${box.dataset.checkAll}"]`);
  for (const one of boxes) one.checked = true;
});

// An open menu closes on Escape and on a click elsewhere.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// The slider of days tells the day it stands on while it is moved, and leads there when it is let go.
document.addEventListener("input", (event) => {
  const slider = event.target.closest("input[type=range][data-labels]");
  const told = slider?.form?.querySelector("output");
  if (told) told.textContent = slider.dataset.labels.split(",")[Number(slider.value)] ?? "";
});
document.addEventListener("change", (event) => {
  const slider = event.target.closest("form[data-slider] input[type=range]");
  if (slider && !slider.matches(":focus-visible")) slider.form.requestSubmit();
});

// A row of tabs that is wider than the window begins where the reader is.
const rows = [".tabs", ".site-nav", ".side-nav"].map((row) => `${row} [aria-current]`);
for (const one of document.querySelectorAll(rows.join())) {
  const row = one.closest("ul");
  const gap = one.getBoundingClientRect().right - row.getBoundingClientRect().right;
  if (gap > -40) row.scrollLeft += gap + 40;
}

// Long sections stand open on a wide screen and are folded on a phone, where one scrolls far.
if (window.matchMedia("(max-width: 47.99rem)").matches) {
  for (const one of document.querySelectorAll("details[data-fold]")) {
    if (!one.contains(document.querySelector(":target"))) one.open = false;
  }
}
