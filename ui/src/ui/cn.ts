import { type ClassValue, clsx } from "clsx";
import { extendTailwindMerge } from "tailwind-merge";

const merge = extendTailwindMerge({
  extend: { theme: { text: ["12", "13", "15", "18", "24", "32"], radius: ["base", "card"] } },
});

/** Joins class names; the later of two that set the same property wins. */
export const cn = (...classes: ClassValue[]): string => merge(clsx(classes));
