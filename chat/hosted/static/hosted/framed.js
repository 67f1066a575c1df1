import { openFramed } from "../widget/embed.js";

openFramed(JSON.parse(document.getElementById("page").textContent));
