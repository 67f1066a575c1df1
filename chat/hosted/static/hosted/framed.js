import { openFramed } from "../widget/framed.js";

openFramed(JSON.parse(document.getElementById("page").textContent));
