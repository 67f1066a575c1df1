/**
 * Keeps a page fresh. The element with `data-live` names, for htmx, the parts that are asked for again: every ten
 * seconds, while somebody looks at the page and has not paused it. Charts stay where they are and get new numbers.
 */

const EVERY = 10_000; // milliseconds

window.Chart.defaults.set("scales.linear", { beginAtZero: true, suggestedMax: 4, ticks: { precision: 0 } });

/** @param {HTMLElement} live */
function keepFresh(live) {
  const pause = live.querySelector("button");
  pause.addEventListener("click", () => {
    const paused = pause.getAttribute("aria-pressed") !== "true";
    pause.setAttribute("aria-pressed", String(paused));
  });
  setInterval(() => {
    if (document.visibilityState === "visible" && pause.getAttribute("aria-pressed") !== "true") {
      window.htmx.trigger(live, "refresh");
    }
  }, EVERY);
}

/** Who is signed out meanwhile is led to another page, which has none of the parts. */
function leaveIfLedElsewhere(event) {
  const led = new URL(event.detail.xhr.responseURL, location.href);
  if (led.pathname !== location.pathname) {
    event.detail.shouldSwap = false;
    location.reload();
  }
}

/** @param {HTMLElement} table with the series that a chart shows */
function redraw(table) {
  const canvas = document.querySelector(`[data-chart="${table.id.replace("-series", "")}"] canvas`);
  const chart = canvas && window.Chart.getChart(canvas);
  if (chart) {
    const { labels, datasets } = JSON.parse(table.dataset.series);
    chart.data.labels = labels;
    datasets.forEach((dataset, place) => {
      chart.data.datasets[place].data = dataset.data;
    });
    chart.update("none");
  }
}

for (const live of document.querySelectorAll("[data-live]")) {
  keepFresh(live);
  live.addEventListener("htmx:beforeSwap", leaveIfLedElsewhere);
}
document.body.addEventListener("htmx:oobAfterSwap", () => {
  document.querySelectorAll("[data-series]").forEach(redraw);
});
