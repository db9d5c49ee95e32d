import { useState } from "react";

import type { RendererProps } from "@/features/lineage/steps/types";
import type { IndicatorLine, IndicatorTable, IndicatorValue, Timeframe } from "@/gen/types";
import { compare, formatDecimal, MISSING, signOf, subtract } from "@/lib/decimal";
import { humanise, TIMEFRAMES } from "@/lib/words";
import { Missing } from "@/ui/number";
import { Segments } from "@/ui/segments";
import { NUMERIC, Table, Td, Th } from "@/ui/simple-table";
import { Sparkline } from "@/ui/sparkline";

/** Large values, such as OBV, need no places; small ones need four. */
function shown(value: string | null, signed = false): string {
  if (value === null) return MISSING;
  const size = value.replace("-", "");
  const places = compare(size, "10000") >= 0 ? 0 : compare(size, "10") >= 0 ? 2 : 4;
  return formatDecimal(value, { places, signed });
}

function LineRow({
  indicator,
  line,
  first,
  full,
}: {
  indicator: IndicatorValue;
  line: IndicatorLine;
  first: boolean;
  full: boolean;
}) {
  const change = subtract(line.value, line.previous);
  const sign = signOf(change);
  const border = first ? "border-t border-b-0" : "border-0";
  return (
    <tr>
      <Td className={border}>
        {first ? <span className="font-medium">{indicator.label}</span> : null}
        {indicator.lines.length > 1 ? (
          <span className="text-muted">
            {first ? " " : ""}
            {humanise(line.name).toLowerCase()}
          </span>
        ) : null}
      </Td>
      <Td className={`${border} ${NUMERIC}`}>
        {line.value === null ? (
          <Missing why={`Needs ${indicator.warm_up_bars} bars and had ${indicator.bars}`} />
        ) : (
          shown(line.value)
        )}
      </Td>
      {full ? <Td className={`${border} ${NUMERIC} text-muted`}>{shown(line.previous)}</Td> : null}
      <Td
        className={`${border} ${NUMERIC} ${sign === 1 ? "text-up" : sign === -1 ? "text-down" : "text-muted"}`}
      >
        {shown(change, true)}
      </Td>
      <Td className={`${border} w-28 py-0.5`}>
        <Sparkline
          values={line.recent}
          label={`${indicator.label} ${line.name}, last ${line.recent.length} bars`}
          className="h-5 text-muted"
        />
      </Td>
      <Td className={border}>
        {first ? (
          indicator.is_warm ? (
            (indicator.reading ?? "")
          ) : (
            <span className="text-warn">warming up</span>
          )
        ) : null}
      </Td>
      {full ? (
        <Td className={`${border} ${NUMERIC} text-muted`}>
          {first ? `${indicator.warm_up_bars} of ${indicator.bars}` : null}
        </Td>
      ) : null}
    </tr>
  );
}

function Frame({ table, full }: { table: IndicatorTable; full: boolean }) {
  return (
    <Table>
      <thead>
        <tr>
          <Th>Indicator</Th>
          <Th className={NUMERIC}>Value</Th>
          {full ? <Th className={NUMERIC}>Previous</Th> : null}
          <Th className={NUMERIC}>Change</Th>
          <Th>60 bars</Th>
          <Th>Reading</Th>
          {full ? <Th className={NUMERIC}>Warm-up, bars</Th> : null}
        </tr>
      </thead>
      <tbody>
        {table.indicators.flatMap((indicator) =>
          indicator.lines
            .slice(0, full ? undefined : 1)
            .map((line, index) => (
              <LineRow
                key={`${indicator.indicator.id} ${line.name}`}
                indicator={indicator}
                line={line}
                first={index === 0}
                full={full}
              />
            )),
        )}
      </tbody>
    </Table>
  );
}

/** Step 3: every indicator with what it says. */
export function Indicators({ output, full }: RendererProps<"calculate_indicators">) {
  const [timeframe, setTimeframe] = useState<Timeframe>(output.timeframes[0]?.timeframe ?? "1d");
  const table = output.timeframes.find((each) => each.timeframe === timeframe);
  if (!table) return <p className="text-muted">No indicator was asked for.</p>;
  return (
    <div>
      <div className="mb-2 flex items-center gap-3">
        <Segments
          label="Timeframe of the indicators"
          value={timeframe}
          options={output.timeframes.map((each) => ({
            value: each.timeframe,
            text: TIMEFRAMES[each.timeframe],
          }))}
          onChange={setTimeframe}
        />
        <span className="tabular text-12 text-muted">to {table.as_of}</span>
      </div>
      <Frame table={table} full={full} />
    </div>
  );
}
