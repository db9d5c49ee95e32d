import { Popover } from "radix-ui";

import type { PortfolioLinks } from "@/features/portfolio/view";
import type { PositionDto } from "@/gen/types";
import { exchangeDateTime } from "@/lib/time";
import { Amount } from "@/ui/number";
import { NUMERIC, Table, Td, Th } from "@/ui/simple-table";

/** The shares of a position; a press tells of which fills they are. */
export function Lots({ held, links }: { held: PositionDto; links: PortfolioLinks }) {
  const { position, lots } = held;
  if (lots.length === 0) return <Amount value={position.quantity} places={0} />;
  return (
    <Popover.Root>
      <Popover.Trigger
        aria-label={`${position.quantity} shares of ${position.symbol}: the lots`}
        className="rounded-base underline decoration-dotted decoration-muted underline-offset-4 hover:decoration-text"
      >
        <Amount value={position.quantity} places={0} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          sideOffset={4}
          collisionPadding={12}
          aria-label={`Lots of ${position.symbol}`}
          className="arrive z-50 max-h-80 overflow-y-auto rounded-card border bg-surface p-3 text-13 shadow-float"
        >
          <p className="mb-2 font-semibold">Lots of {position.symbol}, sold first in, first out</p>
          <Table>
            <caption className="sr-only">Lots of {position.symbol}</caption>
            <thead>
              <tr>
                <Th>Bought</Th>
                <Th className={NUMERIC}>Shares</Th>
                <Th className={NUMERIC}>Price</Th>
                <Th className={NUMERIC}>Commission</Th>
                <Th>Lineage</Th>
              </tr>
            </thead>
            <tbody>
              {lots.map((lot, index) => (
                <tr key={`${lot.opened_at} ${String(index)}`}>
                  <Td className="tabular whitespace-nowrap">{exchangeDateTime(lot.opened_at)}</Td>
                  <Td className={NUMERIC}>
                    <Amount value={lot.quantity} places={0} />
                  </Td>
                  <Td className={NUMERIC}>
                    <Amount value={lot.price} places={2} />
                  </Td>
                  <Td className={NUMERIC}>
                    <Amount value={lot.commission} places={2} />
                  </Td>
                  <Td>
                    <a
                      href={links.lineage(lot.execution_id, "place_order")}
                      className="text-accent underline-offset-2 hover:underline"
                    >
                      why
                    </a>
                  </Td>
                </tr>
              ))}
            </tbody>
          </Table>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
