/** A colour of the theme, for a canvas, which knows no CSS variables. */
export const token = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();
