import { part } from "./page.js";
import { sentence, showNote } from "./problems.js";

/**
 * A modal form that a button opens.
 * @param {string} buttonId
 * @param {string} dialogId
 * @param {{opened: (form: HTMLFormElement) => void, submitted: (form: HTMLFormElement) => Promise<string | void>}} acts
 *   `submitted` resolves to a sentence when something is missing, throws ParleyError when it failed
 */
export function formDialog(buttonId, dialogId, { opened, submitted }) {
  const dialog = document.getElementById(dialogId);
  const form = dialog.querySelector("form");
  const note = part(form, "note");

  document.getElementById(buttonId).onclick = () => {
    form.reset();
    showNote(note);
    dialog.showModal();
    opened(form);
  };
  for (const name of ["close", "cancel"]) part(form, name).onclick = () => dialog.close();
  dialog.addEventListener("click", ({ target }) => { if (target === dialog) dialog.close(); });

  form.onsubmit = async (event) => {
    event.preventDefault();
    const button = form.querySelector("button:not([type])");
    button.disabled = true;
    showNote(note);
    try {
      showNote(note, await submitted(form) ?? undefined);
    } catch (error) {
      showNote(note, sentence(error));
    } finally {
      button.disabled = false;
    }
  };
}
