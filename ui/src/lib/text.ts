/**
 * Text of the broker with what a screen would act upon made visible: control characters, and the
 * marks that turn the direction of writing round and so can make a sentence read as another.
 */
export function plain(text: string): string {
  return text.replace(/(?![\t\n\r])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
}

/** The characters as the engine counts them: code points, not the halves that JavaScript counts. */
export const characters = (text: string): string[] => Array.from(text);
