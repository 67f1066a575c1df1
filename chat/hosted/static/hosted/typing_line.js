const list = new Intl.ListFormat("en", { type: "conjunction" });

/** Says who is typing. @param {import("../sdk/typing.js").Typing} typing */
export function showTyping(typing) {
  const line = document.getElementById("typing");
  typing.on("change", () => { line.textContent = sentenceOf(typing.names); });
}

function sentenceOf(names) {
  if (!names.length) return "";
  if (names.length > 3) return "Several people are typing…";
  return `${list.format(names)} ${names.length === 1 ? "is" : "are"} typing…`;
}
