/**
 * Why something failed, for a person. What the server says in English is shown where there is no sentence of ours.
 * @param {any} error a ParleyError, or whatever was thrown
 * @param {import("./language.js").Language} language
 * @returns {string}
 */
export function sentenceOf(error, language) {
  const wait = Math.ceil(error?.retryAfter ?? 0);
  if (wait && language.has(`error.${error.code}.wait`)) return language.t(`error.${error.code}.wait`, { count: wait });
  if (language.has(`error.${error?.code}`)) return language.t(`error.${error.code}`);
  return error?.status || error?.fields ? error.message : language.t("error.unknown");
}
