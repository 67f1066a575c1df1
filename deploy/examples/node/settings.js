/** @param {string} name of an environment variable @param {string} [otherwise] */
export function setting(name, otherwise = "") {
  const value = process.env[name] || otherwise;
  if (value) return value;
  console.error(`${name} is not set; deploy/examples/README.md tells where to get it.`);
  process.exit(1);
}
