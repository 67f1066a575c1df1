/**
 * What the server tells of, in its own words: the wire's and the REST API's.
 *
 * @typedef {{id: string, name: string, avatar?: string | null}} User
 * @typedef {{online: boolean, last_seen: string | null}} Seen `last_seen`: ISO 8601, null for never
 * @typedef {User & {guest?: boolean}} Me oneself: `guest` for who came by a guest link
 * @typedef {User & Seen & {created_at: string, active: boolean}} Person somebody of the organisation
 * @typedef {"member" | "moderator" | "owner"} Role
 * @typedef {User & Seen & {role: Role, guest: boolean, read_seq: number, joined_at: string}} Member
 * @typedef {{user: User, reason: string, until: string | null, banned_by: string | null, created_at: string}} Ban
 * @typedef {{emoji: string, count: number, users: string[]}} Reaction `users`: the first of those who are counted
 * @typedef {{id: string, seq: number, user: User | null, text: string}} Quote the beginning of another message
 * @typedef {{text: string, data: object | null, edited_by: string | null, edited_at: string}} Wording what a message
 *   said until `edited_at`
 * @typedef {{reason: "spam" | "abuse" | "harm" | "other", note?: string}} Complaint about a message
 * @typedef {Required<Complaint> & {id: string, room: {id: string, name: string}, message: Message, reporter: User,
 *   created_at: string, resolution: "dismissed" | "acted" | null, resolved_by: string | null,
 *   resolved_at: string | null}} Report
 * @typedef {{messages: Message[], older: boolean, newer: boolean}} History a part of it, ascending by seq, and whether
 *   more lies before and behind
 */

/**
 * A file. `size` is in bytes; `width`, `height` (pixels) and `blurhash` are an image's.
 * @typedef {object} Attachment
 * @property {string} id
 * @property {string} name
 * @property {string} type
 * @property {number} size
 * @property {number | null} width
 * @property {number | null} height
 * @property {string | null} blurhash
 */

/**
 * Times are ISO 8601, UTC. What may be missing is empty then.
 * @typedef {object} Message
 * @property {string} id
 * @property {number} seq its place in the room
 * @property {string} kind "message", "system", or the event that it is a notice of, such as "member.joined"
 * @property {User | null} user
 * @property {string} text
 * @property {string | null} client_id
 * @property {string} created_at
 * @property {string | null} edited_at
 * @property {boolean} deleted
 * @property {Record<string, any> | null} data yours; of a notice what the event says
 * @property {string | null} [html] the text's Markdown, rendered and sanitised
 * @property {string[]} [mentions] ids of users
 * @property {boolean} [mentions_room]
 * @property {string | null} [parent] the message that it replies to
 * @property {Quote | null} [quote]
 * @property {number} [reply_count]
 * @property {string[]} [last_repliers] ids of users, the latest first
 * @property {Reaction[]} [reactions]
 * @property {Attachment[]} [attachments]
 * @property {string | null} [pinned_at]
 * @property {string | null} [pinned_by]
 */

/**
 * @typedef {object} RoomInfo a room as its user finds it
 * @property {string} id
 * @property {"open" | "private" | "direct"} kind
 * @property {string} name
 * @property {string} topic
 * @property {string} picture
 * @property {Record<string, any> | null} data
 * @property {string} epoch
 * @property {number} last_seq
 * @property {string} created_at
 * @property {string} active_at
 * @property {boolean} archived
 * @property {boolean} frozen
 * @property {number} slow_seconds
 * @property {number} member_count
 * @property {boolean} member
 * @property {Role | null} role
 * @property {boolean} muted
 * @property {number} read_seq
 * @property {number} unread counted to 100, as are mentions
 * @property {number} mentions
 * @property {{user_name: string | null, text: string, created_at: string} | null} last_message
 */

/**
 * A durable event of a room: `message` of the `message.…` events, the other fields of those of members and the room.
 * @typedef {object} RoomEvent
 * @property {string} type
 * @property {string} room
 * @property {number} seq
 * @property {Message} [message] as it is now
 * @property {User | null} [user]
 * @property {Role} [role]
 * @property {string} [reason]
 * @property {string} [created_at]
 */

export {};
