// What a phone makes a link of: addresses with a scheme, with www, or with a common ending.
const ENDINGS =
  "com|org|net|edu|gov|io|dev|app|ai|co|me|info|biz|cloud|page|link|ly|us|uk|ca|de|fr|nl|eu|ch|at|jp|au";
const ADDRESS = new RegExp(
  "https?://[^\\s<>\"']+|\\bwww\\.[^\\s<>\"']+" +
    `|(?<![\\w@.-])(?:[a-z0-9-]{1,63}\\.){1,8}(?:${ENDINGS})(?![\\w-]|\\.\\w)(?::\\d+)?(?:[/?#][^\\s<>"']*)?`,
  "gi",
);
const AFTER = /[.,;:!?'"\]]+$/;

// A closing bracket belongs to the address only if it was opened inside of it.
function withoutTail(address) {
  for (;;) {
    const shorter = address.replace(AFTER, "");
    const closes = shorter.endsWith(")") && shorter.split(")").length > shorter.split("(").length;
    if (!closes) return shorter;
    address = shorter.slice(0, -1);
  }
}

function target(address) {
  try {
    const url = new URL(/^https?:/i.test(address) ? address : `http://${address}`);
    return url.hostname ? url.href : null;
  } catch {
    return null;
  }
}

// Splits a text into pieces {text, href}; href is null where a piece is no link.
export function split(text) {
  const pieces = [];
  let done = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = withoutTail(match[0]);
    const href = target(address);
    if (!href) continue;
    if (match.index > done) pieces.push({ text: text.slice(done, match.index), href: null });
    pieces.push({ text: address, href });
    done = match.index + address.length;
  }
  if (done < text.length) pieces.push({ text: text.slice(done), href: null });
  return pieces;
}
