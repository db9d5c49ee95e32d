import { Checkbox } from "radix-ui";
import { Check } from "lucide-react";

import type { NotificationRoute } from "@/gen/types";
import { Table, Td, Th } from "@/ui/simple-table";

const WAYS = [
  { way: "window", word: "Window" },
  { way: "native", word: "Desktop" },
  { way: "webhook", word: "Webhook" },
] as const;

/** One row a kind of notification, one column a way. */
export function Matrix({
  routes,
  titles,
  onChange,
}: {
  routes: readonly NotificationRoute[];
  /** Of the kinds, in the order of the routes. */
  titles: readonly string[];
  onChange: (routes: NotificationRoute[]) => void;
}) {
  return (
    <Table aria-label="What goes where" className="w-[420px] max-w-full">
      <thead>
        <tr>
          <Th>Event</Th>
          {WAYS.map(({ way, word }) => (
            <Th key={way} className="text-center">
              {word}
            </Th>
          ))}
        </tr>
      </thead>
      <tbody>
        {routes.map((route, index) => (
          <tr key={route.kind}>
            <Td className="py-1">{titles[index] ?? route.kind}</Td>
            {WAYS.map(({ way, word }) => {
              // It could not be told that way.
              const isClosed = way === "webhook" && route.kind === "webhook_failed";
              return (
                <Td key={way} className="py-1 text-center">
                  <Checkbox.Root
                    aria-label={`${titles[index] ?? route.kind}: ${word}`}
                    checked={route[way] && !isClosed}
                    disabled={isClosed}
                    onCheckedChange={(checked) =>
                      onChange(
                        routes.map((each) =>
                          each.kind === route.kind ? { ...each, [way]: checked === true } : each,
                        ),
                      )
                    }
                    className="mx-auto grid size-4 place-items-center rounded-[4px] border border-line-strong bg-ground disabled:opacity-40 data-[state=checked]:border-accent data-[state=checked]:bg-accent"
                  >
                    <Checkbox.Indicator>
                      <Check aria-hidden="true" className="size-3 text-on-solid" strokeWidth={3} />
                    </Checkbox.Indicator>
                  </Checkbox.Root>
                </Td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
