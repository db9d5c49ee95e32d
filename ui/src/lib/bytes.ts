const UNITS = ["kB", "MB", "GB", "TB"] as const;

/** `41.2 MB`, in units of a thousand; `–` for what is not known. */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes == null) return "–";
  let shown = bytes / 1000;
  let unit = 0;
  while (shown >= 1000 && unit < UNITS.length - 1) {
    shown /= 1000;
    unit += 1;
  }
  // Cut, as the engine cuts, so that 999.96 MB is not 1000.0 MB.
  return `${(Math.floor(shown * 10) / 10).toFixed(1)} ${UNITS[unit] ?? "TB"}`;
}
