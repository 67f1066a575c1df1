/** Keeps what is said in a room up to date for somebody who looks on, unless it is paused or nobody sees the page. */

const EVERY = 2_000; // milliseconds

const paused = document.getElementById("paused");

setInterval(() => {
  if (document.visibilityState === "visible" && !paused.checked) window.htmx.trigger("#timeline", "refresh");
}, EVERY);

/** Who is signed out meanwhile is led to another page, which is not to stand in this one. */
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (new URL(event.detail.xhr.responseURL, location.href).pathname === location.pathname) return;
  event.detail.shouldSwap = false;
  location.reload();
});
