/**
 * What happened, as a sentence.
 * @param {import("../../sdk/wire.js").Message} notice
 * @param {import("../language.js").Language} language
 */
export function noticeOf({ kind, user, text, data }, language) {
  const name = user ? user.name || user.id : language.t("nobody");
  if (kind === "member.joined") return language.t("notice.joined", { name });
  if (kind === "member.left") return language.t("notice.left", { name });
  if (kind === "member.updated") return language.t(`notice.role.${data?.role ?? "member"}`, { name });
  if (kind === "room.updated") return roomNotice(data ?? {}, language);
  return text;
}

/** @param {Record<string, any>} change @param {import("../language.js").Language} language */
function roomNotice(change, language) {
  if ("name" in change) return language.t("notice.room.name", { name: change.name });
  if ("topic" in change) return language.t("notice.room.topic", { topic: change.topic });
  if ("frozen" in change) return language.t(change.frozen ? "notice.room.frozen" : "notice.room.thawed");
  if ("archived" in change) return language.t(change.archived ? "notice.room.archived" : "notice.room.restored");
  return language.t("notice.room");
}
