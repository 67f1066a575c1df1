import { openHosted } from "../widget/embed.js";

openHosted(JSON.parse(document.getElementById("page").textContent));
