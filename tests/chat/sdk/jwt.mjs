/** User tokens as far as the client looks into them. */

let made = 0;

/**
 * @param {number} seconds that it lives, from now on
 * @param {object} [claims] beside its times
 */
export function jwt(seconds, claims = {}) {
  const iat = Date.now() / 1000;
  const content = JSON.stringify({ sub: "ann", iat, exp: iat + seconds, jti: ++made, ...claims });
  return `h.${Buffer.from(content).toString("base64url")}.s`;
}

/** A provider of them that counts how often it was asked, and keeps what it gave. */
export function provider(seconds = 3_600) {
  const provide = async () => {
    if (provide.fails) throw new Error("down");
    provide.given.push(jwt(seconds));
    return provide.given.at(-1);
  };
  provide.given = [];
  return provide;
}
