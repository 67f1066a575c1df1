import { avatar } from "../avatar.js";
import { showDialog } from "../dialog.js";
import { sentenceOf } from "../failures.js";
import { icon } from "../icons.js";
import { html, nothing, repeat } from "../vendor/lit.js";
import "./ban_dialog.js";
import { confirmed } from "./confirm_dialog.js";
import "./invite_dialog.js";
import "./menu.js";
import { Panel } from "./panel.js";
import { rightsOver } from "./rights.js";

const ROLES = ["owner", "moderator", "member"];
/** @type {Record<string, import("../icons.js").IconName>} */
const ICONS = { write: "talk", remove: "leave", ban: "ban" };
const SEARCHABLE = 8; // members from which a search is worth its place

/** @typedef {import("../../sdk/wire.js").Member} Member */

/** Who is in the room, who is there now, and who has been shut out. */
class MembersPanel extends Panel {
  static properties = { sought: { state: true }, bans: { state: true }, problem: { state: true } };

  constructor() {
    super();
    this.sought = "";
    /** @type {import("../../sdk/wire.js").Ban[]} */
    this.bans = [];
    this.problem = "";
  }

  attach() {
    this.follow(this.conversation, "change");
    this.follow(this.client.presence, "change");
    this.follow(this.room, "info");
    this.follow(this.room, "member.left", ({ reason }) => {
      if (reason === "banned" && this.conversation.moderates) this.#load();
    });
    this.#load();
  }

  heading() {
    return this.t("members.heading");
  }

  body() {
    const { members } = this.conversation;
    return html`
      ${this.#tools(members?.length ?? 0)}
      ${this.problem ? this.failure(this.problem, () => this.#load()) : nothing}
      ${members || this.problem ? nothing : this.waiting()}
      <div class="panel-scroll">
        <ul class="people">${repeat(this.#found, ({ id }) => id, (member) => this.#member(member))}</ul>
        ${this.bans.length ? this.#banned() : nothing}
      </div>
      <parley-menu .context=${this.context}></parley-menu>`;
  }

  /** @param {number} count */
  #tools(count) {
    const invites = this.room.info?.member && !this.room.info.archived && !this.client.me?.guest;
    const label = this.t("members.search");
    const seek = (/** @type {any} */ { target }) => { this.sought = target.value; };
    return html`<div class="panel-tools">
      ${count > SEARCHABLE ? html`<input type="search" autocomplete="off" aria-label=${label} placeholder=${label}
        @input=${seek}>` : nothing}
      ${invites ? html`<button class="button" @click=${() => showDialog(this, "parley-invite-dialog")}>
        ${icon("plus")}${this.t("members.invite")}</button>` : nothing}
    </div>`;
  }

  get #found() {
    const { presence } = this.client;
    const { tag } = this.context.language;
    const sought = this.sought.toLocaleLowerCase();
    const rank = (/** @type {Member} */ { id, role }) => ROLES.indexOf(role) * 2 + (presence.of(id)?.online ? 0 : 1);
    return (this.conversation.members ?? [])
      .filter(({ id, name }) => `${name} ${id}`.toLocaleLowerCase().includes(sought))
      .sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name, tag));
  }

  /** @param {Member} member */
  #member(member) {
    const { guest, id, role } = member;
    const name = member.name || id;
    const seen = this.client.presence.of(id) ?? member;
    const offer = (/** @type {any} */ { currentTarget }) => this.#offer(member, currentTarget);
    return html`<li class="person-row">
      <span class="present ${seen.online ? "online" : ""}">${avatar(member)}</span>
      <span class="person-words">
        <span><bdi>${name}</bdi>${id === this.conversation.me?.id ? html` <small>${this.t("you")}</small>` : nothing}
          ${guest ? html`<span class="badge">${this.t("members.guest")}</span>` : nothing}
          ${role === "member" ? nothing : html`<span class="badge">${this.t(`members.role.${role}`)}</span>`}</span>
        <small>${this.#presence(seen)}</small>
      </span>
      ${this.#rights(member).length ? html`<button class="icon-button" aria-haspopup="menu"
        aria-label=${this.t("members.more", { name })} @click=${offer}>${icon("more")}</button>` : nothing}
    </li>`;
  }

  /** @param {import("../../sdk/wire.js").Seen} seen */
  #presence({ online, last_seen: at }) {
    const { language } = this.context;
    if (online) return this.t("members.online");
    if (!at) return this.t("members.offline");
    return this.t("members.seen", { time: `${language.day(at)}, ${language.time(at)}` });
  }

  /** @param {Member} member */
  #rights(member) {
    const { confined, me } = this.client;
    const leads = this.leads && !confined;
    return rightsOver(member, { me: me?.id ?? "", role: this.room.info?.role ?? null, leads });
  }

  /** @param {Member} member @param {HTMLElement} opener */
  #offer(member, opener) {
    const items = this.#rights(member).map((right) => (ROLES.includes(right)
      ? { name: right, label: this.t(`members.role.${right}`), checked: right === member.role }
      : { name: right, label: this.t(`members.${right}`), icon: ICONS[right], danger: right !== "write" }));
    const menu = /** @type {import("./menu.js").Menu} */ (this.querySelector("parley-menu"));
    const choose = (/** @type {any} */ right) => this.#do(right, member);
    menu.open({ label: member.name || member.id, items, place: opener, opener, choose });
  }

  /** @param {import("./rights.js").Right} right @param {Member} member */
  async #do(right, member) {
    const { context, room } = this;
    const name = member.name || member.id;
    switch (right) {
      case "write": {
        const made = await context.attempt(this.client.createRoom({ kind: "direct", members: [member.id] }));
        if (made) this.lead(made.id);
        break;
      }
      case "ban": {
        const outcome = await showDialog(this, "parley-ban-dialog", { member });
        if (outcome) context.toast(this.t("members.banned.done", { name }));
        break;
      }
      case "remove": {
        const words = { question: this.t("members.remove.question", { name }), yes: this.t("members.remove") };
        if (!(await confirmed(this, words))) break;
        await context.attempt(room.remove(member.id), this.t("members.removed", { name }));
        break;
      }
      default: {
        const role = this.t(`members.role.${right}`);
        await context.attempt(room.invite(member.id, right), this.t("members.role.done", { name, role }));
      }
    }
  }

  #banned() {
    return html`<h3>${this.t("members.banned")}</h3>
      <ul class="people">${this.bans.map((ban) => this.#ban(ban))}</ul>`;
  }

  /** @param {import("../../sdk/wire.js").Ban} ban */
  #ban({ user, reason, until }) {
    const { language } = this.context;
    const term = until ? this.t("members.until", { time: language.fullTime(until) }) : this.t("members.ban.always");
    return html`<li class="person-row">${avatar(user)}
      <span class="person-words"><bdi>${user.name || user.id}</bdi>
        <small>${term}</small>
        ${reason ? html`<small dir="auto">${reason}</small>` : nothing}
      </span>
      <button class="button" @click=${() => this.#unban(user)}>${this.t("members.unban")}</button>
    </li>`;
  }

  /** @param {import("../../sdk/wire.js").User} user */
  async #unban(user) {
    const done = this.t("members.unbanned", { name: user.name || user.id });
    await this.context.attempt(this.room.unban(user.id), done);
    await this.#load();
  }

  async #load() {
    const { conversation, room } = this;
    this.problem = "";
    try {
      [this.bans] = await Promise.all([conversation.moderates ? room.bans() : [], conversation.loadMembers()]);
    } catch (error) {
      this.problem = sentenceOf(error, this.context.language);
    }
  }
}

customElements.define("parley-members-panel", MembersPanel);
