/**
 * Hands in a file that is larger than one request may be. A form with `data-pieces`, a number of bytes, is sent once for
 * each piece of its `file`; the fields `at`, `size` and `upload` tell the server which it is. What is smaller goes as any
 * form does.
 */

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const file = form.elements.file?.files[0];
  if (form.dataset.pieces && file && file.size > Number(form.dataset.pieces)) {
    event.preventDefault();
    handIn(form, file, Number(form.dataset.pieces));
  }
});

/** @param {HTMLFormElement} form @param {File} file @param {number} most bytes at once */
async function handIn(form, file, most) {
  const fields = new FormData(form);
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  form.querySelector(".console-progress").hidden = false;
  fields.set("size", String(file.size));
  try {
    for (let at = 0; at < file.size; at += most) {
      form.querySelector("progress").value = (at * 100) / file.size;
      fields.set("at", String(at));
      fields.set("file", file.slice(at, at + most), file.name);
      const answer = await fetch(location.href, { method: "POST", body: fields });
      if (answer.redirected) {
        location.assign(answer.url);
        return;
      }
      if (!answer.ok) {
        await showRefusal(form, answer);
        return;
      }
      fields.set("upload", (await answer.json()).upload);
    }
  } catch {
    say(form, "The connection broke off. Import it again.");
  }
  button.disabled = false;
}

/** The form comes back with what is wrong beside its fields. */
async function showRefusal(form, answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const refused = page.querySelector("form[data-pieces]");
  if (refused) {
    form.replaceWith(document.adoptNode(refused));
    document.querySelector("form[data-pieces] [aria-invalid]")?.focus();
  } else {
    say(form, `It was not taken (${answer.status}).`);
  }
}

function say(form, words) {
  const told = document.createElement("p");
  told.className = "console-refusal";
  told.role = "alert";
  told.textContent = words;
  form.querySelector(".console-progress").replaceWith(told);
}
