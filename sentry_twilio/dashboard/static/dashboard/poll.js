// Replaces an element that has data-poll by what its address answers, until the answer has none.
const EVERY = 1500;
const PATIENCE = 15 * 60 * 1000;
const started = Date.now();

async function poll(element) {
  if (Date.now() - started > PATIENCE) return;
  if (document.visibilityState === "visible") {
    const response = await fetch(element.dataset.poll).catch(() => null);
    // Redirected means logged out: the log-in page has no place in here.
    if (response?.redirected || response?.status === 404) return;
    if (response?.ok) element = replace(element, await response.text());
  }
  if (element.dataset.poll) setTimeout(poll, EVERY, element);
}

function replace(element, html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  const fresh = template.content.firstElementChild;
  // Untouched where nothing changed, so that a screen reader is not made to read it again.
  if (element.dataset.html === html) return element;
  fresh.dataset.html = html;
  element.replaceWith(fresh);
  fresh.dispatchEvent(new Event("replaced", { bubbles: true }));
  return fresh;
}

for (const element of document.querySelectorAll("[data-poll]")) setTimeout(poll, EVERY, element);
