const [{ openFramed }] = await Promise.all([import("../widget/embed.js"), import("../widget/framed.js")]);

openFramed(JSON.parse(document.getElementById("page").textContent));
