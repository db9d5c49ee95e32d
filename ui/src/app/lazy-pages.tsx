import { lazy } from "react";

// Pages with much of their own, such as a chart library or the editor, are fetched when they are opened.
export const SignalsPage = lazy(async () => ({
  default: (await import("@/features/signals/view")).SignalsPage,
}));
export const GalleryPage = lazy(async () => ({
  default: (await import("@/features/charts/gallery")).GalleryPage,
}));
export const ChartPage = lazy(async () => ({
  default: (await import("@/features/charts/chart-page")).ChartPage,
}));
export const PortfolioPage = lazy(async () => ({
  default: (await import("@/features/portfolio/view")).PortfolioPage,
}));
export const IndicatorsPage = lazy(async () => ({
  default: (await import("@/features/indicators/view")).IndicatorsPage,
}));
export const PromptsPage = lazy(async () => ({
  default: (await import("@/features/prompts/view")).PromptsPage,
}));
