// Each with its short name, as GitHub and Slack have it, and other words that people look for it by.
const CATEGORIES = {
  smileys: `😀grinning 😃smiley|happy 😄smile|happy 😁grin 😆laughing|haha 😅sweat_smile 🤣rofl|laugh 😂joy|laugh|tears
    🙂slight_smile 🙃upside_down 😉wink 😊blush 😇innocent|angel 🥰smiling_hearts|love 😍heart_eyes|love 🤩star_struck|wow
    😘kissing_heart 😋yum|tasty 😜wink_tongue|crazy 🤪zany|crazy 🤗hug 🤫shush|quiet 🤔thinking|hmm 🫡salute|yes_sir
    🤐zipper_mouth|secret 😐neutral 😶no_mouth 😒unamused 🙄eye_roll 😬grimace 😌relieved 😔pensive|sad 😴sleeping|tired
    😷mask|ill 🤒thermometer|ill 🤮vomiting|sick 🤧sneezing|cold 🥵hot 🥶cold|freezing 😵dizzy 🤯mind_blown
    🥳partying|birthday 😎sunglasses|cool 🤓nerd 😕confused 😟worried 😮open_mouth|wow 😲astonished|wow 😳flushed 🥺pleading
    🥹holding_tears 😨fearful|scared 😢cry|sad 😭sob|cry|loud 😱scream|fear 😞sad 😩weary 🥱yawn|bored 😤huff|triumph
    😡rage|angry 🤬swearing 😈devil 💀skull|dead 💩poop 👻ghost 🤖robot 🫠melting`,
  people: `👍+1|thumbs_up|yes|like 👎-1|thumbs_down|no|dislike 👋wave|hello|bye ✋hand|stop 👌ok_hand 🤌pinched_fingers
    ✌️victory|peace 🤞crossed_fingers|luck 🤟love_you 🤘rock_on 👈left 👉right 👆up 👇down ☝️point_up ✊fist 👊punch
    👏clap|applause|bravo 🙌raised_hands|hooray 🫶heart_hands 🤝handshake|deal 🙏pray|please|thanks 💅nails
    💪muscle|strong 👀eyes|look 🧠brain 👶baby 🧑person 👩woman 👨man 🙋raising_hand|me 🤦facepalm 🤷shrug 🏃running 💃dancing
    🕺dancer 🧘yoga|calm 👥people 👪family`,
  nature: `🐶dog 🐱cat 🐰rabbit 🦊fox 🐻bear 🐼panda 🐯tiger 🦁lion 🐵monkey 🙈see_no_evil 🙉hear_no_evil 🙊speak_no_evil
    🐧penguin 🦆duck 🦉owl 🐺wolf 🦄unicorn 🐝bee 🦋butterfly 🐢turtle 🐙octopus 🦀crab 🐘elephant 🌵cactus 🎄christmas_tree
    🌱seedling|grow 🍀clover|luck 🌸blossom 💐bouquet|flowers 🍂leaves 🌍earth|world 🌙moon ⭐star ✨sparkles ⚡zap|lightning
    🔥fire|lit|hot 🌈rainbow ☀️sun 🌧️rain ❄️snowflake ⛄snowman 💧droplet 🌊ocean|wave`,
  food: `🍎apple 🍌banana 🍉watermelon 🍓strawberry 🥑avocado 🌶️pepper 🍞bread 🧀cheese 🥚egg 🍔burger 🍟fries 🍕pizza 🌮taco
    🍣sushi 🍿popcorn 🍦ice_cream 🍩doughnut 🍪cookie 🎂birthday|cake 🍰cake 🍫chocolate ☕coffee 🍵tea 🍺beer 🍻cheers
    🥂toast|champagne 🍷wine`,
  activities: `🎉tada|party|congratulations 🎈balloon 🎁gift|present 🏆trophy|win 🥇gold|first 🎯target|bullseye
    ⚽football|soccer 🏀basketball 🎾tennis 🎮game 🎲dice 🧩puzzle 🎨art|palette 🎧headphones 🎵music|note 🎸guitar 🚴cycling`,
  travel: `🚗car 🚚truck 🚲bike 🚀rocket|launch|ship ✈️airplane|flight 🚢ship 🚧construction|wip 🚦traffic_light
    🏠house|home 🏢office 🏖️beach|holiday ⛰️mountain`,
  objects: `📱phone 💻laptop|computer 📷camera 🎥video 📞call ⏰alarm ⌛hourglass|wait 🔋battery 💡idea|bulb 💰money_bag 💎gem
    🔧wrench|fix 🛠️tools 🔒lock 🔑key 🧪test|experiment 🛒cart 📦package|box 📧email 📝memo|note 📅calendar 📌pin 📎paperclip
    📊chart 📈growth|up 📉decline|down 📚books 🔍search|look 🔔bell 🔕mute 📣megaphone 👑crown 🎓graduate`,
  symbols: `❤️heart|love|red 🧡orange_heart 💛yellow_heart 💚green_heart 💙blue_heart 💜purple_heart 🤍white_heart
    💔broken_heart 💯100|hundred|perfect ✅check|done|yes ✔️tick ❌x|no|wrong ➕plus ❓question ❗exclamation|important
    ⚠️warning 🚫forbidden 🆘sos 🔴red_circle 🟢green_circle ➡️arrow_right 🔄repeat|again ♻️recycle 💬speech|comment
    💤zzz|sleep 💥boom 🏁finish 🚩flag 🏳️‍🌈rainbow_flag|pride`,
};

/** @typedef {{emoji: string, name: string, words: string[]}} Emoji `words`: its name, and others for it */

/** By category, in the order in which they are offered. @type {Record<string, Emoji[]>} */
export const categories = Object.fromEntries(
  Object.entries(CATEGORIES).map(([category, list]) => [category, list.split(/\s+/).map(emojiOf)]),
);

/** Skin tones, as Fitzpatrick's scale has them, the first being none. */
export const TONES = ["", "🏻", "🏼", "🏽", "🏾", "🏿"];

/** @type {Emoji[]} */
export const all = Object.values(categories).flat();

/** An emoji in a skin tone, if it shows skin. @param {string} emoji @param {string} tone */
export function toned(emoji, tone) {
  return tone ? emoji.replace(/(\p{Emoji_Modifier_Base})\uFE0F?/u, `$1${tone}`) : emoji;
}

/** @param {string} entry @returns {Emoji} */
function emojiOf(entry) {
  const [, emoji, names] = /** @type {RegExpExecArray} */ (/^(\P{ASCII}+)(.+)$/u.exec(entry));
  const words = names.split("|");
  return { emoji, name: words[0], words };
}
