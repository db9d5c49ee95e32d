import type { BlobDto } from "@/gen/types";

/** The kinds of image that an `<img>` may show from the lineage. */
const IMAGES = ["image/png", "image/jpeg", "image/webp"];

/** An address for an image; nothing for anything else, which is never put into the page. */
export function imageAddress(blob: BlobDto): string | null {
  return IMAGES.includes(blob.media_type) && /^[A-Za-z0-9+/=]+$/.test(blob.base64)
    ? `data:${blob.media_type};base64,${blob.base64}`
    : null;
}

/** The bytes as UTF-8 text. */
export function blobText(blob: BlobDto): string {
  const bytes = Uint8Array.from(atob(blob.base64), (character) => character.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}

/** `[date, open, high, low, close, volume]`, texts. */
export type BarRow = [string, string, string, string, string, string];

function isBar(value: unknown): value is BarRow {
  return (
    Array.isArray(value) && value.length === 6 && value.every((each) => typeof each === "string")
  );
}

/** The rows of a blob of bars; nothing if it is something else. */
export function parseBars(blob: BlobDto): BarRow[] | null {
  try {
    const value: unknown = JSON.parse(blobText(blob));
    return Array.isArray(value) && value.every(isBar) ? value : null;
  } catch {
    return null;
  }
}
