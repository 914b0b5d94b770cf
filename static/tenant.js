// Keeps the dashboard up to date while one watches, and copies links. Without it, a reload shows the same.
"use strict";

document.documentElement.classList.add("scripted");

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.textContent = "Copied";
});

// What is in a status from the start may not be announced. What comes into it is.
addEventListener("load", () => {
  const flash = document.getElementById("flash");
  flash.append(...flash.childNodes);
});

const refresh = async () => {
  const answer = await fetch("/", { headers: { accept: "text/html", "x-live": "1" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const newPart = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    // What somebody is at just now stays as it is until the next event.
    if (!newPart || part.matches(":focus-within:not(:focus)")) continue;
    if (part.innerHTML !== newPart.innerHTML) part.innerHTML = newPart.innerHTML;
  }
};

let waiting;
const refreshSoon = () => {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 100);
};

const events = new EventSource("/events");
events.addEventListener("message", refreshSoon);
// After a break nobody knows what was missed.
events.addEventListener("open", refreshSoon);
