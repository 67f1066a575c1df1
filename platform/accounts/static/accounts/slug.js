/** An organisation's address: suggested from its name until somebody types one, and tried while it is typed. */
const form = document.querySelector("form[data-slug]");
const { organisation, slug } = form.elements;
const line = form.querySelector("[data-address]");
const PAUSE = 300;
let own = slug.value !== "";
let timer = 0;
slug.after(line);
line.hidden = false;

organisation.addEventListener("input", () => {
  if (!own) soon(suggest);
});
slug.addEventListener("input", () => {
  own = slug.value !== "";
  soon(check);
});
if (own) check();

/** @param {() => Promise<void>} act */
function soon(act) {
  clearTimeout(timer);
  timer = setTimeout(act, PAUSE);
}

async function suggest() {
  const found = await ask({ name: organisation.value });
  if (own || !found) return;
  slug.value = found.slug;
  tell("");
}

async function check() {
  const tried = slug.value;
  const found = await ask({ slug: tried });
  if (found && tried === slug.value) tell(found.problem);
}

/**
 * Nothing while the server says that it was asked too often: it has the last word anyway.
 *
 * @param {Record<string, string>} words
 */
async function ask(words) {
  const answer = await fetch(`${form.dataset.slug}?${new URLSearchParams(words)}`);
  return answer.ok ? answer.json() : null;
}

/** @param {string} problem */
function tell(problem) {
  document.getElementById(`${slug.id}_error`)?.remove();
  slug.setAttribute("aria-invalid", String(problem !== ""));
  line.classList.toggle("field-errors", problem !== "");
  line.textContent = problem || (slug.value ? `${slug.value.toLowerCase()}.${line.dataset.address} is free.` : "");
}
