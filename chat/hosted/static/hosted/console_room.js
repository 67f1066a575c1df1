import { Parley, configure } from "../widget/embed.js";

const page = JSON.parse(document.getElementById("room-page").textContent);
const element = document.querySelector("parley-room");

configure({ origin: location.origin, organisation: page.organisation.name, appearance: page.appearance });
const root = document.documentElement;
const dress = () => { element.setAttribute("theme", root.classList.contains("dark") ? "dark" : "light"); };
new MutationObserver(dress).observe(root, { attributeFilter: ["class"] });
dress();
Object.assign(element, { client: new Parley({ me: page.me, headers: { "X-CSRFToken": page.csrf } }), room: page.room });
