// Keeps an open page up to date, and copies links. Without it, a reload shows the changes.
"use strict";

document.documentElement.classList.add("scripted");

/** Makes screen readers say it. If the focus stays, they say only what changes in a live region (WCAG 4.1.3). */
const announce = (text) => {
  document.getElementById("announcement").textContent = text;
};

// A message that is in the page from the start is not a change, so it is inserted again.
const flash = document.getElementById("flash");
if (flash) setTimeout(() => flash.replaceChildren(...flash.childNodes), 500);

/**
 * Browsers have a clipboard only for pages that came over HTTPS or from this machine. On others, the buttons that copy a
 * text select it, to be copied by hand.
 */
const labelCopyButtons = (page) => {
  if (navigator.clipboard) return;
  for (const button of page.querySelectorAll("[data-select]")) button.firstChild.data = button.dataset.select;
};
labelCopyButtons(document);

/** Copies the button's text, or else selects it in the row of the button. Returns what it has done. */
const copy = async (button) => {
  const text = button.dataset.copy;
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return "Copied";
  }
  const shown = [...button.parentElement.querySelectorAll("a")].find((link) => link.textContent === text);
  getSelection().selectAllChildren(shown);
  return "Selected";
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]:not([data-keep])");
  if (!button) return;
  const done = await copy(button);
  const label = [...button.childNodes];
  button.replaceChildren(done);
  button.dataset.keep = "";
  announce(done);
  setTimeout(() => {
    button.replaceChildren(...label);
    delete button.dataset.keep;
  }, 3000);
});

/** Whether the user has changed this field and not sent it yet. */
const isChanged = (field) =>
  field.localName === "select"
    ? field.selectedOptions[0] !== (field.querySelector("[selected]") ?? field.options[0])
    : field.value !== field.defaultValue || field.checked !== field.defaultChecked;

/** Set in the browser alone: by whoever opens something, and by `update` where it moves the focus. */
const ownAttributes = ["open", "tabindex"];

/** The page to come. */
let coming;

/** Whether an element keeps its place although the page to come lacks it: a message about a form that was rejected. */
const isKept = (node) => node.matches?.("[data-keep]") && (node.id === "rejected" || coming.getElementById(node.id));

const callbacks = {
  beforeNodeMorphed: (node) =>
    !(node.matches?.("[data-keep]") || (node.matches?.("input, textarea, select") && isChanged(node))),
  beforeNodeRemoved: (node) => !isKept(node),
  beforeAttributeUpdated: (attribute) => !ownAttributes.includes(attribute),
};

/** Removes the white space between rows and between cards, which makes Idiomorph move all that follow a new one. */
const removeBlanks = (page) => {
  for (const { previousSibling } of page.querySelectorAll("li, article"))
    if (previousSibling?.nodeType === Node.TEXT_NODE && !previousSibling.data.trim()) previousSibling.remove();
};
removeBlanks(document);

const stepsDone = () => [...document.querySelectorAll("[data-done=true] .step-number")].map((it) => it.textContent);

/** Makes the page equal to `fresh`. Elements that are in both stay in place. */
const update = (fresh) => {
  // Once something else has happened, the message about the last form is outdated; but it stays long enough to be read.
  if (flash?.matches("[data-keep]")) setTimeout(() => flash.replaceChildren(), 8_000 - performance.now());
  const focused = document.activeElement;
  const places = [];
  for (let it = focused; it; it = it.parentElement) if (it.matches("[aria-labelledby]")) places.push(it);
  const before = stepsDone();
  coming = fresh;
  removeBlanks(fresh);
  labelCopyButtons(fresh);
  Idiomorph.morph(document.body, fresh.body, { callbacks });

  const news = stepsDone().filter((step) => !before.includes(step));
  if (news.length > 0) announce(`Done: step ${news.join(", ")}`);
  // If the focused element is gone, the nearest named part around it gets the focus.
  if (focused === document.body || (focused.isConnected && !focused.matches(":disabled"))) return;
  const place = places.find((it) => it.isConnected) ?? document.querySelector("main");
  place.tabIndex = -1;
  place.focus({ preventScroll: true });
};

// The server counts changes. The page has the number that it shows, and the stream of events sends the latest.
const shown = () => document.querySelector("main").dataset.revision;
let latest = shown();

/** The page as it is now; null if the server can't be reached or has a problem. */
const fetchPage = async () => {
  // Not the location: this page may be the response to a form that was sent elsewhere.
  const address = `${document.querySelector("main").dataset.address ?? "/"}${location.search}`;
  try {
    const response = await fetch(address, { cache: "no-store", headers: { accept: "text/html", "x-live": "1" } });
    return response.ok ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
  } catch {
    return null;
  }
};

let isCatchingUp = false;
const catchUp = async () => {
  if (isCatchingUp) return;
  isCatchingUp = true;
  // At most five times a second, however much happens. After a failure, only at the next event.
  for (let asked; latest !== shown() && latest !== asked; ) {
    asked = latest;
    const fresh = await fetchPage();
    if (fresh) update(fresh);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  isCatchingUp = false;
};

// A hidden page does not listen. The stream begins with the latest revision, so nothing is missed.
let events;
const listen = () => {
  events?.close();
  if (document.hidden) return;
  events = new EventSource(document.querySelector("main").dataset.events ?? "/events");
  events.addEventListener("message", ({ data }) => {
    latest = data;
    catchUp();
  });
};
document.addEventListener("visibilitychange", listen);
listen();
