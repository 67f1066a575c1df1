// What the server wrote is painted before the script takes over.
if (!document.hidden) await new Promise((painted) => { requestAnimationFrame(() => setTimeout(painted)); });
const { openHosted } = await import("../widget/embed.js");

openHosted(JSON.parse(document.getElementById("page").textContent));
