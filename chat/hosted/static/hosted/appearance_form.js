/**
 * Tells what the form says, as it is changed; where there is no form, nothing.
 * @param {HTMLFormElement | null} form
 * @param {Record<string, any>} kept
 * @param {(appearance: Record<string, any>) => void} changed
 */
export function followAppearance(form, kept, changed) {
  if (!form) return;
  for (const picker of form.querySelectorAll("[data-fills]")) offerPicker(picker, form.elements[picker.dataset.fills]);
  form.addEventListener("change", () => { if (form.checkValidity()) changed(appearanceOf(form, kept)); });
}

/** The browser's own way to choose a colour; it knows no "none", and nothing half written. @param {HTMLInputElement} picker @param {HTMLInputElement} field */
function offerPicker(picker, field) {
  const follow = () => { picker.value = /^#[0-9a-f]{6}$/i.test(field.value) ? field.value : "#3451b2"; };
  picker.hidden = false;
  picker.oninput = () => { field.value = picker.value; };
  field.addEventListener("change", follow);
  follow();
}

/** @param {HTMLFormElement} form @param {Record<string, any>} kept */
function appearanceOf(form, kept) {
  const { accent, accent_dark: dark, theme, radius, font, position, label, ...others } = Object.fromEntries(new FormData(form));
  const accents = { accent: accent || null, accent_ink: inkOn(accent), accent_dark: dark || null, accent_dark_ink: inkOn(dark) };
  const open = Object.fromEntries(["logo", "language"].filter((name) => name in others).map((name) => [name, others[name] || null]));
  const welcome = others.welcome ?? kept.welcome;
  return { ...kept, ...accents, ...open, welcome, theme, radius: Number(radius), font, launcher: { position, label: label.trim() } };
}

/** White or black, whichever has the larger contrast by WCAG 2.2. @param {string} colour as #rrggbb, or empty */
function inkOn(colour) {
  if (!colour) return null;
  const [red, green, blue] = [1, 3, 5].map((at) => linear(parseInt(colour.slice(at, at + 2), 16) / 255));
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return (luminance + 0.05) ** 2 > 1.05 * 0.05 ? "#000000" : "#ffffff";
}

/** @param {number} channel of sRGB */
function linear(channel) {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}
