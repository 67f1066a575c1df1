/** What stands beside a conversation or above it: loaded when the first of them is asked for. */
import "./edits_dialog.js";
import "./keys_dialog.js";
import "./members_panel.js";
import "./pins_panel.js";
import "./readers_dialog.js";
import "./report_dialog.js";
import "./room_panel.js";
import "./search_panel.js";
import "./thread_panel.js";

export { showDialog } from "../dialog.js";
export { confirmed } from "./confirm_dialog.js";
