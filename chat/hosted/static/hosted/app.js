// What the server wrote is painted before the script takes over. A hidden page is not painted.
if (!document.hidden) await new Promise((painted) => { requestAnimationFrame(() => setTimeout(painted)); });
// All at once, not one as another asks for it.
const [{ openHosted }] = await Promise.all([
  import("../widget/hosted.js"),
  import("../widget/embed.js"),
  import("../widget/embed.shared.js"),
  import("../widget/inbox/inbox_view.js"),
]);

openHosted(JSON.parse(document.getElementById("page").textContent));
