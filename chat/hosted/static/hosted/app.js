// What the server wrote is on the screen before the script takes over. A hidden page is not painted.
if (!document.hidden) await new Promise((painted) => {
  new PerformanceObserver(painted).observe({ type: "paint", buffered: true });
  setTimeout(painted, 1_000); // of a browser that does not tell
});
// All at once, not one as another asks for it.
const [{ openHosted }] = await Promise.all([
  import("../widget/hosted.js"),
  import("../widget/embed.js"),
  import("../widget/embed.shared.js"),
  import("../widget/inbox/inbox_view.js"),
]);

openHosted(JSON.parse(document.getElementById("page").textContent));
