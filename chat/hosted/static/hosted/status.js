import { part } from "./page.js";
import { sentence } from "./problems.js";

const PATIENCE = 1_500; // a first connection is quicker than this; saying so would only flicker

const WORDS = { open: "Connected", connecting: "Connecting", offline: "Offline", refused: "Signed out", closed: "" };

/** Shows how the connection is, and gives it every chance to come back. */
export function showStatus(connection) {
  const banner = document.getElementById("status");
  const dot = document.getElementById("connection");
  let wasOpen = false;
  let refusal = null;

  const show = () => {
    const { state } = connection;
    dot.dataset.state = state;
    dot.textContent = WORDS[state];
    if (state === "refused") showRefusal(banner, refusal);
    else showWaiting(banner, state, wasOpen);
  };
  connection.on("state", ({ state, error }) => {
    refusal = error;
    wasOpen ||= state === "open";
    show();
  });
  setTimeout(() => {
    wasOpen = true; // from here on, silence is worth a word
    show();
  }, PATIENCE);

  part(banner, "retry").onclick = () => connection.wake();
  window.addEventListener("online", () => { connection.wake(); show(); });
  window.addEventListener("offline", () => { connection.wake(); show(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) connection.wake(); });
}

function showWaiting(banner, state, worth) {
  banner.hidden = state === "open" || !worth;
  banner.classList.remove("problem");
  const text = navigator.onLine
    ? "Reconnecting…"
    : "You are offline. What you write is sent when the connection is back.";
  part(banner, "text").textContent = banner.hidden ? "" : text;
  part(banner, "retry").hidden = state !== "offline";
  part(banner, "sign-in").hidden = true;
}

function showRefusal(banner, error) {
  banner.hidden = false;
  banner.classList.add("problem");
  part(banner, "text").textContent = sentence(error);
  part(banner, "retry").hidden = true;
  part(banner, "sign-in").hidden = !error.code.startsWith("token_");
}
