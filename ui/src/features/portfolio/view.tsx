export function PortfolioPage(_: { lineageLink: (id: string) => string }) {
  return null;
}
