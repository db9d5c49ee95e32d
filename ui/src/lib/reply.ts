/** What a model answers is one JSON object. While it speaks, the object is not whole yet. */

type Fields = Record<string, unknown>;

function objectOf(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : null;
  } catch {
    return null;
  }
}

/** The fields of a reply that is whole; nothing if it is something else than one JSON object. */
export const readReply = (text: string): Fields | null => objectOf(text.trim());

/**
 * The fields of a reply that breaks off somewhere: what is open is closed there, and what cannot be
 * closed, such as half of a name, is left away.
 */
export function readPartialReply(text: string): Fields | null {
  const start = text.trimStart();
  if (!start.startsWith("{")) return null;
  let closers = "";
  let inText = false;
  let escaped = false;
  // The last place where everything before it was whole.
  let whole: { end: number; closers: string } | null = null;
  for (let at = 0; at < start.length; at += 1) {
    const character = start[at];
    if (inText) {
      if (escaped) escaped = false;
      else if (character === "\\") escaped = true;
      else if (character === '"') inText = false;
    } else if (character === '"') inText = true;
    else if (character === "{" || character === "[") {
      closers = (character === "{" ? "}" : "]") + closers;
      whole = { end: at + 1, closers };
    } else if (character === "}" || character === "]") closers = closers.slice(1);
    else if (character === ",") whole = { end: at, closers };
  }
  // An escape that is not whole yet would swallow the closing quote.
  const cut = start.replace(escaped ? /\\$/ : /\\u[0-9a-fA-F]{0,3}$/, "");
  // Half of a number would be another number.
  const half = !inText && /[\w.+-]$/.test(start);
  return (
    (half ? null : objectOf(inText ? `${cut}"${closers}` : start + closers)) ??
    (whole ? objectOf(start.slice(0, whole.end) + whole.closers) : null)
  );
}
