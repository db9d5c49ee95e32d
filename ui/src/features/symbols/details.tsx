import { Star } from "lucide-react";

import { useRead } from "@/api/context";
import type { SymbolDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Facts } from "@/ui/facts";
import { SidePanel } from "@/ui/side-panel";
import { Source } from "@/ui/source";
import { humanise } from "@/lib/words";

interface DetailsProps {
  symbol: SymbolDto;
  now: string | undefined;
  onSave: () => void;
  onWatch: () => void;
  onClose: () => void;
}

/** What a contract is and what orders it takes. */
export function SymbolDetails({ symbol, now, onSave, onWatch, onClose }: DetailsProps) {
  const { data, error, refetch } = useRead("symbol_get", { conid: symbol.conid });
  const saved = data?.symbol.saved ?? symbol.saved;
  return (
    <SidePanel
      noun="contract"
      title={`${plain(symbol.symbol)} · ${plain(symbol.name)}`}
      note={
        data ? (
          <p className="mt-1 flex items-center gap-2">
            <Source
              of={data.told.source}
              at={data.told.as_of}
              now={now}
              staleAfter={data.told.stale ? 0 : Infinity}
            />
            {data.told.stale ? <Badge tone="warn">stale</Badge> : null}
          </p>
        ) : null
      }
      unread={`The details of ${plain(symbol.symbol)} could not be read.`}
      error={error}
      onRetry={() => void refetch()}
      onClose={onClose}
      footer={
        <footer className="flex gap-2 border-t px-5 py-3">
          <Button onClick={onSave} title="Save it, or forget it (s)">
            <Star className={saved ? "fill-current" : undefined} />
            {saved ? "Saved" : "Save"}
          </Button>
          <Button onClick={onWatch} title="Add it to a watch-list (w)">
            Add to a watch-list
          </Button>
        </footer>
      }
    >
      {data ? (
        <div className="space-y-5">
          {data.told.message === null ? null : (
            <p className="text-warn">{plain(data.told.message)}</p>
          )}
          <Facts
            facts={[
              ["Contract id", data.symbol.conid],
              ["Exchange", plain(data.symbol.exchange)],
              ["Currency", data.symbol.currency],
              ["Type", data.symbol.asset_type === "STK" ? "Stock" : plain(data.symbol.asset_type)],
              ["Multiplier", data.multiplier ?? "1 (a stock)"],
              ["Expiry", data.expiry ?? "none"],
              ["Traded as", data.trading_class === null ? null : plain(data.trading_class)],
              ["Price step", data.tick_size],
              ["Quantity step", data.size_increment],
              ["Industry", data.industry === null ? "not told" : plain(data.industry)],
            ]}
          />
          {data.tick_bands.length > 1 ? (
            <p>
              <span className="text-muted">Price steps by price</span>{" "}
              {data.tick_bands
                .map((band) => `${band.tick_size} from ${band.lower_edge}`)
                .join(", ")}
            </p>
          ) : null}
          <Words title="Orders go to" words={data.valid_exchanges} />
          <Words title="Order types" words={data.order_types.map(humanise)} />
        </div>
      ) : null}
    </SidePanel>
  );
}

function Words({ title, words }: { title: string; words: readonly string[] }) {
  return (
    <section>
      <h3 className="mb-1 text-12 text-muted">{title}</h3>
      {words.length === 0 ? (
        <p className="text-muted">The broker named none.</p>
      ) : (
        <ul className="flex flex-wrap gap-1.5">
          {words.map((word) => (
            <li key={word}>
              <Badge>{plain(word)}</Badge>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
