import "@testing-library/jest-dom/vitest";

import { cleanup, configure } from "@testing-library/react";
import { afterEach, vi } from "vitest";

// Long enough for a machine that is busy with a build.
configure({ asyncUtilTimeout: 10_000 });

afterEach(() => {
  cleanup();
  localStorage.clear();
  window.location.hash = "";
});

// jsdom has no layout: what asks for sizes is told of a window of 1280 × 800.
class NoResizeObserver implements ResizeObserver {
  observe(): void {
    // Sizes never change here.
  }
  unobserve(): void {
    // See above.
  }
  disconnect(): void {
    // See above.
  }
}
vi.stubGlobal("ResizeObserver", NoResizeObserver);
vi.stubGlobal("matchMedia", (query: string) => ({
  matches: false,
  media: query,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
}));
// The editor measures its text, which here has no size.
Range.prototype.getClientRects = () => [] as unknown as DOMRectList;
Range.prototype.getBoundingClientRect = () => new DOMRect();
Element.prototype.scrollIntoView = () => undefined;
Element.prototype.scrollTo = () => undefined;
Element.prototype.hasPointerCapture = () => false;
for (const [name, size] of [
  ["clientHeight", 800],
  ["clientWidth", 1280],
] as const) {
  Object.defineProperty(Element.prototype, name, { configurable: true, get: () => size });
}
